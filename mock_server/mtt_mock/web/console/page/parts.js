// Keeps the parts of the page current: one request for a part at a time, at most one a second.

import { askIfChanged } from "./api.js";

// Milliseconds between two requests for a part: after a pause, and while changes keep coming.
const MIN_INTERVAL = 1000, MAX_INTERVAL = 2000;

/**
 * `parts`: {name: {path(), show(answer), concerns(customers)}}; returns `refresh(name, {now, customers})`.
 * `concerns` tells whether the part shows one of the customers.
 */
export function partsOf(parts, complain) {
  const states = Object.fromEntries(Object.keys(parts).map((name) => [name, { asked: -Infinity, interval: MIN_INTERVAL, timer: null, busy: false, again: false, tag: null, path: null }]));

  async function load(name) {
    const state = states[name];
    clearTimeout(state.timer);
    state.timer = null;
    if (state.busy) {
      state.again = true;
      return;
    }
    state.busy = true;
    state.asked = performance.now();
    try {
      const path = parts[name].path();
      const { answer, tag } = await askIfChanged(path, path === state.path ? state.tag : null);
      if (answer) parts[name].show(answer);
      Object.assign(state, { path, tag }); // of the shown state
    } catch (error) {
      if (complain(error)) refresh(name);
    } finally {
      state.busy = false;
      if (state.again) {
        state.again = false;
        refresh(name);
      }
    }
  }

  /**
   * Loads a part now, or as soon as the interval since the last time is over; not if the change
   * concerns only customers that the part does not show. While it loads, what it shows is unknown.
   */
  function refresh(name, { now = false, customers = null } = {}) {
    const state = states[name];
    if (!state || (customers && !state.busy && parts[name].concerns?.(customers) === false)) return undefined;
    const wait = state.asked + state.interval - performance.now();
    if (now || wait <= 0) {
      state.interval = MIN_INTERVAL;
      return load(name);
    }
    state.timer ??= setTimeout(() => {
      state.interval = MAX_INTERVAL;
      load(name);
    }, wait);
    return undefined;
  }

  return { refresh, refreshAll: (options) => Promise.all(Object.keys(parts).map((name) => refresh(name, options))) };
}

// Keeps the parts of the page current: one request for a part at a time, at most one a second.

import { ask } from "./api.js";

const MIN_INTERVAL = 1000; // milliseconds between two requests for a part

/** `parts`: {name: {path(), show(answer)}}; returns `refresh(name, {now})`. */
export function partsOf(parts, complain) {
  const states = Object.fromEntries(Object.keys(parts).map((name) => [name, { asked: -Infinity, timer: null, busy: false, again: false }]));

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
      parts[name].show(await ask(parts[name].path()));
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

  /** Loads a part now, or as soon as the interval since the last time is over. */
  function refresh(name, { now = false } = {}) {
    const state = states[name];
    if (!state) return undefined;
    const wait = state.asked + MIN_INTERVAL - performance.now();
    if (now || wait <= 0) return load(name);
    state.timer ??= setTimeout(() => load(name), wait);
    return undefined;
  }

  return { refresh, refreshAll: (options) => Promise.all(Object.keys(parts).map((name) => refresh(name, options))) };
}

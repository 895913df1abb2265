// The journal, newest first, by pages. It does not move while the user works with it.

import { ask, askBetween } from "./api.js";
import { filterAddress } from "./address.js";
import { $, h, keyed, nothing, options } from "./dom.js";
import { Entries, MAX_ENTRIES } from "./entries.js";
import { row } from "./exchange.js";
import { count, date, zone } from "./format.js";
import { METHODS } from "./methods.js";
import { callsOf, parse } from "./search.js";
import { language, t } from "./strings.js";

const PAGE_SIZE = 50;
const BATCH_SIZE = 500; // entries a request
const RETRY_INTERVAL = 2000; // milliseconds
const DRAW_INTERVAL = 30; // milliseconds; entries that come in a burst are drawn once
const FILTERS = ["method", "customer", "text"];

/** `known`: data of other parts of the page that the rows need. */
export function journalView(known) {
  const entries = new Entries();
  const open = new Set(); // keys of rows
  let page = 0;
  let upTo = Infinity; // newer entries are counted, not shown
  let shownLast = 0;
  let paused = false, pressed = false;
  let loads = 0; // a load that was overtaken stops
  let loading = false, failed = false;
  let waiting = null; // entries that the stream brought during a load
  let drawing = null;
  const list = $("journal-list");

  const keyOf = (entry) => `${entry.generation} ${entry.seq}`;
  const filter = () => ({
    method: $("filter-method").value, customer: $("filter-customer").value.trim(),
    text: $("filter-text").value.trim(), problems: $("filter-problems").checked ? "1" : "",
  });

  function toggle(entry) {
    if (!open.delete(keyOf(entry))) open.add(keyOf(entry));
    draw();
  }

  function turn(to) {
    page = Math.max(to, 0);
    if (page === 0) release();
    draw();
  }
  function release() {
    upTo = Infinity;
    shownLast = entries.last;
  }
  function togglePause() {
    paused = !paused;
    $("journal-pause").setAttribute("aria-pressed", String(paused));
    if (!paused) release();
    draw();
  }

  $("journal-filter").addEventListener("submit", (event) => event.preventDefault());
  for (const name of [...FILTERS, "problems"]) {
    $(`filter-${name}`).addEventListener("input", () => {
      history.replaceState(null, "", filterAddress(filter()) || location.pathname + location.search);
      turn(0);
    });
  }
  const flip = (by) => () => {
    if ($(by < 0 ? "journal-newer" : "journal-older").getAttribute("aria-disabled") === "true") return;
    turn(page + by);
    $("journal").scrollIntoView({ block: "start" });
  };
  $("journal-newer").addEventListener("click", flip(-1));
  $("journal-older").addEventListener("click", flip(1));
  $("journal-pause").addEventListener("click", togglePause);
  $("journal-fresh").addEventListener("click", () => {
    open.clear();
    turn(0);
    $("journal").scrollIntoView({ block: "start" });
    $("journal").focus({ preventScroll: true });
  });
  list.addEventListener("pointerdown", () => { pressed = true; });
  const lifted = () => {
    pressed = false;
    setTimeout(draw); // after the click
  };
  for (const type of ["pointerup", "pointercancel"]) addEventListener(type, lifted);
  for (const type of ["selectionchange", "scroll"]) document.addEventListener(type, () => upTo !== Infinity && soon());
  list.addEventListener("focusout", soon);

  // Whether the list must not move: the user reads, presses, selects or steps through it.
  function isHeld() {
    if (paused || pressed || page > 0 || open.size) return true;
    const focused = document.activeElement;
    if (list.contains(focused) && focused.matches(":focus-visible")) return true;
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && list.contains(selection.anchorNode)) return true;
    return scrollY > 0 && list.getBoundingClientRect().top < 0;
  }

  function soon() {
    drawing ??= setTimeout(() => {
      drawing = null;
      draw();
    }, DRAW_INTERVAL);
  }

  function draw() {
    if (!isHeld()) release();
    else if (upTo === Infinity && shownLast) upTo = shownLast;
    const wanted = filter();
    const reasonOf = (entry) => known.reasonOf(entry)?.text ?? "";
    const found = entries.found(wanted, upTo, reasonOf);
    const pages = Math.max(Math.ceil(found.length / PAGE_SIZE), 1);
    page = Math.min(page, pages - 1);
    const items = withDates(found.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE));
    const terms = parse(wanted.text);
    keyed(list, items.length ? items : [{ none: true }], {
      key: (item) => item.day ?? (item.none ? "" : keyOf(item)),
      signature: (item) => (item.seq
        ? JSON.stringify([language, zone, open.has(keyOf(item)), wanted.text, known.reasonOf(item), open.has(keyOf(item)) && known.version(item)])
        : `${language} ${entries.all.length === 0}`),
      make: (item) => {
        if (item.none) return nothing(t(entries.all.length ? "nothing_found" : "no_entries"), "li");
        if (item.day) return h("li", { class: "day quiet" }, item.day);
        return row(item, { open: open.has(keyOf(item)), toggle, terms, known, entries });
      },
    });
    known.want(items.flatMap((item) => (item.seq ? callsOf(item) : [])));
    drawCounts(found, wanted, pages, reasonOf);
  }

  function drawCounts(found, wanted, pages, reasonOf) {
    const all = entries.all.length;
    const name = failed ? "count_failed" : loading ? "count_loading" : entries.first > 1 && all ? "count_newest" : "count";
    $("journal-count").textContent = t(name, { found: count(found.length), all: count(all), last: count(entries.last) });
    $("journal-page").textContent = t("page", { page: page + 1, pages });
    $("journal-newer").setAttribute("aria-disabled", String(page === 0));
    $("journal-older").setAttribute("aria-disabled", String(page === pages - 1));
    const fresh = upTo === Infinity ? 0 : entries.found(wanted, Infinity, reasonOf).length - found.length;
    $("journal-fresh").hidden = fresh === 0;
    $("journal-fresh").textContent = t("fresh", { count: count(fresh) });
    known.counted(entries);
  }

  /** Loads the newest entries, then older ones in the background; tries again after a failure. */
  async function load() {
    loads += 1;
    const mine = loads;
    loading = true;
    waiting ??= [];
    try {
      const { last, generation } = await ask("journal?limit=0");
      const newest = await askBetween(Math.max(last - BATCH_SIZE, 0), last);
      if (mine !== loads) return;
      if (newest.generation !== generation) {
        load();
        return;
      }
      if (generation !== entries.generation) {
        open.clear();
        page = 0;
        release();
        known.forgotten();
      }
      entries.clear(generation);
      entries.addOlder(newest.entries);
      const brought = waiting;
      waiting = null;
      for (const [entry, of] of brought) entries.add(entry, of);
      failed = false;
      if (!isHeld()) release();
      draw();
      await loadOlder(mine);
    } catch (error) {
      if (mine !== loads) return;
      failed = known.complain(error);
      if (failed) setTimeout(() => mine === loads && load(), RETRY_INTERVAL);
    } finally {
      if (mine === loads) {
        loading = false;
        draw();
      }
    }
  }

  async function loadOlder(mine) {
    while (entries.first > 1 && entries.all.length < MAX_ENTRIES) {
      const until = entries.first;
      const after = Math.max(until - 1 - BATCH_SIZE, 0);
      const { entries: older, generation } = await askBetween(after, until - 1);
      if (mine !== loads || generation !== entries.generation) return;
      const there = older.filter((entry) => entry.seq < until);
      if (!there.length) return;
      entries.addOlder(there);
      soon();
    }
  }

  return {
    load,
    soon,
    entries,
    shown: () => entries.found(filter(), upTo),
    togglePause,
    draw() {
      options($("filter-method"), [["", t("any_method")], ...[...METHODS, "upload", "GET"].map((name) => [name, name]),
        ["event", t("events")], ["other", t("other_methods")], ["unreadable", t("unreadable")]]);
      draw();
    },
    add(entry, generation) {
      if (waiting) waiting.push([entry, generation]);
      else if (!entries.add(entry, generation)) {
        waiting = [[entry, generation]];
        load();
      }
      soon();
    },
    setFilter(values) {
      for (const name of FILTERS) $(`filter-${name}`).value = values[name] ?? "";
      $("filter-problems").checked = Boolean(values.problems);
      turn(0);
    },
    /** Opens an entry and shows it; returns whether it is here. */
    show(generation, seq) {
      const entry = entries.all.find((each) => each.seq === seq && each.generation === generation);
      if (!entry) return false;
      for (const name of FILTERS) $(`filter-${name}`).value = "";
      $("filter-problems").checked = false;
      open.add(keyOf(entry));
      release();
      page = Math.floor(entries.found(filter()).indexOf(entry) / PAGE_SIZE);
      draw();
      const node = list.querySelector(`[data-key="${keyOf(entry)}"]`);
      node.scrollIntoView({ block: "center" });
      node.querySelector(".line").focus({ preventScroll: true });
      return true;
    },
  };
}

/** Adds the date where the day changes, newest day first. */
function withDates(items) {
  let day = items.length ? date(items[0].at) : "";
  return items.flatMap((item) => {
    const own = date(item.at);
    if (own === day) return [item];
    day = own;
    return [{ day: own }, item];
  });
}

// The journal, newest first, a page at a time: the DOM stays small however much was asked.

import { ask } from "./api.js";
import { $, keyed, nothing, options } from "./dom.js";
import { Entries, MOST } from "./entries.js";
import { row } from "./exchange.js";
import { METHODS } from "./methods.js";
import { language, t } from "./strings.js";

const ON_A_PAGE = 50;
const AT_ONCE = 500; // entries a request

export function journalView({ held, subscribers, copied, complain }) {
  const entries = new Entries();
  const open = new Set();
  let page = 0;
  let upTo = Infinity; // on older pages nothing moves while new entries come
  let asked = 0; // counts loads, so that one that was overtaken stops
  let loading = false;
  let waiting = []; // what the stream brought while the newest were being fetched
  let drawing = null;

  const toggle = (seq) => {
    if (!open.delete(seq)) open.add(seq);
    draw();
  };

  function turn(to) {
    page = Math.max(to, 0);
    upTo = page === 0 ? Infinity : Math.min(upTo, entries.last);
    draw();
  }
  const filters = ["method", "customer", "text", "problems"];
  $("journal-filter").addEventListener("submit", (event) => event.preventDefault());
  for (const name of filters) $(`filter-${name}`).addEventListener("input", () => turn(0));
  $("journal-newer").addEventListener("click", () => turn(page - 1));
  $("journal-older").addEventListener("click", () => turn(page + 1));
  $("journal-fresh").addEventListener("click", () => {
    turn(0);
    $("journal").focus();
  });

  // Many entries in a burst are drawn once.
  function soon() {
    drawing ??= setTimeout(() => {
      drawing = null;
      draw();
    }, 30);
  }

  function draw() {
    const wanted = {
      method: $("filter-method").value,
      customer: $("filter-customer").value.trim(),
      text: $("filter-text").value.trim(),
      problems: $("filter-problems").checked,
    };
    const found = entries.found(wanted, upTo);
    const pages = Math.max(Math.ceil(found.length / ON_A_PAGE), 1);
    page = Math.min(page, pages - 1);
    const items = found.slice(page * ON_A_PAGE, (page + 1) * ON_A_PAGE);
    keyed($("journal-list"), items.length ? items : [{ none: true }], {
      key: (entry) => entry.seq ?? "",
      signature: (entry) => `${language} ${open.has(entry.seq)} ${entries.all.length === 0}`,
      make: (entry) => (entry.none
        ? nothing(t(entries.all.length ? "nothing_found" : "no_entries"))
        : row(entry, { open: open.has(entry.seq), toggle, held, subscribers, copied, before: (seq) => entries.before(seq) })),
    });
    $("journal-count").textContent = t(loading ? "count_loading" : "count", { found: found.length, all: entries.all.length });
    $("journal-page").textContent = t("page", { page: page + 1, pages });
    $("journal-newer").disabled = page === 0;
    $("journal-older").disabled = page === pages - 1;
    const fresh = upTo === Infinity ? 0 : entries.all.filter((entry) => entry.seq > upTo).length;
    $("journal-fresh").hidden = fresh === 0;
    $("journal-fresh").textContent = t("fresh", { count: fresh });
  }

  // The newest first, so that the page is of use at once; then what came before, in the background.
  async function load() {
    const mine = ++asked;
    loading = true;
    page = 0;
    upTo = Infinity;
    waiting = [];
    const { last } = await ask("journal?limit=1");
    let until = last;
    let newest = await ask(`journal?after=${Math.max(last - AT_ONCE, 0)}&limit=${AT_ONCE}`);
    if (mine !== asked) return;
    entries.clear();
    for (const entry of [...newest.entries, ...waiting]) entries.add(entry);
    waiting = null;
    draw();
    until = entries.first;
    while (until > 1 && entries.all.length < MOST) {
      const after = Math.max(until - 1 - AT_ONCE, 0);
      const { entries: older } = await ask(`journal?after=${after}&limit=${until - 1 - after}`);
      if (mine !== asked) return;
      const there = older.filter((entry) => entry.seq < until);
      if (!there.length) break;
      entries.addOlder(there);
      until = after + 1;
      soon();
    }
    loading = false;
    draw();
  }

  return {
    load,
    draw() {
      options($("filter-method"), [["", t("any_method")], ...[...METHODS, "upload", "GET"].map((each) => [each, each]), ["event", t("events")]]);
      draw();
    },
    add(entry) {
      if (waiting) waiting.push(entry);
      else if (!entries.add(entry)) load().catch(complain);
      soon();
    },
  };
}

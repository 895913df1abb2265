// The calls: why each ended as it did, its lanes, its sequence diagram, its timeline.

import { callAddress, entryAddress } from "./address.js";
import { isDelivered, sentOf } from "./deliveries.js";
import { callDiagram } from "./diagram.js";
import { $, h, keyed, nothing } from "./dom.js";
import { clockTime, iso, seconds, zone } from "./format.js";
import { lanesOf } from "./lanes.js";
import { percent } from "./preset.js";
import { badgeOf, reasonOf } from "./reasons.js";
import { english, known, language, t } from "./strings.js";

const CALLS_SHOWN = 10; // more on request, so that the page stays small
const CALLS_FOLLOWED = 60; // loaded on each change: those of the journal's first page too
const CALLS_KEPT = 1000; // loaded at first, as many as the fake keeps by default

/** Why a call ended, in words. */
export function reasonText(call) {
  const { key, side, numbers } = reasonOf(call);
  if (!numbers.length) return key === "other" ? call.state : t(`reason_${key}`, { side });
  return `${side}: ${numbers.map(({ number, kind }) => `${number} ${t(`reason_${kind}`)}`).join(", ")}`;
}

/** `clock.now()`: the fake's seconds. `makerOf(id)`: the entry that made a call. `load(id)`: loads one call. */
export function callsView({ clock, makerOf, more, resend, copied, load, changed }) {
  let calls = []; // the latest, as many as were asked for
  const loaded = new Map(); // every call that came, by id; a journal page may be about older ones
  const asked = new Set(); // ids that were asked for one by one
  let wanted = [];
  let isReady = false;
  let total = 0;
  let shown = CALLS_SHOWN;
  let marked = null; // the id in the address
  const list = $("calls-list");

  function draw() {
    /** @type {any[]} */
    const items = cards().map((call) => ({ call, passed: passedOf(call), maker: makerOf(call.id) }));
    if (total > shown) items.push({ more: total - shown });
    if (!items.length) items.push({ none: true });
    keyed(list, items, {
      key: ({ call, more: left }) => call?.id ?? (left ? "more" : ""),
      signature: ({ call, passed, maker, more: left }) => JSON.stringify(
        [language, zone, call, passed?.toFixed(1), maker?.seq, left, call?.id === marked],
      ),
      make: ({ call, passed, maker, more: left }) => {
        if (call) return card(call, passed, maker);
        if (!left) return nothing(t("no_calls"));
        return h("button", { type: "button", onclick: () => { shown += CALLS_SHOWN; more(); } }, t("more", { count: left }));
      },
    });
  }

  // The newest first, and the one in the address.
  function cards() {
    const newest = calls.slice(-shown).reverse();
    const own = loaded.get(marked);
    return own && !newest.includes(own) ? [own, ...newest] : newest;
  }

  function put(call) {
    loaded.set(call.id, call);
    if (loaded.size > 2 * CALLS_KEPT) loaded.delete(loaded.keys().next().value);
  }

  async function loadOne(id) {
    asked.add(id);
    try {
      const call = await load(id);
      if (call) put(call); // else it is not kept any more
      changed();
    } catch {
      asked.delete(id); // the connection is lost, which the page says
    }
  }

  /** Loads calls that the visible rows are about, unless they came already. */
  async function want(ids) {
    wanted = ids;
    if (!isReady) return; // the first answer brings most of them
    for (const id of ids) if (!loaded.has(id) && !asked.has(id)) await loadOne(id);
  }

  function passedOf(call) {
    const end = call.planned_end ?? call.timeline.at(-1)?.at ?? 0;
    return call.state === "running" ? Math.min(Math.max(clock.now() - call.started, 0), end) : end;
  }

  function card(call, passed, maker) {
    const running = call.state === "running";
    const end = Math.max(call.planned_end ?? passed, passed, 0.001);
    return h("article", { class: `card call${call.id === marked ? " marked" : ""}`, id: `call-${call.id}`,
      tabindex: "-1", "aria-label": `${t("call")} ${call.id}` },
    h("header", { class: "card-head" },
      h("h3", { class: "mono" }, h("a", { href: callAddress(call.id) }, call.id)),
      h("span", { class: "mono quiet" }, call.customer),
      h("span", { class: `badge ${badgeOf(call)}` }, reasonText(call)),
      h("span", { class: "quiet end" },
        h("time", { datetime: iso(call.started) }, clockTime(call.started)), " · ",
        running ? t("of_seconds", { passed: seconds(passed), end: seconds(end) }) : seconds(end))),
    lanes(call, passed, end),
    maker ? h("p", { class: "fact" }, h("a", { href: entryAddress(maker) }, t("made_by"))) : null,
    h("details", { "data-key": "what" },
      h("summary", {}, t("what_happened")), h("ol", { class: "timeline" }, lines(call, resend))),
    h("details", { "data-key": "diagram", ontoggle: (event) => event.currentTarget.classList.toggle("drawn", event.currentTarget.open) },
      h("summary", {}, t("diagram")),
      callDiagram(call, maker),
      h("button", { type: "button", onclick: (event) => copied(
        new XMLSerializer().serializeToString(event.currentTarget.parentNode.querySelector("svg")), event.currentTarget) },
      t("copy_svg"))));
  }

  return {
    limit: () => Math.max(loaded.size ? CALLS_FOLLOWED : CALLS_KEPT, shown),
    show({ calls: kept, total: all }) {
      calls = kept;
      total = all ?? kept.length;
      if (total <= calls.length) loaded.clear();
      calls.forEach(put);
      const latest = new Set(calls);
      wanted.map((id) => loaded.get(id)).filter((call) => call?.state === "running" && !latest.has(call))
        .forEach((call) => loadOne(call.id));
      isReady = true;
      want(wanted);
      draw();
    },
    draw,
    want,
    /** Forgets the calls of another generation of the fake. */
    forget() {
      loaded.clear();
      asked.clear();
      wanted = [];
      calls.forEach(put);
    },
    concerns: (customers) => calls.some((call) => customers.includes(call.customer)),
    running: () => calls.some((call) => call.state === "running"),
    find: (id) => loaded.get(String(id)),
    async mark(id) {
      marked = id;
      if (!loaded.has(id)) await loadOne(id);
      draw();
      const node = $(`call-${id}`);
      node?.scrollIntoView({ block: "start" });
      node?.focus({ preventScroll: true });
      return Boolean(node);
    },
  };
}

const LETTERS = { hears: 0.08, waits: 0.08, talks: 0.08 }; // the least share that a word fits into

function lanes(call, passed, end) {
  const rows = lanesOf(call.timeline, passed).map((lane) => h("li", { class: "lane" },
    h("span", { class: "who" }, h("b", {}, lane.side), " ", h("span", { class: "mono" }, lane.number)),
    h("span", { class: "track", role: "img", "aria-label": laneText(lane) },
      lane.segments.map((segment) => h("i", {
        class: `segment ${segment.kind}`,
        title: `${t(`key_${segment.kind}`)}${segment.text ? ` “${segment.text}”` : ""}: ${seconds(segment.from)} – ${seconds(segment.to)}`,
        place: { left: percent(segment.from / end), width: percent((segment.to - segment.from) / end) },
      }, (segment.to - segment.from) / end > (LETTERS[segment.kind] ?? 2) ? h("span", {}, t(`key_short_${segment.kind}`)) : null)),
      lane.marks.filter((mark) => mark.kind !== "answers").map((mark) => h("i", {
        class: `mark ${mark.kind}`,
        title: `${known(`what_${mark.kind}`, mark.kind)} ${seconds(mark.at)}`,
        place: { left: percent(mark.at / end) },
      })),
      call.state === "running" ? h("i", { class: "now", place: { left: percent(passed / end) } }) : null)));
  const sent = sentOf(call);
  if (sent.length) {
    rows.push(h("li", { class: "lane events" },
      h("span", { class: "who quiet" }, t("events")),
      h("span", { class: "track", role: "img", "aria-label": sent.map((each) => `${each.event} ${each.outcome}`).join(", ") },
        sent.map((each) => h("i", {
          class: isDelivered(each) ? "diamond" : "diamond failed",
          title: `${each.event} ${seconds(each.at)}: ${each.outcome}`,
          place: { left: percent(each.at / end) },
        })))));
  }
  rows.push(h("li", { class: "lane axis", "aria-hidden": "true" }, h("span", {}),
    h("span", { class: "ticks" }, [0, 0.25, 0.5, 0.75, 1].map((share) => h("span", { place: { left: percent(share) } }, seconds(end * share))))));
  return h("ul", { class: "lanes" }, rows);
}

const laneText = (lane) => [
  ...lane.segments.map((each) => `${t(`key_${each.kind}`)} ${seconds(each.from)} – ${seconds(each.to)}`),
  ...lane.marks.map((each) => `${known(`what_${each.kind}`, each.kind)} ${seconds(each.at)}`),
].join(", ");

function lines(call, resend) {
  const all = call.timeline.map((event) => ({
    at: event.at,
    node: [event.side ? h("b", {}, event.side) : null, " ", h("span", {}, known(`what_${event.kind}`, event.kind)), " ",
      event.kind === "hears" ? h("q", {}, event.detail) : h("span", { class: "mono" }, event.detail)],
  }));
  for (const delivery of sentOf(call)) {
    all.push({
      at: delivery.at,
      node: [h("span", { class: isDelivered(delivery) ? "badge good" : "badge bad", lang: english() }, delivery.outcome), " ",
        t("event_sent", { event: delivery.event }), " ",
        isDelivered(delivery) ? null : h("button", { type: "button", class: "small", onclick: (event) => resend(call.id, delivery.event, event.currentTarget) }, t("send_again"))],
    });
  }
  // Sorting is stable: a timeline entry precedes the event that reports it.
  all.sort((one, two) => one.at - two.at);
  return all.map((line) => h("li", {}, h("span", { class: "at mono" }, seconds(line.at)), " ", line.node));
}

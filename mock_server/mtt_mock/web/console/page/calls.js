// The calls as timelines: who rang, talked and hung up when, and which events went out.

import { $, h, keyed, nothing } from "./dom.js";
import { hungUpBy, lanesOf } from "./lanes.js";
import { percent } from "./preset.js";
import { known, language, t } from "./strings.js";
import { clockTime, seconds } from "./words.js";

const AT_ONCE = 10;

// `now()`: the fake's time in seconds since the epoch.
export function callsView(now) {
  let calls = [];
  let shown = AT_ONCE;
  const list = $("calls-list");

  function draw() {
    const newest = calls.slice(-shown).reverse();
    const items = newest.map((call) => ({ call, passed: passedOf(call) }));
    if (calls.length > shown) items.push({ more: calls.length - shown });
    if (!calls.length) items.push({ none: true });
    keyed(list, items, {
      key: ({ call }) => call?.id ?? "",
      // A running call is drawn anew when a tenth of a second has passed, an ended one never.
      signature: (item) => language + JSON.stringify([item.call, item.passed?.toFixed(1), item.more]),
      make: ({ call, passed, more }) => {
        if (call) return card(call, passed);
        if (!more) return nothing(t("no_calls"));
        return h("button", { type: "button", onclick: () => { shown += AT_ONCE; draw(); } }, t("more", { count: more }));
      },
    });
  }

  function passedOf(call) {
    const passed = Math.max(now() - call.started, 0);
    const end = call.planned_end ?? call.timeline.at(-1)?.at ?? 0;
    return call.state === "running" ? Math.min(passed, end) : end;
  }

  return {
    show(found) {
      calls = found;
      draw();
    },
    draw,
    running: () => calls.some((call) => call.state === "running"),
  };
}

function card(call, passed) {
  const running = call.state === "running";
  const end = Math.max(call.planned_end ?? passed, passed, 0.001);
  return h("article", { class: "card call", "aria-label": `${t("call")} ${call.id}` },
    h("header", { class: "card-head" },
      h("h3", { class: "mono" }, call.id),
      h("span", { class: "mono quiet" }, call.customer),
      h("span", { class: `badge ${badgeOf(call.state)}` }, stateText(call)),
      h("span", { class: "quiet end" }, `${clockTime(call.started)} · ${running ? t("of_seconds", { passed: seconds(passed), end: seconds(end) }) : seconds(end)}`)),
    timeline(call, passed, end),
    h("details", { "data-keep": "timeline" },
      h("summary", { "data-keep": "summary" }, t("what_happened")),
      h("ol", { class: "timeline" }, timelineEntries(call))));
}

const badgeOf = (state) => ({ running: "busy", joined: "good" })[state] ?? "bad";

function stateText(call) {
  if (call.state === "running") return t("state_running");
  const by = hungUpBy(call.timeline);
  if (call.state === "joined") return by ? t("state_hung_up", { side: by }) : t("state_over");
  const [, reason, side] = /^(timeout|cancel) on side ([AB])$/.exec(call.state) ?? [];
  return reason ? t(`state_${reason}`, { side }) : call.state;
}

function timeline(call, passed, end) {
  const lanes = lanesOf(call.timeline, passed);
  const sent = (call.deliveries ?? []).map((each) => ({ ...each, at: each.due - call.started }));
  const rows = lanes.map((lane) => h("li", { class: "lane" },
    h("span", { class: "who" }, h("b", {}, lane.side), " ", h("span", { class: "mono" }, lane.number)),
    h("span", { class: "track", role: "img", "aria-label": laneText(lane) },
      lane.segments.map((each) => h("i", {
        class: `segment ${each.kind}`,
        title: `${t(`key_${each.kind}`)}${each.text ? ` “${each.text}”` : ""}: ${seconds(each.from)} – ${seconds(each.to)}`,
        place: { left: percent(each.from / end), width: percent((each.to - each.from) / end) },
      })),
      lane.marks.filter((each) => each.kind !== "answers").map((each) => h("i", {
        class: `mark ${each.kind}`,
        title: `${known(`what_${each.kind}`, each.kind)} ${seconds(each.at)}`,
        place: { left: percent(each.at / end) },
      })),
      call.state === "running" ? h("i", { class: "now", place: { left: percent(passed / end) } }) : null)));
  if (sent.length) {
    rows.push(h("li", { class: "lane events" },
      h("span", { class: "who quiet" }, t("events")),
      h("span", { class: "track", role: "img", "aria-label": sent.map((each) => `${each.event} ${each.outcome}`).join(", ") },
        sent.map((each) => h("i", {
          class: delivered(each) ? "diamond" : "diamond failed",
          title: `${each.event} ${seconds(each.at)}: ${each.outcome}`,
          place: { left: percent(each.at / end) },
        })))));
  }
  return h("ul", { class: "lanes" }, rows);
}

const laneText = (lane) => [
  ...lane.segments.map((each) => `${t(`key_${each.kind}`)} ${seconds(each.from)} – ${seconds(each.to)}`),
  ...lane.marks.map((each) => `${known(`what_${each.kind}`, each.kind)} ${seconds(each.at)}`),
].join(", ");

const delivered = (delivery) => /^HTTP 2\d\d$/.test(String(delivery.outcome));

function timelineEntries(call) {
  const lines = call.timeline.map((each) => ({
    at: each.at,
    node: [each.side ? h("b", {}, each.side) : null, " ", h("span", {}, known(`what_${each.kind}`, each.kind)), " ",
      each.kind === "hears" ? h("q", {}, each.detail) : h("span", { class: "mono" }, each.detail)],
  }));
  for (const each of call.deliveries ?? []) {
    lines.push({
      at: each.due - call.started,
      node: [h("span", { class: delivered(each) ? "badge good" : "badge bad" }, each.outcome), " ",
        t("event_sent", { event: each.event })],
    });
  }
  lines.sort((one, two) => one.at - two.at);
  return lines.map((each) => h("li", {}, h("span", { class: "at mono" }, seconds(each.at)), " ", each.node));
}

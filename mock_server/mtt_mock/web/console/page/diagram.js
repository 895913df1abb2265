// Draws a call's sequence diagram as standalone SVG, for example for an issue.

import { sentOf } from "./deliveries.js";
import { h, svg } from "./dom.js";
import { seconds } from "./format.js";
import { PARTICIPANTS, messagesOf } from "./sequence.js";
import { known, t } from "./strings.js";

const WIDTH = 760;
const LEFT = 70;
const STEP = 26;
const TOP = 44;
const MAX_MESSAGES = 200;
const MAX_TEXT = 60; // characters of a message's text
const INK = "#4a5561";
const BAD = "#c0392b";

const columnOf = (name) => LEFT + 50 + PARTICIPANTS.indexOf(name) * 145;

/** The diagram with an equivalent text for screen readers. */
export function callDiagram(call, maker) {
  const all = messagesOf(call, sentOf(call));
  const messages = all.slice(0, MAX_MESSAGES);
  const height = TOP + (messages.length + 1) * STEP;
  const label = messages.map((message) => `${seconds(message.at)} ${nameOf(message.from)} → ${nameOf(message.to)}: ${textOf(message)}`).join("; ");
  return h("div", { class: "diagram" }, svg("svg", {
    xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height,
    role: "img", "aria-label": `${t("call")} ${call.id}: ${label}`, "font-family": "system-ui, sans-serif", "font-size": 12,
  },
  svg("rect", { width: WIDTH, height, fill: "#ffffff" }),
  PARTICIPANTS.map((name) => [
    svg("text", { x: columnOf(name), y: 18, "text-anchor": "middle", "font-weight": 600, fill: "#1b2129" }, nameOf(name)),
    svg("line", { x1: columnOf(name), y1: 26, x2: columnOf(name), y2: height - 6, stroke: "#8a949f", "stroke-dasharray": "3 3" }),
  ]),
  messages.map((message, index) => arrow(message, TOP + index * STEP)),
  all.length > MAX_MESSAGES ? svg("text", { x: LEFT, y: height - 4, fill: INK }, t("more", { count: all.length - MAX_MESSAGES })) : null,
  maker?.fault ? svg("text", { x: columnOf("application"), y: height - 4, fill: BAD }, `${t("fault")} ${maker.fault}`) : null));
}

function arrow(message, y) {
  const from = columnOf(message.from);
  const to = columnOf(message.to);
  const colour = message.failed ? BAD : INK;
  const back = to > from ? -7 : 7;
  const middle = (from + to) / 2;
  return [
    svg("text", { x: LEFT - 8, y: y + 4, "text-anchor": "end", fill: "#59636f" }, seconds(message.at)),
    svg("line", { x1: from, y1: y, x2: to, y2: y, stroke: colour, "stroke-width": 1.5, ...(message.failed ? { "stroke-dasharray": "6 3" } : {}) }),
    svg("path", { d: `M${to},${y} l${back},-4 l0,8 z`, fill: colour }),
    svg("text", { x: Math.min(Math.max(middle, 150), WIDTH - 150), y: y - 4, "text-anchor": "middle", fill: message.failed ? BAD : "#1b2129", ...(message.key === "event" ? { lang: "en" } : {}) }, cut(textOf(message))),
  ];
}

const cut = (text) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
const nameOf = (name) => ({ A: t("side_a"), B: t("side_b") })[name] ?? t(`who_${name}`);

function textOf({ key, detail }) {
  if (key === "make") return "makeCallBackCallFollowme";
  if (key === "event") return detail;
  return `${known(`what_${key}`, key)} ${detail}`.trim();
}

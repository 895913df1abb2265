// Draws a preset as what it is: who rings together, who in turn, and what each side hears.

import { h } from "./dom.js";
import { t } from "./strings.js";

const QUEUES = ["Ringall", "Linear"];
// Every spelling that is taken; MTT's own sample has "linal".
const KINDS = new Map([
  ["ringall", "Ringall"],
  ["linear", "Linear"],
  ["linal", "Linear"],
  ["lineral", "Linear"],
  ["text", "text"],
  ["file", "file"],
]);
const UNSET_TIMEOUT = 30; // seconds; how long a number without a timeout is drawn

// The groups of numbers that ring at once, in the order in which the fake rings them: by `order`,
// ties as listed, those without one last.
export function groupsOf(elements) {
  const place = (element) => {
    const order = Number(element.fields.order ?? NaN);
    return Number.isNaN(order) ? Infinity : order;
  };
  const queue = elements
    .filter((element) => QUEUES.includes(element.kind))
    .map((element, index) => ({ element, index, order: place(element) }))
    .sort((one, two) => (one.order === two.order ? one.index - two.index : one.order - two.order));
  const groups = [];
  for (const { element } of queue) {
    const last = groups.at(-1);
    if (element.kind === "Ringall" && last?.kind === "Ringall") last.elements.push(element);
    else groups.push({ kind: element.kind, elements: [element] });
  }
  return groups;
}

// An element as it is sent ({"type": "ringall", …}) in the form in which the state has it.
export function elementOf(sent) {
  const word = String(sent?.type ?? "").trim().toLowerCase();
  const kind = KINDS.get(word) ?? "";
  return { kind, side: QUEUES.includes(kind) ? "A" : sent?.side, fields: sent ?? {} };
}

const secondsOf = (element) => {
  const given = Number(element.fields.timeout ?? NaN);
  return Number.isFinite(given) && given > 0 ? given : UNSET_TIMEOUT;
};

// `b`: the number on side B, if one is preset. `prompts`: what was uploaded, to say how long it is.
export function drawPreset(elements, { b = null, prompts = [] } = {}) {
  return h("div", { class: "sides" },
    h("div", { class: "side" }, h("h4", {}, t("side_a")), queue(groupsOf(elements)), heard(elements, "A", prompts)),
    h("div", { class: "side" }, h("h4", {}, t("side_b")),
      h("p", { class: "b-number" }, b ? h("span", { class: "mono" }, b) : h("span", { class: "quiet" }, t("b_by_call"))),
      heard(elements, "B", prompts)));
}

function queue(groups) {
  if (!groups.length) return h("p", { class: "quiet" }, t("nobody_rings"));
  const longest = groups.map((group) => Math.max(...group.elements.map(secondsOf)));
  const total = longest.reduce((sum, each) => sum + each, 0);
  let start = 0;
  return h("ol", { class: "groups" }, groups.map((group, index) => {
    const from = start;
    start += longest[index];
    return h("li", { class: group.elements.length > 1 ? "group together" : "group" },
      h("span", { class: "how" }, t(howOf(group, index))),
      h("ul", {}, group.elements.map((element) => rung(element, from / total, secondsOf(element) / total))));
  }));
}

function howOf(group, index) {
  if (group.elements.length > 1) return index ? "then_together" : "together";
  return index ? "then_one" : "first_one";
}

function rung(element, from, length) {
  const { redirect_number: number, name, timeout } = element.fields;
  return h("li", { class: "rung" },
    h("span", { class: "mono number" }, String(number)),
    name ? h("span", { class: "name", title: String(name) }, String(name)) : null,
    h("span", { class: "track", "aria-hidden": "true" },
      h("i", { class: timeout ? "ring-bar" : "ring-bar unset", place: { left: percent(from), width: percent(length) } })),
    h("span", { class: "quiet length" }, timeout ? t("for_seconds", { seconds: timeout }) : t("no_timeout")));
}

function heard(elements, side, prompts) {
  const own = elements.filter((element) => !QUEUES.includes(element.kind) && element.side === side);
  if (!own.length) return null;
  return h("ul", { class: "prompts" }, own.map((element) => {
    const value = String(element.fields.value ?? "");
    const file = element.kind === "file" ? prompts.find((each) => each.name === value) : null;
    return h("li", { class: `prompt ${element.kind === "file" ? "file" : "text"}` },
      h("span", { class: "how" }, t(element.kind === "file" ? "hears_file" : "hears_text")),
      " ", h("q", { title: value }, value),
      Number.isFinite(file?.milliseconds) ? h("span", { class: "quiet" }, ` ${t("for_seconds", { seconds: (file.milliseconds / 1000).toFixed(1) })}`) : null);
  }));
}

export const percent = (share) => `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(3)}%`;

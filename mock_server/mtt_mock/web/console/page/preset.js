// Draws a preset: the numbers that ring together and in turn, and the prompts of each side.

import { h } from "./dom.js";
import { seconds } from "./format.js";
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
  const orderOf = (element) => {
    const order = Number(element.fields.order ?? NaN);
    return Number.isNaN(order) ? Infinity : order;
  };
  const queued = elements
    .filter((element) => QUEUES.includes(element.kind))
    .map((element, index) => ({ element, index, order: orderOf(element) }))
    .sort((one, two) => (one.order === two.order ? one.index - two.index : one.order - two.order));
  const groups = [];
  for (const { element } of queued) {
    const last = groups.at(-1);
    if (element.kind === "Ringall" && last?.kind === "Ringall") last.elements.push(element);
    else groups.push({ kind: element.kind, elements: [element] });
  }
  return groups;
}

/** An element as it was sent ({"type": "ringall", …}) in the form of the state, and its index. */
export function elementOf(sent, index) {
  const fields = typeof sent === "object" && sent !== null && !Array.isArray(sent) ? sent : { value: JSON.stringify(sent) };
  const kind = KINDS.get(String(fields.type ?? "").trim().toLowerCase()) ?? "";
  return { kind, side: QUEUES.includes(kind) ? "A" : fields.side, fields, index };
}

const secondsOf = (element) => {
  const given = Number(element.fields.timeout ?? NaN);
  return Number.isFinite(given) && given > 0 ? given : UNSET_TIMEOUT;
};

/**
 * Draws every element. `b`: the number on side B. `prompts`: the uploads, for their lengths.
 * `wrong`: the indexes of the elements that were refused.
 */
export function drawPreset(elements, { b = null, prompts = [], wrong = new Set() } = {}) {
  const other = elements.filter((element) => !isDrawable(element));
  const good = elements.filter(isDrawable);
  const options = { prompts, wrong };
  return h("div", { class: "sides" },
    h("div", { class: "side" }, h("h4", {}, t("side_a")), queue(groupsOf(good), wrong), heard(good, "A", options)),
    h("div", { class: "side" }, h("h4", {}, t("side_b")),
      h("p", { class: "b-number" }, b ? h("span", { class: "mono" }, b) : h("span", { class: "quiet" }, t("b_by_call"))),
      heard(good, "B", options)),
    other.length ? h("div", { class: "side other" }, h("h4", {}, t("side_none")),
      h("ul", { class: "prompts" }, other.map((element) => h("li", { class: "prompt wrong" },
        h("b", {}, whatIsWrong(element)), " ", h("code", {}, JSON.stringify(element.fields)))))) : null);
}

const isDrawable = ({ kind, side, fields }) => (QUEUES.includes(kind)
  ? fields.redirect_number !== undefined
  : kind !== "" && ["A", "B"].includes(side));

function whatIsWrong({ kind, side, fields }) {
  if (!kind) return t("wrong_type", { value: shown(fields.type) });
  if (QUEUES.includes(kind)) return t("wrong_number");
  return side === undefined ? t("no_side") : t("wrong_side", { value: shown(side) });
}

// Letters that only look Latin are shown by their code.
function shown(value) {
  const text = typeof value === "string" ? `"${value}"` : JSON.stringify(value) ?? "–";
  const foreign = [...text].filter((letter) => letter > "\u007f")
    .map((letter) => `U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
  return [text, ...foreign.slice(0, 3)].join(" ");
}

function queue(groups, wrong) {
  if (!groups.length) return h("p", { class: "quiet" }, t("nobody_rings"));
  const longest = groups.map((group) => Math.max(...group.elements.map(secondsOf)));
  const total = longest.reduce((sum, each) => sum + each, 0);
  let start = 0;
  return h("ol", { class: "groups" }, groups.map((group, index) => {
    const from = start;
    start += longest[index];
    return h("li", { class: group.elements.length > 1 ? "group together" : "group" },
      h("span", { class: "how" }, t(howOf(group, index))),
      h("ul", {}, group.elements.map((element) => rung(element, from / total, secondsOf(element) / total, wrong))));
  }));
}

function howOf(group, index) {
  if (group.elements.length > 1) return index ? "then_together" : "together";
  return index ? "then_one" : "first_one";
}

function rung(element, from, length, wrong) {
  const { redirect_number: number, name, timeout } = element.fields;
  return h("li", { class: wrong.has(element.index) ? "rung wrong" : "rung" },
    h("span", { class: "mono number" }, String(number)),
    name ? h("span", { class: "name", title: String(name) }, String(name)) : null,
    h("span", { class: "track", "aria-hidden": "true" },
      h("i", { class: timeout ? "ring-bar" : "ring-bar unset", place: { left: percent(from), width: percent(length) } })),
    h("span", { class: "quiet length" }, Number.isFinite(Number(timeout)) && timeout ? seconds(Number(timeout)) : t("no_timeout")));
}

function heard(elements, side, { prompts, wrong }) {
  const own = elements.filter((element) => !QUEUES.includes(element.kind) && element.side === side);
  if (!own.length) return null;
  return h("ul", { class: "prompts" }, own.map((element) => {
    const value = String(element.fields.value ?? "");
    const file = element.kind === "file" ? prompts.find((each) => each.name === value) : null;
    return h("li", { class: `prompt ${element.kind === "file" ? "file" : "text"}${wrong.has(element.index) ? " wrong" : ""}` },
      h("span", { class: "how" }, t(element.kind === "file" ? "hears_file" : "hears_text")),
      " ", h("q", { title: value }, value),
      Number.isFinite(file?.milliseconds) ? h("span", { class: "quiet" }, ` ${seconds(file.milliseconds / 1000)}`) : null);
  }));
}

export const percent = (share) => `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(3)}%`;

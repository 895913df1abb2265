// One line of the journal, and below it what was asked, what was answered, and why.

import { endpoint } from "./api.js";
import { asCurl, asPytest, isCall, isKnown } from "./copies.js";
import { h } from "./dom.js";
import { drawPreset, elementOf } from "./preset.js";
import { t } from "./strings.js";
import { isOk, wallTime } from "./words.js";

// good, warned (done, but there is something to say), bad
export function mood(entry) {
  if (entry.kind === "event") return entry.problem || !/^2\d\d$/.test(String(entry.status)) ? "bad" : "good";
  if (!isOk(entry)) return "bad";
  return entry.fault || entry.notes?.length ? "warned" : "good";
}

// `open`: whether the details show; `toggle(seq)`. `held(customer)`: what is preset now,
// `before(seq)`: the entries before, `subscribers()`; `copied(text)` puts text on the clipboard.
export function row(entry, { open, toggle, ...known }) {
  const details = `entry-${entry.seq}`;
  const event = entry.kind === "event";
  const problems = (entry.notes?.length ?? 0) + (entry.fault ? 1 : 0);
  return h("li", { class: `entry ${mood(entry)}` },
    h("button", { type: "button", class: "line", "aria-expanded": String(open), "aria-controls": details,
      "data-keep": "line", onclick: () => toggle(entry.seq) },
      h("span", { class: "mono quiet time" }, wallTime(entry.at)),
      h("span", { class: "what" }, event ? [h("i", { class: "diamond", "aria-hidden": "true" }), " ", entry.event] : entry.method ?? t("unreadable")),
      h("span", { class: "mono whose", title: entry.customer ?? "" }, entry.customer ?? (event ? entry.call : "")),
      h("span", { class: "outcome" }, entry.outcome),
      problems ? h("span", { class: "badge warn" }, t("to_note", { count: problems })) : null,
      h("span", { class: "mono quiet ms" }, `${entry.ms.toFixed(1)} ms`)),
    h("div", { id: details, class: "details", hidden: !open },
      open ? (event ? eventDetails(entry) : exchangeDetails(entry, known)) : null));
}

function eventDetails(entry) {
  return h("dl", {},
    pair(t("call"), entry.call), pair(t("event"), entry.event), pair("URL", entry.url ?? t("no_url")),
    pair("HTTP", entry.status ?? "–"), entry.problem ? pair(t("problem"), entry.problem) : null);
}

function exchangeDetails(entry, { held, before, subscribers, copied }) {
  const copy = (name, make) => h("button", { type: "button", "data-keep": name, onclick: () => copied(make()) }, t(name));
  return [
    why(entry, held),
    entry.notes?.length ? h("ul", { class: "notes" }, entry.notes.map((note) => h("li", {},
      // Most messages begin with the place.
      note.path && !note.message.startsWith(note.path) ? [h("code", {}, note.path), " "] : null, note.message,
      note.hint ? h("span", { class: "quiet" }, ` ${note.hint}`) : null))) : null,
    h("h4", {}, t("request")), request(entry.request),
    h("h4", {}, t(entry.fault && entry.answer ? "answer_meant" : "answer")), answer(entry),
    h("div", { class: "row" },
      isCall(entry) ? copy("copy_curl", () => asCurl(entry, endpoint())) : null,
      isKnown(entry) ? copy("copy_pytest", () => asPytest(entry, before(entry.seq), subscribers())) : null),
    h("details", { "data-keep": "json" }, h("summary", { "data-keep": "summary" }, "JSON"), h("pre", {}, JSON.stringify(
      { id: entry.id, method: entry.method, params: entry.request, answer: entry.answer, status: entry.status }, null, 2))),
  ];
}

// The rule that refused it, in words, and what it met.
function why(entry, held) {
  const lines = [];
  if (entry.fault) lines.push(h("p", { class: "why" }, t("why_fault"), " ", h("code", {}, entry.fault)));
  const side = /^Side ([AB]) not clear/.exec(entry.answer?.result?.error_description ?? "")?.[1];
  if (side) {
    const there = held(entry.customer).filter((each) => each.side === side);
    lines.push(h("p", { class: "why" }, t("why_conflict", { side }),
      there.length ? [" ", t("why_held"), " ", there.map((each) => short(each)).join(", "), "."] : null));
  } else if (entry.answer?.error) {
    const { code, message, data } = entry.answer.error;
    lines.push(h("p", { class: "why" }, h("b", {}, `${code} ${message ?? ""}`), data ? ` ${data}` : ""));
  } else if (entry.status === 401) {
    lines.push(h("p", { class: "why" }, t("why_401")));
  }
  return lines;
}

const LONGEST = 40; // characters of a text that is only pointed at
const short = (element) => {
  const text = String(element.fields.redirect_number ?? element.fields.value ?? element.kind);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};

const STRUCTS = ["callBackFollowmeStruct", "simpleCallBackFollowmeStruct"];

function request(params) {
  if (params === null || params === undefined) return h("p", { class: "quiet" }, t("none"));
  if (Array.isArray(params) || typeof params !== "object") return json(params);
  return values(params, params.defaultBNumber ?? params.b_number);
}

function answer(entry) {
  const told = entry.answer;
  if (!told) return h("p", { class: "quiet" }, t(withoutAnswer(entry), { status: entry.status }));
  const value = told.error ?? told.result;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return json(value);
  const inner = value.callBackFollowmeCallInfoStruct;
  return values(inner && typeof inner === "object" ? inner : value, value.defaultBNumber);
}

// Why there is no answer to show.
function withoutAnswer({ fault, method, status }) {
  if (fault) return "no_answer_fault";
  if (status >= 300) return "no_answer_http";
  return method === "GET" ? "no_answer_map" : "no_answer";
}

// Names and values; a structure is drawn as sides, anything else that is nested as JSON.
function values(object, b) {
  if (!Object.keys(object).length) return json(object);
  const drawn = STRUCTS.filter((name) => isStruct(object[name]));
  const rest = Object.entries(object).filter(([name, value]) => value !== null && !drawn.includes(name));
  return [
    rest.length ? h("dl", {}, rest.map(([name, value]) => pair(name, typeof value === "object" ? JSON.stringify(value) : value))) : null,
    drawn.map((name) => drawPreset(object[name].map(elementOf), { b: typeof b === "string" ? b : null })),
  ];
}

const isStruct = (value) => Array.isArray(value) && value.length > 0
  && value.every((each) => each !== null && typeof each === "object" && elementOf(each).kind);

const json = (value) => h("pre", {}, JSON.stringify(value, null, 2));

const pair = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)));

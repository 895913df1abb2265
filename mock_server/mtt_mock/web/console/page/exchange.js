// One row of the journal and its details: reason, request, response, actions.

import { callAddress } from "./address.js";
import { comparison } from "./compare.js";
import { askText } from "./api.js";
import { asCurl, isCall, isKnown } from "./copies.js";
import { asBugReport, asHttp, asNode, asPhp } from "./copy_formats.js";
import { h } from "./dom.js";
import { mood, warnings } from "./entries.js";
import { iso, milliseconds, wallTime, zoneName } from "./format.js";
import { drawPreset, elementOf } from "./preset.js";
import { callsOf, split } from "./search.js";
import { english, t } from "./strings.js";
import { why, wrongElements } from "./why.js";
import { rawWire } from "./wire.js";

export function row(entry, { open, toggle, terms, known, entries }) {
  const details = `entry-${entry.generation}-${entry.seq}`;
  const event = entry.kind === "event";
  const problems = warnings(entry).length + (entry.fault ? 1 : 0);
  const reason = known.reasonOf(entry);
  const marked = (text) => split(String(text), terms).map((part) => (part.hit ? h("mark", {}, part.text) : part.text));
  const title = event
    ? [h("i", { class: "diamond", "aria-hidden": "true" }), " ", marked(entry.event)]
    : entry.method === null ? t("unreadable") : marked(entry.method);
  return h("li", { class: `entry ${mood(entry)}` },
    h("button", { type: "button", class: "line", "aria-expanded": String(open), "aria-controls": details, onclick: () => toggle(entry) },
      h("time", { class: "mono quiet time", datetime: iso(entry.at), title: `${iso(entry.at)} (${zoneName(entry.at)})` }, wallTime(entry.at)),
      h("span", { class: "what" }, title),
      h("span", { class: "mono whose", title: entry.customer ?? "" }, marked(entry.customer ?? (event ? entry.call : ""))),
      h("span", { class: "mono quiet ms" }, milliseconds(entry.ms)),
      h("span", { class: "outcome", lang: english() }, marked(entry.outcome)),
      h("span", { class: "badges" },
        reason?.text ? h("span", { class: `badge reason ${reason.mood}` }, marked(reason.text)) : null,
        problems ? h("span", { class: "badge warn" }, t("to_note", { count: problems })) : null)),
    h("div", { id: details, class: "details", hidden: !open },
      open ? [reason?.call ? h("p", {}, h("a", { href: callAddress(reason.call) }, t("to_call", { id: reason.call }))) : null,
        event ? eventDetails(entry, known) : exchangeDetails(entry, known, entries)] : null));
}

function eventDetails(entry, { resend }) {
  return [
    h("dl", {},
      pair(t("call"), entry.call), pair(t("event"), entry.event), pair("URL", entry.url ?? t("no_url")),
      pair("HTTP", entry.status ?? "–"), entry.problem ? pair(t("problem"), entry.problem, english()) : null),
    h("p", {}, h("a", { href: callAddress(entry.call) }, t("to_call", { id: entry.call }))),
    h("button", { type: "button", onclick: (event) => resend(entry.call, entry.event, event.currentTarget) }, t("send_again")),
  ];
}

function exchangeDetails(entry, known, entries) {
  const wrong = wrongElements(entry);
  const copy = (name, make) => h("button", { type: "button", onclick: (event) => known.copied(make(), event.currentTarget) }, t(name));
  const json = JSON.stringify({ id: entry.id, method: entry.method, params: entry.request, answer: entry.answer, status: entry.status }, null, 2);
  return [
    why(entry, known, entries),
    entry.notes?.length ? h("ul", { class: "notes", lang: english() }, entry.notes.map((note) => h("li", {},
      // Most messages begin with the place.
      note.path && !note.message.startsWith(note.path) ? [h("code", {}, note.path), " "] : null, note.message,
      note.hint ? h("span", { class: "quiet" }, ` ${note.hint}`) : null))) : null,
    h("h3", { class: "small" }, t("request")), request(entry.request, wrong),
    comparison(entry, known, entries),
    h("h3", { class: "small" }, t(entry.fault && entry.answer ? "answer_meant" : "answer")), answer(entry, known),
    h("div", { class: "row" },
      isCall(entry) ? copy("copy_curl", () => asCurl(entry, known.endpoint())) : null,
      isKnown(entry) ? copy("copy_pytest", () => askText(`journal/${entry.seq}/pytest`)) : null,
      isCall(entry) ? h("button", { type: "button", onclick: () => known.edit(entry) }, t("send_again_edit")) : null),
    h("details", { "data-key": "more" }, h("summary", {}, t("more_copies")), h("div", { class: "row" },
      isCall(entry) ? [copy("copy_php", () => asPhp(entry, known.endpoint())), copy("copy_node", () => asNode(entry, known.endpoint())),
        copy("copy_http", () => asHttp(entry, known.endpoint()))] : null,
      copy("copy_json", () => json),
      copy("copy_link", () => new URL(`#/entry/${entry.generation}-${entry.seq}`, location.href).href),
      copy("copy_report", () => asBugReport(entry, known.callsOf(callsOf(entry)), known.about())))),
    rawWire(entry),
    h("details", { "data-key": "json" }, h("summary", {}, "JSON"), h("pre", { tabindex: "0" }, json)),
  ];
}

const STRUCTS = ["callBackFollowmeStruct", "simpleCallBackFollowmeStruct"];

function request(params, wrong) {
  if (params === null || params === undefined) return h("p", { class: "quiet" }, t("none"));
  if (Array.isArray(params) || typeof params !== "object") return asJson(params);
  return values(params, params.defaultBNumber ?? params.b_number, wrong);
}

function answer(entry, known) {
  if (!entry.answer) return h("p", { class: "quiet" }, t(withoutAnswer(entry), { status: entry.status }));
  const value = entry.answer.error ?? entry.answer.result;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return asJson(value);
  const inner = value.callBackFollowmeCallInfoStruct;
  return [values(inner && typeof inner === "object" ? inner : value, value.defaultBNumber), known.recordings(entry)];
}

// The reason for a missing response.
function withoutAnswer({ fault, method, status }) {
  if (fault) return "no_answer_fault";
  if (status >= 300) return "no_answer_http";
  return method === "GET" ? "no_answer_map" : "no_answer";
}

// Names and values; a structure is drawn as sides, anything else that is nested as JSON.
function values(object, b, wrong = new Set()) {
  if (!Object.keys(object).length) return asJson(object);
  const drawn = STRUCTS.filter((name) => Array.isArray(object[name]) && object[name].length);
  const rest = Object.entries(object).filter(([name, value]) => value !== null && !drawn.includes(name));
  return [
    rest.length ? h("dl", { lang: english() }, rest.map(([name, value]) => pair(name, typeof value === "object" ? JSON.stringify(value) : value))) : null,
    drawn.map((name) => drawPreset(object[name].map(elementOf), { b: typeof b === "string" ? b : null, wrong })),
  ];
}

const asJson = (value) => h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));
const pair = (name, value, lang = null) => h("div", {}, h("dt", {}, name), h("dd", { lang }, String(value)));

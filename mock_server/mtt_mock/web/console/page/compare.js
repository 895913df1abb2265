// Differences between a request and the stored structure, and between two requests.

import { diff, nearest } from "./diff.js";
import { h } from "./dom.js";
import { isOk } from "./entries.js";
import { wallTime } from "./format.js";
import { t } from "./strings.js";
import { refusedSide } from "./why.js";

const MAX_ROWS = 50;
const MAX_CHOICES = 20;
const MAX_COMPARED = 200; // requests among which the nearest valid one is looked for

export function comparison(entry, known, entries) {
  if (entry.method === null || typeof entry.request !== "object" || entry.request === null) return null;
  return [refusedSide(entry) ? againstState(entry, known) : againstValid(entry, entries), againstOther(entry, entries)];
}

function againstState(entry, known) {
  const held = known.held(entry.customer);
  if (!held) return null;
  const before = held.map((element) => element.fields);
  return h("details", { "data-key": "stands" }, h("summary", {}, t("diff_stands")),
    table(diff(before, entry.request.callBackFollowmeStruct ?? []), t("stands"), t("asked")));
}

// A request that failed, against the most similar one of its method that did not.
function againstValid(entry, entries) {
  if (isOk(entry)) return null;
  const valid = entries.before(entry.seq).filter((other) => other.method === entry.method && isOk(other));
  const other = nearest(entry.request, valid.slice(-MAX_COMPARED), (each) => each.request);
  if (!other) return null;
  return h("details", { "data-key": "valid" }, h("summary", {}, t("diff_valid")),
    h("p", { class: "quiet" }, `${wallTime(other.at)} ${other.customer ?? ""}`),
    table(diff(other.request, entry.request), t("then"), t("now")));
}

function againstOther(entry, entries) {
  const others = entries.before(entry.seq).filter((other) => other.method === entry.method).slice(-MAX_CHOICES).reverse();
  if (!others.length) return null;
  const show = (event) => {
    const other = others.find((each) => String(each.seq) === event.currentTarget.value);
    event.currentTarget.parentNode.parentNode.querySelector(".diff-place")
      .replaceChildren(...(other ? [table(diff(other.request, entry.request), t("then"), t("now"))] : []));
  };
  return h("details", { "data-key": "other" }, h("summary", {}, t("diff_other")),
    h("label", { class: "inline" }, h("span", {}, t("diff_with")),
      h("select", { onchange: show }, h("option", { value: "" }, "–"),
        others.map((other) => h("option", { value: other.seq }, `${wallTime(other.at)} ${other.customer ?? ""} ${other.outcome}`)))),
    h("div", { class: "diff-place", "data-own": true }));
}

function table(rows, before, after) {
  if (!rows.length) return h("p", { class: "quiet" }, t("no_difference"));
  const cell = (value, name) => h("td", { class: name }, value === undefined ? "–" : JSON.stringify(value));
  return h("table", { class: "diff" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("place")), h("th", { scope: "col" }, before), h("th", { scope: "col" }, after))),
    h("tbody", {}, rows.slice(0, MAX_ROWS).map((row) => h("tr", {}, h("th", { scope: "row" }, row.path), cell(row.before, "before"), cell(row.after, "after")))));
}

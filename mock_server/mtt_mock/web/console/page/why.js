// The reason of a refused request and its remedy.

import { entryAddress } from "./address.js";
import { h } from "./dom.js";
import { seconds, wallTime } from "./format.js";
import { callsOf } from "./search.js";
import { english, t } from "./strings.js";

const MAX_TEXT = 40; // characters of an element's text

export function why(entry, known, entries) {
  const lines = [];
  if (entry.fault) lines.push(h("p", { class: "why" }, t("why_fault"), " ", h("code", {}, entry.fault)));
  const side = refusedSide(entry);
  if (side) lines.push(conflict(entry, side, known, entries));
  else if (entry.answer?.error) {
    const { code, message, data } = entry.answer.error;
    lines.push(h("p", { class: "why", lang: english() }, h("b", {}, `${code} ${message ?? ""}`), data ? ` ${data}` : ""));
    lines.push(untilThen(entry, known));
  } else if (entry.status === 401) {
    const login = entry.wire?.login;
    lines.push(h("p", { class: "why" }, login ? t("why_login", { login }) : t("why_401")));
  }
  return lines;
}

/** The side that a set was refused for. */
export const refusedSide = (entry) => /^Side ([AB]) not clear/.exec(entry.answer?.result?.error_description ?? "")?.[1] ?? null;

function conflict(entry, side, known, entries) {
  const held = (known.held(entry.customer) ?? []).filter((element) => element.side === side);
  const set = entries.setsBefore(entry).findLast((each) => JSON.stringify(each.request).length > 0);
  return h("p", { class: "why" }, t("why_conflict", { side }),
    held.length ? [" ", t("why_held"), " ", held.map(short).join(", "), "."] : null,
    set ? [" ", h("a", { href: entryAddress(set) }, t("set_by", { time: wallTime(set.at) }))] : null);
}

// A call that is asked about too early: how long it still takes, and the way there.
function untilThen(entry, known) {
  if (entry.answer.error.data !== "Call is not ended") return null;
  const call = callsOf(entry).map(known.call).find(Boolean);
  if (call?.state !== "running") return null;
  const left = Math.max(call.started + call.planned_end - known.clock.now(), 0);
  return h("p", { class: "row" }, t("ends_in", { id: call.id, seconds: seconds(left) }),
    known.clock.isManual() ? h("button", { type: "button", onclick: () => known.clock.advance(left) }, t("until_then")) : null);
}

function short(element) {
  const text = String(element.fields.redirect_number ?? element.fields.value ?? element.kind);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** The indexes of the elements that an error or a note names. */
export function wrongElements(entry) {
  const texts = [entry.answer?.error?.data, ...(entry.notes ?? []).map((note) => note.path)];
  const indexes = texts.flatMap((text) => [...String(text ?? "").matchAll(/allBackFollowmeStruct\[(\d+)\]/g)].map((match) => Number(match[1])));
  return new Set(entry.answer?.error ? indexes : []);
}

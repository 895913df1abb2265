// The received HTTP request: line, peer, login, headers, and an unreadable body.

import { h } from "./dom.js";
import { clockTime, count, date, zoneName } from "./format.js";
import { t } from "./strings.js";

export function rawWire(entry) {
  const { wire } = entry;
  if (!wire) return null;
  const body = wire.body === undefined ? null : bodyWithMark(wire.body, badPlace(entry.notes ?? [], wire.body));
  return h("details", { "data-key": "wire" }, h("summary", {}, t("wire")),
    h("dl", {},
      pair(t("request"), `${wire.verb} ${wire.path}`),
      pair(t("http_status"), entry.status || "–"),
      pair(t("peer"), wire.peer ?? "–"),
      pair(t("login"), wire.login ?? t("none")),
      pair(t("size"), t("bytes", { bytes: count(entry.size ?? 0) })),
      wire.clock === undefined ? null : pair(t("fake_time"), `${date(wire.clock)} ${clockTime(wire.clock)} ${zoneName(wire.clock)}`),
      Object.entries(wire.headers ?? {}).map(([name, value]) => pair(name, value))),
    body);
}

const pair = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)));

const bodyWithMark = (body, place) => h("pre", { class: "body", tabindex: "0" }, place === null
  ? body
  : [body.slice(0, place), h("mark", { class: "bad" }, body.slice(place, place + 1) || "⏎"), body.slice(place + 1)]);

/** The index in the text of a note's JSON error; null without such a note. */
export function badPlace(notes, body) {
  for (const { message } of notes) {
    const [, line, column] = /line (\d+)[^\d]+column (\d+)/.exec(message) ?? [];
    if (line) {
      const before = body.split("\n").slice(0, Number(line) - 1).reduce((sum, text) => sum + text.length + 1, 0);
      return Math.min(before + Number(column) - 1, body.length);
    }
    const [, offset] = /(?:char|character|byte|position|offset) (\d+)/.exec(message) ?? [];
    if (offset) return Math.min(Number(offset), body.length);
  }
  return null;
}

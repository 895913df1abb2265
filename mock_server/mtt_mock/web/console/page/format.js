// Numbers and times as text, in the reader's language and time zone.

import { language, t } from "./strings.js";
import { local } from "./storage.js";

const KEY = "mtt-mock zone";

// "local" or "utc", for all times of the page.
export let zone = local.get(KEY) === "utc" ? "utc" : "local";

export function chooseZone(name) {
  zone = name;
  local.set(KEY, name);
}

const timeZone = () => (zone === "utc" ? "UTC" : undefined);

export const number = (value, digits = 1) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits, useGrouping: false }).format(value);
export const count = (value) => new Intl.NumberFormat(language).format(value);
export const seconds = (value) => t("for_seconds", { seconds: number(value) });
export const milliseconds = (value) => t("for_milliseconds", { milliseconds: number(value) });

const cache = new Map();
function formatter(parts) {
  const key = `${language} ${zone} ${Object.keys(parts)}`;
  if (!cache.has(key)) {
    cache.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: timeZone(), hourCycle: "h23", ...parts }));
  }
  return cache.get(key);
}

const two = "2-digit";
export const clockTime = (at) => formatter({ hour: two, minute: two, second: two }).format(at * 1000);
export const wallTime = (at) =>
  formatter({ hour: two, minute: two, second: two, fractionalSecondDigits: 3 }).format(at * 1000);
export function date(at) {
  const parts = formatter({ year: "numeric", month: two, day: two }).formatToParts(at * 1000);
  const part = (type) => parts.find((each) => each.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/** The zone's name at a moment: "UTC", "UTC+3". */
export function zoneName(at) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: timeZone(), timeZoneName: "shortOffset" })
    .formatToParts(at * 1000);
  return parts.find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC").replace(/\+0$/, "");
}

export const iso = (at) => new Date(at * 1000).toISOString();

// Times as text.

import { t } from "./strings.js";

export const seconds = (value) => t("for_seconds", { seconds: Number(value.toFixed(3)) });

// The fake's time, which is UTC.
export const clockTime = (since) => new Date(since * 1000).toISOString().slice(11, 19);
export const clockDate = (since) => new Date(since * 1000).toISOString().slice(0, 10);

// When a request came, on the reader's own clock.
export function wallTime(since) {
  const at = new Date(since * 1000);
  const two = (value, length = 2) => String(value).padStart(length, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${two(at.getMilliseconds(), 3)}`;
}

// Whether a call succeeded, answered or not.
export const isOk = (entry) => entry.outcome === "ok" || entry.outcome.startsWith("ok, ");

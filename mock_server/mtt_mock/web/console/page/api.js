// Requests to the control API. Paths are relative to the page, so a proxy may add a prefix.

import { KEY } from "./token.js";
import { session } from "./storage.js";

const SILENCE_TIMEOUT = 40_000; // milliseconds

export const keepToken = (token) => session.set(KEY, token);
export const dropToken = () => session.remove(KEY);
export const hasToken = () => session.get(KEY) !== null;

// The URL that the fake answers as MTT's.
export const endpoint = () => new URL("../index.php", location.href.split(/[?#]/)[0]).href;

// A refused request: the HTTP status, and the fake's sentence.
export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/** @returns {Record<string, string>} */
function withToken(headers = {}) {
  const token = session.get(KEY);
  return token === null ? headers : { ...headers, Authorization: `Bearer ${token}` };
}

/**
 * Returns the JSON answer of the control API. Throws Refused, and TypeError without a connection.
 * @param {string} path
 * @param {{method?: string, send?: any}} [options]
 */
export async function ask(path, { method = "GET", send } = {}) {
  /** @type {{method: string, headers: Record<string, string>, cache: "no-store", body?: string}} */
  const request = { method, headers: withToken(), cache: "no-store" };
  if (send !== undefined) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(send);
  }
  return answerOf(await fetch(path, request));
}

const pending = new Set();

/** Changes something; false if the same change is under way already: pressed twice on a slow network. */
export async function askOnce(path, request) {
  const change = path + JSON.stringify(request);
  if (pending.has(change)) return false;
  pending.add(change);
  try {
    await ask(path, request);
    return true;
  } finally {
    pending.delete(change);
  }
}

/** Returns the text that the control API answers; throws as `ask` does. */
export async function askText(path) {
  const response = await fetch(path, { headers: withToken(), cache: "no-store" });
  if (!response.ok) await answerOf(response); // throws
  return response.text();
}

/** Returns `{answer, tag}`; `answer` is null if it is still the one with `tag`, an ETag or null. */
export async function askIfChanged(path, tag) {
  const headers = withToken(tag === null ? {} : { "If-None-Match": tag });
  const response = await fetch(path, { headers, cache: "no-store" });
  if (response.status === 304) return { answer: null, tag };
  return { answer: await answerOf(response), tag: response.headers.get("ETag") };
}

async function answerOf(response) {
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    throw new Refused(response.status, `HTTP ${response.status}`);
  }
  if (!response.ok) throw new Refused(response.status, answer?.error ?? `HTTP ${response.status}`);
  return answer;
}

/** Returns the body of a path as a blob. */
export async function download(path) {
  const response = await fetch(path, { headers: withToken(), cache: "no-store" });
  if (!response.ok) throw new Refused(response.status, `HTTP ${response.status}`);
  return response.blob();
}

/**
 * Reads the event stream until it ends, or fails when nothing has come for `silence` milliseconds: the fake
 * sends a comment every 15 s, and a frozen machine or a lost network does not close the connection. Unlike
 * an EventSource, a fetch sends the token in a header and tells a 401 from a fake that is away.
 */
export async function readStream({ signal, opened, event, silence = SILENCE_TIMEOUT }) {
  const attempt = new AbortController();
  const stop = () => attempt.abort();
  signal.addEventListener("abort", stop, { once: true });
  let timer = setTimeout(stop, silence);
  try {
    const response = await fetch("stream", { headers: withToken(), signal: attempt.signal, cache: "no-store" });
    if (!response.ok) throw new Refused(response.status, `HTTP ${response.status}`);
    opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      timer = setTimeout(stop, silence);
      buffer += value;
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop();
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
        if (fields.event) event(fields.event, JSON.parse(fields.data), fields.id ?? "");
      }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** The journal's entries behind `after` up to `last`; the fake cuts a page of many bytes. */
export async function askBetween(after, last) {
  const found = [];
  for (let seen = after; ;) {
    const { entries, generation } = await ask(`journal?after=${seen}&limit=${last - seen}`);
    found.push(...entries);
    seen = entries.at(-1)?.seq ?? last;
    if (seen >= last) return { entries: found, generation };
  }
}

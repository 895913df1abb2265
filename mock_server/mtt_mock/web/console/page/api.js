// Asks the control API. Paths are relative to the page, so that a proxy's prefix does no harm.

const KEPT = "mtt-mock control token";

// ?token=… leaves the address bar at once: it would stay in history and screenshots.
export function takeToken() {
  const address = new URL(location.href);
  const token = address.searchParams.get("token");
  if (token === null) return;
  sessionStorage.setItem(KEPT, token);
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
}

export const keepToken = (token) => sessionStorage.setItem(KEPT, token);

// The endpoint that the fake answers as MTT's.
export const endpoint = () => new URL("../index.php", location.href.split(/[?#]/)[0]).href;

export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export async function ask(path, { method = "GET", send } = {}) {
  const headers = {};
  const token = sessionStorage.getItem(KEPT);
  if (token !== null) headers.Authorization = `Bearer ${token}`;
  const request = { method, headers, cache: "no-store" };
  if (send !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(send);
  }
  const response = await fetch(path, request);
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    throw new Refused(response.status, `${response.status}: no JSON`);
  }
  if (!response.ok) throw new Refused(response.status, answer?.error ?? String(response.status));
  return answer;
}

// EventSource sends no headers, so that its token goes into the address.
export function openStream() {
  const token = sessionStorage.getItem(KEPT);
  return new EventSource(token === null ? "stream" : `stream?token=${encodeURIComponent(token)}`);
}

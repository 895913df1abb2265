// Reads the fake's event stream and reconnects until it succeeds.

import { Refused, readStream } from "./api.js";

const FIRST_PAUSE = 500; // milliseconds; doubled up to MAX_PAUSE while the fake is away
const MAX_PAUSE = 5000;
const HIDDEN_TIMEOUT = 60_000; // milliseconds; after that a hidden tab closes its connection

/**
 * Calls `opened()` when the stream is open (again), `entry(entry, generation)`, `changed(parts, customers)`,
 * `lost()` when it ended, `refused(status)` when the fake answered with an error. Returns a function
 * that ends it.
 */
export function follow({ opened, entry, changed, lost, refused }) {
  let pause = FIRST_PAUSE;
  let timer = null;
  let resting = null;
  let abort = null;

  async function open() {
    abort = new AbortController();
    const { signal } = abort;
    try {
      await readStream({
        signal,
        opened() {
          pause = FIRST_PAUSE;
          opened();
        },
        event(name, data, id) {
          if (name === "entry") entry(data, Number(id.split("-")[0]));
          else if (name === "changed") changed(data.parts, data.customers);
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && refused(error.status)) return;
    }
    if (signal.aborted) return;
    lost();
    timer = setTimeout(open, pause);
    pause = Math.min(pause * 2, MAX_PAUSE);
  }

  function close() {
    clearTimeout(timer);
    abort?.abort();
    abort = null;
  }

  // A browser has six connections per host; forgotten tabs must not use them up.
  function visibility() {
    clearTimeout(resting);
    if (document.hidden) resting = setTimeout(close, HIDDEN_TIMEOUT);
    else if (abort === null) open();
  }

  document.addEventListener("visibilitychange", visibility);
  open();
  return () => {
    document.removeEventListener("visibilitychange", visibility);
    clearTimeout(resting);
    close();
  };
}

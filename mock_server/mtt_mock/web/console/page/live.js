// Follows the fake: a stream of entries and changes, opened again for as long as it takes.

import { openStream } from "./api.js";

const FIRST_PAUSE = 500; // milliseconds; doubled up to LONGEST_PAUSE while the fake is away
const LONGEST_PAUSE = 5000;
const HIDDEN = 60_000; // milliseconds after which a tab that nobody sees lets go of its connection

// Calls `opened()` whenever the stream is there (again), `entry(entry)`, `changed(what)`,
// and `lost()` when it is gone. Returns a function that ends it.
export function follow({ opened, entry, changed, lost }) {
  let pause = FIRST_PAUSE;
  let timer = null;
  let resting = null;
  let stream = null;

  function open() {
    stream = openStream();
    stream.onopen = () => {
      pause = FIRST_PAUSE;
      opened();
    };
    stream.addEventListener("entry", (event) => entry(JSON.parse(event.data)));
    stream.addEventListener("changed", (event) => changed(JSON.parse(event.data).what));
    stream.onerror = () => {
      // Its own way of coming back gives up after an HTTP error, and tells nobody.
      stream.close();
      lost();
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    };
  }

  function close() {
    clearTimeout(timer);
    stream?.close();
    stream = null;
  }

  // A browser has six connections for a host: forgotten tabs must not use them up.
  function seen() {
    clearTimeout(resting);
    if (document.hidden) resting = setTimeout(close, HIDDEN);
    else if (stream === null) open();
  }

  document.addEventListener("visibilitychange", seen);
  open();
  return () => {
    document.removeEventListener("visibilitychange", seen);
    clearTimeout(resting);
    close();
  };
}

// Follows the fake: a stream of entries and changes, opened again for as long as it takes.

import { openStream } from "./api.js";

const FIRST_PAUSE = 500; // milliseconds; doubled up to LONGEST_PAUSE while the fake is away
const LONGEST_PAUSE = 5000;

// Calls `opened()` whenever the stream is there (again), `entry(entry)`, `changed(what)`,
// and `lost()` when it is gone. Returns a function that ends it.
export function follow({ opened, entry, changed, lost }) {
  let pause = FIRST_PAUSE;
  let timer = null;
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

  open();
  return () => {
    clearTimeout(timer);
    stream.close();
  };
}

// Takes the control token out of the address bar. The page loads this module first.

import { session } from "./storage.js";

export const KEY = "mtt-mock control token";

// ?token=… must not stay in history and screenshots.
const address = new URL(location.href);
const given = address.searchParams.get("token");
if (given !== null) {
  session.set(KEY, given);
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
}

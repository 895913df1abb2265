// Copies an exchange as a curl command. It contains no password: the page has none.

import { METHODS } from "./methods.js";

export const envelope = (entry) => {
  const request = { jsonrpc: "2.0" };
  if (entry.id !== null && entry.id !== undefined) request.id = entry.id;
  request.method = entry.method;
  return entry.request === null ? request : { ...request, params: entry.request };
};

// Whether it was a JSON-RPC call of any method, and not an upload or another path.
export const isCall = ({ method }) => method !== null && !/^(GET|upload|[A-Z]+ \/.*)$/.test(method);
export const isKnown = (entry) => METHODS.includes(entry.method);

// The shell fills in login and password, so that they stand in no clipboard.
export function asCurl(entry, url) {
  return [
    "curl -sS -w '\\n' -u \"${MTT_LOGIN:-login}:${MTT_PASSWORD:-password}\" \\",
    "  -H 'Content-Type: application/json' \\",
    `  --data-binary ${quoted(JSON.stringify(envelope(entry)))} \\`,
    `  ${quoted(url)}`,
    "",
  ].join("\n");
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

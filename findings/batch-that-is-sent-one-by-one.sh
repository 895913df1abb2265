#!/usr/bin/env bash
# @open-rpc/client-js 2.1.0, a JSON-RPC client: a batch, as its documentation writes it.
#
# The documentation shows `startBatch()`, some calls of `request()`, `stopBatch()`, and says that the calls between the
# two are sent as a batch.
#
# Guess before the run: the server receives one array of two requests. An error answer with id null, as JSON-RPC 2.0 asks for
# a request that could not be read, rejects with the server's code.
# Behaviour: the server receives two single requests. `request()` waits for the connection before it looks whether
# a batch is open, also when the connection is there, and `stopBatch()` has run by then. With one `await` before
# `stopBatch()` the array is sent. An error with id null becomes code 7979, "Bad response format".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @open-rpc/client-js@2.1.0
cat >batch.mjs <<'JAVASCRIPT'
import http from "node:http";
import { Client, HTTPTransport, RequestManager } from "@open-rpc/client-js";

const received = [];
const answer = ({ id, method }) =>
  method === "unreadable"
    ? { jsonrpc: "2.0", id: null, error: { code: -32700, message: "Parse error" } }
    : { jsonrpc: "2.0", id, result: method };
const server = http.createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const message = JSON.parse(body);
  received.push(Array.isArray(message) ? `array of ${message.length}` : "single");
  response.end(JSON.stringify(Array.isArray(message) ? message.map(answer) : answer(message)));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const client = new Client(new RequestManager([new HTTPTransport(`http://127.0.0.1:${server.address().port}/`)]));
await client.request({ method: "first" });

for (const pause of [false, true]) {
  received.length = 0;
  client.startBatch();
  const results = [client.request({ method: "a" }), client.request({ method: "b" })];
  if (pause) await null;
  client.stopBatch();
  console.log(pause ? "with await:" : "as documented:", await Promise.all(results), received);
}
await client.request({ method: "unreadable" }).catch((error) => console.log("id null:", error.code, error.message));
process.exit();
JAVASCRIPT
node batch.mjs | tee output
diff output - <<'EXPECTED'
as documented: [ 'a', 'b' ] [ 'single', 'single' ]
with await: [ 'a', 'b' ] [ 'array of 2' ]
id null: 7979 Bad response format
EXPECTED

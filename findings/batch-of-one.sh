#!/usr/bin/env bash
# json-rpc-2.0 1.8.1 (npm), its server: a batch with one request.
#
# JSON-RPC 2.0, section 6: a client may send an Array of requests, and "the Server should respond with an
# Array". Generic clients collect calls and send what has come together, so a batch of one is common.
#
# Guess before the run: [request] is answered with [response], as two requests are with two responses.
# Behaviour: the answer to one request is the response itself, without the array. A client that looks
# through an array for the response to its id finds no array. The same when the others of a batch were
# notifications.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" json-rpc-2.0@1.8.1
cat >"$folder/serve.js" <<'JS'
const { JSONRPCServer } = require("json-rpc-2.0");
const server = new JSONRPCServer();
server.addMethod("echo", (params) => params);
const request = (id) => ({ jsonrpc: "2.0", id, method: "echo", params: ["x"] });
const notification = { jsonrpc: "2.0", method: "echo", params: ["x"] };
(async () => {
  console.log("two:", JSON.stringify(await server.receive([request(1), request(2)])));
  console.log("one:", JSON.stringify(await server.receive([request(1)])));
  console.log("one of two:", JSON.stringify(await server.receive([request(1), notification])));
})();
JS
node "$folder/serve.js" | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
two: [{"jsonrpc":"2.0","id":1,"result":["x"]},{"jsonrpc":"2.0","id":2,"result":["x"]}]
one: {"jsonrpc":"2.0","id":1,"result":["x"]}
one of two: {"jsonrpc":"2.0","id":1,"result":["x"]}
EXPECTED

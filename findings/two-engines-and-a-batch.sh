#!/usr/bin/env bash
# @metamask/json-rpc-engine 10.5.0: the package's two engines, and what each answers.
#
# The package ships `JsonRpcEngine` and, under `/v2`, `JsonRpcServer` around the engine that is to replace it. Both
# take JSON-RPC 2.0 requests.
#
# Guess before the run: both answer a batch with an array, and a notification with nothing.
# Behaviour: the old engine answers a notification, with an object that has no id. The new server answers a valid
# batch with nothing at all, so a client waits until its timeout; only `onError` hears "not a valid Request object". Both
# answer an unknown method with -32603, not -32601.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @metamask/json-rpc-engine@10.5.0
cat >engines.mjs <<'JAVASCRIPT'
import { JsonRpcEngine } from "@metamask/json-rpc-engine";
import { JsonRpcServer } from "@metamask/json-rpc-engine/v2";

const old = new JsonRpcEngine();
old.push((request, response, next, end) => {
  if (request.method !== "next") return next();
  response.result = request.params[0] + 1;
  end();
});
const middleware = [({ request, next }) => (request.method === "next" ? request.params[0] + 1 : next())];
const errors = [];
const server = new JsonRpcServer({ middleware, onError: (error) => errors.push(error.message) });

const call = (more) => ({ jsonrpc: "2.0", method: "next", params: [1], ...more });
const shown = (answer) => JSON.stringify(answer?.error ? { id: answer.id, code: answer.error.code } : answer) ?? "nothing";
for (const [name, request] of [
  ["call", call({ id: 1 })],
  ["notification", call({})],
  ["batch", [call({ id: 1 }), call({ id: 2 })]],
  ["unknown method", call({ id: 1, method: "other" })],
]) {
  errors.length = 0;
  console.log(`${name}: old ${shown(await old.handle(request))}, new ${shown(await server.handle(request))}`);
  if (name === "batch") console.log("onError:", errors);
}
JAVASCRIPT
node engines.mjs | tee output
diff output - <<'EXPECTED'
call: old {"id":1,"jsonrpc":"2.0","result":2}, new {"jsonrpc":"2.0","id":1,"result":2}
notification: old {"jsonrpc":"2.0","result":2}, new nothing
batch: old [{"id":1,"jsonrpc":"2.0","result":2},{"id":2,"jsonrpc":"2.0","result":2}], new nothing
onError: [ 'The JSON sent is not a valid Request object.' ]
unknown method: old {"id":1,"code":-32603}, new {"id":1,"code":-32603}
EXPECTED

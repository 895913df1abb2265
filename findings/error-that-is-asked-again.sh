#!/usr/bin/env bash
# viem 2.57.20 (npm): its HTTP transport, and a JSON-RPC error that the server answers with HTTP 200.
#
# Guess before the run: one request; the error answer is the answer. A transport repeats where no answer came.
# Behaviour: for the codes -32603 (internal error), -32005, -1 and 429 the client sends the request four times, each
# with a new id, whatever the method is, and raises the last error. So a server that places the call before it fails
# places four, and cannot tell by the id that they are one. Other codes are sent once. `retryCount: 0` turns it off.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund viem@2.57.20
cat >ask.mjs <<'JAVASCRIPT'
import server from "node:http";
import { createPublicClient, http } from "viem";

let code = 0;
let ids = [];
const answerer = server.createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const { id } = JSON.parse(body);
  ids.push(id);
  response.end(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: "refused" } }));
});
await new Promise((resolve) => answerer.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${answerer.address().port}/`;

async function ask(options) {
  ids = [];
  const client = createPublicClient({ transport: http(url, options) });
  const error = await client.request({ method: "placeCall", params: ["100", "200"] }).catch((error) => error.name);
  return `${ids.length} sent, ${new Set(ids).size} different ids, ${error}`;
}
for (code of [-32603, -32005, -1, 429, -32602, -32000, 1]) console.log(`${code}: ${await ask({})}`);
code = -32603;
console.log(`${code} and retryCount 0: ${await ask({ retryCount: 0 })}`);
process.exit();
JAVASCRIPT
node ask.mjs | tee output
diff output - <<'EXPECTED'
-32603: 4 sent, 4 different ids, InternalRpcError
-32005: 4 sent, 4 different ids, LimitExceededRpcError
-1: 4 sent, 4 different ids, RpcRequestError
429: 4 sent, 4 different ids, RpcRequestError
-32602: 1 sent, 1 different ids, InvalidParamsRpcError
-32000: 1 sent, 1 different ids, InvalidInputRpcError
1: 1 sent, 1 different ids, RpcRequestError
-32603 and retryCount 0: 1 sent, 1 different ids, InternalRpcError
EXPECTED

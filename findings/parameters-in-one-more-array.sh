#!/usr/bin/env bash
# vscode-jsonrpc 10.0.0 (npm): the parameters of a call, a token that is undefined, and answers in an array.
#
# `sendRequest(method, params, token)` calls a method of JSON-RPC 2.0, where `token` may be left out.
#
# Guess before the run: an array for `params` becomes the positional parameters, an object the named ones, undefined
# none, and a token that is undefined is as good as none. Two answers in one array are taken, or `onError` is called.
# Behaviour: an array becomes the first positional parameter, so there is one more array; undefined becomes [null]. With
# a token of undefined the named parameters become positional ones, with a null behind them. Answers in an array are
# dropped without a call of `onError`, and both calls go on waiting.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund vscode-jsonrpc@10.0.0
cat >calls.cjs <<'JAVASCRIPT'
const { PassThrough } = require("node:stream");
const { setTimeout: sleep } = require("node:timers/promises");
const rpc = require("vscode-jsonrpc/node");

const incoming = new PassThrough();
const outgoing = new PassThrough();
outgoing.on("data", (data) => {
  if (String(data).startsWith("{")) console.log("  sent", JSON.stringify(JSON.parse(data).params));
});
const reader = new rpc.StreamMessageReader(incoming);
const connection = rpc.createMessageConnection(reader, new rpc.StreamMessageWriter(outgoing));
connection.onError(([error]) => console.log("onError", error.message));
connection.listen();
const answer = (id) => ({ jsonrpc: "2.0", id, result: "ok" });
const receive = (message) => {
  const body = JSON.stringify(message);
  incoming.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
};

(async () => {
  const calls = {
    '["from","to"]': [["from", "to"]],
    '"from", "to"': ["from", "to"],
    '{to}': [{ to: "to" }],
    '{to}, undefined': [{ to: "to" }, undefined],
    undefined: [undefined],
    'byName, {to}': [rpc.ParameterStructures.byName, { to: "to" }],
  };
  const states = [];
  for (const [name, params] of Object.entries(calls)) {
    console.log(name);
    const index = states.push("waits") - 1;
    connection.sendRequest("call", ...params).then(() => (states[index] = "answered"));
    await sleep(50);
  }
  receive(answer(0));
  receive([answer(1), answer(2)]);
  receive(answer(3));
  await sleep(200);
  console.log("answers to 0 and 3, and in an array to 1 and 2:", states.slice(0, 4).join(", "));
  process.exit();
})();
JAVASCRIPT
node calls.cjs | tee output
diff output - <<'EXPECTED'
["from","to"]
  sent [["from","to"]]
"from", "to"
  sent ["from","to"]
{to}
  sent {"to":"to"}
{to}, undefined
  sent [{"to":"to"},null]
undefined
  sent [null]
byName, {to}
  sent {"to":"to"}
answers to 0 and 3, and in an array to 1 and 2: answered, waits, waits, answered
EXPECTED

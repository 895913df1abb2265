#!/usr/bin/env bash
# rpc-websockets 10.0.1 (npm): its server with its own client, and with a client that counts its calls from 0.
#
# JSON-RPC 2.0: an answer has a `result` or an `error`; a request without an id is a notification and has no answer; 0
# is an id as good as any other.
#
# Expected: a method that returns nothing is answered with the result null. A call with id 0 is answered
# with id 0. A notification of a method that is not there is not answered.
# Behaviour: the server answers a method that returns nothing with neither a result nor an error, and its own client
# rejects that as malformed, after the call was made. A call with id 0 is made, but not answered; a notification of an
# unknown method is answered with an error of id null. Of an Error with a code and data the code becomes -32000.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rpc-websockets@10.0.1 ws@8.18.3
cat >calls.cjs <<'JAVASCRIPT'
const { once } = require("node:events");
const { setTimeout: sleep } = require("node:timers/promises");
const { Client, Server } = require("rpc-websockets");
const WebSocket = require("ws");

(async () => {
  const server = new Server({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  let made = 0;
  const methods = {
    status: () => "ringing",
    hangup: () => {},
    refuse: () => {
      throw Object.assign(new Error("refused"), { code: -32001, data: { reason: "busy" } });
    },
  };
  for (const [name, method] of Object.entries(methods)) {
    server.register(name, () => {
      made += 1;
      return method();
    });
  }
  const address = `ws://127.0.0.1:${server.wss.address().port}`;

  const client = new Client(address, { reconnect: false });
  await once(client, "open");
  for (const name of Object.keys(methods)) {
    made = 0;
    const failed = ({ message, code = "" }) => `${message} ${code}`.trim();
    const answer = await client.call(name).then(JSON.stringify, failed);
    console.log(`${name} by its own client: made ${made}, ${answer}`);
  }

  const socket = new WebSocket(address);
  await once(socket, "open");
  let received = [];
  socket.on("message", (data) => received.push(String(data)));
  for (const request of [
    { id: 1, method: "status" }, { id: 0, method: "status" }, { id: 2, method: "hangup" },
    { method: "status" }, { method: "unknown" }, { id: 3, method: "refuse" },
  ]) {
    made = 0;
    received = [];
    socket.send(JSON.stringify({ jsonrpc: "2.0", ...request }));
    await sleep(300);
    console.log(`${JSON.stringify(request)}: made ${made}, ${received.join(" ") || "no answer"}`);
  }
  process.exit();
})();
JAVASCRIPT
node calls.cjs | tee output
diff output - <<'EXPECTED'
status by its own client: made 1, "ringing"
hangup by its own client: made 1, Server response malformed. Response must include either "result" or "error", but not both.
refuse by its own client: made 1, Error -32000
{"id":1,"method":"status"}: made 1, {"jsonrpc":"2.0","result":"ringing","id":1}
{"id":0,"method":"status"}: made 1, no answer
{"id":2,"method":"hangup"}: made 1, {"jsonrpc":"2.0","id":2}
{"method":"status"}: made 1, no answer
{"method":"unknown"}: made 0, {"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":null}
{"id":3,"method":"refuse"}: made 1, {"jsonrpc":"2.0","error":{"code":-32000,"message":"Error","data":"refused"},"id":3}
EXPECTED

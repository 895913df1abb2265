#!/usr/bin/env bash
# express-json-rpc-router 1.4.0 (npm) under express 5.3.0: errors of requests with the ids 0 and "".
#
# Guess before the run: an error has the id of its request, whatever the id is, as the result has.
# Behaviour: a result has the id 0 or "", but an error to the same request has the id null. A client that counts its
# requests from 0 gets an error for its first call that belongs to none of them, and waits. A notification of an unknown
# method is answered as well, but a request with id null is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent express@5.3.0 express-json-rpc-router@1.4.0 >/dev/null 2>&1
cat >run.cjs <<'JAVASCRIPT'
const express = require("express");
const router = require("express-json-rpc-router");

const application = express();
application.use(express.json());
application.use(router({ methods: { call: () => "rings" } }));
const server = application.listen(0, "127.0.0.1", async () => {
  for (const request of [{ id: 0, method: "call" }, { id: 0, method: "other" }, { id: "", method: "call" },
    { id: "", method: "other" }, { id: 1, method: "other" }, { method: "other" }, { id: null, method: "call" }]) {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", ...request }),
    });
    const text = await answer.text();
    const { id, result, error } = text ? JSON.parse(text) : {};
    console.log(JSON.stringify(request), "->", text ? `${JSON.stringify(id)} ${result ?? error.code}` : "nothing");
  }
  process.exit(0);
});
JAVASCRIPT
node run.cjs | tee output
diff output - <<'EXPECTED'
{"id":0,"method":"call"} -> 0 rings
{"id":0,"method":"other"} -> null -32601
{"id":"","method":"call"} -> "" rings
{"id":"","method":"other"} -> null -32601
{"id":1,"method":"other"} -> 1 -32601
{"method":"other"} -> null -32601
{"id":null,"method":"call"} -> nothing
EXPECTED

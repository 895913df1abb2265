#!/usr/bin/env bash
# mountebank 2.9.1 (npm), a mock server: the predicates `deepEquals` and `equals` on a JSON body.
#
# Guess before the run: `deepEquals` of a JSON body tells a text from a number or a literal, and the order of an array.
# Behaviour: it compares arrays in any order and values as texts, also with `caseSensitive`. So a JSON-RPC call that
# passes its two numbers by position matches when they are swapped, and the telephone of B rings first. The number 1
# is the text "1", and null is the text "null". `equals` takes `[]` for any array, `["x"]` for an object with the key 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent mountebank@2.9.1 >/dev/null 2>&1
cat >run.mjs <<'JAVASCRIPT'
import mountebank from "mountebank";
import { createServer } from "node:net";

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const port = await freePort();
const imposter = await freePort();
await mountebank.create({ port, host: "127.0.0.1", localOnly: true, ipWhitelist: ["127.0.0.1"], log: { level: "error" } });

async function compare(operator, expected, actual) {
  const predicates = [{ [operator]: { body: { method: "call", params: expected } }, caseSensitive: true }];
  const stubs = [{ predicates, responses: [{ is: { statusCode: 201 } }] }];
  const made = await fetch(`http://127.0.0.1:${port}/imposters`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ protocol: "http", host: "127.0.0.1", port: imposter, stubs }),
  });
  if (made.status !== 201) throw new Error(await made.text());
  const answer = await fetch(`http://127.0.0.1:${imposter}/`, {
    method: "POST",
    body: JSON.stringify({ method: "call", params: actual }),
  });
  const outcome = answer.status === 201 ? "matches" : "differs from";
  console.log(operator, JSON.stringify(actual), outcome, JSON.stringify(expected));
  await fetch(`http://127.0.0.1:${port}/imposters`, { method: "DELETE" });
}

await compare("deepEquals", ["100", "200"], ["100", "300"]);
await compare("deepEquals", ["100", "200"], ["200", "100"]);
await compare("deepEquals", { order: 1 }, { order: "1" });
await compare("deepEquals", { order: true }, { order: "true" });
await compare("deepEquals", { order: null }, { order: "null" });
await compare("equals", { numbers: [] }, { numbers: ["100"] });
await compare("equals", ["100"], { 0: "100" });
process.exit(0);
JAVASCRIPT
node run.mjs 2>/dev/null | grep -E '^(deepE|e)quals' | tee output
diff output - <<'EXPECTED'
deepEquals ["100","300"] differs from ["100","200"]
deepEquals ["200","100"] matches ["100","200"]
deepEquals {"order":"1"} matches {"order":1}
deepEquals {"order":"true"} matches {"order":true}
deepEquals {"order":"null"} matches {"order":null}
equals {"numbers":["100"]} matches {"numbers":[]}
equals {"0":"100"} matches ["100"]
EXPECTED

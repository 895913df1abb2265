#!/usr/bin/env bash
# nock 15.0.6 (npm): which bodies a mock of a POST takes for the one that the test asks for.
#
# Guess before the run: a body matches if it is the same text, or the same JSON value.
# Behaviour: a text matches one with line breaks in other places, or none: "call 42" and "call 4" + newline + "2" are
# one. In JSON an object is the same as the names of a form's fields: {"call":{"to":"100"}} matches
# {"call.to":"100"}, and ["100","200"] matches two members `to[0]` and `to[1]`; a form `to=100` matches {"to":"100"}.
# A regular expression for a text takes a number, and an array joined by commas.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 nock@15.0.6
cat >match.mjs <<'JAVASCRIPT'
import nock from "nock";

const URL = "http://carrier.test";
nock.disableNetConnect();
async function match(name, wanted, body, type = "application/json") {
  nock.cleanAll();
  nock(URL).post("/", wanted).reply(200);
  const answer = await fetch(URL, { method: "POST", body, headers: { "Content-Type": type } }).catch(() => ({}));
  console.log(`${name}: ${answer.status === 200 ? "matches" : "does not match"}`);
}
const json = JSON.stringify;
await match("text with a line break", "call 42", "call 4\n2", "text/plain");
await match("text with two spaces", "call 42", "call  42", "text/plain");
await match("name with a dot", { call: { to: "100" } }, json({ "call.to": "100" }));
await match("object for a name with a dot", { "call.to": "100" }, json({ call: { to: "100" } }));
await match("names with brackets", { to: ["100", "200"] }, json({ "to[0]": "100", "to[1]": "200" }));
await match("form", { to: "100" }, "to=100", "application/x-www-form-urlencoded");
await match("expression and a number", { to: /^100$/ }, json({ to: 100 }));
await match("expression and an array", { to: /^100,200$/ }, json({ to: ["100", "200"] }));
await match("text and a number", { to: "100" }, json({ to: 100 }));
await match("one member more", { to: "100" }, json({ to: "100", from: "1" }));
JAVASCRIPT
node_modules/.bin/node match.mjs | tee output
diff output - <<'EXPECTED'
text with a line break: matches
text with two spaces: does not match
name with a dot: matches
object for a name with a dot: matches
names with brackets: matches
form: matches
expression and a number: matches
expression and an array: matches
text and a number: does not match
one member more: does not match
EXPECTED

#!/usr/bin/env bash
# fast-json-stringify 7.3.6 (npm), with which Fastify writes its answers: answers of JSON-RPC by their schema.
#
# Guess before the run: a value that the schema refuses is an error or is written as it is; so is null. Of `oneOf` and
# `anyOf` it writes the branch that the value is of.
# Behaviour: null becomes "" where a text is due, 0 for a number, false for a boolean, {} for an object. So the id null
# of a request that could not be read is answered as "". 100.9 is 100 for an integer, and "false" is true. Of two
# branches that differ by the names of their properties and require none, it takes the first, drops what the branch does
# not name, and so answers an error with {}: `result` says nothing at all. With `required` it takes the right one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund fast-json-stringify@7.3.6
cat >write.cjs <<'JAVASCRIPT'
const build = require("fast-json-stringify");
const object = (properties, required = []) => ({ type: "object", properties, required });
const write = (schema, value) => console.log(`${JSON.stringify(value)} -> ${build(object({ value: schema }))({ value })}`);

for (const type of ["string", "integer", "boolean", "object"]) write({ type }, null);
write({ type: ["string", "integer"] }, null);
write({ type: ["string", "integer", "null"] }, null);
write({ type: "integer" }, 100.9);
write({ type: "boolean" }, "false");

const SUCCESS = { success: { type: "integer" } };
const ERROR = { error: { type: "integer" }, error_description: { type: "string" } };
const REFUSED = { error: 1, error_description: "Side A not clear" };
write({ oneOf: [object(SUCCESS), object(ERROR)] }, REFUSED);
write({ anyOf: [object(SUCCESS), object(ERROR)] }, REFUSED);
write({ oneOf: [object(SUCCESS, ["success"]), object(ERROR, ["error"])] }, REFUSED);
JAVASCRIPT
node write.cjs | tee output
diff output - <<'EXPECTED'
null -> {"value":""}
null -> {"value":0}
null -> {"value":false}
null -> {"value":{}}
null -> {"value":""}
null -> {"value":null}
100.9 -> {"value":100}
"false" -> {"value":true}
{"error":1,"error_description":"Side A not clear"} -> {"value":{}}
{"error":1,"error_description":"Side A not clear"} -> {"value":{}}
{"error":1,"error_description":"Side A not clear"} -> {"value":{"error":1,"error_description":"Side A not clear"}}
EXPECTED

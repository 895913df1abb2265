#!/usr/bin/env bash
# @open-rpc/test-coverage 2.2.4: an example of an OpenRPC document, and a server that answers something else.
#
# The rule "examples" calls each method with an example's parameters and compares the answer with the example's result.
#
# Guess before the run: an add(2, 2) that answers 5, where the example says 4, fails the test.
# Behaviour: it passes, since 5 fits the result's schema, an integer. If the schema has a keyword of its own, such as
# `x-unit`, the same answer fails: the check against the schema cannot be compiled then, and its error is not shown.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @open-rpc/test-coverage@2.2.4
cat >"$folder/cover.js" <<'JAVASCRIPT'
const testCoverage = require("@open-rpc/test-coverage").default;
const ExamplesRule = require("@open-rpc/test-coverage/build/rules/examples-rule").default;

const integer = { type: "integer" };
const documentWith = (schema) => ({
  openrpc: "1.2.6",
  info: { title: "sums", version: "1" },
  methods: [{
    name: "add",
    params: [{ name: "a", schema: integer }, { name: "b", schema: integer }],
    result: { name: "sum", schema },
    examples: [{
      name: "two and two",
      params: [{ name: "a", value: 2 }, { name: "b", value: 2 }],
      result: { name: "sum", value: 4 },
    }],
  }],
});

(async () => {
  for (const schema of [integer, { ...integer, "x-unit": "calls" }]) {
    for (const result of [4, 5, "4"]) {
      const calls = await testCoverage({
        openrpcDocument: documentWith(schema),
        transport: async () => ({ result }),
        reporters: ["empty"],
        rules: [new ExamplesRule({ skip: [], only: [] })],
        skip: [],
        only: [],
      });
      console.log(JSON.stringify(schema), "answer", JSON.stringify(result), calls.map((call) => call.valid));
    }
  }
})();
JAVASCRIPT
node "$folder/cover.js" | grep "^{" | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
{"type":"integer"} answer 4 [ true ]
{"type":"integer"} answer 5 [ true ]
{"type":"integer"} answer "4" [ false ]
{"type":"integer","x-unit":"calls"} answer 4 [ true ]
{"type":"integer","x-unit":"calls"} answer 5 [ false ]
{"type":"integer","x-unit":"calls"} answer "4" [ false ]
EXPECTED

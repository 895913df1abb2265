#!/usr/bin/env bash
# zod 4.6.7 with its `fromJSONSchema`, and json-schema-to-zod 2.8.1 (npm): JSON Schemas of requests as Zod schemas, beside
# what ajv 8.20.0 says.
#
# Guess before the run: both refuse what the JSON Schema refuses, or raise an error for a keyword that they do not know.
# Behaviour: `fromJSONSchema` raises for conditions and `dependentRequired`, but says nothing when it drops a required
# property that `properties` does not describe, and all keywords of a schema without `type`. json-schema-to-zod drops all
# of these, `prefixItems`, `contains`, `minProperties` and `propertyNames` as well, so positional parameters in any order
# are valid; for `oneOf` of two numbers it writes JavaScript that does not parse. An integer of 19 digits, a valid
# integer, is refused by both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund zod@4.6.7 json-schema-to-zod@2.8.1 ajv@8.20.0
cat >compare.mjs <<'JAVASCRIPT'
import Ajv from "ajv/dist/2020.js";
import { jsonSchemaToZod } from "json-schema-to-zod";
import { z } from "zod";

const ajv = new Ajv.default({ strict: false });
const NAMED = { properties: { type: { const: "Text" } }, required: ["type"] };
const CASES = {
  "required, not described": [{ type: "object", required: ["to"] }, {}],
  "properties without a type": [{ properties: { to: { type: "string" } } }, { to: 100 }],
  prefixItems: [{ type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false }, [30, "100", 1]],
  minProperties: [{ type: "object", minProperties: 1 }, {}],
  contains: [{ type: "array", contains: { const: 1 } }, [2]],
  propertyNames: [{ type: "object", propertyNames: { pattern: "^to" } }, { from: 1 }],
  condition: [{ type: "object", if: NAMED, then: { required: ["text"] } }, { type: "Text" }],
  dependentRequired: [{ type: "object", dependentRequired: { to: ["from"] } }, { to: 1 }],
  "oneOf of numbers": [{ oneOf: [{ type: "integer" }, { type: "number" }] }, 1.5],
  "19 digits": [{ type: "integer" }, 8831405000001230000],
};
const MAKERS = {
  fromJSONSchema: (schema) => z.fromJSONSchema(schema),
  "json-schema-to-zod": (schema) => new Function("z", `return ${jsonSchemaToZod(schema)}`)(z),
};
const word = (isValid) => (isValid ? "valid" : "refused");
for (const [name, [schema, value]] of Object.entries(CASES)) {
  const words = [`ajv ${word(ajv.validate(schema, value))}`];
  for (const [maker, make] of Object.entries(MAKERS)) {
    try {
      words.push(`${maker} ${word(make(schema).safeParse(value).success)}`);
    } catch (error) {
      words.push(`${maker} ${error.name}`);
    }
  }
  console.log(`${name}: ${words.join(", ")}`);
}
JAVASCRIPT
node compare.mjs | tee output
diff output - <<'EXPECTED'
required, not described: ajv refused, fromJSONSchema valid, json-schema-to-zod valid
properties without a type: ajv refused, fromJSONSchema valid, json-schema-to-zod valid
prefixItems: ajv refused, fromJSONSchema refused, json-schema-to-zod valid
minProperties: ajv refused, fromJSONSchema refused, json-schema-to-zod valid
contains: ajv refused, fromJSONSchema refused, json-schema-to-zod valid
propertyNames: ajv refused, fromJSONSchema refused, json-schema-to-zod valid
condition: ajv refused, fromJSONSchema Error, json-schema-to-zod valid
dependentRequired: ajv refused, fromJSONSchema Error, json-schema-to-zod valid
oneOf of numbers: ajv valid, fromJSONSchema valid, json-schema-to-zod SyntaxError
19 digits: ajv valid, fromJSONSchema refused, json-schema-to-zod refused
EXPECTED

#!/usr/bin/env bash
# @open-rpc/schema-utils-js 2.2.1 (npm): its MethodCallValidator, for a method with a required and an optional parameter,
# and for one whose only parameter is optional.
#
# Guess before the run: surplus and misspelled parameters, and `params` that are neither array nor object, are errors; a
# method that needs no parameter may be called without `params`.
# Behaviour: surplus and misspelled ones pass, and so does a text for `params` where nothing is required. A call without
# `params`, which JSON-RPC allows, ends in a TypeError, unless the method has no parameter at all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @open-rpc/schema-utils-js@2.2.1
cat >validate.mjs <<'JAVASCRIPT'
import { MethodCallValidator, parseOpenRPCDocument } from "@open-rpc/schema-utils-js";

const schema = { type: "string" };
const result = { name: "done", schema: {} };
const methods = [
  { name: "call", params: [{ name: "to", required: true, schema }, { name: "from", schema }], result },
  { name: "list", params: [{ name: "since", schema }], result },
  { name: "balance", params: [], result },
];
const document = { openrpc: "1.2.6", info: { title: "Carrier", version: "1" }, methods };
const validator = new MethodCallValidator(await parseOpenRPCDocument(JSON.stringify(document)));
const CALLS = [
  ["call", ["100"]],
  ["call", { from: "200" }],
  ["call", ["100", "200", "300"]],
  ["call", { to: "100", form: "200" }],
  ["list", []],
  ["list", { sinse: "2026" }],
  ["list", "2026"],
  ["list", undefined],
  ["balance", undefined],
];
for (const [method, params] of CALLS) {
  let outcome;
  try {
    outcome = `${validator.validate(method, params).length} errors`;
  } catch (error) {
    outcome = error.name;
  }
  console.log(`${method} ${JSON.stringify(params)}: ${outcome}`);
}
JAVASCRIPT
node validate.mjs | tee output
diff output - <<'EXPECTED'
call ["100"]: 0 errors
call {"from":"200"}: 1 errors
call ["100","200","300"]: 0 errors
call {"to":"100","form":"200"}: 0 errors
list []: 0 errors
list {"sinse":"2026"}: 0 errors
list "2026": 0 errors
list undefined: TypeError
balance undefined: 0 errors
EXPECTED

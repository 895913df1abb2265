#!/usr/bin/env bash
# @walletconnect/safe-json 1.0.2 (npm): the JSON parser of the JSON-RPC clients of WalletConnect.
#
# JSON.parse rounds integers above 2^53. This parser gives them as BigInt, so that no digit is lost; what is no JSON it
# gives back as the text that it was. Here balances, call ids and an extension as they stand in answers.
#
# Guess before the run: a large integer is a BigInt, and all else is what JSON.parse makes of it.
# Behaviour: an answer with a balance of 0.30000000000000004 (0.1 + 0.2) stays a text as a whole, and so does one with a
# large integer below zero, or with a text in which 17 digits stand before a comma or a bracket: the parser puts
# quotation marks round the digits wherever they stand, and what comes of it is no JSON any more. The extension "12n" is
# the BigInt 12.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @walletconnect/safe-json@1.0.2
cat >parse.cjs <<'JAVASCRIPT'
const { safeJsonParse } = require("@walletconnect/safe-json");

const shown = (value) => JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `BigInt ${part}` : part));
for (const result of [
  "0.3",
  "0.30000000000000004",
  "883140500000123456",
  "-883140500000123456",
  '"call 883140500000123456"',
  '"calls 883140500000123456, 883140500000123457"',
  '["883140500000123456","883140500000123457"]',
  '"(call 883140500000123456)"',
  '"[call 883140500000123456]"',
  '"12n"',
]) {
  const answer = safeJsonParse(`{"id":1,"result":${result}}`);
  console.log(result);
  console.log(typeof answer === "string" ? "  the answer stays a text" : `  ${shown(answer.result)}`);
}
JAVASCRIPT
node parse.cjs | tee output
diff output - <<'EXPECTED'
0.3
  0.3
0.30000000000000004
  the answer stays a text
883140500000123456
  "BigInt 883140500000123456"
-883140500000123456
  the answer stays a text
"call 883140500000123456"
  "call 883140500000123456"
"calls 883140500000123456, 883140500000123457"
  the answer stays a text
["883140500000123456","883140500000123457"]
  ["883140500000123456","883140500000123457"]
"(call 883140500000123456)"
  "(call 883140500000123456)"
"[call 883140500000123456]"
  the answer stays a text
"12n"
  "BigInt 12"
EXPECTED

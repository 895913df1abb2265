#!/usr/bin/env bash
# currency.js 2.0.4, numeral 2.0.6 and accounting 0.4.1 (npm), Babel 2.19.0 (PyPI) and the Intl of Node: charges of half
# a kopeck, as calls billed by the second have them.
#
# Guess before the run: all of them round half up, or all to even, and a refund is rounded as the charge was.
# Behaviour: currency.js and numeral round a charge of 1.005 up, and its refund of -1.005 up too, to -1.00: a kopeck
# stays. accounting does so with 0.125, but rounds 1.005 down. Babel rounds half to even and the Intl of Node away from
# zero, so an invoice and a page differ by a kopeck. Of texts, currency.js reads 1e3 as 13, and (5.00) with a decimal
# comma as minus 500.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q babel==2.19.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund currency.js@2.0.4 numeral@2.0.6 accounting@0.4.1
cat >round.cjs <<'JAVASCRIPT'
const accounting = require("accounting");
const currency = require("currency.js");
const numeral = require("numeral");
const intl = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
for (const charge of [0.125, 1.005]) {
  for (const amount of [charge, -charge]) {
    const results = [`currency.js ${currency(amount)}`, `numeral ${numeral(amount).format("0.00")}`];
    results.push(`accounting ${accounting.toFixed(amount, 2)}`, `Intl ${intl.format(amount)}`);
    console.log(`${amount}: ${results.join(", ")}`);
  }
}
console.log(`currency.js of texts: ${currency("1e3")}, ${currency("(5.00)", { decimal: "," })}`);
JAVASCRIPT
cat >round.py <<'PYTHON'
import babel.numbers

for amount in (0.125, -0.125, 1.005, -1.005):
    print(f"{amount}: Babel {babel.numbers.format_decimal(amount, '0.00', locale='en')}")
PYTHON
{
    node round.cjs
    venv/bin/python round.py
} | tee output
diff output - <<'EXPECTED'
0.125: currency.js 0.13, numeral 0.13, accounting 0.13, Intl 0.13
-0.125: currency.js -0.12, numeral -0.12, accounting -0.12, Intl -0.13
1.005: currency.js 1.01, numeral 1.01, accounting 1.00, Intl 1.01
-1.005: currency.js -1.00, numeral -1.00, accounting -1.00, Intl -1.01
currency.js of texts: 13.00, -500.00
0.125: Babel 0.12
-0.125: Babel -0.12
1.005: Babel 1.00
-1.005: Babel -1.00
EXPECTED

#!/usr/bin/env bash
# num2words 0.5.14 (PyPI), number-to-words-ru 2.4.1 and rubles 3.0.0 (npm): a balance out of JSON, in words.
#
# JSON has one kind of number. PHP's json_encode, among others, writes a balance of 100.00 as 100, and one of 100.50 as
# 100.5; Python's json reads the first as int and the second as float. And 0.3 - 0.2 - 0.1 in doubles is not zero but
# -2.8e-17.
#
# Guess before the run: 100 and 100.0 are both a hundred roubles, what rounds to zero is zero, and zero has words.
# Behaviour: for num2words an int is a number of kopecks, a float one of roubles. It reads a balance of 100.50 as a
# hundred roubles fifty kopecks, and one of 100.00 as one rouble. number-to-words-ru reads -2.8e-17 as minus two roubles
# 78 kopecks, since it takes the digits before the exponent. rubles gives null for zero and for a debt.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q num2words==0.5.14
npm init -y >/dev/null
npm install --silent --no-audit --no-fund number-to-words-ru@2.4.1 rubles@3.0.0
cat >read.py <<'PYTHON'
import json

from num2words import num2words

for text in ("100.5", "100.0", "100"):
    balance = json.loads(f'{{"balance": {text}}}')["balance"]
    print(f"num2words {text}:", num2words(balance, lang="ru", to="currency", currency="RUB"))
PYTHON
cat >read.cjs <<'JAVASCRIPT'
const { convert } = require("number-to-words-ru");
const { rubles } = require("rubles");
for (const balance of [100, 0, -5, 0.3 - 0.2 - 0.1]) {
  console.log(`${balance}: number-to-words-ru ${convert(balance)}, rubles ${rubles(balance)}`);
}
JAVASCRIPT
{ venv/bin/python read.py && node read.cjs; } | tee output
diff output - <<'EXPECTED'
num2words 100.5: сто рублей, пятьдесят копеек
num2words 100.0: сто рублей, ноль копеек
num2words 100: один рубль, ноль копеек
100: number-to-words-ru Сто рублей 00 копеек, rubles сто рублей 00 копеек
0: number-to-words-ru Ноль рублей 00 копеек, rubles null
-5: number-to-words-ru Минус пять рублей 00 копеек, rubles null
-2.7755575615628914e-17: number-to-words-ru Минус два рубля 78 копеек, rubles null
EXPECTED

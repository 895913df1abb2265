#!/usr/bin/env bash
# price-parser 0.5.1 (PyPI): balances and tariffs as they stand on a page of a carrier.
#
# Guess before the run: the sign and the value are right, since the currency or three zeros tell thousands apart.
# Behaviour: the minus is lost in every spelling, so a debt of 150.50 is a credit. A tariff of 0,005 roubles a second
# is 5 roubles, 0.050 is 50, and 0.0500 is right: three digits after any separator are thousands, even behind a zero, and
# also the last three of 123,456.789. Of "1500 руб. 50 коп." the kopecks are gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q price-parser==0.5.1
cat >read.py <<'PYTHON'
from price_parser import Price

TEXTS = ["1 234,50 ₽", "-150,50 ₽", "−150,50 ₽", "Balance: -150.50", "0,005 ₽", "0.050 ₽", "0.0500 ₽", "123,456.789 ₽"]
for text in [*TEXTS, "1500 руб. 50 коп."]:
    price = Price.fromstring(text)
    print(f"{text} -> {price.amount} {price.currency}")
print(f"-150,50 with a decimal comma -> {Price.fromstring('-150,50', decimal_separator=',').amount}")
PYTHON
PYTHONUTF8=1 venv/bin/python read.py | tee output
diff output - <<'EXPECTED'
1 234,50 ₽ -> 1234.50 ₽
-150,50 ₽ -> 150.50 ₽
−150,50 ₽ -> 150.50 ₽
Balance: -150.50 -> 150.50 None
0,005 ₽ -> 5 ₽
0.050 ₽ -> 50 ₽
0.0500 ₽ -> 0.0500 ₽
123,456.789 ₽ -> 123456789 ₽
1500 руб. 50 коп. -> 1500 руб.
-150,50 with a decimal comma -> 150.50
EXPECTED

#!/usr/bin/env bash
# smpplib 2.2.4, python-gsmmodem-new 0.13.0 and smsutil 1.1.3 (PyPI), sms-length 0.2.2 (npm): a text as short messages.
#
# An SMS has 160 characters of the alphabet of GSM 03.38, or 153 in each part of several, or 70 of Unicode. Each part
# costs. In that alphabet `§` is code 0x5F, there is no backtick, and `€` takes two places, the escape 0x1B and 0x65.
#
# Guess before the run: all count the same parts, and a part holds whole characters.
# Behaviour: smpplib and python-gsmmodem-new have a backtick in the place of `§`, so the telephone shows `§` where the
# text has a backtick. For a text with `§`, smpplib takes Unicode and sends three messages instead of one. smpplib
# also cuts `€` in two at the end of a part, and the next part begins with the letter e. sms-length counts such a text
# with one part too few.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q smpplib==2.2.4 python-gsmmodem-new==0.13.0 smsutil==1.1.3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund sms-length@0.2.2
cat >parts.py <<'PYTHON'
import gsmmodem.pdu
import smpplib.gsm
import smsutil

for name, text in {
    "160 letters": "a" * 160,
    "backtick": "`",
    "section sign": "§ 5" + "a" * 157,
    "euro sign at the end of a part": "a" * 152 + "€" + "a" * 152,
}.items():
    parts, coding, _ = smpplib.gsm.make_parts(text)
    print(f"{name}: smsutil {len(smsutil.split(text).parts)}, smpplib {len(parts)} with data_coding {coding}")
print("backtick:", smpplib.gsm.make_parts("`")[0], gsmmodem.pdu.encodeGsm7("`").hex(), "is", b"\x5f".decode("gsm0338"))
print("end and start of smpplib's parts:", parts[0][-2:], parts[1][6:8])  # after a header of 6 bytes
PYTHON
cat >length.cjs <<'JAVASCRIPT'
const { count } = require("sms-length");
console.log("sms-length:", count("a".repeat(152) + "€" + "a".repeat(152)).messages);
JAVASCRIPT
{ venv/bin/python parts.py && node length.cjs; } | tee output
diff output - <<'EXPECTED'
160 letters: smsutil 1, smpplib 1 with data_coding 0
backtick: smsutil 1, smpplib 1 with data_coding 0
section sign: smsutil 1, smpplib 3 with data_coding 8
euro sign at the end of a part: smsutil 3, smpplib 2 with data_coding 0
backtick: [b'_'] 5f is §
end and start of smpplib's parts: b'a\x1b' b'ea'
sms-length: 2
EXPECTED

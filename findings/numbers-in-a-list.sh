#!/usr/bin/env bash
# libphonenumber-js 1.13.16 beside phonenumbers 9.0.43 (the Python port of Google's library): Russian numbers in a text.
#
# Both find telephone numbers in a text and read single ones, by the same metadata. Russians write numbers with
# the trunk prefix 8, several behind commas, and firms spell theirs with letters.
#
# Guess before the run: both find the same two numbers in a list of two, and read 8-800-ALLO-ABC alike, or one refuses it.
# Behaviour: in "8 (495) 100-10-10, 8 (495) 100-10-11" libphonenumber-js gives the first number the extension 8, which is
# the trunk prefix of the second, also behind a semicolon; with +7 it does not. Of 8-800-ALLO-ABC it makes the number +78800,
# that is the digits before the letters with the trunk prefix kept; phonenumbers reads +78002556222. Both take
# "8 (495) 1001010/11" for a number of 14 digits that begins with +78, where their own search finds
# +74951001010.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q phonenumbers==9.0.43
npm init -y >/dev/null
npm install --silent --no-audit --no-fund libphonenumber-js@1.13.16
cat >find.py <<'PYTHON'
import sys

import phonenumbers

E164 = phonenumbers.PhoneNumberFormat.E164


def shown(number):
    return phonenumbers.format_number(number, E164) + (f" extension {number.extension}" if number.extension else "")


if sys.argv[1] == "find":
    print(", ".join(shown(match.number) for match in phonenumbers.PhoneNumberMatcher(sys.argv[2], "RU")))
else:
    print(shown(phonenumbers.parse(sys.argv[2], "RU")))
PYTHON
cat >find.mjs <<'JAVASCRIPT'
import { findPhoneNumbersInText, parsePhoneNumberFromString } from "libphonenumber-js/max";

const shown = ({ number, ext }) => number + (ext ? ` extension ${ext}` : "");
const [how, text] = process.argv.slice(2);
if (how === "find") console.log(findPhoneNumbersInText(text, "RU").map((found) => shown(found.number)).join(", "));
else console.log(shown(parsePhoneNumberFromString(text, "RU")));
JAVASCRIPT
while read -r how text; do
    echo "$how $text"
    echo "  phonenumbers: $(venv/bin/python find.py "$how" "$text")"
    echo "  libphonenumber-js: $(node find.mjs "$how" "$text")"
done <<'TEXTS' | tee output
find 8 (495) 100-10-10, 8 (495) 100-10-11
find 8 (495) 100-10-10; 8 (495) 100-10-11
find +7 (495) 100-10-10, +7 (495) 100-10-11
parse 8-800-ALLO-ABC
parse 8 (495) 1001010/11
find 8 (495) 1001010/11
TEXTS
diff output - <<'EXPECTED'
find 8 (495) 100-10-10, 8 (495) 100-10-11
  phonenumbers: +74951001010, +74951001011
  libphonenumber-js: +74951001010 extension 8, +74951001011
find 8 (495) 100-10-10; 8 (495) 100-10-11
  phonenumbers: +74951001010, +74951001011
  libphonenumber-js: +74951001010 extension 8, +74951001011
find +7 (495) 100-10-10, +7 (495) 100-10-11
  phonenumbers: +74951001010, +74951001011
  libphonenumber-js: +74951001010, +74951001011
parse 8-800-ALLO-ABC
  phonenumbers: +78002556222
  libphonenumber-js: +78800
parse 8 (495) 1001010/11
  phonenumbers: +78495100101011
  libphonenumber-js: +78495100101011
find 8 (495) 1001010/11
  phonenumbers: +74951001010
  libphonenumber-js: +74951001010
EXPECTED

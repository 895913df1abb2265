#!/usr/bin/env bash
# quicktype 26.0.0 (npm): classes from a sample of JSON whose extension, PIN and number are texts of digits.
#
# Guess before the run: a text in the sample is a text in each language.
# Behaviour: in Python and C# the extension and the PIN become numbers, and are written as texts again. The PIN 0007
# comes out as "7", and a code with a star (`12*`) is a ValueError. The number of eleven digits stays a text; so do all
# of them in TypeScript and Kotlin. The sample decides: with "0012" in it the extension is a text, as it is with
# `--no-integer-strings`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund quicktype@26.0.0
python3 -m venv venv
venv/bin/pip install -q python-dateutil
echo '{"extension": "12", "pin": "4821", "number": "74951001010"}' >sample.json
echo '{"extension": "0012", "pin": "4821", "number": "74951001010"}' >zeros.json
generate() { node_modules/.bin/quicktype --src-lang json --top-level Call "$@"; }
generate --lang python --src sample.json --out call.py
cat >run.py <<'PYTHON'
from call import call_from_dict, call_to_dict

for extension, pin in (("12", "4821"), ("0101", "0007"), ("12*", "4821")):
    sent = {"extension": extension, "pin": pin, "number": "74951001010"}
    try:
        print(extension, pin, "->", *list(call_to_dict(call_from_dict(sent)).values()))
    except ValueError:
        print(extension, pin, "-> ValueError")
PYTHON
{
    venv/bin/python run.py
    for language in python csharp typescript kotlin; do
        echo "$language:" $(generate --lang $language --src sample.json |
            grep -iE '^ *(public |val )?((long|string) )?(extension|pin|number)(: | \{)')
    done
    for option in "--src zeros.json" "--src sample.json --no-integer-strings"; do
        echo "$option:" "$(generate --lang python $option | grep -E '^    extension: ' | xargs)"
    done
} | tee output
diff output - <<'EXPECTED'
12 4821 -> 12 4821 74951001010
0101 0007 -> 101 7 74951001010
12* 4821 -> ValueError
python: extension: int pin: int number: str
csharp: public long Extension { get; set; } public long Pin { get; set; } public string Number { get; set; }
typescript: extension: string; pin: string; number: string;
kotlin: val extension: String, val pin: String, val number: String
--src zeros.json: extension: str
--src sample.json --no-integer-strings: extension: str
EXPECTED

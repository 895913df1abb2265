#!/usr/bin/env bash
# jsons 1.6.3, marshmallow-dataclass 8.7.1, typedload 2.41, mashumaro 3.23 and cattrs 26.2.1, beside pydantic 2.14.4 and
# msgspec 0.22.0 (PyPI): JSON into a dataclass whose field is a `Union[int, str]`, as JSON-RPC ids are.
#
# Guess before the run: a text stays a text and a number a number, and null for a text is refused.
# Behaviour: jsons and marshmallow-dataclass try the types in their order and convert, so the id "7" becomes 7, the
# extension "0049" becomes 49, and "+74951001010" loses its plus. With `Union[str, int]`, jsons gives the number 7
# as "7". typedload and mashumaro give the id 1.5 as 1. For a number of type `str`, mashumaro, typedload and cattrs turn
# null into the text "None".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q jsons==1.6.3 marshmallow-dataclass==8.7.1 marshmallow==3.26.2 typedload==2.41 mashumaro==3.23 \
    cattrs==26.2.1 pydantic==2.14.4 msgspec==0.22.0
cat >decode.py <<'PYTHON'
import dataclasses
import json
import typing
import warnings

import cattrs.preconf.json
import jsons
import marshmallow_dataclass
import mashumaro.codecs.json
import msgspec
import pydantic
import typedload

warnings.simplefilter("ignore")


@dataclasses.dataclass
class NumberFirst:
    value: typing.Union[int, str]


@dataclasses.dataclass
class TextFirst:
    value: typing.Union[str, int]


@dataclasses.dataclass
class Text:
    value: str


converter = cattrs.preconf.json.make_converter()
DECODERS = {
    "jsons": lambda text, kind: jsons.loads(text, kind),
    "marshmallow-dataclass": lambda text, kind: marshmallow_dataclass.class_schema(kind)().loads(text),
    "typedload": lambda text, kind: typedload.load(json.loads(text), kind),
    "mashumaro": lambda text, kind: mashumaro.codecs.json.JSONDecoder(kind).decode(text),
    "cattrs": lambda text, kind: converter.loads(text, kind),
    "pydantic": lambda text, kind: pydantic.TypeAdapter(kind).validate_json(text),
    "msgspec": lambda text, kind: msgspec.json.decode(text, type=kind),
}
for name, decode in DECODERS.items():
    values = []
    for kind, value in (
        (NumberFirst, '"7"'),
        (NumberFirst, '"0049"'),
        (NumberFirst, '"+74951001010"'),
        (NumberFirst, "1.5"),
        (TextFirst, "7"),
        (Text, "null"),
    ):
        try:
            values.append(repr(decode(f'{{"value": {value}}}', kind).value))
        except Exception:  # each library has its own class of errors
            values.append("refused")
    print(f"{name}:", *values)
PYTHON
venv/bin/python decode.py | tee output
diff output - <<'EXPECTED'
jsons: 7 49 74951001010 1 '7' refused
marshmallow-dataclass: 7 49 74951001010 1 7 refused
typedload: '7' '0049' '+74951001010' 1 7 'None'
mashumaro: '7' '0049' '+74951001010' 1 7 'None'
cattrs: '7' '0049' '+74951001010' refused 7 'None'
pydantic: '7' '0049' '+74951001010' refused 7 refused
msgspec: '7' '0049' '+74951001010' refused 7 refused
EXPECTED

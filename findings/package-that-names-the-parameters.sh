#!/usr/bin/env bash
# requests 2.34.2, before and after simplejson 4.3.0 is installed beside it (PyPI), for instance because another package
# depends on it. The program does not import simplejson.
#
# Guess before the run: the same bodies and the same answers.
# Behaviour: requests takes simplejson if it is there. A named tuple, which was positional parameters, becomes named
# ones, so the server gets another call. A Decimal, bytes and any object with a method `_asdict`, which were a
# TypeError, are sent. Of the answers, one with NaN, which was read, is an error, and one that begins with a byte
# order mark, which was an error, is read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q requests==2.34.2
cat >send.py <<'PYTHON'
import decimal
import typing

import requests


class Call(typing.NamedTuple):
    number: str
    seconds: int


class Record:
    def _asdict(self):
        return {"number": "100"}


for name, params in {
    "named tuple": Call("100", 30),
    "Decimal": [decimal.Decimal("1.50")],
    "bytes": [b"100"],
    "object with _asdict": [Record()],
    "float": [1.5],
}.items():
    try:
        print(f"{name}: {requests.Request('POST', 'http://carrier.test/', json={'params': params}).prepare().body.decode()}")
    except TypeError as error:
        print(f"{name}: {type(error).__name__}")
for body in (b'{"result": NaN}', b'\xef\xbb\xbf{"result": 1}', b'{"result": 1}'):
    answer = requests.Response()
    answer._content, answer.encoding = body, "utf-8"
    try:
        print(f"answer {body}: {answer.json()}")
    except requests.JSONDecodeError as error:
        print(f"answer {body}: {type(error).__name__}")
PYTHON
{
    venv/bin/python send.py
    venv/bin/pip install -q simplejson==4.3.0
    echo "after simplejson was installed:"
    venv/bin/python send.py
} | tee output
diff output - <<'EXPECTED'
named tuple: {"params": ["100", 30]}
Decimal: TypeError
bytes: TypeError
object with _asdict: TypeError
float: {"params": [1.5]}
answer b'{"result": NaN}': {'result': nan}
answer b'\xef\xbb\xbf{"result": 1}': JSONDecodeError
answer b'{"result": 1}': {'result': 1}
after simplejson was installed:
named tuple: {"params": {"number": "100", "seconds": 30}}
Decimal: {"params": [1.50]}
bytes: {"params": ["100"]}
object with _asdict: {"params": [{"number": "100"}]}
float: {"params": [1.5]}
answer b'{"result": NaN}': JSONDecodeError
answer b'\xef\xbb\xbf{"result": 1}': {'result': 1}
answer b'{"result": 1}': {'result': 1}
EXPECTED

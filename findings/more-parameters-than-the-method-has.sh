#!/usr/bin/env bash
# openrpc 11.1.1 (PyPI), an OpenRPC server: requests at the edges of JSON-RPC 2.0.
#
# Guess before the run: as a validating server (pydantic), it answers -32602 to parameters that the method does not
# have. It repeats any id that is a number, and answers nothing to a batch of notifications.
# Behaviour: surplus parameters, by position or by name, are dropped without a word: a misspelled optional
# parameter `rigns` rings for the default time. An id of 1.5 ends in -32603 with id null, so the client cannot match the
# answer, and a batch of notifications is answered with `[]`, where JSON-RPC 2.0 asks for nothing at all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openrpc==11.1.1
"$folder/venv/bin/python" - 2>/dev/null <<'PYTHON' | tee "$folder/output"
import json

from openrpc import RPCServer

server = RPCServer(title="telephone", version="1")


@server.method()
def ring(number: str, rings: int = 5) -> str:
    return f"{number}, {rings} times"


def show(name, *, batch=False, **members):
    request = {"jsonrpc": "2.0", "method": "ring", **members}
    answer = server.process_request(json.dumps([request] if batch else request))
    print(name, "->", answer)


show("call", id=1, params=["100", 3])
show("a misspelled name", id=1, params={"number": "100", "rigns": 3})
show("a third position", id=1, params=["100", 3, "surplus"])
show("id 1.5", id=1.5, params=["100"])
show("notification", params=["100"])
show("batch of a notification", params=["100"], batch=True)
PYTHON
diff "$folder/output" - <<'EXPECTED'
call -> {"id":1,"result":"100, 3 times","jsonrpc":"2.0"}
a misspelled name -> {"id":1,"result":"100, 5 times","jsonrpc":"2.0"}
a third position -> {"id":1,"result":"100, 3 times","jsonrpc":"2.0"}
id 1.5 -> {"id":null,"error":{"code":-32603,"message":"Internal error"},"jsonrpc":"2.0"}
notification -> None
batch of a notification -> []
EXPECTED

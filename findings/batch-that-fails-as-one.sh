#!/usr/bin/env bash
# json-rpc 1.15.0, jsonrpcserver 5.0.9, pjrpc 2.2.0 and ajsonrpc 1.2.0 (PyPI): servers, and a batch of two calls.
#
# JSON-RPC 2.0 answers each call of a batch for itself: its section 7 has a batch with calls that are not valid, where
# the others are carried out. An id is a text, a number or null; with a fraction it "SHOULD NOT" be, but is valid.
#
# Guess before the run: the first call of the batch is made and answered, whatever the second one is. A method that
# returns nothing gives null, and nothing is said of it if it is a notification.
# Behaviour: for a second call without "jsonrpc", json-rpc, jsonrpcserver and pjrpc answer the whole batch with one
# error of id null, and call nothing; json-rpc and pjrpc also for one with id 1.5. ajsonrpc keeps them apart, but where
# a method returns None, even as a notification, it calls both and raises a ValueError instead of any answer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q json-rpc==1.15.0 jsonrpcserver==5.0.9 pjrpc==2.2.0 ajsonrpc==1.2.0
cat >"$folder/batches.py" <<'PYTHON'
import asyncio
import json
import logging
import warnings

import jsonrpcserver
import pjrpc.server
from ajsonrpc.dispatcher import Dispatcher
from ajsonrpc.manager import AsyncJSONRPCResponseManager
from jsonrpc import JSONRPCResponseManager

logging.disable()
warnings.simplefilter("ignore")  # ajsonrpc says of a fraction in an id that it is discouraged
called = []


def call(number):
    called.append(f"call {number}")
    return number


def hangup(number):
    called.append(f"hangup {number}")


methods = {"call": call, "hangup": hangup}
registry = pjrpc.server.MethodRegistry()
dispatcher = pjrpc.server.Dispatcher()
for method in methods.values():
    registry.add_method(method)
dispatcher.add_methods(registry)


def successful(method):
    return lambda *params: jsonrpcserver.Success(method(*params))


manager = AsyncJSONRPCResponseManager(Dispatcher(methods))
wrapped = {name: successful(method) for name, method in methods.items()}
servers = {
    "json-rpc": lambda text: JSONRPCResponseManager.handle(text, methods).json,
    "jsonrpcserver": lambda text: jsonrpcserver.dispatch(text, methods=wrapped),
    "pjrpc": lambda text: dispatcher.dispatch(text, None)[0],
    "ajsonrpc": lambda text: asyncio.run(manager.get_payload_for_payload(text)),
}


def short(answer):
    said = answer["error"]["code"] if "error" in answer else json.dumps(answer["result"])
    return f"{json.dumps(answer['id'])}: {said}"


for what, second in (
    ("no version", {"id": 2, "method": "call", "params": [2]}),
    ("id 1.5", {"jsonrpc": "2.0", "id": 1.5, "method": "call", "params": [2]}),
    ("no result", {"jsonrpc": "2.0", "id": 2, "method": "hangup", "params": [2]}),
    ("notification", {"jsonrpc": "2.0", "method": "hangup", "params": [2]}),
):
    for name, answer in servers.items():
        called.clear()
        batch = json.dumps([{"jsonrpc": "2.0", "id": 1, "method": "call", "params": [1]}, second])
        try:
            answers = json.loads(answer(batch))
            said = f"[{', '.join(map(short, answers))}]" if isinstance(answers, list) else short(answers)
        except ValueError as error:
            said = f"ValueError: {error}"
        print(f"{what}, {name}: {', '.join(called) or 'nothing called'}; {said}")
PYTHON
"$folder/venv/bin/python" "$folder/batches.py" | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
no version, json-rpc: nothing called; null: -32600
no version, jsonrpcserver: nothing called; null: -32600
no version, pjrpc: nothing called; null: -32600
no version, ajsonrpc: call 1; [1: 1, null: -32600]
id 1.5, json-rpc: nothing called; null: -32600
id 1.5, jsonrpcserver: call 1, call 2; [1: 1, 1.5: 2]
id 1.5, pjrpc: nothing called; null: -32600
id 1.5, ajsonrpc: call 1, call 2; [1: 1, 1.5: 2]
no result, json-rpc: call 1, hangup 2; [1: 1, 2: null]
no result, jsonrpcserver: call 1, hangup 2; [1: 1, 2: null]
no result, pjrpc: call 1, hangup 2; [1: 1, 2: null]
no result, ajsonrpc: call 1, hangup 2; ValueError: Either result or error should exist
notification, json-rpc: call 1, hangup 2; [1: 1]
notification, jsonrpcserver: call 1, hangup 2; [1: 1]
notification, pjrpc: call 1, hangup 2; [1: 1]
notification, ajsonrpc: call 1, hangup 2; ValueError: Either result or error should exist
EXPECTED

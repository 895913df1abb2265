#!/usr/bin/env bash
# Flask-JSONRPC 4.0.0 and fastapi-jsonrpc 4.1.0: a notification that fails.
#
# JSON-RPC 2.0, section 4.1: "The Server MUST NOT reply to a Notification"; so the client learns nothing of
# an unknown method or of wrong params. In a batch a client maps answers to its ids.
#
# Guess before the run: none of the servers answers `add` without its params, sent without an id; a batch of
# it and of one request has one response. jsonrpcserver 5.0.9 and json-rpc 1.15.0 do so.
# Behaviour: both answer with an error whose id is null, alone (Flask-JSONRPC with HTTP 400) and within a
# batch, which then has two responses for one id. A notification that succeeds is not answered.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q Flask-JSONRPC==4.0.0 fastapi-jsonrpc==4.1.0 fastapi==0.165.0 httpx==0.28.1 \
    jsonrpcserver==5.0.9 json-rpc==1.15.0
"$folder/venv/bin/python" -W ignore - 2>"$folder/errors" <<'PYTHON' | tee "$folder/output" || cat "$folder/errors"
import json

import fastapi_jsonrpc
import flask
import jsonrpcserver
from flask_jsonrpc import JSONRPC
from jsonrpc import Dispatcher, JSONRPCResponseManager
from starlette.testclient import TestClient

FAILING = {"jsonrpc": "2.0", "method": "add", "params": {"a": 1}}
GOOD = {"jsonrpc": "2.0", "method": "add", "params": {"a": 1, "b": 2}}
BATCH = [FAILING, {**GOOD, "id": 7}]

application = flask.Flask("application")
flask_methods = JSONRPC(application, "/api")


@flask_methods.method("add")
def add(a: int, b: int) -> int:
    return a + b


fast = fastapi_jsonrpc.API()
entry = fastapi_jsonrpc.Entrypoint("/api")


@entry.method(name="add")
def fast_add(a: int = fastapi_jsonrpc.Body(...), b: int = fastapi_jsonrpc.Body(...)) -> int:
    return a + b


fast.bind_entrypoint(entry)


def by_json_rpc(text):
    response = JSONRPCResponseManager.handle(text, Dispatcher({"add": lambda a, b: a + b}))
    return response.json if response else ""


json_type = {"content-type": "application/json"}
servers = {
    "Flask-JSONRPC": lambda text: application.test_client().post("/api", data=text, headers=json_type).text,
    "fastapi-jsonrpc": lambda text: fast_client.post("/api", content=text, headers=json_type).text,
    "jsonrpcserver": lambda text: jsonrpcserver.dispatch(
        text, methods={"add": lambda a, b: jsonrpcserver.Success(a + b)}
    ),
    "json-rpc": by_json_rpc,
}
with TestClient(fast) as fast_client:
    for name, server in servers.items():
        good, failing, batch = (server(json.dumps(body)) for body in (GOOD, FAILING, BATCH))
        code = json.loads(failing)["error"]["code"] if failing else None
        ids = [response["id"] for response in json.loads(batch)]
        print(name, repr(good), "failing:", code, "ids of the batch:", ids)
PYTHON
diff "$folder/output" - <<'EXPECTED'
Flask-JSONRPC '' failing: -32602 ids of the batch: [None, 7]
fastapi-jsonrpc '' failing: -32602 ids of the batch: [None, 7]
jsonrpcserver '' failing: None ids of the batch: [7]
json-rpc '' failing: None ids of the batch: [7]
EXPECTED

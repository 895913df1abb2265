#!/usr/bin/env bash
# @stoplight/prism-cli 5.14.2 (npm) and openapi-core 0.23.1 (PyPI): requests to an OpenAPI 3.1 document whose schema has
# the positional parameters of a JSON-RPC method, as `prefixItems`.
#
# Guess before the run: the right order is accepted, the wrong order and a number for a text are refused.
# Behaviour: Prism, which supports OpenAPI 3.1, ignores `prefixItems`, so it takes the parameters in any order and of
# any type. With `"items": false`, which allows no further ones, it refuses every request. openapi-core refuses what is
# wrong under both, but its unmarshalling of a right request to the second ends in an AttributeError.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(cat "$folder/pid" 2>/dev/null) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @stoplight/prism-cli@5.14.2
python3 -m venv venv
venv/bin/pip install -q openapi-core==0.23.1
cat >send.py <<'PYTHON'
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request

import openapi_core
import openapi_core.testing

BODIES = {"right": ["0049", {}], "number for text": [49, {}], "swapped": [{}, "0049"]}


def document(**more):
    params = {"type": "array", "prefixItems": [{"type": "string"}, {"type": "object"}], "minItems": 2, **more}
    schema = {"type": "object", "properties": {"params": params}, "required": ["params"]}
    content = {"application/json": {"schema": schema}}
    post = {"requestBody": {"required": True, "content": content}, "responses": {"200": {"description": "answer"}}}
    return {"openapi": "3.1.0", "info": {"title": "rpc", "version": "1"}, "paths": {"/rpc": {"post": post}}}


def by_prism(port, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/rpc", body, {"Content-Type": "application/json"})
    while True:
        try:
            return urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError:
            time.sleep(0.2)  # Prism starts


def by_openapi_core(api, body):
    request = openapi_core.testing.MockRequest("http://127.0.0.1", "post", "/rpc", data=body)
    try:
        return "refused" if api.unmarshal_request(request).errors else "accepted"
    except AttributeError:
        return "AttributeError"


for name, more in (("maxItems", {"maxItems": 2}), ("items false", {"items": False})):
    with open("api.json", "w") as file:
        json.dump(document(**more), file)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["node", "node_modules/@stoplight/prism-cli/dist/index.js", "mock", "-p", str(port), "api.json"]
    prism = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open("pid", "w") as file:
        file.write(str(prism.pid))
    api = openapi_core.OpenAPI.from_dict(document(**more))
    for kind, params in BODIES.items():
        body = json.dumps({"params": params}).encode()
        print(f"{name}, {kind}: Prism {by_prism(port, body)}, openapi-core {by_openapi_core(api, body)}", flush=True)
    prism.terminate()
    prism.wait()
PYTHON
timeout 100 venv/bin/python send.py | tee output
diff output - <<'EXPECTED'
maxItems, right: Prism 200, openapi-core accepted
maxItems, number for text: Prism 200, openapi-core refused
maxItems, swapped: Prism 200, openapi-core refused
items false, right: Prism 422, openapi-core AttributeError
items false, number for text: Prism 422, openapi-core refused
items false, swapped: Prism 422, openapi-core refused
EXPECTED

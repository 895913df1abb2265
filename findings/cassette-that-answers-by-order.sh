#!/usr/bin/env bash
# vcrpy 9.4.2 and betamax 0.9.0 (PyPI): cassettes of a JSON-RPC API, where every call is a POST to one URL.
#
# Guess before the run: a call of another method than the recorded one is not answered. A parameter that vcrpy is told
# to filter does not stand in the cassette.
# Behaviour: the body does not count. vcrpy answers "info" with the recorded answer of "set", the first one, and so on in
# the order of the recording; so does betamax, which with `allow_playback_repeats` answers every call of any method
# with the first answer. A test whose program calls in another order passes or fails by what it makes of the wrong
# answer. Matched by body, vcrpy takes id true for id 1. Its `filter_post_data_parameters` removes the members of the
# request itself, as `id`, but nothing within `params`: the password is in the cassette.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q vcrpy==9.4.2 betamax==0.9.0 requests==2.34.2
cat >record.py <<'PYTHON'
import http.server
import json
import threading
from pathlib import Path

import betamax
import requests
import vcr
import yaml


class Carrier(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"id": call["id"], "result": "answer of " + call["method"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
threading.Thread(target=server.serve_forever, daemon=True).start()


def call(session, method, number=1, **params):
    request = {"id": number, "method": method, "params": params}
    try:
        return session.post(f"http://127.0.0.1:{server.server_port}/", json=request).json()["result"]
    except Exception as error:
        return type(error).__name__


def replay(name, session, number=1):
    for method in ("info", "make", "set", "other"):
        print(f"{name}: {method} -> {call(session, method, number)}")


def with_betamax(name, methods=None, **options):
    session = requests.Session()
    with betamax.Betamax(session, cassette_library_dir=".") as recorder:
        recorder.use_cassette("cassette", **options)
        for method in methods or ():
            call(session, method)
        if methods is None:
            replay(name, session)


METHODS = ("set", "make", "info")
with vcr.use_cassette("cassette.yaml"):
    for method in METHODS:
        call(requests.Session(), method)
with vcr.use_cassette("cassette.yaml"):
    replay("vcrpy", requests.Session())
with vcr.use_cassette("cassette.yaml", match_on=["method", "uri", "body"]):
    replay("vcrpy by body", requests.Session(), number=True)
with vcr.use_cassette("secret.yaml", filter_post_data_parameters=["id", "password"]):
    call(requests.Session(), "set", password="secret")
recorded = yaml.safe_load(Path("secret.yaml").read_text())["interactions"][0]["request"]["body"]
print("vcrpy, filtered:", recorded)
with_betamax("betamax", METHODS)
with_betamax("betamax")
with_betamax("betamax with repeats", allow_playback_repeats=True)
with_betamax("betamax by body", match_requests_on=["method", "uri", "body"])
PYTHON
venv/bin/python record.py | tee output
diff output - <<'EXPECTED'
vcrpy: info -> answer of set
vcrpy: make -> answer of make
vcrpy: set -> answer of info
vcrpy: other -> CannotOverwriteExistingCassetteException
vcrpy by body: info -> answer of info
vcrpy by body: make -> answer of make
vcrpy by body: set -> answer of set
vcrpy by body: other -> CannotOverwriteExistingCassetteException
vcrpy, filtered: {"method": "set", "params": {"password": "secret"}}
betamax: info -> answer of set
betamax: make -> answer of make
betamax: set -> answer of info
betamax: other -> BetamaxError
betamax with repeats: info -> answer of set
betamax with repeats: make -> answer of set
betamax with repeats: set -> answer of set
betamax with repeats: other -> answer of set
betamax by body: info -> answer of info
betamax by body: make -> answer of make
betamax by body: set -> answer of set
betamax by body: other -> BetamaxError
EXPECTED

#!/usr/bin/env bash
# httpx 0.28.1 and httpx2 2.16.2, their WSGITransport, with Flask 3.1.3: text that is not ASCII.
#
# WSGITransport calls an application in the process, so that a test needs no server. WSGI (PEP 3333)
# carries the bytes of a path and of headers as Latin-1 text.
#
# Guess before the run: the application gets from WSGITransport what it gets over a socket.
# Behaviour: the path is passed decoded, as "привет", so Flask's (and any other) decoding of WSGI's Latin-1
# raises UnicodeEncodeError. A header value with bytes above 0x7F, which both clients send over a socket,
# raises UnicodeDecodeError. The application is right, and the test fails.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q httpx==0.28.1 httpx2==2.16.2 flask==3.1.3 werkzeug==3.1.9
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
import logging
import threading

import flask
import httpx
import httpx2
from werkzeug.serving import make_server

logging.getLogger("werkzeug").disabled = True
application = flask.Flask("prompts")


@application.get("/prompts/<name>")
def prompt(name):
    return f"{name} for {flask.request.headers['X-Login'].encode('latin-1').decode()}"


server = make_server("127.0.0.1", 0, application, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
for package in (httpx, httpx2):
    clients = {
        "socket": (package.Client(), f"http://127.0.0.1:{server.server_port}"),
        "WSGITransport": (
            package.Client(transport=package.WSGITransport(app=application)),
            "http://application.invalid",
        ),
    }
    for kind, (client, base) in clients.items():
        for name, login in (("hello", "anna"), ("привет", "anna"), ("hello", "анна")):
            try:
                answer = client.get(f"{base}/prompts/{name}", headers={"X-Login": login.encode()}).text
            except UnicodeError as error:
                answer = type(error).__name__
            print(f"{package.__name__}, {kind}: {answer}")
PYTHON
diff "$folder/output" - <<'EXPECTED'
httpx, socket: hello for anna
httpx, socket: привет for anna
httpx, socket: hello for анна
httpx, WSGITransport: hello for anna
httpx, WSGITransport: UnicodeEncodeError
httpx, WSGITransport: UnicodeDecodeError
httpx2, socket: hello for anna
httpx2, socket: привет for anna
httpx2, socket: hello for анна
httpx2, WSGITransport: hello for anna
httpx2, WSGITransport: UnicodeEncodeError
httpx2, WSGITransport: UnicodeDecodeError
EXPECTED

#!/usr/bin/env bash
# Flask 3.1.3 (Werkzeug 3.1.9) and its servers: a POST whose body is chunked, so without a Content-Length.
#
# Servers that know the end of a chunked body say so with `wsgi.input_terminated`, and Werkzeug reads it then.
# Clients stream an upload so (curl -T -, PHP, Node).
#
# Guess before the run: the application gets the eleven bytes under every server, or the client gets 411.
# Behaviour: under hypercorn 0.18.0, and under uvicorn 0.54.0 by its own WSGI support or by a2wsgi 1.10.10,
# `request.get_data()` is empty and the client gets 200: none of these sets the flag. Nor does the WSGITransport of
# httpx 0.28.1 and httpx2 2.16.2 in tests, which has read the body whole. gunicorn 27.0.1, waitress 3.0.2,
# cheroot 11.1.2 and granian 2.8.9 pass the body on.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(cat "$folder"/*.pid 2>/dev/null) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q flask==3.1.3 werkzeug==3.1.9 hypercorn==0.18.0 uvicorn==0.54.0 a2wsgi==1.10.10 gunicorn==27.0.1 \
    waitress==3.0.2 httpx==0.28.1 httpx2==2.16.2 cheroot==11.1.2 granian==2.8.9
cat >application.py <<'PYTHON'
import a2wsgi
from flask import Flask, request

whole = Flask("application")
whole.add_url_rule("/", "body", lambda: repr(request.get_data()), methods=["GET", "POST"])
by_a2wsgi = a2wsgi.WSGIMiddleware(whole)
PYTHON
cat >cheroot_server.py <<'PYTHON'
import sys

import application
from cheroot.wsgi import Server

Server(("127.0.0.1", int(sys.argv[1])), application.whole).start()
PYTHON
cat >transport.py <<'PYTHON'
import application
import httpx
import httpx2

for module in (httpx, httpx2):
    with module.Client(transport=module.WSGITransport(application.whole)) as client:
        response = client.post("http://service.invalid/", content=iter([b"hello world"]))
        print(f"{module.__name__}: {response.text} {response.status_code}")
PYTHON
ask() {
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "${@//PORT/$port}" >/dev/null 2>&1 &
    echo $! >server.pid
    curl -s -o /dev/null --retry 30 --retry-delay 1 --retry-connrefused "http://127.0.0.1:$port/"
    printf 'hello world' | curl -s -w ' %{http_code}\n' -X POST -H 'Transfer-Encoding: chunked' --data-binary @- \
        "http://127.0.0.1:$port/"
    kill "$(cat server.pid)" && wait "$(cat server.pid)" 2>/dev/null || true
}
PATH=$folder/venv/bin:$PATH
{
    echo "hypercorn: $(ask hypercorn -b 127.0.0.1:PORT wsgi:application:whole)"
    echo "uvicorn: $(ask uvicorn --interface wsgi --port PORT application:whole)"
    echo "uvicorn, a2wsgi: $(ask uvicorn --port PORT application:by_a2wsgi)"
    echo "gunicorn: $(ask gunicorn -b 127.0.0.1:PORT application:whole)"
    echo "cheroot: $(ask python cheroot_server.py PORT)"
    echo "granian: $(ask granian --interface wsgi --host 127.0.0.1 --port PORT application:whole)"
    echo "waitress: $(ask waitress-serve --listen=127.0.0.1:PORT application:whole)"
    python transport.py
} | tee output
diff output - <<'EXPECTED'
hypercorn: b'' 200
uvicorn: b'' 200
uvicorn, a2wsgi: b'' 200
gunicorn: b'hello world' 200
cheroot: b'hello world' 200
granian: b'hello world' 200
waitress: b'hello world' 200
httpx: b'' 200
httpx2: b'' 200
EXPECTED

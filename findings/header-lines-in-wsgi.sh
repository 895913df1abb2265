#!/usr/bin/env bash
# gunicorn 27.0.1, waitress 3.0.2, cheroot 11.1.2, granian 2.8.9: header lines on their way to a WSGI application.
#
# HTTP lets a header stand in several lines, and CGI joins them to one value. PEP 3333 hands bytes that are not ASCII on
# as latin-1, so the application can decode a name in UTF-8.
#
# Guess before the run: all four join two lines of X-Trace with a comma, and hand the bytes of X-Name on.
# Behaviour: cheroot, the server of CherryPy, keeps the last line of X-Trace only, so what the first proxy of two added is
# lost. It joins the lines of a fixed list of names, among them Accept. granian gives the application an empty X-Name
# where the client sent six bytes of UTF-8.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(cat "$folder"/server.pid 2>/dev/null) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q gunicorn==27.0.1 waitress==3.0.2 cheroot==11.1.2 granian==2.8.9
cat >application.py <<'PYTHON'
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    name = environ.get("HTTP_X_NAME", "").encode("latin-1").decode()
    traced = environ.get("HTTP_X_TRACE", "").replace(", ", ",")
    accepted = environ.get("HTTP_ACCEPT", "").replace(", ", ",")
    return [f"trace {traced} | accept {accepted} | name {name!r}".encode()]
PYTHON
cat >cheroot_server.py <<'PYTHON'
import sys

from application import application
from cheroot.wsgi import Server

Server(("127.0.0.1", int(sys.argv[1])), application).start()
PYTHON
ask() {
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "${@//PORT/$port}" >/dev/null 2>&1 &
    echo $! >server.pid
    curl -s --retry 30 --retry-delay 1 --retry-connrefused -H 'X-Trace: first' -H 'X-Trace: second' \
        -H 'Accept: text/plain' -H 'Accept: text/html' -H 'X-Name: Яна' "http://127.0.0.1:$port/"
    kill "$(cat server.pid)" && wait "$(cat server.pid)" 2>/dev/null || true
}
PATH=$folder/venv/bin:$PATH
{
    echo "gunicorn: $(ask gunicorn -b 127.0.0.1:PORT application)"
    echo "waitress: $(ask waitress-serve --listen=127.0.0.1:PORT application:application)"
    echo "cheroot: $(ask python cheroot_server.py PORT)"
    echo "granian: $(ask granian --interface wsgi --host 127.0.0.1 --port PORT application:application)"
} | tee output
diff output - <<'EXPECTED'
gunicorn: trace first,second | accept text/plain,text/html | name 'Яна'
waitress: trace first,second | accept text/plain,text/html | name 'Яна'
cheroot: trace second | accept text/plain,text/html | name 'Яна'
granian: trace first,second | accept text/plain,text/html | name ''
EXPECTED

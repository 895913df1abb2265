#!/usr/bin/env bash
# gunicorn 27.0.1 and waitress 3.0.2 with Flask 3.1.3 (PyPI): a request whose client ends the connection before it has
# sent as much as Content-Length says, for instance since it was stopped.
#
# Guess before the run: the program does not see the request, or reading the body raises ClientDisconnected.
# Behaviour: under gunicorn the program gets what has come as the whole body, {"id": 1} of 20 bytes as well as half of
# an array, or nothing, and answers 200. Only `content_length` tells. Of a list of numbers in a text body, a part is
# dialled. waitress does not call the program.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(cat "$folder/pid" 2>/dev/null) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q gunicorn==27.0.1 waitress==3.0.2 flask==3.1.3
cat >app.py <<'PYTHON'
import flask

app = flask.Flask(__name__)


@app.post("/")
def read():
    try:
        body = flask.request.get_data()
    except Exception as error:
        body = type(error).__name__
    with open("seen", "a") as seen:
        print(flask.request.content_length, body, file=seen)
    return "done"
PYTHON
cat >send.py <<'PYTHON'
import contextlib
import pathlib
import socket
import subprocess
import time

SEEN = pathlib.Path("seen")
SERVERS = {
    "gunicorn": "gunicorn -b 127.0.0.1:{} app:app --log-level critical",
    "waitress": "waitress-serve --listen=127.0.0.1:{} app:app",
}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def connect(port):
    for _ in range(300):
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        time.sleep(0.1)
    raise TimeoutError(port)


def send(port, length, body):
    with connect(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: carrier.test\r\nContent-Length: %d\r\n\r\n" % length + body)
        client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            return client.recv(100).split(b"\r\n")[0].decode()


for name, command in SERVERS.items():
    port = free_port()
    program, *options = command.format(port).split()
    server = subprocess.Popen([f"venv/bin/{program}", *options], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    pathlib.Path("pid").write_text(str(server.pid))
    for length, body in ((9, b'{"id": 1}'), (20, b'{"id": 1}'), (20, b'["100", "200'), (20, b"")):
        SEEN.write_text("")
        answer = send(port, length, body)
        time.sleep(1)
        print(f"{name}: {len(body)} of {length} bytes: {SEEN.read_text().strip() or 'not called'}, {answer or 'no answer'}")
    server.terminate()
    server.wait()
PYTHON
timeout 120 venv/bin/python send.py | tee output
diff output - <<'EXPECTED'
gunicorn: 9 of 9 bytes: 9 b'{"id": 1}', HTTP/1.1 200 OK
gunicorn: 9 of 20 bytes: 20 b'{"id": 1}', HTTP/1.1 200 OK
gunicorn: 12 of 20 bytes: 20 b'["100", "200', HTTP/1.1 200 OK
gunicorn: 0 of 20 bytes: 20 b'', HTTP/1.1 200 OK
waitress: 9 of 9 bytes: 9 b'{"id": 1}', HTTP/1.1 200 OK
waitress: 9 of 20 bytes: not called, no answer
waitress: 12 of 20 bytes: not called, no answer
waitress: 0 of 20 bytes: not called, no answer
EXPECTED

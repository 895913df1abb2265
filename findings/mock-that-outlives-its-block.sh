#!/usr/bin/env bash
# pook 2.1.6: a test that fails inside `with pook.use():`.
#
# pook intercepts urllib, requests, aiohttp and httpx of the whole process. Its context manager and its
# decorators are documented as equal ways to do so for a while.
#
# Guess before the run: after the block nothing is intercepted any more, whether the block ended well, by
# an exception (a failed assertion), or the decorator's function raised.
# Behaviour: the decorators clean up after an exception, and so does a block that ends well. A block that
# is left by an exception goes on: pook is active, its mocks are still there, and an unrelated request
# to another server of the same process is refused with PookNoMatches. One failed test makes all later
# ones fail, which do not use pook.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pook==2.1.6
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pook


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"real")

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()


def unrelated_request():
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as response:
            return response.read().decode()
    except Exception as error:
        return type(error).__name__


def passing_block():
    with pook.use():
        pook.get("http://service.invalid/").reply(200)


def failing_block():
    with pook.use():
        pook.get("http://service.invalid/").reply(200)
        raise AssertionError


@pook.on
def failing_decorated():
    pook.get("http://service.invalid/").reply(200)
    raise AssertionError


for test in (passing_block, failing_decorated, failing_block):
    try:
        test()
    except AssertionError:
        pass
    print(f"{test.__name__}: active {pook.isactive()}, next request {unrelated_request()}")
    pook.off()
PYTHON
diff "$folder/output" - <<'EXPECTED'
passing_block: active False, next request real
failing_decorated: active False, next request real
failing_block: active True, next request PookNoMatches
EXPECTED

#!/usr/bin/env bash
# requests 2.34.2, niquests 3.21.2 and aiohttp 3.14.5: NO_PROXY=127.0.0.1:PORT, for one local service of many.
#
# NO_PROXY has no standard; an entry with a port is long known (urllib, Go, Node's libraries and httpx take it).
#
# Guess before the run: the three take it too, for a name and for an address alike; or not at all.
# Behaviour: requests and niquests take `localhost:PORT` and go there directly, but send a request for
# `127.0.0.1:PORT` with the entry `127.0.0.1:PORT` to the proxy: an address is only compared without a port.
# aiohttp (trust_env) looks up the host alone, so both go to the proxy, though it asks urllib, which
# knows the port. Basic Auth goes with them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests==2.34.2 niquests==3.21.2 aiohttp==3.14.5 httpx==0.28.1
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
import asyncio
import os
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import httpx
import niquests
import requests


def serve(name):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(name)))
            self.end_headers()
            self.wfile.write(name.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


async def get(url):
    async with aiohttp.ClientSession(trust_env=True) as session, session.get(url) as response:
        return await response.text()


port, proxy = serve("direct"), serve("proxy")
clients = {
    "urllib": lambda url: urllib.request.urlopen(url).read().decode(),
    "httpx": lambda url: httpx.get(url).text,
    "requests": lambda url: requests.get(url).text,
    "niquests": lambda url: niquests.get(url).text,
    "aiohttp": lambda url: asyncio.run(get(url)),
}
for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
    del os.environ[name]
os.environ["http_proxy"] = f"http://127.0.0.1:{proxy}"
for host in ("localhost", "127.0.0.1"):
    os.environ["no_proxy"] = f"{host}:{port}"
    for name, client in clients.items():
        print(host, name, client(f"http://{host}:{port}/"))
PYTHON
diff "$folder/output" - <<'EXPECTED'
localhost urllib direct
localhost httpx direct
localhost requests direct
localhost niquests direct
localhost aiohttp proxy
127.0.0.1 urllib direct
127.0.0.1 httpx direct
127.0.0.1 requests proxy
127.0.0.1 niquests proxy
127.0.0.1 aiohttp proxy
EXPECTED

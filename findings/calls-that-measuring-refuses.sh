#!/usr/bin/env bash
# opentelemetry-instrumentation-urllib 0.66b1 and elastic-apm 6.26.2 (PyPI): they measure the calls of urllib.request,
# and of aiohttp 3.14.5. The first is among those that `opentelemetry-bootstrap` installs for every program.
#
# The body of urllib may be bytes, an open file, or an iterable; without a timeout of its own, urllib waits as long as
# socket.setdefaulttimeout() says. aiohttp takes headers as a mapping, also one that cannot be changed, or as pairs.
#
# Expected: what is measured behaves as before; a body whose length is not known is not counted.
# Behaviour: under OpenTelemetry each urllib request whose body is a file or an iterable raises a TypeError, and nothing
# is sent, while urllib3's instrumentation sends it; and `open()` of an opener waits without an end, whatever
# setdefaulttimeout() says; urlopen() heeds it. Under elastic-apm aiohttp raises a TypeError for headers as pairs and
# for the headers of a request that is passed on, and the ids of a trace are written into the caller's own dictionary.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q opentelemetry-instrumentation-urllib==0.66b1 opentelemetry-instrumentation-urllib3==0.66b1 \
  opentelemetry-sdk==1.45.1 urllib3==2.8.0 elastic-apm==6.26.2 aiohttp==3.14.5
cat >run.py <<'PYTHON'
import asyncio
import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, build_opener, urlopen

import aiohttp
import elasticapm
import urllib3
from opentelemetry.instrumentation.urllib import URLLibInstrumentor
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from multidict import CIMultiDict, CIMultiDictProxy

RECORDING = Path("recording.ul")
RECORDING.write_bytes(bytes([255]) * 8000)
TYPE = {"Content-Type": "audio/basic"}
LENGTH = TYPE | {"Content-Length": "8000"}


class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        size = len(self.rfile.read(int(self.headers["Content-Length"] or 0)))
        while "chunked" in self.headers.get("Transfer-Encoding", "") and (line := self.rfile.readline().strip()):
            size += len(self.rfile.read(int(line, 16)))
            self.rfile.readline()
            if line == b"0":
                break
        self.answer(f"{size} bytes came")

    def do_GET(self):
        time.sleep(1)
        self.answer("answered")

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        try:
            self.wfile.write(text.encode())
        except OSError:
            pass  # the client did not wait

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


def pieces():
    yield from [RECORDING.read_bytes()[:4000]] * 2


def posted(body, headers):
    with urlopen(Request(url, body, headers), timeout=5) as response:
        return response.read().decode()


def posted_by_urllib3(body, headers):
    return urllib3.request("POST", url, body=body, headers=headers, timeout=5).data.decode()


def asked(open_url, *timeout):
    socket.setdefaulttimeout(0.3)
    try:
        with open_url(url, None, *timeout) as response:
            return response.read().decode()
    finally:
        socket.setdefaulttimeout(None)


def tell(what, call, *arguments):
    try:
        said = call(*arguments)
    except Exception as error:
        said = f"{type(error).__name__}: {str(error)[:60]}"
    print(f"  {what}: {said}")


def called_by_aiohttp(headers):
    async def call():
        async with aiohttp.ClientSession() as session, session.post(url, data=b"{}", headers=headers) as response:
            return f"{await response.text()}, {len(headers)} of the caller's headers"

    return asyncio.run(call())


def tell_aiohttp():
    tell("aiohttp, headers as a dictionary", called_by_aiohttp, {"X-Tag": "sales"})
    tell("aiohttp, headers as pairs", called_by_aiohttp, [("X-Tag", "sales")])
    passed_on = CIMultiDictProxy(CIMultiDict({"X-Tag": "sales"}))  # of this type are the headers of aiohttp's requests
    tell("aiohttp, headers of a request", called_by_aiohttp, passed_on)


def tell_all():
    for name, post in (("urllib", posted), ("urllib3", posted_by_urllib3)):
        tell(f"{name}, body as bytes", post, RECORDING.read_bytes(), TYPE)
        with RECORDING.open("rb") as file:
            tell(f"{name}, body as a file", post, file, LENGTH)
        tell(f"{name}, body as a generator", post, pieces(), TYPE)
    tell("default timeout 0.3 s, urlopen()", asked, urlopen)
    tell("default timeout 0.3 s, open() of an opener", asked, build_opener().open)
    tell("timeout=0.3, open() of an opener", asked, build_opener().open, 0.3)


print("not measured")
tell_all()
tell_aiohttp()
URLLibInstrumentor().instrument()
URLLib3Instrumentor().instrument()
print("with OpenTelemetry")
tell_all()
measure = elasticapm.Client(service_name="demo", server_url="http://127.0.0.1:9", central_config=False,
                            cloud_provider="none", metrics_interval="0", log_level="off")
elasticapm.instrument()
measure.begin_transaction("calls")
print("with elastic-apm")
tell_aiohttp()
sys.stdout.flush()
os._exit(0)  # without waiting for a server of Elastic
PYTHON
venv/bin/python run.py | tee output
diff output - <<'EXPECTED'
not measured
  urllib, body as bytes: 8000 bytes came
  urllib, body as a file: 8000 bytes came
  urllib, body as a generator: 8000 bytes came
  urllib3, body as bytes: 8000 bytes came
  urllib3, body as a file: 8000 bytes came
  urllib3, body as a generator: 8000 bytes came
  default timeout 0.3 s, urlopen(): TimeoutError: timed out
  default timeout 0.3 s, open() of an opener: TimeoutError: timed out
  timeout=0.3, open() of an opener: TimeoutError: timed out
  aiohttp, headers as a dictionary: 2 bytes came, 1 of the caller's headers
  aiohttp, headers as pairs: 2 bytes came, 1 of the caller's headers
  aiohttp, headers of a request: 2 bytes came, 1 of the caller's headers
with OpenTelemetry
  urllib, body as bytes: 8000 bytes came
  urllib, body as a file: TypeError: object of type '_io.BufferedReader' has no len()
  urllib, body as a generator: TypeError: object of type 'generator' has no len()
  urllib3, body as bytes: 8000 bytes came
  urllib3, body as a file: 8000 bytes came
  urllib3, body as a generator: 8000 bytes came
  default timeout 0.3 s, urlopen(): TimeoutError: timed out
  default timeout 0.3 s, open() of an opener: answered
  timeout=0.3, open() of an opener: TimeoutError: timed out
with elastic-apm
  aiohttp, headers as a dictionary: 2 bytes came, 4 of the caller's headers
  aiohttp, headers as pairs: TypeError: list indices must be integers or slices, not str
  aiohttp, headers of a request: TypeError: 'multidict._multidict.CIMultiDictProxy' object does not supp
EXPECTED

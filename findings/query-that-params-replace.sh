#!/usr/bin/env bash
# httpx 0.28.1, httpx2 2.16.2, urllib3 2.8.0, aiohttp 3.14.5 and requests 2.34.2 (PyPI), got 14.6.6, ky 1.14.3, axios
# 1.21.1 and needle 3.5.0 (npm): parameters for a GET to a URL that has a query already.
#
# A service that reports events adds its parameters to the URL that a customer gave, and that URL often has a key or
# a tag of the customer.
#
# Guess before the run: the parameters come behind the query, in all of them.
# Behaviour: httpx, httpx2, got and ky replace the query, so the customer's key is lost. httpx does so for `params={}`
# and for the parameters of a client too. urllib3 adds a second question mark, so the parameters become a part of the
# last value. needle sends no parameters. aiohttp adds them, and changes `%2F` in the query to `/`. All of them do so
# without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund got@14.6.6 ky@1.14.3 axios@1.21.1 needle@3.5.0
python3 -m venv venv
venv/bin/pip install -q httpx==0.28.1 httpx2==2.16.2 urllib3==2.8.0 aiohttp==3.14.5 requests==2.34.2
cat >get.mjs <<'JAVASCRIPT'
import axios from "axios";
import got from "got";
import ky from "ky";
import needle from "needle";

const url = process.argv[2];
const parameters = { event: "start_side_A" };
console.log("got:", await got(url, { searchParams: parameters }).text());
console.log("ky:", await ky(url, { searchParams: parameters }).text());
console.log("axios:", (await axios.get(url, { params: parameters })).data);
console.log("needle:", (await needle("get", url, parameters)).body.toString());
JAVASCRIPT
cat >get.py <<'PYTHON'
import asyncio
import http.server
import subprocess
import threading

import aiohttp
import httpx
import httpx2
import requests
import urllib3


class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_):
        pass


async def by_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(URL, params=PARAMETERS) as answer:
        return await answer.text()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_port}/?key=5&tag=a%2Fb"
PARAMETERS = {"event": "start_side_A"}
print("httpx:", httpx.get(URL, params=PARAMETERS).text)
print("httpx, an empty dict:", httpx.get(URL, params={}).text)
print("httpx, parameters of the client:", httpx.Client(params=PARAMETERS).get(URL).text)
print("httpx2:", httpx2.get(URL, params=PARAMETERS).text)
print("urllib3:", urllib3.request("GET", URL, fields=PARAMETERS).data.decode())
print("aiohttp:", asyncio.run(by_aiohttp()))
print("requests:", requests.get(URL, params=PARAMETERS).text, flush=True)
subprocess.run(["node", "get.mjs", URL], check=True)
PYTHON
venv/bin/python get.py | tee output
diff output - <<'EXPECTED'
httpx: /?event=start_side_A
httpx, an empty dict: /
httpx, parameters of the client: /?event=start_side_A
httpx2: /?event=start_side_A
urllib3: /?key=5&tag=a%2Fb?event=start_side_A
aiohttp: /?key=5&tag=a/b&event=start_side_A
requests: /?key=5&tag=a%2Fb&event=start_side_A
got: /?event=start_side_A
ky: /?event=start_side_A
axios: /?key=5&tag=a%2Fb&event=start_side_A
needle: /?key=5&tag=a%2Fb
EXPECTED

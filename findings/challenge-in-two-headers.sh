#!/usr/bin/env bash
# requests 2.34.2, httpx 0.28.1, httpx2 2.16.2 and aiohttp 3.14.5 (PyPI): Digest
# authentication, as IP telephones, PBXs and SIP servers have it, with challenges that RFC 7616 and RFC 9110 allow.
#
# A server names each algorithm in a challenge of its own, and the client takes one that it knows (RFC 7616, section
# 3.7). Names of parameters are written in any case, and a quotation mark in a realm with a backslash.
#
# Guess before the run: all of them log in with all of these.
# Behaviour: requests takes the MD5 challenge. httpx, httpx2 and aiohttp try only the first challenge, SHA-512-256, and
# fail, httpx with a KeyError. aiohttp does not see a Digest challenge behind a Basic one and returns the 401. requests
# ends in a KeyError for `REALM=`. requests, httpx and httpx2 get a 401 for a realm with a quotation mark.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q requests==2.34.2 httpx==0.28.1 httpx2==2.16.2 aiohttp==3.14.5
cat >login.py <<'PYTHON'
import asyncio
import hashlib
import http.server
import re
import threading

import aiohttp
import httpx
import httpx2
import requests
from requests.auth import HTTPDigestAuth

CHALLENGES = {
    "one": ['Digest realm="pbx", nonce="n", qop="auth", algorithm=MD5'],
    "two": [
        'Digest realm="pbx", nonce="n", qop="auth", algorithm=SHA-512-256',
        'Digest realm="pbx", nonce="n", qop="auth", algorithm=MD5',
    ],
    "basic-first": ['Basic realm="pbx"', 'Digest realm="pbx", nonce="n", qop="auth", algorithm=MD5'],
    "capitals": ['Digest REALM="pbx", NONCE="n", QOP="auth", ALGORITHM=MD5'],
    "quotation": [r'Digest realm="pbx \"A\"", nonce="n", qop="auth", algorithm=MD5'],
}
USER, PASSWORD = "1001", "secret"
PARAMETER = re.compile(r'(\w+)=(?:"((?:\\.|[^"\\])*)"|([^\s,]+))')


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        sent = {name: quoted or token for name, quoted, token in PARAMETER.findall(rest)}
        right = scheme == "Digest" and sent["algorithm"] == "MD5" and self.is_right(sent)
        self.send_response(200 if right else 401)
        for challenge in [] if right else CHALLENGES[self.path[1:]]:
            self.send_header("WWW-Authenticate", challenge)
        self.end_headers()

    def is_right(self, sent):
        # The realm of the hash is without backslashes in some clients and with them in others: either is right here.
        realms = {sent["realm"], sent["realm"].replace("\\", "")}
        rest = f"{sent['nonce']}:{sent['nc']}:{sent['cnonce']}:{sent['qop']}:{md5('GET:' + self.path)}"
        return sent["response"] in {md5(md5(f"{USER}:{realm}:{PASSWORD}") + ":" + rest) for realm in realms}

    def log_message(self, *_):
        pass


async def by_aiohttp(url):
    middleware = aiohttp.DigestAuthMiddleware(USER, PASSWORD)
    async with aiohttp.ClientSession(middlewares=[middleware]) as session, session.get(url) as answer:
        return answer.status


CLIENTS = {
    "requests": lambda url: requests.get(url, auth=HTTPDigestAuth(USER, PASSWORD)).status_code,
    "httpx": lambda url: httpx.get(url, auth=httpx.DigestAuth(USER, PASSWORD)).status_code,
    "httpx2": lambda url: httpx2.get(url, auth=httpx2.DigestAuth(USER, PASSWORD)).status_code,
    "aiohttp": lambda url: asyncio.run(by_aiohttp(url)),
}
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
for name, get in CLIENTS.items():
    results = []
    for challenge in CHALLENGES:
        try:
            results.append(f"{challenge} {get(f'http://127.0.0.1:{server.server_port}/{challenge}')}")
        except Exception as error:
            results.append(f"{challenge} {type(error).__name__}")
    print(f"{name}: {', '.join(results)}")
PYTHON
venv/bin/python login.py | tee output
diff output - <<'EXPECTED'
requests: one 200, two 200, basic-first 200, capitals KeyError, quotation 401
httpx: one 200, two KeyError, basic-first 200, capitals ProtocolError, quotation 401
httpx2: one 200, two ProtocolError, basic-first 200, capitals 200, quotation 401
aiohttp: one 200, two ClientError, basic-first 401, capitals 401, quotation 200
EXPECTED

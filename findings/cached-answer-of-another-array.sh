#!/usr/bin/env bash
# requests-cache 1.3.3 and aiohttp-client-cache 0.15.0 (PyPI): cached POST requests whose JSON body is an array.
#
# Guess before the run: each array has an entry of its own, since its order means something, and `ignored_parameters`
# leaves the ids of a batch's requests out of the key, as it does for a single request.
# Behaviour: requests-cache sorts the elements of an array before it makes the key. ["from", "to"] is answered with the
# cached answer of ["to", "from"]. The requests of a batch cannot be sorted, so there the order counts. Ignored
# parameters are ignored in an object, but not in the objects of an array: a batch with new ids is never cached.
# aiohttp-client-cache keeps the order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q requests-cache==1.3.3 aiohttp-client-cache==0.15.0
cat >send.py <<'PYTHON'
import asyncio
import http.server
import json
import threading

import aiohttp_client_cache
import requests_cache


class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_port}/"
FIRST, SECOND = {"id": 1, "method": "a"}, {"id": 2, "method": "b"}
CASES = {
    "array": (["from", "to"], ["to", "from"]),
    "array in an object": ({"params": ["from", "to"]}, {"params": ["to", "from"]}),
    "batch": ([FIRST, SECOND], [SECOND, FIRST]),
    "other id": (FIRST, FIRST | {"id": 9}),
    "other id in a batch": ([FIRST], [FIRST | {"id": 9}]),
}


def by_requests_cache(bodies, **options):
    session = requests_cache.CachedSession(backend="memory", allowable_methods=["POST"], **options)
    return [session.post(URL, json=body).json() for body in bodies]


async def by_aiohttp(bodies, **options):
    cache = aiohttp_client_cache.CacheBackend(allowed_methods=["POST"], **options)
    async with aiohttp_client_cache.CachedSession(cache=cache) as session:
        answers = []
        for body in bodies:
            async with session.post(URL, json=body) as response:
                answers.append(await response.json())
        return answers


for name, bodies in CASES.items():
    is_id = name.startswith("other id")
    print(f"{name}: {json.dumps(bodies[0])}, then {json.dumps(bodies[1])}")
    _, answer = by_requests_cache(bodies, ignored_parameters=["id"] if is_id else None)
    print("    requests-cache answers", json.dumps(answer))
    _, answer = asyncio.run(by_aiohttp(bodies, ignored_params=["id"] if is_id else None))
    print("    aiohttp-client-cache answers", json.dumps(answer))
PYTHON
venv/bin/python send.py | tee output
diff output - <<'EXPECTED'
array: ["from", "to"], then ["to", "from"]
    requests-cache answers ["from", "to"]
    aiohttp-client-cache answers ["to", "from"]
array in an object: {"params": ["from", "to"]}, then {"params": ["to", "from"]}
    requests-cache answers {"params": ["to", "from"]}
    aiohttp-client-cache answers {"params": ["to", "from"]}
batch: [{"id": 1, "method": "a"}, {"id": 2, "method": "b"}], then [{"id": 2, "method": "b"}, {"id": 1, "method": "a"}]
    requests-cache answers [{"id": 2, "method": "b"}, {"id": 1, "method": "a"}]
    aiohttp-client-cache answers [{"id": 2, "method": "b"}, {"id": 1, "method": "a"}]
other id: {"id": 1, "method": "a"}, then {"id": 9, "method": "a"}
    requests-cache answers {"id": 1, "method": "a"}
    aiohttp-client-cache answers {"id": 1, "method": "a"}
other id in a batch: [{"id": 1, "method": "a"}], then [{"id": 9, "method": "a"}]
    requests-cache answers [{"id": 9, "method": "a"}]
    aiohttp-client-cache answers [{"id": 9, "method": "a"}]
EXPECTED

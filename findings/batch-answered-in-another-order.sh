#!/usr/bin/env bash
# jsonrpclib-pelix 1.2.0 and tinyrpc 1.1.7: a batch that the server answers in another order.
#
# JSON-RPC 2.0, section 6: "The Response objects being returned from a batch call MAY be returned in any
# order within the Array. The Client SHOULD match ... based on the id member." Every request of both
# clients has an id of its own.
#
# Guess before the run: both give the first call the result of the first call.
# Behaviour: both give the results in the order of the answer. jsonrpclib's MultiCall returns them
# without ids, so the results of two calls are swapped. tinyrpc's responses have ids, but its RPCCall has
# none to compare them with.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q jsonrpclib-pelix==1.2.0 tinyrpc==1.1.7 requests==2.34.2
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jsonrpclib
from tinyrpc import RPCClient
from tinyrpc.client import RPCCall
from tinyrpc.protocols.jsonrpc import JSONRPCProtocol
from tinyrpc.transports.http import HttpPostClientTransport


class Reversed(BaseHTTPRequestHandler):
    def do_POST(self):
        requests = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert len({request["id"] for request in requests}) == 2
        body = json.dumps(
            [
                {"jsonrpc": "2.0", "id": request["id"], "result": f"of {request['method']}"}
                for request in reversed(requests)
            ]
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Reversed)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"

calls = jsonrpclib.MultiCall(jsonrpclib.ServerProxy(url))
calls.first()
calls.second()
print("jsonrpclib:", list(calls()))

client = RPCClient(JSONRPCProtocol(), HttpPostClientTransport(url))
responses = client.batch_call([RPCCall("first", [], {}), RPCCall("second", [], {})])
print("tinyrpc:", [response.result for response in responses])
PYTHON
diff "$folder/output" - <<'EXPECTED'
jsonrpclib: ['of second', 'of first']
tinyrpc: ['of second', 'of first']
EXPECTED

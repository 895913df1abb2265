"""Endpoints for the kit's tests: live fakes, and servers of other kinds."""

import contextlib
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

CUSTOMER = "883140500000000"
OTHER = "883140500000001"
ELEMENTS = [
    {"order": 1, "timeout": 25, "redirect_number": "79000000017", "type": "Ringall", "name": "sales"},
    {"type": "text", "value": "One moment, please", "side": "B"},
]  # fmt: skip


def verify_arguments(url, *more):
    """Return the arguments of a quick ``mtt-mock verify`` of ``url``."""
    return [
        "verify", url, "--login", "login", "--password-env", "MTT_PASSWORD",
        "--customer", CUSTOMER, "--rate", "1000", *more,
    ]  # fmt: skip


def preset(server, customer=CUSTOMER, elements=ELEMENTS, **more):
    """Set ``elements`` for a customer of a fake."""
    import httpx2

    params = {"customer_name": customer, "callBackFollowmeStruct": elements, **more}
    envelope = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": params}
    answer = httpx2.post(server.url, json=envelope, auth=server.credentials)
    assert answer.json()["result"] == {"success": 1}


def stored(server, customer=CUSTOMER):
    """Return the structure of a customer in a fake: elements, caller id, B number."""
    followme = server.followme(customer)
    elements = [element.fields for element in followme.elements]
    return elements, followme.caller_id, followme.default_b_number


@contextlib.contextmanager
def answering(status, content_type, body, headers=(), requests=None):
    """Run a server that gives every request one and the same answer, and yield its URL.

    The headers of the requests that have a body are appended to ``requests``, with their ``target``.
    """

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self):
            length = int(self.headers.get("Content-Length", 0))
            self.rfile.read(length)
            if requests is not None and length:
                self.headers.target = self.requestline.split()[1]  # ``self.path`` has no "//"
                requests.append(self.headers)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_OPTIONS = handle_one  # noqa: N815 -- the library's names

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/index.php"
        finally:
            server.shutdown()
            thread.join()


def closed_port():
    """Return a loopback port without a listener."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]

"""A receiver of events that a test can hold up."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Listener:
    """Collects the names of events; ``heard(event)`` runs before one is answered."""

    def __init__(self, heard=lambda _event: None):
        self.names = []
        self.raised = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(heard))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def _handler(self, heard):
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                [event] = parse_qs(urlsplit(self.path).query)["event"]
                listener.names.append(event)
                try:
                    heard(event)
                except Exception as error:  # noqa: BLE001 -- the test looks at it
                    listener.raised.append(error)
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True  # whoever asked is gone

            def log_message(self, *_):
                pass

            def log_error(self, *_):
                pass

        return Handler

    def __enter__(self):
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

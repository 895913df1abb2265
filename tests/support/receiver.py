"""A receiver of events that a test can hold up."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HELD_SECONDS = 20  # an event is answered after that, whatever the test does


class HeldReceiver:
    """Collects events; runs ``on_event(name, call_id)`` and waits for ``release`` before it answers.

    The product's ``EventReceiver`` answers at once. This one serves each event in a thread, so that
    a test may do anything while the sender waits. ``raised`` has what ``on_event`` raised.
    """

    def __init__(self, on_event=lambda _name, _call_id: None):
        self.on_event = on_event
        self.events = []  # (call id, name), in the order of arrival
        self.raised = []
        self._released = threading.Event()
        self._released.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # the sender may go away
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/events"

    @property
    def names(self):
        return [name for _, name in self.events]

    def hold(self):
        """Answer no event until ``release``."""
        self._released.clear()

    def release(self):
        """Answer the events that wait, and all later ones at once."""
        self._released.set()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self, query):
        [name], [call_id] = query["event"], query["id"]
        self.events.append((call_id, name))
        try:
            self.on_event(name, call_id)
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            self.raised.append(error)
        self._released.wait(HELD_SECONDS)

    def _handler(receiver):  # noqa: N805 -- `self` is the handler's

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                receiver._take(parse_qs(urlsplit(self.path).query))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler

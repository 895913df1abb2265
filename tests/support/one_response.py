"""A server that answers each request with one response."""

import contextlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


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
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/index.php"
        finally:
            server.shutdown()
            thread.join()

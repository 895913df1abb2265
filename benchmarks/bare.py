"""Flask answering one constant JSON, on the same server as the fake: what the rest is held to."""

from __future__ import annotations

import sys

from flask import Flask, Response, request

from mtt_mock.server.live_server import WsgiServer

BODY = b'{"jsonrpc":"2.0","result":{"success":1},"id":"1"}'


def create() -> Flask:
    app = Flask("bare", static_folder=None)

    @app.post("/index.php")
    def index() -> Response:
        request.get_data(cache=False)
        return Response(BODY, content_type="application/json")

    return app


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = WsgiServer(create().wsgi_app, lambda _path: 1024 * 1024, port=port)
    print(f"{server.origin}/index.php", flush=True)
    server.run()

"""A connection of a fake's server in memory."""

import asyncio

import uvicorn
from uvicorn.server import ServerState

from mtt_mock.server.asgi_app import FakeAsgiApp, LazyWsgi
from mtt_mock.server.connection_limit import ConnectionLimit
from mtt_mock.server.endpoint_protocol import endpoint_protocol
from mtt_mock.server.http_protocol import limited
from mtt_mock.server.request_cycle import CycleApp
from mtt_mock.web.app import flask_app


class MemoryTransport(asyncio.Transport):
    """Keeps what is ``sent``; calls ``on_close`` once."""

    def __init__(self, on_close=lambda: None):
        super().__init__()
        self.sent = b""
        self.is_reading = True
        self._on_close = on_close
        self._is_closed = False

    def write(self, data):
        self.sent += data

    def close(self):
        if not self._is_closed:
            self._is_closed = True
            self._on_close()

    def abort(self):
        self.sent += b"aborted"
        self.close()

    def is_closing(self):
        return self._is_closed

    def get_write_buffer_size(self):
        return 0

    def get_extra_info(self, name, default=None):
        return {"peername": ("127.0.0.1", 5), "sockname": ("127.0.0.1", 8082)}.get(name, default)

    def pause_reading(self):
        self.is_reading = False

    def resume_reading(self):
        self.is_reading = True


def new_protocol(fake, *, is_direct=True, tasks=None, app=None):
    """Return the protocol of a connection; call it in an event loop.

    ``tasks`` gets the path of each request that goes through the ASGI application, whose delayed
    answers end at once. ``app`` answers in place of that application.
    """
    fake_app = FakeAsgiApp(fake, LazyWsgi(lambda: flask_app(fake).wsgi_app), lambda: is_direct)
    fake_app.stop()

    async def counted(scope, receive, send):
        if tasks is not None:
            tasks.append(scope["path"])
        await (app or fake_app)(scope, receive, send)

    kind = limited(endpoint_protocol(fake_app), ConnectionLimit(10))
    config = uvicorn.Config(
        CycleApp(counted), http=kind, ws="none", lifespan="off", access_log=False, log_config=None,
        interface="asgi3", proxy_headers=False, timeout_keep_alive=5,
    )  # fmt: skip
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Sat, 28 Nov 2026 05:49:02 GMT")]
    return kind(config=config, server_state=state, app_state={})

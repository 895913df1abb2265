"""A fake on a socket of its own, in a thread of this process or in the main thread."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from wsgiref.types import WSGIApplication

import uvicorn

from mtt_mock.fake import Fake
from mtt_mock.serving.protocol import Protocol
from mtt_mock.serving.wsgi import WsgiInLoop
from mtt_mock.web import ENDPOINT, fake_of, max_body, waits

if TYPE_CHECKING:
    from flask import Flask

_BACKLOG = 2048
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 5  # seconds that open requests get at a stop


class AsgiServer:
    """Serves an ASGI application over HTTP/1.1 with keep-alive.

    ``host``: address to bind; ``port``: 0 for a free one. The socket is bound at once: a busy port
    raises ``OSError`` here. Use it as a context manager, which serves in a thread of its own, or
    call ``run``, which serves in this thread until ``stop`` or a signal.
    """

    def __init__(self, app: Any, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = _bind(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._thread: threading.Thread | None = None
        self._started = threading.Event()
        config = uvicorn.Config(
            app,
            http=Protocol,
            log_level="critical",  # of broken requests its answer says all
            ws="none",
            loop="asyncio",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = _Server(config, self._started)

    @property
    def origin(self) -> str:
        """Scheme, host and port, such as ``http://127.0.0.1:8082``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def run(self) -> None:
        """Serve in this thread until SIGINT, SIGTERM or ``stop``."""
        with self._socket:
            asyncio.run(self._server.serve(sockets=[self._socket]))

    def start(self) -> None:
        """Serve in a thread of its own; return when requests are answered."""
        self._thread = threading.Thread(target=self.run, name="mtt-mock", daemon=True)
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Finish open requests (5 seconds at most) and close the socket."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()


class WsgiServer(AsgiServer):
    """Serves a WSGI application.

    ``max_body(path)`` bounds a request's body in bytes (the application refuses what is over it);
    the application must not wait, but where ``waits(path)`` is true.
    """

    def __init__(
        self,
        app: WSGIApplication,
        max_body: Callable[[str], int],
        waits: Callable[[str], bool] = lambda _path: False,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(WsgiInLoop(app, max_body, waits), host=host, port=port)


class LiveServer(WsgiServer):
    """Serves an application made by ``create_app``; at the end its fake is closed."""

    def __init__(self, app: Flask, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.fake: Fake = fake_of(app)
        super().__init__(
            app.wsgi_app, lambda path: max_body(self.fake, path), waits, host=host, port=port
        )

    def run(self) -> None:
        """Serve in this thread until SIGINT, SIGTERM or ``stop``; then end the fake's threads."""
        try:
            super().run()
        finally:
            self.fake.close()

    @property
    def url(self) -> str:
        """The endpoint's URL, such as ``http://127.0.0.1:8082/index.php``."""
        return f"{self.origin}{ENDPOINT}"


class _Server(uvicorn.Server):
    """uvicorn's server that says when it is up."""

    def __init__(self, config: uvicorn.Config, up: threading.Event) -> None:
        super().__init__(config)
        self._up = up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM; unlike uvicorn's own, do not raise them again after that."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off (40 ms an answer otherwise).
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except BaseException:
        bound.close()
        raise
    return bound

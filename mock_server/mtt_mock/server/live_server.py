"""A fake on a socket of its own, in a thread of this process or in the main thread."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from wsgiref.types import WSGIApplication

import uvicorn

from mtt_mock.server.event_stream import EventStreamMiddleware
from mtt_mock.server.http_protocol import Protocol
from mtt_mock.server.inline_wsgi import InlineWsgiAdapter
from mtt_mock.server.sockets import BACKLOG, Listening, bind, url_host
from mtt_mock.server.uvicorn_server import Server
from mtt_mock.service.fake import Fake
from mtt_mock.web.app import ENDPOINT, fake_of, max_body, waits
from mtt_mock.web.control import ALIVE_PATH

if TYPE_CHECKING:
    from flask import Flask

GRACE = 5  # seconds that open requests get at a stop
_HANDSHAKE = 10.0  # seconds that a TLS client gets to shake hands
# Of the ten connections that a process has to a database, two are left for calls and their events.
_THREADS = 8


class AsgiServer:
    """Serves an ASGI application over HTTP/1.1 with keep-alive.

    ``host``: address to bind; ``port``: 0 for a free one. The socket is bound at once: a busy port
    raises ``OSError`` here. ``bound`` is one that listens already, instead. Use it as a context
    manager, which serves in a thread of its own, or call ``run``, which serves in this thread until
    ``stop`` or a signal.

    ``threads``: how many threads answer what ``app`` does aside. ``at_end`` is called, in a thread,
    when no request is answered any more; threads that still work are waited for after that.
    """

    def __init__(
        self,
        app: Any,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        bound: socket.socket | None = None,
        threads: int | None = None,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._socket = bound or bind(host, port)
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
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE,
        )
        self._server = Server(config, self._started, threads, at_end)

    @property
    def origin(self) -> str:
        """Scheme, host and port, such as ``http://127.0.0.1:8082``."""
        return f"http://{url_host(self.host)}:{self.port}"

    def listen_tls(
        self,
        context: ssl.SSLContext,
        *,
        port: int = 0,
        bound: socket.socket | None = None,
        handshake_timeout: float = _HANDSHAKE,
    ) -> int:
        """Serve HTTPS as well, on the same host, and return its port; before or while serving.

        ``bound`` is a socket that listens already, instead of ``port``. Handshakes take place in
        the event loop, where one that waits holds up nobody; a client that does not finish its own
        in ``handshake_timeout`` seconds is dropped. A busy port raises ``OSError``.
        """
        listening = Listening(bound or bind(self.host, port), context, handshake_timeout)
        self._server.add_tls(listening)
        return listening.port

    def run(self) -> None:
        """Serve in this thread until SIGINT, SIGTERM or ``stop``."""
        with self._socket:
            try:
                asyncio.run(self._server.serve(sockets=[self._socket]))
            finally:
                self._server.close_tls()

    def start(self) -> None:
        """Serve in a thread of its own; return when requests are answered."""
        self._thread = threading.Thread(target=self.run, name="mtt-mock", daemon=True)
        self._thread.start()
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Wait until requests are answered."""
        self._started.wait()

    def stop(self) -> None:
        """Finish open requests (5 seconds at most) and close the socket."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def close(self) -> None:
        """Close the sockets of a server that is not started."""
        self._server.close_tls()
        self._socket.close()

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
        super().__init__(InlineWsgiAdapter(app, max_body, waits), host=host, port=port)


class LiveServer(AsgiServer):
    """Serves an application made by ``create_app``; at the end its fake is closed.

    Where the fake's state may wait for a database, every request is answered in a thread.
    """

    def __init__(
        self,
        app: Flask,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        bound: socket.socket | None = None,
    ) -> None:
        self.fake: Fake = fake_of(app)
        self._lock = threading.Lock()
        self._tls_ports: dict[tuple[object, ...], int] = {}
        in_database = self.fake.state.waits
        answers = InlineWsgiAdapter(
            app.wsgi_app,
            lambda path: max_body(self.fake, path),
            (lambda path: path != ALIVE_PATH) if in_database else waits,
        )
        super().__init__(
            EventStreamMiddleware(answers, self.fake),
            host=host,
            port=port,
            bound=bound,
            threads=_THREADS if in_database else None,
            at_end=self.fake.close,
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

    def tls_port(self, hosts: tuple[str, ...]) -> int:
        """Return the port of HTTPS for ``hosts``: from the first call on it listens there.

        Raises ``AuthorityError`` or ``HostError``.
        """
        from mtt_mock.server.tls import default_folder, server_context  # noqa: PLC0415

        wanted = (default_folder(), *hosts)
        with self._lock:
            if wanted not in self._tls_ports:
                self._tls_ports[wanted] = self.listen_tls(server_context(hosts))
            return self._tls_ports[wanted]

    def tls_url(self, port: int) -> str:
        """Return the endpoint's URL on the ``port`` that ``listen_tls`` gave."""
        return f"https://{url_host(self.host)}:{port}{ENDPOINT}"

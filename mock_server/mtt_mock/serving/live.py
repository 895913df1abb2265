"""A fake on a socket of its own, in a thread of this process or in the main thread."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from wsgiref.types import WSGIApplication

import uvicorn

from mtt_mock.fake import Fake
from mtt_mock.serving.listening import BACKLOG, Listening, bind, url_host
from mtt_mock.serving.protocol import Protocol
from mtt_mock.serving.stream import StreamBeside
from mtt_mock.serving.wsgi import WsgiInLoop
from mtt_mock.web import ENDPOINT, fake_of, max_body, waits

if TYPE_CHECKING:
    from flask import Flask

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 5  # seconds that open requests get at a stop
_HANDSHAKE = 10.0  # seconds that a TLS client gets to shake hands


class AsgiServer:
    """Serves an ASGI application over HTTP/1.1 with keep-alive.

    ``host``: address to bind; ``port``: 0 for a free one. The socket is bound at once: a busy port
    raises ``OSError`` here. Use it as a context manager, which serves in a thread of its own, or
    call ``run``, which serves in this thread until ``stop`` or a signal.
    """

    def __init__(self, app: Any, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = bind(host, port)
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
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = _Server(config, self._started)

    @property
    def origin(self) -> str:
        """Scheme, host and port, such as ``http://127.0.0.1:8082``."""
        return f"http://{url_host(self.host)}:{self.port}"

    def listen_tls(
        self, context: ssl.SSLContext, *, port: int = 0, handshake_timeout: float = _HANDSHAKE
    ) -> int:
        """Serve HTTPS as well, on the same host, and return its port; before or while serving.

        Handshakes take place in the event loop, where one that waits holds up nobody; a client
        that does not finish its own in ``handshake_timeout`` seconds is dropped. A busy port
        raises ``OSError``.
        """
        listening = Listening(bind(self.host, port), context, handshake_timeout)
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
        super().__init__(WsgiInLoop(app, max_body, waits), host=host, port=port)


class LiveServer(AsgiServer):
    """Serves an application made by ``create_app``; at the end its fake is closed."""

    def __init__(self, app: Flask, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.fake: Fake = fake_of(app)
        self._lock = threading.Lock()
        self._tls_ports: dict[tuple[object, ...], int] = {}
        answers = WsgiInLoop(app.wsgi_app, lambda path: max_body(self.fake, path), waits)
        super().__init__(
            StreamBeside(answers, self.fake),
            host=host,
            port=port,
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
        from mtt_mock.tls import default_folder, server_context  # noqa: PLC0415

        wanted = (default_folder(), *hosts)
        with self._lock:
            if wanted not in self._tls_ports:
                self._tls_ports[wanted] = self.listen_tls(server_context(hosts))
            return self._tls_ports[wanted]

    def tls_url(self, port: int) -> str:
        """Return the endpoint's URL on the ``port`` that ``listen_tls`` gave."""
        return f"https://{url_host(self.host)}:{port}{ENDPOINT}"


class _Server(uvicorn.Server):
    """uvicorn's server that says when it is up, and may listen for TLS on other sockets too."""

    def __init__(self, config: uvicorn.Config, up: threading.Event) -> None:
        super().__init__(config)
        self._up = up
        self._tls: list[Listening] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def add_tls(self, listening: Listening) -> None:
        """Listen there too, from now on or from the start on."""
        with self._lock:
            self._tls.append(listening)
            loop = self._loop
        if loop is not None:
            asyncio.run_coroutine_threadsafe(listening.open(self._protocol), loop).result()

    def close_tls(self) -> None:
        """Close the sockets that were never opened, or were left open by a broken start."""
        with self._lock:
            self._loop = None
            while self._tls:
                self._tls.pop().close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        with self._lock:
            waiting = list(self._tls)
            self._loop = asyncio.get_running_loop()
        for listening in waiting:
            await listening.open(self._protocol)
        self._up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in self._tls:
            listening.close()
        end = getattr(self.config.app, "end", None)
        if end is not None:
            end()
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        return Protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

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

"""Serves a fake on a socket, in a thread of this process or in the main thread."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self
from wsgiref.types import WSGIApplication

import uvicorn

from mtt_mock.server.asgi_app import FakeAsgiApp, LazyWsgi
from mtt_mock.server.connection_limit import ConnectionLimit, max_connections
from mtt_mock.server.endpoint_protocol import endpoint_protocol
from mtt_mock.server.event_loops import LoopFactory, RealTimeLoop
from mtt_mock.server.http_protocol import HttpProtocol, limited
from mtt_mock.server.inline_wsgi import InlineWsgiAdapter
from mtt_mock.server.request_cycle import CycleApp
from mtt_mock.server.sockets import MAX_ACCEPTS, Listener, bind, url_host
from mtt_mock.server.uvicorn_server import UvicornServer
from mtt_mock.service.fake import Fake
from mtt_mock.web.paths import ENDPOINT

if TYPE_CHECKING:
    from flask import Flask

GRACEFUL_STOP_TIMEOUT = 5  # seconds that open requests get at a stop
_STOP_TIMEOUT = 60  # seconds until stop() gives up
_TLS_HANDSHAKE_TIMEOUT = 10.0  # seconds
# A process has ten database connections; two are left for the scheduler and its events.
_DATABASE_THREADS = 8


class AsgiServer:
    """Serves an ASGI application over HTTP/1.1 with keep-alive.

    As a context manager it serves in a thread of its own; ``run`` serves in the calling thread
    until ``stop`` or a signal.

    Args:
        app: The ASGI application.
        host: Address to bind.
        port: Port to bind, 0 for a free one.
        bound: A listening socket to use instead of ``host`` and ``port``.
        threads: Size of the event loop's thread pool; ``None`` for asyncio's default.
        on_stop: Called in a thread when no request is open any more.
        protocol: The HTTP protocol of a connection.

    Raises:
        OSError: If the port is in use. The socket is bound at once.
    """

    def __init__(
        self,
        app: Any,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        bound: socket.socket | None = None,
        threads: int | None = None,
        on_stop: Callable[[], None] = lambda: None,
        protocol: type[HttpProtocol] = HttpProtocol,
    ) -> None:
        self._socket = bound or bind(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None  # of the thread, before it was ready
        self._ready = threading.Event()
        limit = ConnectionLimit(max_connections())
        config = uvicorn.Config(
            CycleApp(app),
            http=limited(protocol, limit),
            log_level="critical",  # the response to an invalid request is enough
            ws="none",
            loop="asyncio",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=MAX_ACCEPTS,
            timeout_graceful_shutdown=GRACEFUL_STOP_TIMEOUT,
        )
        self._server = UvicornServer(
            config,
            self._ready,
            threads,
            before_stop=getattr(app, "stop", lambda: None),
            on_stop=on_stop,
            limit=limit,
        )

    @property
    def origin(self) -> str:
        """The server's origin, such as ``http://127.0.0.1:8082``."""
        return f"http://{url_host(self.host)}:{self.port}"

    @property
    def untrusted(self) -> int:
        """TLS handshakes that clients ended because they do not trust the certificate."""
        return self._server.untrusted

    def listen_tls(
        self,
        context: ssl.SSLContext,
        *,
        port: int = 0,
        bound: socket.socket | None = None,
        handshake_timeout: float = _TLS_HANDSHAKE_TIMEOUT,
        tunnel_hosts: Sequence[str] = (),
    ) -> int:
        """Serve HTTPS too, on the same host; callable before and while the server runs.

        Args:
            context: TLS context with the certificate.
            port: Port to bind, 0 for a free one.
            bound: A listening socket to use instead of ``port``.
            handshake_timeout: Seconds a client gets to finish its handshake.
            tunnel_hosts: As of ``listen_tunnel``.

        Returns:
            The port.

        Raises:
            OSError: If the port is in use.
        """
        return self._listen(
            Listener(bound or bind(self.host, port), context, handshake_timeout, tunnel_hosts)
        )

    def listen_tunnel(self, hosts: Sequence[str]) -> int:
        """Serve HTTP on a port where a proxy's tunnels to ``hosts`` end.

        A request there that names another host counts as one for the first of them. So the bytes
        in a tunnel to MTT's host never reach the control API.

        Args:
            hosts: The names of the host, the first one being its own.

        Returns:
            The port, a free one.
        """
        return self._listen(Listener(bind(self.host, 0), None, _TLS_HANDSHAKE_TIMEOUT, hosts))

    def _listen(self, listener: Listener) -> int:
        self._server.add_listener(listener)
        return listener.port

    def run(self, loop_factory: LoopFactory = RealTimeLoop) -> None:
        """Serve in this thread until SIGINT, SIGTERM, SIGHUP or ``stop``.

        Args:
            loop_factory: Returns a new event loop.
        """
        with self._socket, asyncio.Runner(loop_factory=loop_factory) as runner:
            try:
                runner.run(self._server.serve(sockets=[self._socket]))
            finally:
                self._server.close_listeners()

    def start(self) -> None:
        """Serve in a thread of its own; return when the server is ready.

        Raises:
            RuntimeError: If the thread ended before.
        """
        self._thread = threading.Thread(target=self._run_in_thread, name="mtt-mock", daemon=True)
        self._thread.start()
        self.wait_until_ready()
        if self._failure is not None:
            self._thread = None
            raise RuntimeError(
                f"the server's thread ended at its start: {self._failure}. With gevent or eventlet "
                "only one server can run in a process; start the others as mtt-mock serve"
            ) from self._failure

    def _run_in_thread(self) -> None:
        try:
            self.run()
        except BaseException as error:
            if self._ready.is_set():
                raise
            self._failure = error
        finally:
            self._ready.set()

    def wait_until_ready(self) -> None:
        """Wait until the server answers requests."""
        self._ready.wait()

    def stop(self) -> None:
        """Finish open requests (5 seconds at most) and close the socket."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_STOP_TIMEOUT)
            if self._thread.is_alive():
                raise RuntimeError(f"the server did not stop within {_STOP_TIMEOUT} seconds")
            self._thread = None

    def close(self) -> None:
        """Close the sockets of a server that was not started."""
        self._server.close_listeners()
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()


class WsgiServer(AsgiServer):
    """Serves a WSGI application.

    ``max_body`` returns, by path, the most bytes of a body; the application refuses larger ones.
    ``may_block`` returns, by path, whether the application may block.
    """

    def __init__(
        self,
        app: WSGIApplication,
        max_body: Callable[[str], int],
        may_block: Callable[[str], bool] = lambda _path: False,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        adapter = InlineWsgiAdapter(app, lambda scope: max_body(scope["path"]), may_block)
        super().__init__(adapter, host=host, port=port)


class LiveServer(AsgiServer):
    """Serves a fake, and closes it when it stops.

    If the state is in a database, requests are answered in threads.

    Args:
        app: The fake, or an application made by ``create_app``.
        host: Address to bind.
        port: Port to bind, 0 for a free one.
        bound: A listening socket to use instead of ``host`` and ``port``.
    """

    def __init__(
        self,
        app: Fake | Flask,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        bound: socket.socket | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._tls_ports: dict[tuple[object, ...], int] = {}
        if isinstance(app, Fake):
            self.fake = app
            wsgi, is_direct = LazyWsgi(self._load_flask), lambda: True
        else:
            from mtt_mock.web.app import fake_of, is_unmodified  # noqa: PLC0415

            self.fake = fake_of(app)
            wsgi = LazyWsgi(lambda: app, app)
            is_direct = partial(is_unmodified, app)
        fake_app = FakeAsgiApp(self.fake, wsgi, is_direct)
        super().__init__(
            fake_app,
            host=host,
            port=port,
            bound=bound,
            threads=_DATABASE_THREADS if self.fake.state.waits else None,
            on_stop=self.fake.close,
            protocol=endpoint_protocol(fake_app),
        )

    def _load_flask(self) -> WSGIApplication:
        from mtt_mock.web.app import flask_app  # noqa: PLC0415

        return flask_app(self.fake).wsgi_app

    def run(self, loop_factory: LoopFactory = RealTimeLoop) -> None:
        """Serve in this thread until SIGINT, SIGTERM, SIGHUP or ``stop``; then close the fake.

        Args:
            loop_factory: Returns a new event loop.
        """
        try:
            super().run(loop_factory)
        finally:
            self.fake.close()

    @property
    def url(self) -> str:
        """The endpoint's URL, such as ``http://127.0.0.1:8082/index.php``."""
        return f"{self.origin}{ENDPOINT}"

    def tls_port(self, hosts: tuple[str, ...]) -> int:
        """Return the HTTPS port for ``hosts``; the first call starts to listen there.

        Args:
            hosts: Names and addresses for the certificate.

        Returns:
            The port.

        Raises:
            AuthorityError: If this machine's certificate authority cannot be used.
            HostError: If a host is neither a name nor an address.
        """
        from mtt_mock.server.tls import default_folder, server_context  # noqa: PLC0415

        key = (default_folder(), *hosts)
        with self._lock:
            if key not in self._tls_ports:
                self._tls_ports[key] = self.listen_tls(server_context(hosts))
            return self._tls_ports[key]

    def tls_url(self, port: int) -> str:
        """Return the endpoint's HTTPS URL.

        Args:
            port: The port that ``listen_tls`` returned.

        Returns:
            The URL with path.
        """
        return f"https://{url_host(self.host)}:{port}{ENDPOINT}"

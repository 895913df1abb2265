"""uvicorn's server, extended: further listeners, a thread pool, a ready event, a stop callback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import uvicorn

from mtt_mock.server.connection_limit import ConnectionLimit
from mtt_mock.server.http_protocol import HttpProtocol
from mtt_mock.server.signals import STOP_SIGNALS, handle_signals
from mtt_mock.server.sockets import BACKLOG, Listener

STALLED_TIMEOUT = 1.0  # seconds without a byte read, at a stop
_DATE_INTERVAL = 1.0  # seconds between updates of the Date header
_STOP_POLL_INTERVAL = 0.01  # seconds between looks at the open connections, at a stop
_ACCEPT_TURNS = 5  # turns of the loop until an accepted socket is a connection


class UvicornServer(uvicorn.Server):
    """uvicorn's server with listeners in addition to its own sockets.

    It sets ``ready`` when requests are answered. At a stop it calls ``before_stop`` in the event
    loop, to end streams, and ``on_stop`` in a thread when no request is open any more. ``threads``
    is the size of the event loop's thread pool; ``None``: asyncio's.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        ready: threading.Event,
        threads: int | None,
        *,
        before_stop: Callable[[], None],
        on_stop: Callable[[], None],
        limit: ConnectionLimit,
    ) -> None:
        self._should_exit = False
        self._wake: Callable[[], object] = lambda: None  # ends the wait of main_loop
        super().__init__(config)
        self._ready = ready
        self._threads = threads
        self._before_stop = before_stop
        self._on_stop = on_stop
        self._limit = limit
        self._listeners: list[Listener] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    @property
    def should_exit(self) -> bool:
        """Whether the server is to stop. Setting it wakes `main_loop`; uvicorn's would poll."""
        return self._should_exit

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        self._should_exit = value
        with suppress(RuntimeError):  # the loop is closed, so the server has stopped
            self._wake()

    def add_listener(self, listener: Listener) -> None:
        """Serve ``listener`` too: at once if the server runs, else from its start on."""
        with self._lock:
            self._listeners.append(listener)
            loop = self._loop
        if loop is not None:
            asyncio.run_coroutine_threadsafe(
                listener.open(self._protocol, self._limit), loop
            ).result()

    @property
    def untrusted(self) -> int:
        """Handshakes that clients ended because they do not trust the certificate."""
        with self._lock:
            return sum(listener.untrusted for listener in self._listeners)

    def close_listeners(self) -> None:
        """Close listeners that were never opened, or that a failed start left open."""
        with self._lock:
            self._loop = None
            while self._listeners:
                self._listeners.pop().close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        loop = asyncio.get_running_loop()
        if self._threads is not None:
            loop.set_default_executor(ThreadPoolExecutor(self._threads, "mtt-mock answers"))
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)
        with self._lock:
            listeners = list(self._listeners)
            self._loop = loop
        for further in listeners:
            await further.open(self._protocol, self._limit)
        self._ready.set()

    async def main_loop(self) -> None:
        """Keep the Date header up to date until the server is to stop."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(stop.set)
        try:
            while not await self.on_tick(0):
                with suppress(TimeoutError):
                    async with asyncio.timeout(_DATE_INTERVAL):
                        await stop.wait()
        finally:
            self._wake = lambda: None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more connections, finish open requests, then call ``on_stop``."""
        # asyncio would lose, unclosed, a socket that it has accepted just before close().
        for _ in range(_ACCEPT_TURNS):
            await asyncio.sleep(0)
        for listener in (*self._listeners, *self.servers, *(sockets or ())):
            listener.close()
        self._before_stop()
        stalled = asyncio.ensure_future(self._abort_stalled())
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._finish_requests()
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel()
        stalled.cancel()
        # In a pool of its own: the default pool may be full of requests that wait for on_stop.
        with ThreadPoolExecutor(1) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, self._on_stop)

    async def _finish_requests(self) -> None:
        """Close idle connections, and the others when their requests are answered."""
        state = self.server_state
        is_open = True
        while is_open and not self.force_exit:
            for connection in self._connections():
                connection.shutdown()
            await asyncio.sleep(_STOP_POLL_INTERVAL)
            is_open = bool(state.connections or state.tasks)

    async def _abort_stalled(self) -> None:
        """Close the connections whose client does not read its response."""
        while True:
            sizes = self._unread_sizes()
            await asyncio.sleep(STALLED_TIMEOUT)
            for transport, size in self._unread_sizes().items():
                if sizes.get(transport) == size:
                    transport.abort()

    def _unread_sizes(self) -> dict[asyncio.Transport, int]:
        """Return the connections that wait for their client to read, and their bytes."""
        return {
            connection.transport: connection.transport.get_write_buffer_size()
            for connection in self._connections()
            if connection.is_write_paused
        }

    def _connections(self) -> list[HttpProtocol]:
        """Return the open connections; uvicorn's set also holds the protocols of cycles."""
        connections: list[object] = list(self.server_state.connections)
        return [each for each in connections if isinstance(each, HttpProtocol)]

    def _protocol(self, listener: Listener) -> asyncio.Protocol:
        protocol = self.config.http_protocol_class(
            config=self.config,  # type: ignore[call-arg]
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        assert isinstance(protocol, HttpProtocol)  # noqa: S101 -- live_server.py configures it
        protocol.tunnel_hosts = listener.tunnel_hosts
        return protocol

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on ``STOP_SIGNALS``; unlike uvicorn, do not raise them again afterwards."""
        with handle_signals(STOP_SIGNALS, self.handle_exit):
            yield

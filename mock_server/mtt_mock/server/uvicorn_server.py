"""uvicorn's server with what ours needs besides: TLS, threads, an end, signals."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import uvicorn

from mtt_mock.server.http_protocol import Protocol
from mtt_mock.server.signals import STOP_SIGNALS, handle_signals
from mtt_mock.server.sockets import Listening


class Server(uvicorn.Server):
    """uvicorn's server that says when it is ``up``, and may listen for TLS on other sockets too.

    What waits is answered in so many ``threads``; ``at_end`` is called when no request is any more.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        up: threading.Event,
        threads: int | None,
        at_end: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._up = up
        self._threads = threads
        self._at_end = at_end
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
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        if self._threads is not None:
            loop.set_default_executor(ThreadPoolExecutor(self._threads, "mtt-mock answers"))
        await super().startup(sockets)
        with self._lock:
            waiting = list(self._tls)
            self._loop = loop
        for listening in waiting:
            await listening.open(self._protocol)
        self._up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, finish open requests, then end what is behind them."""
        for listening in self._tls:
            listening.close()
        end = getattr(self.config.app, "end", None)
        if end is not None:
            end()
        await super().shutdown(sockets)
        # Not in the pool of answers: it may be full of those that wait for this.
        with ThreadPoolExecutor(1) as aside:
            await asyncio.get_running_loop().run_in_executor(aside, self._at_end)

    def _protocol(self) -> asyncio.Protocol:
        return Protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM; unlike uvicorn's own, do not raise them again after that."""
        with handle_signals(STOP_SIGNALS, self.handle_exit):
            yield

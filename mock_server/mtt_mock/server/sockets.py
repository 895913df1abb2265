"""Sockets to listen on: how one is bound, and how one is served with TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

BACKLOG = 2048
_GOODBYE = 0.5  # seconds that a TLS client gets to answer a goodbye; few do


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port`` (0: a free one); or ``OSError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off (40 ms an answer otherwise).
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except BaseException:
        bound.close()
        raise
    return bound


def url_host(host: str) -> str:
    """Return ``host`` as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def origin(bound: socket.socket, scheme: str = "http") -> str:
    """Return scheme, host and port of a socket that listens, such as ``http://127.0.0.1:8082``."""
    host, port = bound.getsockname()[:2]
    return f"{scheme}://{url_host(host)}:{port}"


class Listening:
    """A socket that serves TLS in an event loop."""

    def __init__(self, bound: socket.socket, context: ssl.SSLContext, timeout: float) -> None:
        self._socket = bound
        self._context = context
        self._timeout = timeout
        self._server: asyncio.Server | None = None
        self.port: int = bound.getsockname()[1]

    async def open(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Serve in this event loop."""
        self._server = await asyncio.get_running_loop().create_server(
            protocol,
            sock=self._socket,
            ssl=self._context,
            backlog=BACKLOG,
            ssl_handshake_timeout=self._timeout,
            ssl_shutdown_timeout=_GOODBYE,
        )

    def close(self) -> None:
        """Take no more connections. Those that have not shaken hands end with the event loop."""
        if self._server is not None:
            self._server.close()
        self._socket.close()

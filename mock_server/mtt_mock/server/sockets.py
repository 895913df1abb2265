"""Looks up hosts; binds listening sockets, prints their origin, serves HTTP and HTTPS."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtt_mock.server.connection_limit import ConnectionLimit

BACKLOG = 2048  # connections that wait to be accepted
_FIRST_UNPRIVILEGED_PORT = 1024  # without a sysctl
# Connections that asyncio accepts in one turn of its loop. asyncio also gives this number to
# listen(), so ``listen`` follows.
MAX_ACCEPTS = 16
MAX_HANDSHAKES = 256  # unfinished TLS handshakes, 0.3 MiB each
MIN_HANDSHAKE_SECONDS = 1.0  # that each gets also when there are more
_HANDSHAKE_POLL_INTERVAL = 0.01  # seconds
_ACCEPT_RETRY_INTERVAL = 0.1  # seconds
_TLS_SHUTDOWN_TIMEOUT = 0.5  # seconds for the client's close_notify; most clients send none


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port``.

    Args:
        host: Address or name; an IPv6 address without brackets.
        port: Port number, 0 for a free one.

    Raises:
        OSError: If the port is in use, or the address is not this machine's. Its ``filename`` is
            the address and the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol given, asyncio disables Nagle's algorithm (else 40 ms per answer).
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except TypeError as error:  # a name that IDNA cannot encode
        bound.close()
        raise OSError(errno.EINVAL, "not an address", f"{host} port {port}") from error
    except OSError as error:
        bound.close()
        error.filename = f"{host} port {port}"
        if isinstance(error, PermissionError) and 0 < port < _FIRST_UNPRIVILEGED_PORT:
            error.strerror = (
                f"{error.strerror} (on Linux, sysctl net.ipv4.ip_unprivileged_port_start={port} "
                "or root permits it)"
            )
        raise
    except BaseException:
        bound.close()
        raise
    return bound


def look_up(host: str) -> list[str]:
    """Return the addresses of ``host``. Raises ``OSError`` if the lookup fails."""
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is too long
        raise OSError(errno.EINVAL, "not a host name") from error
    return [str(entry[4][0]) for entry in entries]


def url_host(host: str) -> str:
    """Return ``host`` as a URL writes it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def origin(bound: socket.socket, scheme: str = "http") -> str:
    """Return the origin of a listening socket, such as ``http://127.0.0.1:8082``."""
    host, port = bound.getsockname()[:2]
    return f"{scheme}://{url_host(host)}:{port}"


class Listener:
    """A listening socket besides the server's first one: of HTTPS with ``context``, else of HTTP.

    ``tunnel_hosts`` are the hosts of a proxy's tunnels that end here.
    """

    def __init__(
        self,
        bound: socket.socket,
        context: ssl.SSLContext | None,
        handshake_timeout: float,
        tunnel_hosts: Sequence[str] = (),
    ) -> None:
        self._socket = bound
        self._context = context
        self._handshake_timeout = handshake_timeout
        self._server: asyncio.Server | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._handshakes: dict[_Handshake, None] = {}  # the oldest first
        self.port: int = bound.getsockname()[1]
        self.tunnel_hosts = tuple(tunnel_hosts)
        self.untrusted = 0  # handshakes that clients ended because of the certificate

    async def open(
        self, protocol: Callable[[Listener], asyncio.Protocol], limit: ConnectionLimit
    ) -> None:
        """Serve in the running event loop, within ``limit``."""
        if self._context is None:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: protocol(self), sock=self._socket, backlog=MAX_ACCEPTS
            )
            self._socket.listen(BACKLOG)
        else:
            self._socket.settimeout(0)
            self._accepting = asyncio.ensure_future(self._accept(protocol, limit))

    async def _accept(
        self, protocol: Callable[[Listener], asyncio.Protocol], limit: ConnectionLimit
    ) -> None:
        """Accept TLS connections. asyncio's server would not count them before their handshake."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._socket)
            except OSError:
                await asyncio.sleep(_ACCEPT_RETRY_INTERVAL)  # no descriptor is free
                continue
            await self._make_room()
            self._begin_handshake(connection, protocol, limit)

    def _begin_handshake(
        self,
        connection: socket.socket,
        protocol: Callable[[Listener], asyncio.Protocol],
        limit: ConnectionLimit,
    ) -> None:
        opening = asyncio.get_running_loop().connect_accepted_socket(
            lambda: protocol(self),
            connection,
            ssl=self._context,
            ssl_handshake_timeout=self._handshake_timeout,
            ssl_shutdown_timeout=_TLS_SHUTDOWN_TIMEOUT,
        )
        handshake = _Handshake(connection, asyncio.ensure_future(opening))
        self._handshakes[handshake] = None
        handshake.opening.add_done_callback(partial(self._end_handshake, handshake, limit))
        if not limit.opened(handshake):
            handshake.drop()

    async def _make_room(self) -> None:
        """Wait until fewer than ``MAX_HANDSHAKES`` are unfinished; close one that takes long."""
        while len(self._handshakes) >= MAX_HANDSHAKES:
            oldest = next(iter(self._handshakes))
            if time.monotonic() - oldest.began > MIN_HANDSHAKE_SECONDS:
                del self._handshakes[oldest]
                oldest.drop()
            else:
                await asyncio.sleep(_HANDSHAKE_POLL_INTERVAL)

    def _end_handshake(
        self, handshake: _Handshake, limit: ConnectionLimit, opening: asyncio.Future[object]
    ) -> None:
        self._handshakes.pop(handshake, None)
        limit.closed(handshake)
        if opening.cancelled():
            handshake.socket.close()  # it may have no transport yet
        else:
            error = opening.exception()  # the client's; the transport has closed its socket
            if error is not None:
                # It refers to itself by its frames, and to asyncio's 256 KiB of the connection.
                error.with_traceback(None)
            reason = getattr(error, "reason", None) or ""
            if "ALERT" in reason and ("UNKNOWN_CA" in reason or "CERTIFICATE" in reason):
                self.untrusted += 1

    def close(self) -> None:
        """Accept no more connections. Unfinished handshakes end with the event loop."""
        if self._accepting is not None and not self._accepting.done():
            self._accepting.add_done_callback(lambda _: self._socket.close())
            self._accepting.cancel()
            return
        if self._server is not None:
            self._server.close()
        self._socket.close()


class _Handshake:
    """A connection before the end of its TLS handshake."""

    def __init__(self, connection: socket.socket, opening: asyncio.Future[object]) -> None:
        self.began = time.monotonic()
        self.socket = connection
        self.opening = opening

    def drop(self) -> None:
        """Close the connection at once."""
        self.opening.cancel()

"""A forward proxy (CONNECT and absolute-form requests) on asyncio, in its own thread."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Self

from mtt_mock.interception.proxy.destinations import is_public_address
from mtt_mock.interception.proxy.request_head import Head, HeadError, parse
from mtt_mock.interception.relay import relay
from mtt_mock.server.connection_limit import max_connections
from mtt_mock.server.event_loops import RealTimeLoop
from mtt_mock.server.sockets import BACKLOG, MAX_ACCEPTS, bind, look_up, url_host

_log = logging.getLogger("mtt_mock")

_MAX_HEAD_BYTES = 64 * 1024
_HEAD_TIMEOUT = 20.0  # seconds for a client to send its head
_CONNECT_TIMEOUT = 20.0  # seconds for another host to answer
_MAX_REFUSED_KINDS = 100
_DESCRIPTORS_PER_CLIENT = 4  # the client's, two to the fake, one in reserve
_TLS_HANDSHAKE, _SOCKS_4, _SOCKS_5 = b"\x16", b"\x04", b"\x05"
_OTHER_PROTOCOLS = {_TLS_HANDSHAKE: "TLS", _SOCKS_4: "SOCKS 4", _SOCKS_5: "SOCKS 5"}

IDENTITY_PATH = "/_mtt/proxy"
_IDENTITY_REQUEST = f"GET {IDENTITY_PATH} HTTP/1.1\r\n".encode()

Resolve = Callable[[str], list[str]]
_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Refused(Exception):
    """The proxy answers with a status and a reason instead of a connection."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Identity(Exception):
    """The client asks which proxy this is, as ``mtt-mock env`` does."""


class Proxy:
    """A forward proxy that redirects the MTT host to the fake; use it as a context manager.

    Tunnels to ``hosts`` end at the fake's HTTPS port on 127.0.0.1, those to port 80 at its HTTP
    port. Other hosts are refused with 403. ``GET /_mtt/proxy`` answers which proxy this is.

    Args:
        hosts: Hosts to redirect to the fake.
        tls_port: The fake's HTTPS port.
        http_port: The fake's HTTP port.
        tunnel_ports: The fake's HTTPS and HTTP port for tunnels, which do not serve the control
            API; by default ``tls_port`` and ``http_port``.
        pass_on: Connect to other hosts whose addresses are all of the public internet.
        host: Address to listen on.
        port: Port to listen on, 0 for a free one. It is bound at once.
        resolve: Returns the addresses of a host.
        timeout: Seconds that a client has to send its head.
        authority: Fingerprint of the authority that signs the fake's certificate.
        max_clients: Maximum connections; the longest idle are closed. The default follows from the
            limit of open files.

    Raises:
        OSError: The port is in use.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        tls_port: int,
        http_port: int,
        *,
        tunnel_ports: tuple[int, int] | None = None,
        pass_on: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
        resolve: Resolve = look_up,
        timeout: float = _HEAD_TIMEOUT,
        authority: str = "",
        max_clients: int | None = None,
    ) -> None:
        self._hosts = frozenset(hosts)
        self._identity = {
            "mtt_mock": "proxy",
            "hosts": sorted(self._hosts),
            "http_port": http_port,
            "tls_port": tls_port,
            "authority": authority,
        }
        self._tls_port, self._http_port = tunnel_ports or (tls_port, http_port)
        self._pass_on = pass_on
        self._resolve = resolve
        self._timeout = timeout
        self._socket = bind(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self.refused: dict[str, int] = {}  # other hosts -> connections
        self.rejected: dict[str, int] = {}  # reasons why bytes were no request -> connections
        self._clients: dict[asyncio.Task[Any], None] = {}  # the longest idle first
        self._max_clients = max_clients or max(1, max_connections() // _DESCRIPTORS_PER_CLIENT)
        self._is_reported = False
        self._loop = RealTimeLoop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="mtt-mock proxy", daemon=True)

    @property
    def url(self) -> str:
        """The value for HTTPS_PROXY."""
        return f"http://{url_host(self.host)}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def close(self) -> None:
        """Close the socket of a proxy that is not started."""
        self._socket.close()
        self._loop.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        tasks = self._clients

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._serve_client(reader, writer))
            tasks[task] = None
            task.add_done_callback(self._forget)
            if len(tasks) > self._max_clients:
                self._close_longest_idle()

        server = await asyncio.start_server(
            accept, sock=self._socket, limit=_MAX_HEAD_BYTES, backlog=MAX_ACCEPTS
        )
        self._socket.listen(BACKLOG)
        await self._stop.wait()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _close_longest_idle(self) -> None:
        """Close the connection that has been idle for longest."""
        if not self._is_reported:
            self._is_reported = True
            _log.warning(
                "%d connections to the proxy are open, the maximum; the longest idle are closed. "
                "It follows from the limit of open files (ulimit -n)",
                self._max_clients,
            )
        oldest = next(iter(self._clients))
        del self._clients[oldest]
        oldest.cancel()

    def _forget(self, client: asyncio.Task[Any]) -> None:
        self._clients.pop(client, None)

    def _note_data(self, client: asyncio.Task[Any] | None) -> None:
        if client in self._clients:
            del self._clients[client]
            self._clients[client] = None  # now the last to be closed

    async def _serve_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError, TimeoutError):  # the client has left or is idle
            try:
                head = await self._head(reader)
                if head is not None:
                    upstream = await self._connect(head)
                    on_data = partial(self._note_data, asyncio.current_task())
                    await _relay_both(head, (reader, writer), upstream, on_data)
            except _Identity:
                await _answer(writer, "200 OK", json.dumps(self._identity), "application/json")
            except _Refused as refused:
                await _answer(writer, refused.status, f"mtt-mock proxy: {refused}\n")
            finally:
                await _close(writer)

    async def _head(self, reader: asyncio.StreamReader) -> Head | None:
        try:
            async with asyncio.timeout(self._timeout):
                first = await reader.readexactly(1)
                protocol = _OTHER_PROTOCOLS.get(first)
                if protocol is not None:
                    _count(self.rejected, f"the client spoke {protocol} to the proxy's HTTP port")
                    return None
                raw = first + await reader.readuntil(b"\r\n\r\n")
                if raw.startswith(_IDENTITY_REQUEST):
                    raise _Identity
                return parse(raw)
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError as error:
            raise self._rejection(
                "431 Request Header Fields Too Large", "the head is too large"
            ) from error
        except HeadError as error:
            raise self._rejection("400 Bad Request", str(error)) from error

    async def _connect(self, head: Head) -> _Streams:
        if head.host in self._hosts:
            plain = head.forward is not None or head.port == 80  # noqa: PLR2004
            port = self._http_port if plain else self._tls_port
            return await asyncio.open_connection("127.0.0.1", port)
        if not self._pass_on:
            raise self._refusal(head, "only the MTT host is served; --pass-on lets others through")
        if head.is_https:
            raise self._refusal(head, "an https URL must be requested with CONNECT")
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT):
                addresses = await asyncio.to_thread(self._resolve, head.host)
                # Connect to the checked addresses, because a second lookup may return others.
                if not addresses or not all(is_public_address(address) for address in addresses):
                    raise self._refusal(head, "its address is not one of the public internet")
                return await _connect_to_first(addresses, head.port)
        except (OSError, TimeoutError) as error:
            reason = getattr(error, "strerror", None) or "no answer"
            raise _Refused("502 Bad Gateway", f"{head.host} port {head.port}: {reason}") from None

    def _rejection(self, status: str, reason: str) -> _Refused:
        _count(self.rejected, reason)
        return _Refused(status, reason)

    def _refusal(self, head: Head, reason: str) -> _Refused:
        name = f"{head.host}:{head.port}"
        _count(self.refused, name)
        return _Refused("403 Forbidden", f"{name} is refused: {reason}")


def _count(counts: dict[str, int], key: str) -> None:
    if key in counts or len(counts) < _MAX_REFUSED_KINDS:
        counts[key] = counts.get(key, 0) + 1


async def _relay_both(
    head: Head, client: _Streams, upstream: _Streams, on_data: Callable[[], None]
) -> None:
    """Relay bytes in both directions until both sides have ended."""
    reader, writer = client
    upstream_reader, upstream_writer = upstream
    try:
        if head.forward is None:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            upstream_writer.write(head.forward)
        await asyncio.gather(
            relay(reader, upstream_writer, on_data), relay(upstream_reader, writer, on_data)
        )
    finally:
        await _close(upstream_writer)


async def _connect_to_first(addresses: list[str], port: int) -> _Streams:
    """Connect to the first of the addresses that answers."""
    error: OSError | None = None
    for address in addresses:
        try:
            return await asyncio.open_connection(address, port)
        except OSError as failed:
            error = failed
    assert error is not None  # noqa: S101  # there is an address
    raise error


async def _answer(
    writer: asyncio.StreamWriter, status: str, text: str, kind: str = "text/plain"
) -> None:
    body = text.encode("utf-8", "replace")
    writer.write(
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        + body
    )
    await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()

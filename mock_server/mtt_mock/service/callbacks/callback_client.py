"""The HTTP client of events: one bounded GET, no redirects, only to an allowed address."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

import httpcore2
import httpx2

from mtt_mock.domain.text import shorten
from mtt_mock.service.callbacks.allowlist import CallbackAllowlist
from mtt_mock.service.callbacks.bounded_stream import BoundedBackend
from mtt_mock.service.callbacks.delivery import CallbackEvent, Delivery
from mtt_mock.service.callbacks.event_rules import EventRules
from mtt_mock.service.callbacks.resolver import Resolver

MAX_BODY_BYTES = 64 * 1024
_KEEPALIVE_SECONDS = 1.0  # servers keep their connections for two seconds or more
_MAX_KEEPALIVE_CONNECTIONS = 16
_STALE_CONNECTION = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


class _DeliveryError(ValueError):
    """The event cannot be delivered; the message becomes the problem of the ``Delivery``."""


class _Attempt:
    """A delivery, and its progress, which is reported if a timeout ends it."""

    __slots__ = ("new_connection", "status", "url", "verb")

    def __init__(self) -> None:
        self.verb = ""
        self.url: str | None = None
        self.status: int | None = None
        self.new_connection = False  # opened for the current request

    async def trace(self, name: str, _info: Any) -> None:
        """Receive httpx2's trace events."""
        if name == "connection.connect_tcp.started":
            self.new_connection = True


class CallbackClient:
    """Delivers events, in one event loop; ``rules`` returns the current rules.

    The client resolves the host, checks each address against the allowlist and connects to an
    allowed address, not to the name. So DNS rebinding (a name that resolves to another address a
    moment later) does not pass the allowlist.
    """

    def __init__(self, rules: Callable[[], EventRules]) -> None:
        self._rules = rules
        self._resolver = Resolver()
        self._transports: dict[str, httpx2.AsyncHTTPTransport] = {}

    async def deliver(self, callback: CallbackEvent) -> Delivery:
        """Send ``callback`` to its receiver; failure and cancellation end in a ``Delivery`` too."""
        at, started = time.time(), time.perf_counter()
        attempt = _Attempt()
        problem = await self._problem(attempt, callback)
        ms = (time.perf_counter() - started) * 1000
        return Delivery(callback, attempt.url, attempt.status, problem, at, ms)

    async def close(self) -> None:
        """Close idle connections."""
        for transport in self._transports.values():
            await transport.aclose()

    async def _problem(self, attempt: _Attempt, callback: CallbackEvent) -> str | None:
        timeout = 0.0
        try:
            rules = self._rules()
            timeout = rules.timeout
            attempt.url = rules.url_of(callback)
            attempt.verb = rules.verb
            url = urlsplit(attempt.url)
            async with asyncio.timeout(timeout):
                addresses = await self._addresses(url, rules.allowlist)
                return await self._try_addresses(attempt, url, addresses, timeout / len(addresses))
        except asyncio.CancelledError:
            return "broken off: the fake was stopped"
        except TimeoutError:
            missing = "end of the answer" if attempt.status else "answer"
            return f"no {missing} within {timeout:g} s"
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            return "the answer broke off" if attempt.status else _protocol_problem(error)
        except ValueError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - no receiver may stop the others' events
            return f"not delivered: {type(error).__name__}: {error}"

    async def _addresses(self, url: SplitResult, allowlist: CallbackAllowlist) -> list[str]:
        """Return the allowed addresses of the URL's host."""
        host = url.hostname or ""
        try:
            addresses = await self._resolver.resolve(host)
        except OSError as error:
            raise _DeliveryError(str(error)) from error
        allowed = [address for address in addresses if allowlist.allows(host, address)]
        if not allowed:
            raise _DeliveryError(allowlist.explain_refusal(host, addresses[0]))
        return allowed

    async def _try_addresses(
        self, attempt: _Attempt, url: SplitResult, addresses: list[str], connect_timeout: float
    ) -> str | None:
        """Send the request to the first address that accepts a connection."""
        *others, last = addresses
        for address in others:
            # An address that drops packets must leave time for the next ones.
            with contextlib.suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                return await self._get(attempt, url, address, {"connect": connect_timeout})
        try:
            return await self._get(attempt, url, last, {})
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _DeliveryError(_no_connection(error, url, last)) from error

    async def _get(
        self, attempt: _Attempt, url: SplitResult, address: str, timeouts: dict[str, float]
    ) -> str | None:
        request = httpx2.Request(
            attempt.verb,
            httpx2.URL(scheme=url.scheme, host=address, port=url.port, path="/"),
            headers=_headers(url),
            extensions={
                "target": f"{url.path}?{url.query}".encode(),
                "sni_hostname": (url.hostname or "").removesuffix("."),
                "timeout": timeouts,
                "trace": attempt.trace,
            },
        )
        while True:
            attempt.new_connection = False
            try:
                response = await self._transport(url.scheme).handle_async_request(request)
            except _STALE_CONNECTION:
                # The server may have closed a kept connection at this moment. Repeat the request
                # on a new one, as curl and browsers do.
                if attempt.new_connection:
                    raise
            else:
                break
        try:
            attempt.status = response.status_code
            await _read(response)
        finally:
            await response.aclose()
        return _status_problem(response)

    def _transport(self, scheme: str) -> httpx2.AsyncHTTPTransport:
        """Return the transport, which unlike httpx2's client has no cookies, redirects, proxies."""
        transport = self._transports.get(scheme)
        if transport is None:
            # httpx2 pools connections by address. A pooled TLS connection would serve a host name
            # that its certificate was not checked for, so TLS connections are not pooled.
            secure = scheme == "https"
            transport = httpx2.AsyncHTTPTransport(verify=secure)
            # httpx2 offers no other way to bound an answer as it comes.
            transport._pool = httpcore2.AsyncConnectionPool(  # noqa: SLF001
                ssl_context=httpx2.create_ssl_context() if secure else None,
                max_keepalive_connections=0 if secure else _MAX_KEEPALIVE_CONNECTIONS,
                keepalive_expiry=_KEEPALIVE_SECONDS,
                max_connections=None,
                network_backend=BoundedBackend(),
            )
            self._transports[scheme] = transport
        return transport


def _headers(url: SplitResult) -> dict[str, str]:
    headers = {
        "Host": url.netloc.rpartition("@")[2],
        "User-Agent": "mtt-mock",
        "Accept": "*/*",
    }
    if url.username is not None:
        pair = b":".join((unquote_to_bytes(url.username), unquote_to_bytes(url.password or "")))
        headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
    return headers


async def _read(response: httpx2.Response) -> None:
    """Read and discard the body, up to 64 KiB."""
    size = 0
    async with contextlib.aclosing(response.aiter_raw()) as chunks:
        async for chunk in chunks:
            size += len(chunk)
            if size >= MAX_BODY_BYTES:
                return


def _status_problem(response: httpx2.Response) -> str | None:
    """Return a sentence about a status other than 2xx."""
    status = response.status_code
    if response.is_success:
        return None
    location = response.headers.get("location")
    if location is None:
        return f"HTTP {status}"
    return f"HTTP {status}, and the redirect to {shorten(location)} was not followed"


def _no_connection(error: Exception, url: SplitResult, address: str) -> str:
    host = url.netloc.rpartition("@")[2]
    if address != url.hostname:
        host += f" ({address})"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"no TLS with {host}: {cause.verify_message}"
        if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return f"no TLS with {host}: it closed the connection"
        if isinstance(cause, ssl.SSLError):
            if cause.reason == "WRONG_VERSION_NUMBER":
                return f"no TLS with {host}: it answers without TLS, as at an http:// URL"
            return f"no TLS with {host}: {cause.reason or cause}"
        if isinstance(cause, OSError) and cause.errno is not None:
            return f"no connection to {host}: {os.strerror(cause.errno)}"
        cause = cause.__cause__ or cause.__context__
    return f"no connection to {host}: it was closed at once"


def _protocol_problem(error: Exception) -> str:
    """Return a sentence about an error before the response."""
    if isinstance(error, httpx2.RemoteProtocolError) and "disconnected" not in str(error):
        return f"the answer is not proper HTTP: {error}"
    return "the connection was closed before an HTTP answer"

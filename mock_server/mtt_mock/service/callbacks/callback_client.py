"""One GET to a receiver: bounded, not redirected, and only to an address that was checked."""

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

import httpx2

from mtt_mock.service.callbacks.allowlist import CallbackAllowlist
from mtt_mock.service.callbacks.callback_urls import event_url
from mtt_mock.service.callbacks.delivery import CallbackEvent, Delivery
from mtt_mock.service.callbacks.resolver import Resolver

_MOST_READ = 64 * 1024  # bytes of an answer's body
_IDLE = 1.0  # seconds that a connection is kept; servers keep theirs for two or more
_MOST_KEPT = 16  # connections
_MOST_SHOWN = 200  # characters of a Location
_STALE = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


class _Undelivered(ValueError):
    """The message is the sentence for the ``Delivery``."""


class _Attempt:
    """How far a delivery has come; what a timeout leaves behind is read from here."""

    __slots__ = ("fresh", "status", "url")

    def __init__(self) -> None:
        self.url: str | None = None
        self.status: int | None = None
        self.fresh = False  # the last connection was made for this request

    async def trace(self, name: str, _info: Any) -> None:
        """Take httpx2's word for what happens on the connection."""
        if name == "connection.connect_tcp.started":
            self.fresh = True


class CallbackClient:
    """Delivers events with GET, in the event loop that it was made in.

    A host is resolved, each address checked with the targets, and the connection made to an address
    that passed, not to the name: one that resolves to something else a moment later (DNS rebinding)
    gains nothing. ``targets`` and ``timeout`` (seconds, for everything from the
    look-up to the end of the answer) are asked at each delivery.
    """

    def __init__(
        self, targets: Callable[[], CallbackAllowlist], timeout: Callable[[], float]
    ) -> None:
        self._targets = targets
        self._timeout = timeout
        self._resolver = Resolver()
        self._transports: dict[str, httpx2.AsyncHTTPTransport] = {}

    async def deliver(self, callback: CallbackEvent) -> Delivery:
        """Tell the receiver of ``notice``; whatever goes wrong is in the ``Delivery``.

        A cancellation ends in a ``Delivery`` too.
        """
        at, started = time.time(), time.perf_counter()
        attempt = _Attempt()
        problem = await self._problem(attempt, callback)
        ms = (time.perf_counter() - started) * 1000
        return Delivery(callback, attempt.url, attempt.status, problem, at, ms)

    async def close(self) -> None:
        """Close the connections that were kept."""
        for transport in self._transports.values():
            await transport.aclose()

    async def _problem(self, attempt: _Attempt, callback: CallbackEvent) -> str | None:
        timeout = 0.0
        try:
            timeout = self._timeout()
            attempt.url = event_url(callback.url, callback.event, callback.call_id)
            url = urlsplit(attempt.url)
            async with asyncio.timeout(timeout):
                addresses = await self._addresses(url)
                return await self._ask(attempt, url, addresses, timeout / len(addresses))
        except asyncio.CancelledError:
            return "broken off: the fake was stopped"
        except TimeoutError:
            missing = "end of the answer" if attempt.status else "answer"
            return f"no {missing} within {timeout:g} s"
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            return "the answer broke off" if attempt.status else _sentence(error)
        except ValueError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - no receiver may stop the others' events
            return f"not delivered: {type(error).__name__}: {error}"

    async def _addresses(self, url: SplitResult) -> list[str]:
        """Return the addresses that the event may go to."""
        host = url.hostname or ""
        try:
            addresses = await self._resolver.addresses_of(host)
        except OSError as error:
            raise _Undelivered(str(error)) from None
        targets = self._targets()
        allowed = [address for address in addresses if targets.allowed(host, address)]
        if not allowed:
            raise _Undelivered(targets.reason(host, addresses[0]))
        return allowed

    async def _ask(
        self, attempt: _Attempt, url: SplitResult, addresses: list[str], share: float
    ) -> str | None:
        """Ask the first address that can be connected to."""
        *others, last = addresses
        for address in others:
            # One that swallows packets gets its share of the seconds, and leaves the rest.
            with contextlib.suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                return await self._get(attempt, url, address, {"connect": share})
        try:
            return await self._get(attempt, url, last, {})
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _Undelivered(_no_connection(error, url, last)) from None

    async def _get(
        self, attempt: _Attempt, url: SplitResult, address: str, limit: dict[str, float]
    ) -> str | None:
        request = httpx2.Request(
            "GET",
            httpx2.URL(scheme=url.scheme, host=address, port=url.port, path="/"),
            headers=_headers(url),
            extensions={
                "target": f"{url.path}?{url.query}".encode(),
                "sni_hostname": (url.hostname or "").removesuffix("."),
                "timeout": limit,
                "trace": attempt.trace,
            },
        )
        while True:
            attempt.fresh = False
            try:
                response = await self._transport(url.scheme).handle_async_request(request)
            except _STALE:
                # A connection that was kept may have been closed from the other side just now;
                # curl and browsers ask again on a new one, too.
                if attempt.fresh:
                    raise
            else:
                break
        try:
            attempt.status = response.status_code
            await _read(response)
        finally:
            await response.aclose()
        return _objection(response)

    def _transport(self, scheme: str) -> httpx2.AsyncHTTPTransport:
        """Return what connects; unlike httpx2's client it knows no cookies, redirects, proxies."""
        transport = self._transports.get(scheme)
        if transport is None:
            # httpx2 keeps connections by address. Over TLS one would serve another host name than
            # the one its certificate was checked for, so there none is kept.
            secure = scheme == "https"
            limits = httpx2.Limits(
                max_keepalive_connections=0 if secure else _MOST_KEPT, keepalive_expiry=_IDLE
            )
            transport = httpx2.AsyncHTTPTransport(verify=secure, limits=limits)
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
    """Read the body, 64 KiB of it at the most, and throw it away."""
    read = 0
    async with contextlib.aclosing(response.aiter_raw()) as chunks:
        async for chunk in chunks:
            read += len(chunk)
            if read > _MOST_READ:
                return


def _objection(response: httpx2.Response) -> str | None:
    """Return the sentence about a status that is not 2xx."""
    status = response.status_code
    if response.is_success:
        return None
    place = response.headers.get("location")
    if place is None:
        return f"HTTP {status}"
    return f"HTTP {status}, and the redirect to {place[:_MOST_SHOWN]} was not followed"


def _no_connection(error: Exception, url: SplitResult, address: str) -> str:
    place = url.netloc.rpartition("@")[2]
    if address != url.hostname:
        place += f" ({address})"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"no TLS with {place}: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"no TLS with {place}: {cause.reason or cause}"
        if isinstance(cause, OSError) and cause.errno is not None:
            return f"no connection to {place}: {os.strerror(cause.errno)}"
        cause = cause.__cause__ or cause.__context__
    return f"no connection to {place}: it was closed at once"


def _sentence(error: Exception) -> str:
    """Return what went wrong before there was an answer."""
    if isinstance(error, httpx2.RemoteProtocolError) and "disconnected" not in str(error):
        return f"the answer is not proper HTTP: {error}"
    return "the connection was closed before an HTTP answer"

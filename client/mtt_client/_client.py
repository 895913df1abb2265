"""The base of both clients: settings, their checks, and the mapping of steps to HTTP."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Generic, TypeVar

import httpx2

from mtt_client._checks import (
    callable_problem,
    count_problem,
    seconds_problem,
    text_problem,
)
from mtt_client._operations import ClientContext
from mtt_client._steps import HttpRequest, HttpResponse, NoResponse
from mtt_client._urls import endpoint_problem, origin, origins_problem

HttpT = TypeVar("HttpT", httpx2.Client, httpx2.AsyncClient)
TransportT = TypeVar("TransportT", httpx2.BaseTransport, httpx2.AsyncBaseTransport)
SleepT = TypeVar("SleepT")

# After these failures the server certainly never received the request.
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)

_INVALID_ENVIRONMENT = (
    "no HTTP client can be created; check the environment's proxies (HTTP_PROXY, HTTPS_PROXY, "
    "ALL_PROXY) and certificates (SSL_CERT_FILE, SSL_CERT_DIR): {}"
)


class BaseClient(Generic[HttpT, TransportT, SleepT]):
    """Settings and their checks. Only the HTTP client's auth object holds the credentials."""

    _http_class: Callable[..., HttpT]  # httpx2's client, sync or async

    def __init__(
        self,
        url: str,
        login: str,
        password: str,
        customer_name: str,
        *,
        timeout: float = 10.0,
        validate: bool = True,
        transport: TransportT | None = None,
        upload_origins: Collection[str] = (),
        max_record: int = 128 * 1024 * 1024,
        retries: int = 0,
        sleep: SleepT | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        problem = (
            endpoint_problem(url)
            or text_problem("login", login)
            or text_problem("password", password)
            or text_problem("customer_name", customer_name)
            or ("login must not hold a colon, Basic Auth ends it there" if ":" in login else None)
            or seconds_problem("timeout", timeout)
            or origins_problem(upload_origins)
            or count_problem("max_record", max_record, 1)
            or count_problem("retries", retries)
            or callable_problem("sleep", sleep)
            or callable_problem("clock", clock)
        )
        if problem is not None:
            # Error reporters print the local variables of a traceback's frames, and this client
            # has no repr yet.
            del self, url, login, password
            raise ValueError(problem)
        auth = httpx2.BasicAuth(login.encode(), password.encode())
        del login, password
        self._url = httpx2.URL(url)  # parsed once
        self._sleep = sleep
        self._context = ClientContext(
            customer_name,
            validate,
            itertools.count(1),
            time.monotonic if clock is None else clock,
            frozenset(origin(allowed) for allowed in (url, *upload_origins)),
            max_record,
            retries,
        )

        def new_http() -> HttpT:
            try:
                return self._http_class(
                    auth=auth,
                    cookies=_no_cookies(),
                    timeout=timeout,
                    transport=transport,
                    follow_redirects=False,
                )
            except (ImportError, OSError, ValueError, httpx2.InvalidURL) as error:
                raise ValueError(_INVALID_ENVIRONMENT.format(error)) from error

        self._new_http: Callable[[], HttpT] = new_http
        self._http: HttpT = new_http()
        self._owner: object = None  # the process, and the event loop, that use the connections

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name} {self._url} customer_name={self._context.customer_name!r}>"

    def _http_of(self, owner: object) -> HttpT:
        """Return the HTTP client of ``owner``; a new one after a fork or in another event loop."""
        if self._owner not in {None, owner}:
            self._http = self._new_http()  # the old connections stay with their owner
        self._owner = owner
        return self._http


class Body:
    """Collects the body of a response, up to ``limit`` bytes (``None``: all)."""

    def __init__(self, answer: httpx2.Response, limit: int | None) -> None:
        encoding = answer.headers.get("Content-Encoding", "identity")
        # A few compressed bytes may expand to many, and endless ones to none.
        self.refused = limit is not None and encoding.lower() != "identity"
        self._status = answer.status_code
        self._limit = limit
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> bool:
        """Add ``chunk`` and return whether the body still fits the limit."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        return self._fits()

    def answer(self) -> HttpResponse:
        """Return the response with the collected body."""
        content = b"".join(self._chunks)[: self._limit]
        return HttpResponse(self._status, content, self._fits() and not self.refused)

    def _fits(self) -> bool:
        return self._limit is None or self._size <= self._limit


def verb(request: HttpRequest) -> str:
    """Return the HTTP method."""
    return "GET" if request.body is None else "POST"


def headers(request: HttpRequest) -> dict[str, str]:
    """Return the request's own headers."""
    values = {"Accept": request.accept}
    if request.body is not None:
        values["Content-Type"] = request.content_type
    if request.limit is not None:
        values["Accept-Encoding"] = "identity"
    return values


def _no_cookies() -> CookieJar:
    """Return a jar that stores nothing: a normal one sends cookies to every port of a host."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def no_response(error: httpx2.RequestError) -> NoResponse:
    """Convert ``error`` to a value: httpx2's error holds the request with the credentials."""
    return NoResponse(
        reason=f"{type(error).__name__}: {error}".removesuffix(": "),
        timed_out=isinstance(error, httpx2.TimeoutException),
        sent=not isinstance(error, _NEVER_SENT),
    )

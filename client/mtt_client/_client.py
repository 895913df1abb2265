"""The two clients: what they share, and one thin driver each."""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import httpx2

from mtt_client import _operations as operations
from mtt_client._elements import Element, Followme
from mtt_client._operations import Done, Operation, Session
from mtt_client._wire import Answer, NoAnswer, Request

T = TypeVar("T")
HttpT = TypeVar("HttpT", httpx2.Client, httpx2.AsyncClient)
TransportT = TypeVar("TransportT", httpx2.BaseTransport, httpx2.AsyncBaseTransport)

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
# Failures after which it is certain that the server never got the request.
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)


class _Client(ABC, Generic[HttpT, TransportT]):
    """Settings and their checks. Credentials live in the HTTP client's auth object alone."""

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
    ) -> None:
        problem = (
            _url_problem(url)
            or _text_problem("login", login)
            or _text_problem("password", password)
            or _text_problem("customer_name", customer_name)
            or ("login must not hold a colon, Basic Auth ends it there" if ":" in login else None)
            or _timeout_problem(timeout)
        )
        if problem is not None:
            # Error reporters print the local variables of a traceback's frames; a client that is
            # not made has no repr.
            del self, url, login, password
            raise ValueError(problem)
        auth = httpx2.BasicAuth(login.encode(), password.encode())
        del login, password
        self._url = url
        self._session = Session(customer_name, validate, itertools.count(1))
        self._http: HttpT = self._open(auth, timeout, transport)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name} {self._url} customer_name={self._session.customer_name!r}>"

    @staticmethod
    @abstractmethod
    def _open(auth: httpx2.Auth, timeout: float, transport: TransportT | None) -> HttpT: ...


class MttClient(_Client[httpx2.Client, httpx2.BaseTransport]):
    """Calls the CallBack API for one customer; a context manager, and safe to share by threads.

    ``url`` is the whole endpoint, such as ``http://127.0.0.1:8082/index.php``. ``login`` and
    ``password`` go as HTTP Basic Auth in UTF-8. ``customer_name`` is the number from which calls
    are made, issued by MTT. ``timeout`` is in seconds and bounds each of connecting, writing and
    every wait for a piece of the answer. With ``validate=False`` parameters that break the
    contract are sent all the same. ``transport`` replaces the network (tests).

    Nothing is retried and redirects are not followed. Every method raises ``MttError``, see its
    tree; wrong arguments raise ``ValueError`` or ``TypeError``. Facts: MTT's page for
    setCallBackFollowme; for get, delete and the service map public clients and assumptions, as
    marked in ``mtt_contracts``.
    """

    @staticmethod
    def _open(
        auth: httpx2.Auth, timeout: float, transport: httpx2.BaseTransport | None
    ) -> httpx2.Client:
        return httpx2.Client(
            auth=auth,
            headers=_HEADERS,
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def set_callback_followme(
        self,
        elements: Iterable[Element | Mapping[str, Any]],
        *,
        caller_id: str | None = None,
        default_b_number: str | None = None,
    ) -> None:
        """Preset whom a call-back rings (side A) and what sides A and B hear.

        ``caller_id`` is the number shown to side B, ``default_b_number`` the one rung on side B
        when a call names none. Raises ``SideNotClearError`` when a side already holds elements:
        delete before, or replace.
        """
        self._run(operations.set_followme(self._session, elements, caller_id, default_b_number))

    def get_callback_followme(self) -> Followme:
        """Return what is preset. Raises ``FollowmeNotFoundError`` when nothing is."""
        return self._run(operations.get_followme(self._session))

    def delete_callback_followme(self) -> None:
        """Clear both sides, caller_id and default B number; with nothing preset this is fine."""
        self._run(operations.delete_followme(self._session))

    def replace_callback_followme(
        self,
        elements: Iterable[Element | Mapping[str, Any]],
        *,
        caller_id: str | None = None,
        default_b_number: str | None = None,
    ) -> None:
        """Put ``elements`` in the place of what is preset, if anything is: get, delete, set.

        MTT has no such method, so this is not atomic. When it fails half-way, the former
        structure is put back to the letter and the original error raised; when that fails too,
        ``FollowmeNotRestoredError``, which holds both errors and the former structure. Being
        cancelled or interrupted half-way puts nothing back.
        """
        self._run(operations.replace_followme(self._session, elements, caller_id, default_b_number))

    def service_map(self) -> dict[str, Any]:
        """Return the service map (HTTP GET): ``services`` has an entry for each method."""
        return self._run(operations.service_map())

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Call ``method`` with named ``params`` (``customer_name`` included), return its result.

        The contract checks params and result of the methods that it has, and lets others pass.
        """
        return self._run(operations.call(self._session, method, params))

    def _run(self, operation: Operation[T]) -> T:
        step = operations.start(operation)
        while not isinstance(step, Done):
            step = operations.advance(operation, self._exchange(step))
        return step.value

    def _exchange(self, request: Request) -> Answer | NoAnswer:
        try:
            answer = self._http.request(_verb(request), self._url, content=request.body)
        except httpx2.RequestError as error:
            return _no_answer(error)
        return Answer(answer.status_code, answer.content)


class AsyncMttClient(_Client[httpx2.AsyncClient, httpx2.AsyncBaseTransport]):
    """``MttClient`` for asyncio: the same arguments, methods and errors, to be awaited."""

    @staticmethod
    def _open(
        auth: httpx2.Auth, timeout: float, transport: httpx2.AsyncBaseTransport | None
    ) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            auth=auth,
            headers=_HEADERS,
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def set_callback_followme(
        self,
        elements: Iterable[Element | Mapping[str, Any]],
        *,
        caller_id: str | None = None,
        default_b_number: str | None = None,
    ) -> None:
        """Preset elements; see ``MttClient.set_callback_followme``."""
        await self._run(
            operations.set_followme(self._session, elements, caller_id, default_b_number)
        )

    async def get_callback_followme(self) -> Followme:
        """Return what is preset; see ``MttClient.get_callback_followme``."""
        return await self._run(operations.get_followme(self._session))

    async def delete_callback_followme(self) -> None:
        """Clear what is preset; see ``MttClient.delete_callback_followme``."""
        await self._run(operations.delete_followme(self._session))

    async def replace_callback_followme(
        self,
        elements: Iterable[Element | Mapping[str, Any]],
        *,
        caller_id: str | None = None,
        default_b_number: str | None = None,
    ) -> None:
        """Get, delete and set; see ``MttClient.replace_callback_followme``."""
        await self._run(
            operations.replace_followme(self._session, elements, caller_id, default_b_number)
        )

    async def service_map(self) -> dict[str, Any]:
        """Return the service map; see ``MttClient.service_map``."""
        return await self._run(operations.service_map())

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Call any method; see ``MttClient.call``."""
        return await self._run(operations.call(self._session, method, params))

    async def _run(self, operation: Operation[T]) -> T:
        step = operations.start(operation)
        while not isinstance(step, Done):
            step = operations.advance(operation, await self._exchange(step))
        return step.value

    async def _exchange(self, request: Request) -> Answer | NoAnswer:
        try:
            answer = await self._http.request(_verb(request), self._url, content=request.body)
        except httpx2.RequestError as error:
            return _no_answer(error)
        return Answer(answer.status_code, answer.content)


def _verb(request: Request) -> str:
    return "GET" if request.body is None else "POST"


def _no_answer(error: httpx2.RequestError) -> NoAnswer:
    # A value and not an exception: httpx2's own holds the request, and with it the credentials.
    return NoAnswer(
        reason=f"{type(error).__name__}: {error}".removesuffix(": "),
        timed_out=isinstance(error, httpx2.TimeoutException),
        sent=not isinstance(error, _NEVER_SENT),
    )


def _url_problem(url: object) -> str | None:
    # No message repeats the URL: it may hold a password in a place that none expects.
    if not isinstance(url, str) or not url:
        return "url must be the endpoint's whole URL, such as https://host/index.php"
    if "@" in url:
        return "url must not hold a user or password (nor any @); pass login and password instead"
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        return "url is not a valid URL"
    if parsed.scheme not in ("http", "https"):
        return "url must begin with http:// or https://"
    if not parsed.host:
        return "url must name a host"
    return None


def _text_problem(name: str, value: object) -> str | None:
    if not isinstance(value, str):
        return f"{name} must be a string, got {type(value).__name__}"
    if not value:
        return f"{name} must not be empty"
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"{name} holds characters that UTF-8 cannot"
    return None


def _timeout_problem(timeout: object) -> str | None:
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        return f"timeout must be a number of seconds, got {type(timeout).__name__}"
    if not (timeout > 0 and math.isfinite(timeout)):
        return f"timeout must be more than 0 seconds and finite, got {timeout}"
    return None

"""Sends the suite's requests within a budget and a rate, and records every exchange."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx2

from mtt_contracts.fact_values import defaults
from mtt_mock.conformance.outcomes import AbortRun, CheckFailed, Inconclusive, expect
from mtt_mock.conformance.rate import PUBLIC_RATE
from mtt_mock.domain.text import shorten
from mtt_mock.service.limits import head_bytes
from mtt_mock.service.redaction import Redactor

MAX_BODY_CHARACTERS = 4000  # of a body in a report
MAX_PARSED_CHARACTERS = 2 * MAX_BODY_CHARACTERS  # a longer body is redacted as plain text
_MAX_DECODED_BYTES = 4 * (MAX_PARSED_CHARACTERS + 1)  # hold more characters than are parsed
_MARGIN = 500  # characters after the shown ones, which are redacted too
_SHOWN_HEADERS = (
    "content-type",
    "www-authenticate",
    "access-control-allow-origin",
    "access-control-allow-headers",
    "allow",
    "location",
)


class NoResponseError(Exception):
    """The endpoint sent no response; the message is the reason."""


@dataclass(frozen=True, slots=True)
class ProbeExchange:
    """One request and its response, without credentials and telephone numbers."""

    verb: str
    path: str
    request: str
    status: int | None
    headers: dict[str, str]
    response: str


@dataclass(frozen=True, slots=True)
class ProbeResponse:
    """The response to one request. The properties raise ``CheckFailed`` for another shape."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def answer(self) -> tuple[int, bytes]:
        """Status and body, to compare responses."""
        return self.status, self.body

    @property
    def json(self) -> Any:
        """The body as JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise CheckFailed(self.body[:200].decode("utf-8", "replace"), "JSON", "body") from None

    @property
    def envelope(self) -> dict[str, Any]:
        """The body as a JSON object."""
        envelope = self.json
        if not isinstance(envelope, dict):
            raise CheckFailed(envelope, "an object", "body")
        return envelope

    @property
    def result(self) -> Any:
        """The envelope's result."""
        if "result" not in self.envelope:
            raise CheckFailed(self.envelope, "a result", "envelope")
        return self.envelope["result"]

    @property
    def error(self) -> dict[str, Any]:
        """The envelope's error."""
        error = self.envelope.get("error")
        if not isinstance(error, dict):
            raise CheckFailed(self.envelope, "an error", "envelope")
        return error

    @property
    def is_refused(self) -> bool:
        """Whether the envelope holds no result, or an error, or a result with an error."""
        envelope = self.envelope
        if "error" in envelope or "result" not in envelope:
            return True
        return isinstance(envelope["result"], dict) and "error" in envelope["result"]

    def expect_error(self, code: int, data: str, where: str = "code and data") -> None:
        """Raise ``CheckFailed`` unless the error has this code and data."""
        expect([self.error["code"], self.error["data"]], [code, data], where)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The endpoint, the account, and the limits of a run.

    Attributes:
        url: The endpoint's URL.
        login: Login of the account.
        password: Password of the account.
        customer: The customer_name to work with.
        budget: Maximum number of requests, without those that restore the structure.
        rate: Maximum requests per second; ``None`` for no limit.
        timeout: Seconds to wait for one response.
    """

    url: str
    login: str
    password: str
    customer: str
    budget: int = 500
    rate: float | None = PUBLIC_RATE
    timeout: float = 20.0


class Endpoint:
    """Sends requests to ``target``. Raises ``AbortRun`` once the budget is spent."""

    def __init__(
        self,
        target: Target,
        *,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.target = target
        self.exchanges: list[ProbeExchange] = []
        self.sent = 0
        self.unlimited = False
        self._next = 0.0
        self._lock = threading.Lock()
        self._redactor = Redactor()
        self._client = httpx2.Client(
            transport=transport, timeout=target.timeout, follow_redirects=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(
        self,
        verb: str,
        body: bytes | str = b"",
        *,
        path: str | None = None,
        query: str = "",
        credentials: tuple[str, str] | str | None = "own",
        content_type: str = "application/json",
        url: str | None = None,
        head: int = 0,
        fields: int = 0,
    ) -> ProbeResponse:
        """Send one request. Raises ``NoResponseError`` if no response arrives.

        Args:
            verb: The HTTP method.
            body: The body.
            path: Another path than the endpoint's.
            query: The query.
            credentials: ``"own"``, a login and password, or ``None`` for none.
            content_type: The Content-Type.
            url: Another URL than the endpoint's.
            head: The minimum size of the head in bytes.
            fields: The minimum number of header fields.
        """
        self._wait()
        content = body.encode() if isinstance(body, str) else body
        headers = {"Accept": "application/json"}
        if verb not in ("GET", "OPTIONS"):
            headers["Content-Type"] = content_type
        login = (self.target.login, self.target.password) if credentials == "own" else credentials
        if login:
            token = base64.b64encode(":".join(login).encode("utf-8", "surrogateescape")).decode()
            headers["Authorization"] = f"Basic {token}"
        url = url or self._url(path, query)
        try:
            request = self._client.build_request(
                verb, _parsed(url), content=content, headers=headers
            )
            _enlarge(request, head, fields)
            response = self._client.send(request)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            self._record(verb, url, content, None, {}, reason.encode())
            raise NoResponseError(reason) from error
        result = ProbeResponse(response.status_code, dict(response.headers), response.content)
        self._record(verb, url, content, result.status, result.headers, result.body)
        return result

    def post(self, body: Any, **options: Any) -> ProbeResponse:
        """POST ``body``: text and bytes unchanged, anything else as JSON."""
        if not isinstance(body, str | bytes):
            text = json.dumps(body, ensure_ascii=False)
            body = text.encode("utf-8", "backslashreplace")  # JSON's escapes of lone surrogates
        return self.send("POST", body, **options)

    def post_concurrently(self, bodies: Sequence[Any]) -> list[ProbeResponse]:
        """POST all ``bodies`` at the same time, each in its own thread."""
        with ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(self.post, bodies))

    def _url(self, path: str | None, query: str) -> str:
        parts = urlsplit(self.target.url)
        return urlunsplit((parts.scheme, parts.netloc, path or parts.path, query, ""))

    def _wait(self) -> None:
        with self._lock:
            if self.sent >= self.target.budget and not self.unlimited:
                raise AbortRun(f"the budget of {self.target.budget} requests is spent")
            self.sent += 1
            if self.target.rate is None:
                return
            now = time.monotonic()
            delay = max(0.0, self._next - now)
            self._next = max(now, self._next) + 1 / self.target.rate
        if delay:
            time.sleep(delay)

    def _record(  # noqa: PLR0917
        self, verb: str, url: str, sent: bytes, status: int | None, headers: Any, body: bytes
    ) -> None:
        with self._lock:
            redactor = self._redactor
            parts = urlsplit(url)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            own = parts.path.strip("/") == urlsplit(self.target.url).path.strip("/")
            self.exchanges.append(
                ProbeExchange(
                    verb,
                    path if own else redactor.url(path),
                    _shown(sent, redactor),
                    status,
                    {name: headers[name] for name in _SHOWN_HEADERS if name in headers},
                    _shown(body, redactor),
                )
            )


_parsed = lru_cache(maxsize=64)(httpx2.URL)


def _enlarge(request: httpx2.Request, head: int, fields: int) -> None:
    """Add header fields until the head has at least these bytes and fields."""
    for number in range(len(request.headers.raw), fields):
        request.headers[f"X-{number}"] = "x"
    size = head_bytes(request.method, request.url.raw_path, request.headers.raw)
    padding = head - size - len("X-Padding: \r\n")
    if padding > 0:
        request.headers["X-Padding"] = "x" * padding


def _shown(content: bytes, redactor: Redactor) -> str:
    """Return the beginning of a body, redacted, and its length if it is cut."""
    text = content[:_MAX_DECODED_BYTES].decode("utf-8", "replace")
    size = "" if len(text) <= MAX_BODY_CHARACTERS else f" ({len(content)} bytes)"
    if len(text) <= MAX_PARSED_CHARACTERS:
        return shorten(redactor.text(text), MAX_BODY_CHARACTERS) + size
    beginning = redactor.plain(text[: MAX_BODY_CHARACTERS + _MARGIN])[:-_MARGIN]
    return shorten(f"{beginning}…", MAX_BODY_CHARACTERS) + size


def request(method: Any, *, params: Any = None, **identity: Any) -> dict[str, Any]:
    """Return the JSON of a request; ``identity`` is its id, without which it is a notification."""
    envelope = {"jsonrpc": "2.0", **identity, "method": method}
    return envelope if params is None else envelope | {"params": params}


class ProbeClient:
    """Calls MTT's methods for one customer; the checks use it.

    ``options`` are the run's: ``numbers``, ``caller_id``, ``other_customer``, ``receiver``,
    ``events_url``, ``uploads``, ``busy_number``, ``silent_number``, ``hangs_up``, ``sleep``.
    ``calls`` are the calls that checks share, ``call_exchanges`` the exchanges of the last used
    one. ``observed`` holds values of facts that responses show, ``shown_by`` the last exchange
    before each; ``prompt_side`` is the side of prompts, once known.
    """

    def __init__(self, endpoint: Endpoint, **options: Any) -> None:
        self.endpoint = endpoint
        self.customer = endpoint.target.customer
        self.options = options
        self.calls: dict[str, Any] = {}
        self.call_exchanges: list[ProbeExchange] = []
        self.observed: dict[str, Any] = {}
        self.shown_by: dict[str, ProbeExchange] = {}
        self.prompt_side = ""

    def observe(self, fact_id: str, value: Any) -> None:
        """Store the value of a settable fact that the responses show, for a profile."""
        self.observed[fact_id] = value
        if self.endpoint.exchanges:
            self.shown_by[fact_id] = self.endpoint.exchanges[-1]

    def observe_members(self, fact_id: str, members: dict[str, Any]) -> None:
        """Store some members of a fact's value; other checks observe the others."""
        self.observe(fact_id, self.observed.get(fact_id, {}) | members)

    def expect_value(self, fact_id: str, value: Any) -> None:
        """Observe a value. Raises ``CheckFailed`` unless it is the contract's."""
        self.observe(fact_id, value)
        expect(value, defaults()[fact_id], fact_id)

    def option(self, name: str, need: str) -> Any:
        """Return an option of the run. Raises ``Inconclusive`` if it is missing."""
        value = self.options.get(name)
        if not value:
            raise Inconclusive(f"needs {need}")
        return value

    @property
    def numbers(self) -> list[str]:
        """The numbers to call on side A and side B. Raises ``Inconclusive`` if none is given."""
        numbers = self.option("numbers", "--number, a number that may be rung")
        return [numbers[0], numbers[-1]]

    def call(
        self, method: Any, params: Any = None, call_id: Any = 1, **options: Any
    ) -> ProbeResponse:
        """Call ``method`` with exactly these params."""
        return self.endpoint.post(request(method, id=call_id, params=params), **options)

    def of_customer(self, method: str, *, call_id: Any = 1, **params: Any) -> ProbeResponse:
        """Call ``method`` with the customer_name and ``params``."""
        return self.call(method, {"customer_name": self.customer, **params}, call_id)

    def get(self) -> ProbeResponse:
        """Get the structure."""
        return self.of_customer("getCallBackFollowme")

    def set(self, *elements: Any, **params: Any) -> ProbeResponse:
        """Set ``elements``."""
        return self.of_customer("setCallBackFollowme", callBackFollowmeStruct=elements, **params)

    def fill(self, *elements: Any, **params: Any) -> None:
        """Clear both sides and set ``elements``. Raises ``CheckFailed`` if that is refused."""
        self.clear()
        response = self.set(*elements, **params)
        if response.is_refused:
            raise CheckFailed(response.envelope, "a set of clear sides succeeds", "preparation")

    def clear(self) -> None:
        """Clear both sides."""
        self.of_customer("deleteCallBackFollowme")

    def stored(self) -> list[Any]:
        """Return the stored elements; ``[]`` if nothing is set."""
        return elements_of(self.get())


def is_url(value: Any) -> bool:
    """Return whether a member of a response is an HTTP URL."""
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def elements_of(response: ProbeResponse) -> list[Any]:
    """Return the elements in a response to getCallBackFollowme; ``[]`` for an error."""
    result = response.envelope.get("result")
    struct = result.get("callBackFollowmeStruct") if isinstance(result, dict) else None
    return struct if isinstance(struct, list) else []

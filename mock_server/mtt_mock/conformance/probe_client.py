"""The one way to the endpoint: keeps to a budget and a rate, and remembers what was said."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx2

from mtt_mock.conformance.outcomes import AbortRun, CheckFailed, shown
from mtt_mock.conformance.recording.redaction import Redactor

_MOST_SHOWN = 4000
_SHOWN_HEADERS = (
    "content-type",
    "www-authenticate",
    "access-control-allow-origin",
    "access-control-allow-headers",
    "allow",
    "location",
)


class NoAnswerError(Exception):
    """The endpoint did not answer; the message says what happened instead."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, without credentials and telephone numbers."""

    verb: str
    path: str
    request: str
    status: int | None
    headers: dict[str, str]
    answer: str

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON. Raises ``CheckFailed`` when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise CheckFailed(self.body[:200].decode("utf-8", "replace"), "JSON", "body") from None

    @property
    def envelope(self) -> dict[str, Any]:
        """The body as an object. Raises ``CheckFailed`` when it is none."""
        envelope = self.json
        if not isinstance(envelope, dict):
            raise CheckFailed(envelope, "an object", "body")
        return envelope

    @property
    def result(self) -> Any:
        """The result. Raises ``CheckFailed`` when there is none."""
        if "result" not in self.envelope:
            raise CheckFailed(self.envelope, "a result", "envelope")
        return self.envelope["result"]

    @property
    def error(self) -> dict[str, Any]:
        """The error. Raises ``CheckFailed`` when there is none."""
        error = self.envelope.get("error")
        if not isinstance(error, dict):
            raise CheckFailed(self.envelope, "an error", "envelope")
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The endpoint, and how it may be asked.

    ``budget`` is the most requests before those that put the structure back, ``rate`` the most a
    second, ``timeout`` seconds for one answer.
    """

    url: str
    login: str
    password: str
    customer: str
    budget: int = 500
    rate: float = 5.0
    timeout: float = 20.0


class Endpoint:
    """Sends requests to ``target``. Raises ``AbortRun`` when the budget is spent."""

    def __init__(
        self,
        target: Target,
        *,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.target = target
        self.exchanges: list[Exchange] = []
        self.sent = 0
        self.unlimited = False
        self._sleep = sleep
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
        padding: int = 0,
    ) -> Answer:
        """Send one request. ``credentials``: own, other ones, or none; ``padding``: bytes of head.

        Raises ``NoAnswerError`` when no answer comes.
        """
        self._wait()
        content = body.encode() if isinstance(body, str) else body
        headers = {"Accept": "application/json"}
        if verb not in ("GET", "OPTIONS"):
            headers["Content-Type"] = content_type
        if padding:
            headers["X-Padding"] = "x" * padding
        given = (self.target.login, self.target.password) if credentials == "own" else credentials
        if given:
            token = base64.b64encode(":".join(given).encode("utf-8", "surrogateescape")).decode()
            headers["Authorization"] = f"Basic {token}"
        where = url or self._url(path, query)
        try:
            response = self._client.request(verb, where, content=content, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            self._remember(verb, where, content, None, {}, reason.encode())
            raise NoAnswerError(reason) from None
        answer = Answer(response.status_code, dict(response.headers), response.content)
        self._remember(verb, where, content, answer.status, answer.headers, answer.body)
        return answer

    def post(self, body: Any, **how: Any) -> Answer:
        """Post ``body``: text and bytes as they are, anything else as JSON."""
        if not isinstance(body, str | bytes):
            body = json.dumps(body, ensure_ascii=False)
        return self.send("POST", body, **how)

    def at_once(self, bodies: Sequence[Any]) -> list[Answer]:
        """Post all ``bodies`` at the same time; a thread for each."""
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
            now = time.monotonic()
            delay = max(0.0, self._next - now)
            self._next = max(now, self._next) + 1 / self.target.rate
        if delay:
            self._sleep(delay)

    def _remember(  # noqa: PLR0917
        self, verb: str, url: str, sent: bytes, status: int | None, headers: Any, body: bytes
    ) -> None:
        with self._lock:
            clean = self._redactor
            parts = urlsplit(url)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            own = parts.path.strip("/") == urlsplit(self.target.url).path.strip("/")
            self.exchanges.append(
                Exchange(
                    verb,
                    path if own else clean.url(path),
                    _cut(clean.text(sent.decode("utf-8", "replace"))),
                    status,
                    {name: headers[name] for name in _SHOWN_HEADERS if name in headers},
                    _cut(clean.text(body.decode("utf-8", "replace"))),
                )
            )


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}… ({len(text)} characters)"


class Ask:
    """What the checks ask with: MTT's methods for one customer."""

    def __init__(self, endpoint: Endpoint, **given: Any) -> None:
        self.endpoint = endpoint
        self.customer = endpoint.target.customer
        self.given = given
        self.made_call: dict[str, Any] = {}
        self.asked_for_call = False
        self.call_exchanges: list[Exchange] = []

    def call(self, method: Any, params: Any = None, call_id: Any = 1, **how: Any) -> Answer:
        """Call ``method`` with exactly these params."""
        envelope = {"jsonrpc": "2.0", "id": call_id, "method": method}
        return self.endpoint.post(envelope | ({} if params is None else {"params": params}), **how)

    def of_customer(self, method: str, **params: Any) -> Answer:
        """Call ``method`` with the customer_name and ``params``."""
        return self.call(method, {"customer_name": self.customer, **params})

    def get(self) -> Answer:
        """Ask for the structure."""
        return self.of_customer("getCallBackFollowme")

    def set(self, *elements: Any, **more: Any) -> Answer:
        """Set ``elements``."""
        return self.of_customer("setCallBackFollowme", callBackFollowmeStruct=elements, **more)

    def fill(self, *elements: Any, **more: Any) -> None:
        """Clear both sides and set ``elements``; that must succeed, whatever success looks like."""
        self.clear()
        answer = self.set(*elements, **more)
        if "error" in answer.envelope or (
            isinstance(answer.result, dict) and "error" in answer.result
        ):
            raise CheckFailed(answer.envelope, "a set of clear sides succeeds", "preparation")

    def clear(self) -> None:
        """Clear both sides."""
        self.of_customer("deleteCallBackFollowme")

    def stored(self) -> list[Any]:
        """Return the elements that are stored, ``[]`` when the endpoint says that nothing is."""
        return elements_of(self.get())


def elements_of(answer: Answer) -> list[Any]:
    """Return the elements in an answer to getCallBackFollowme; an error means nothing."""
    result = answer.envelope.get("result")
    struct = result.get("callBackFollowmeStruct") if isinstance(result, dict) else None
    return struct if isinstance(struct, list) else []


def said(exchange: Exchange) -> str:
    """Return an exchange's answer in one line."""
    return f"HTTP {exchange.status} {shown(exchange.answer)}"

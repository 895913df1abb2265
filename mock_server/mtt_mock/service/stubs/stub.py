"""A stub: the calls that it matches and its reply, validated at creation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import mtt_contracts
from mtt_mock.domain.call_pattern import CallPattern
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.http_status import STATUSES_WITHOUT_BODY
from mtt_mock.jsonrpc import RpcError, encode

MAX_DELAY_SECONDS = 3600.0
MAX_BODY_BYTES = 1024 * 1024
_MIN_STATUS, _MAX_STATUS = HTTPStatus.OK, 599
_REPLIES = ("result", "error", "http", "respond")
_FIELDS = (
    "method", "customer", "params", "nth", "times", "probability", "seed", "after", "result",
    "error", "http", "delay", "then", "allow_invalid",
)  # fmt: skip

Respond = Callable[[dict[str, Any], dict[str, Any]], Mapping[str, Any]]


class StubError(MttMockError, ValueError):
    """A stub cannot be used. The message names the field and its allowed values."""


class StubbedError(RpcError):
    """The error envelope of a stub: its message need not be the standard one of its code."""

    def __init__(self, code: int, message: str, data: str | None) -> None:
        super().__init__(code, data)
        self.message = message


class HttpReply(NamedTuple):
    """A whole HTTP response. It replaces the JSON-RPC answer."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"


class Stub(CallPattern, frozen=True, kw_only=True):
    """An answer for the calls that match (see ``CallPattern``).

    Exactly one reply is set: ``result``, ``error`` (code, message, data), ``http``, or
    ``respond``, which gets the call and the fake's own answer as ``{"result": …}`` or
    ``{"error": {…}}`` and returns such an answer.

    ``after`` is the number of matching calls that pass before the others are counted. ``delay`` is
    in seconds. With ``then`` ``"apply"`` the call also changes the fake's state; with ``"skip"`` it
    does not. ``respond`` always applies.
    """

    method: str
    result: Any = None
    error: tuple[int, str, str | None] | None = None
    http: HttpReply | None = None
    respond: Respond | None = None
    after: int = 0
    delay: float = 0.0
    then: str = "skip"

    @classmethod
    def of(cls, method: str, *, allow_invalid: bool = False, **fields: Any) -> Stub:
        """Return a checked stub.

        Args:
            method: One of MTT's methods, in any letter case.
            allow_invalid: Take a reply that breaks the contract.
            **fields: The other fields of ``Stub``. ``error`` and ``http`` may be lists, as JSON and
                TOML have them; the body of ``http`` may be a text, or a value to be sent as JSON.

        Returns:
            The stub.

        Raises:
            StubError: A field is unknown or wrong, or the reply breaks the contract.
        """
        _check_names(fields)
        name = _method(method)
        replies = [field for field in _REPLIES if fields.get(field) is not None]
        if len(replies) != 1:
            raise StubError(
                f"give one of {', '.join(_REPLIES)}; got {' and '.join(replies) or 'none'}"
            )
        stub = cls(
            method=name,
            customer=_customer(fields.get("customer")),
            params=_params(name, fields.get("params")),
            result=fields.get("result"),
            error=_error(fields.get("error")),
            http=_http(fields.get("http")),
            respond=_respond(fields.get("respond")),
            nth=_count("nth", fields.get("nth"), 1),
            times=_count("times", fields.get("times"), 1),
            probability=_probability(fields.get("probability", 1.0)),
            seed=_count("seed", fields.get("seed", 0), 0) or 0,
            after=_count("after", fields.get("after", 0), 0) or 0,
            delay=_delay(fields.get("delay", 0.0)),
            then=_then(fields.get("then", "skip")),
        )
        if not allow_invalid:
            stub.check_contract()
        return stub

    @classmethod
    def from_dict(cls, values: Any) -> Stub:
        """Return the stub of a JSON or TOML table.

        Args:
            values: The table: ``method``, a reply, and other fields of ``Stub``.

        Returns:
            The checked stub.

        Raises:
            StubError: A field is unknown or wrong, or the reply breaks the contract.
        """
        if not isinstance(values, Mapping) or not isinstance(values.get("method"), str):
            raise StubError('a stub is a table with "method" and a reply')
        fields = dict(values)
        allow_invalid = fields.pop("allow_invalid", False)
        if not isinstance(allow_invalid, bool):
            raise StubError(f"allow_invalid must be true or false, got {allow_invalid!r}")
        if "respond" in fields:
            raise StubError("respond takes a function; only Python code can give one")
        return cls.of(fields.pop("method"), allow_invalid=allow_invalid, **fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set as JSON values; a function shows as its name."""
        reply: dict[str, Any]
        if self.http is not None:
            body = self.http.body.decode("utf-8", "replace")
            reply = {"http": [self.http.status, body, self.http.content_type]}
        elif self.error is not None:
            reply = {"error": list(self.error)}
        elif self.respond is not None:
            reply = {"respond": getattr(self.respond, "__name__", "function")}
        else:
            reply = {"result": self.result}
        optional = {
            "customer": self.customer,
            "params": self.params,
            "nth": self.nth,
            "times": self.times,
            "probability": self.probability if self.probability != 1 else None,
            "seed": self.seed,
            "after": self.after,
            "delay": self.delay,
        }
        given = {name: value for name, value in optional.items() if value}
        return {"method": self.method, **given, **reply, "then": self.then}

    def check_contract(self) -> None:
        """Check the reply against the contract.

        Raises:
            StubError: The result breaks the contract.
        """
        if self.result is None:
            return
        problems = mtt_contracts.validate_result(self.method, self.result)
        if problems:
            raise StubError(
                f"the result breaks the contract of {self.method}: {problems[0]}; "
                "give allow_invalid=True if that is what you test"
            )


def _check_names(fields: Mapping[str, Any]) -> None:
    known = (*_FIELDS, "respond")
    unknown = next((name for name in fields if name not in known), None)
    if unknown is not None:
        raise StubError(f"unknown field {unknown!r} of a stub; known are {', '.join(_FIELDS)}")


def _method(method: Any) -> str:
    try:
        return mtt_contracts.method(str(method)).name
    except LookupError:
        known = ", ".join(mtt_contracts.methods())
        raise StubError(f"no method {method!r}; MTT's are {known}") from None


def _customer(customer: Any) -> str | None:
    if customer is not None and not (isinstance(customer, str) and customer):
        raise StubError(f"customer must be a customer_name, got {customer!r}")
    return customer


def _params(method: str, params: Any) -> Mapping[str, Any] | None:
    if params is None:
        return None
    if not isinstance(params, Mapping):
        raise StubError(f"params must be an object with some of the parameters, got {params!r}")
    known = [parameter.name for parameter in mtt_contracts.method(method).parameters]
    unknown = next((name for name in params if name not in known), None)
    if unknown is not None:
        raise StubError(f"{method} has no parameter {unknown!r}; it has {', '.join(known)}")
    return params


def _error(error: Any) -> tuple[int, str, str | None] | None:
    if error is None:
        return None
    parts = tuple(error) if isinstance(error, list | tuple) else ()
    code, message, data = (*parts, None, None, None)[:3]
    if (
        not 2 <= len(parts) <= 3  # noqa: PLR2004
        or isinstance(code, bool)
        or not isinstance(code, int)
        or not isinstance(message, str)
        or not isinstance(data, str | None)
    ):
        raise StubError(f"error must be (code, message, data), got {error!r}")
    return code, message, data


def _http(http: Any) -> HttpReply | None:
    if http is None:
        return None
    parts = tuple(http) if isinstance(http, list | tuple) else ()
    if not 1 <= len(parts) <= 3:  # noqa: PLR2004
        raise StubError(f"http must be (status, body, content_type), got {http!r}")
    status, body, content_type = (*parts, *(b"", None)[len(parts) - 1 :])[:3]
    if isinstance(status, bool) or not isinstance(status, int):
        raise StubError(f"the status of http must be an integer, got {status!r}")
    if not _MIN_STATUS <= status <= _MAX_STATUS:
        raise StubError(f"the status of http must be from 200 to 599, got {status}")
    if isinstance(body, str):
        content, default = body.encode(), "text/plain; charset=utf-8"
    elif isinstance(body, bytes):
        content, default = body, "application/octet-stream"
    else:
        content, default = encode(body), "application/json"
    if content and status in STATUSES_WITHOUT_BODY:
        raise StubError(f"a response with the status {status} has no body, got {body!r:.60}")
    if len(content) > MAX_BODY_BYTES:
        raise StubError(f"the body of http is larger than {MAX_BODY_BYTES} bytes")
    if content_type is not None and not (
        isinstance(content_type, str) and content_type.isascii() and content_type.isprintable()
    ):
        raise StubError(f"the content type of http must be a header value, got {content_type!r}")
    return HttpReply(status, content, content_type or default)


def _respond(respond: Any) -> Respond | None:
    if respond is not None and not callable(respond):
        raise StubError(f"respond must be a function of the call and the answer, got {respond!r}")
    function: Respond | None = respond
    return function


def _count(name: str, value: Any, least: int) -> int | None:
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int) or value < least
    ):
        raise StubError(f"{name} must be an integer of at least {least}, got {value!r}")
    count: int | None = value
    return count


def _delay(delay: Any) -> float:
    if isinstance(delay, bool) or not isinstance(delay, int | float):
        raise StubError(f"delay must be a number of seconds, got {delay!r}")
    if not (math.isfinite(delay) and 0 <= delay <= MAX_DELAY_SECONDS):
        raise StubError(f"delay must be from 0 to {MAX_DELAY_SECONDS:g} seconds, got {delay}")
    return float(delay)


def _probability(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise StubError(f"probability must be more than 0 and at most 1, got {value!r}")
    return float(value)


def _then(then: Any) -> str:
    if then not in ("skip", "apply"):
        raise StubError(f'then must be "skip" or "apply", got {then!r}')
    return str(then)

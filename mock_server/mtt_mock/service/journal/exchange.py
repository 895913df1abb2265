"""One call and its answer, as the journal keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import mtt_contracts
from mtt_mock.jsonrpc import RpcCall, RpcError
from mtt_mock.jsonrpc.errors import ParseError

_NO_METHOD = -32601
_NO_JSON = "json"  # the rule of a note
_OF_ERRORS = (_NO_JSON, "stub")  # rules of notes that belong to errors too
_LONGEST_NAME = 60
_BAD = 400
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer.

    ``at`` is seconds since the epoch, ``ms`` how long the whole HTTP request took, in
    milliseconds. ``method`` and ``customer`` are ``None`` when they could not be read. ``params``
    are the named ones. ``error`` is code, data and message. ``status`` is the HTTP status, ``size``
    the request's in bytes (of a batch: this call's share). ``remarks`` are what the fake had to say
    beside the answer, ``fault`` is the fault that triggered, as text; ``status`` is then 0
    when nothing was answered. ``id`` is the request's,
    and ``notification`` whether it was taken for none.
    """

    at: float
    method: str | None
    customer: str | None
    params: Any
    result: Any
    error: tuple[int, str | None] | None
    status: int
    ms: float
    size: int
    remarks: tuple[mtt_contracts.Problem, ...] = ()
    id: Any = None
    notification: bool = False
    message: str | None = None
    fault: str | None = None

    @property
    def outcome(self) -> str:
        """Return what became of it, in a few words."""
        if self.fault is not None:
            return f"fault {self.fault}"
        if self.status == _UNAUTHORIZED:
            return "401 no or wrong credentials"
        if self.error:
            code, data = self.error
            return f"error {code} {data}" if data else f"error {code}"
        if self.is_refusal:
            return f"refused: {self.result.get('error_description')}"
        if self.result is None and self.status >= _BAD:
            return f"HTTP {self.status}"
        return "ok"

    @property
    def is_refusal(self) -> bool:
        """Whether the answer is a refusal that hides inside ``result``."""
        return isinstance(self.result, dict) and "error" in self.result

    @property
    def is_problem(self) -> bool:
        """Whether it failed, or something about it is to be noted."""
        return self.outcome != "ok" or bool(self.notes())

    def notes(self) -> list[mtt_contracts.Problem]:
        """Return what was tolerated but is advised against (unknown fields, misspelt types, …)."""
        found = [*_id_notes(self), *_method_notes(self)]
        if self.error or not isinstance(self.params, dict):
            # Nothing was read, or the error says it all but for where the JSON breaks.
            return [*found, *(each for each in self.remarks if each.rule in _OF_ERRORS)]
        known = self.method in mtt_contracts.methods()
        noted = mtt_contracts.lint_params(str(self.method), self.params) if known else []
        return [*found, *noted, *self.remarks]


def exchange_of(
    call: RpcCall, *, at: float, status: int, ms: float, size: int, fault: str | None = None
) -> Exchange:
    """Return the journal's record of ``call``, whose request had ``size`` bytes."""
    customer = call.params.get("customer_name") if isinstance(call.params, dict) else None
    error = call.error
    return Exchange(
        at=at,
        method=call.method if isinstance(call.method, str) else None,
        customer=customer if isinstance(customer, str) else None,
        params=call.params,
        result=call.result,
        error=(error.code, error.data) if error else None,
        status=status,
        ms=ms,
        size=size,
        remarks=(*call.notes, *_json_notes(error)),
        id=call.id,
        notification=call.notification,
        message=error.message if error else None,
        fault=fault,
    )


def _json_notes(error: RpcError | None) -> list[mtt_contracts.Problem]:
    """Say where a body stops to be JSON: its error on the wire does not."""
    if not isinstance(error, ParseError) or error.reason is None:
        return []
    message = f"the body is no JSON: {error.reason}"
    return [mtt_contracts.Problem("", None, _NO_JSON, message)]


def _method_notes(exchange: Exchange) -> list[mtt_contracts.Problem]:
    """Say which method may have been meant by one that there is not."""
    name = exchange.method
    if name is None or exchange.error is None or exchange.error[0] != _NO_METHOD:
        return []
    meant = get_close_matches(name[:_LONGEST_NAME], mtt_contracts.methods(), n=1)
    if not meant:
        return []
    message = f"method {name[:_LONGEST_NAME]} is none of MTT's"
    return [mtt_contracts.Problem("method", name, "unknown", message, f"was {meant[0]} meant?")]


def _id_notes(exchange: Exchange) -> list[mtt_contracts.Problem]:
    """Note an id that looks like one and makes a notification all the same."""
    if not exchange.notification or exchange.id is None:
        return []
    message = f"id {exchange.id!r} makes the request a notification: a success is not answered"
    hint = "send a number from 1 on, or a text"
    return [mtt_contracts.Problem("id", exchange.id, "notification", message, hint)]

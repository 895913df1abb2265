"""One call and its response, as the journal keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from msgspec import Struct

import mtt_contracts
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.text import shorten, shorten_json
from mtt_mock.jsonrpc import RpcCall, RpcError
from mtt_mock.service.journal.prior_state import PriorCall, prior_to_dict
from mtt_mock.service.params_validation import is_valid

_METHOD_NOT_FOUND = -32601
_UNREADABLE = "json"  # the rule of a note
INFORMATION = "information"  # the rule of a note that reports facts, not a problem
_UNKNOWN_MEMBER = "member"
# Of notes that an error does not replace.
_RULES_WITH_ERRORS = (_UNREADABLE, _UNKNOWN_MEMBER, "stub")
_MAX_SHOWN_CHARACTERS = 60  # of a method's name
_MAX_MEMBER_NOTES = 4


class Exchange(Struct, frozen=True):
    """One call and its response; not to be changed.

    Attributes:
        at: Real time of the request, in seconds since the epoch.
        method: The method; ``None`` if the request could not be read.
        customer: The customer_name; ``None`` if the request could not be read.
        params: The parameters, by name.
        result: The result of a success.
        error: The error's code and data.
        status: The HTTP status; 0 if an injected fault left the request without a response.
        ms: Real duration of the HTTP request, in milliseconds.
        size: Size of the request and the answer in bytes; of a batch, this call's share.
        service_notes: The fake's own notes; ``notes()`` adds the contract's.
        id: The request's id.
        has_id: Whether the request has the member ``id``.
        notification: Whether the request was a notification.
        message: The error's message.
        fault: The injected fault that triggered, as text.
        wire: The HTTP request as JSON values: ``verb``, ``path``, ``peer``, ``login`` (never the
            password), ``headers``, ``clock`` (seconds of the fake's clock) and, for a body that
            could not be read, its beginning as ``body``.
        prior: The preset or the call that the method found; as JSON values if it comes from a
            database.
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
    service_notes: tuple[mtt_contracts.Problem, ...] = ()
    id: Any = None
    has_id: bool = True
    notification: bool = False
    message: str | None = None
    fault: str | None = None
    wire: Mapping[str, Any] | None = None
    prior: Followme | PriorCall | dict[str, Any] | None = None

    @classmethod
    def from_call(
        cls,
        call: RpcCall,
        *,
        at: float,
        status: int,
        ms: float,
        size: int,
        fault: str | None = None,
        wire: Mapping[str, Any] | None = None,
    ) -> Exchange:
        """Return the record of a call.

        Args:
            call: The call, answered.
            at: As of the class, like the following arguments.
            status: HTTP status of the response.
            ms: Real duration in milliseconds.
            size: Bytes of the request and the answer.
            fault: Name of the fault.
            wire: The HTTP request as JSON values.

        Returns:
            The record.
        """
        customer = call.params.get("customer_name") if isinstance(call.params, dict) else None
        error = call.error
        return cls(
            at=at,
            method=call.method if isinstance(call.method, str) else None,
            customer=customer if isinstance(customer, str) else None,
            params=call.params,
            result=call.result,
            error=(error.code, error.data) if error else None,
            status=status,
            ms=ms,
            size=size,
            service_notes=(*call.notes, *_unread_notes(error), *_member_notes(call)),
            id=call.id,
            has_id=call.has_id,
            notification=call.notification,
            message=error.message if error else None,
            fault=fault,
            wire=wire,
            prior=call.prior,
        )

    def prior_to_dict(self) -> dict[str, Any]:
        """Return ``prior`` as JSON values; empty without one."""
        return prior_to_dict(self.prior)

    @property
    def outcome(self) -> str:
        """The result in a few words."""
        if self.fault is not None:
            return f"fault {self.fault}"
        if self.status == HTTPStatus.UNAUTHORIZED:
            return "401 no or wrong credentials"
        if self.error:
            code, data = self.error
            return f"error {code} {data}" if data else f"error {code}"
        if self.result is None and self.status >= HTTPStatus.BAD_REQUEST:
            return f"HTTP {self.status}"
        text = f"refused: {self.result.get('error_description')}" if self.is_refusal else "ok"
        if not self.notification:
            return text
        reason = f"id {_shown_id(self.id)}" if self.has_id else "no id"
        return f"{text}, not answered ({reason})"

    @property
    def is_ok(self) -> bool:
        """Whether the call succeeded, with or without an answer."""
        return self.outcome == "ok" or self.outcome.startswith("ok, ")

    @property
    def is_refusal(self) -> bool:
        """Whether the response is a refusal inside ``result``."""
        return isinstance(self.result, dict) and "error" in self.result

    @property
    def is_problem(self) -> bool:
        """Whether the call failed or has warnings."""
        return not self.is_ok or bool(self.warnings())

    def warnings(self) -> list[mtt_contracts.Problem]:
        """Return the notes that ask for a change of the application."""
        return [note for note in self.notes() if note.rule != INFORMATION]

    def notes(self) -> list[mtt_contracts.Problem]:
        """Return the notes: advice on the input, and facts about an upload."""
        notes = [*_id_notes(self), *_method_notes(self), *_missing_notes(self)]
        if self.error or not isinstance(self.params, dict):
            # The error covers the rest.
            return [
                *notes,
                *(note for note in self.service_notes if note.rule in _RULES_WITH_ERRORS),
            ]
        return [*notes, *_params_notes(self.method, self.params), *self.service_notes]


def _params_notes(method: str | None, params: dict[str, Any]) -> list[mtt_contracts.Problem]:
    """Return the contract's advice on ``params``; none on those that no method validated.

    A stub answers without validation, as do a fault that prevents execution and a 401.
    """
    if method not in mtt_contracts.methods() or not is_valid(method, params):
        return []
    return mtt_contracts.lint_params(method, params)


def _unread_notes(error: RpcError | None) -> list[mtt_contracts.Problem]:
    """Return why a request could not be read, which the error on the wire does not say."""
    if error is None or error.reason is None:
        return []
    if error.fact == "rpc.error.parse":
        message = f"the body is not JSON: {error.reason}"
    elif error.fact == "rpc.error.invalid_request":
        message = f"this is not a JSON-RPC 2.0 request: {error.reason}"
    else:
        message = error.reason
    return [mtt_contracts.Problem("", None, _UNREADABLE, message)]


def _member_notes(call: RpcCall) -> list[mtt_contracts.Problem]:
    """Suggest the name of a missing member for each similar one, such as ``Params``."""
    if not call.unknown_members:
        return []
    from difflib import get_close_matches  # noqa: PLC0415 -- for a wrong name only

    missing = [name for name in ("method", "params") if not getattr(call, name)]
    if not call.has_id:
        missing.append("id")
    notes = []
    for name in call.unknown_members[:_MAX_MEMBER_NOTES]:
        shown = shorten(name, _MAX_SHOWN_CHARACTERS)
        similar = get_close_matches(shown.lower(), missing, n=1)
        if similar:
            message = f"{shown} is not a member of a request and is ignored"
            hint = f'did you mean "{similar[0]}"?'
            notes.append(mtt_contracts.Problem(shown, None, _UNKNOWN_MEMBER, message, hint))
    return notes


def _method_notes(exchange: Exchange) -> list[mtt_contracts.Problem]:
    """Suggest a name for an unknown method."""
    name = exchange.method
    if name is None or exchange.error is None or exchange.error[0] != _METHOD_NOT_FOUND:
        return []
    from difflib import get_close_matches  # noqa: PLC0415 -- for a wrong name only

    similar = get_close_matches(name[:_MAX_SHOWN_CHARACTERS], mtt_contracts.methods(), n=1)
    if not similar:
        return []
    message = f"MTT has no method {shorten(name, _MAX_SHOWN_CHARACTERS)}"
    return [mtt_contracts.Problem("method", name, "unknown", message, f"was {similar[0]} meant?")]


def _missing_notes(exchange: Exchange) -> list[mtt_contracts.Problem]:
    """Name the unknown parameters of a request that lacks one: they may be misspelt."""
    method, params = mtt_contracts.methods().get(exchange.method or ""), exchange.params
    if method is None or exchange.error is None or not isinstance(params, dict):
        return []
    if all(parameter.name in params or not parameter.required for parameter in method.parameters):
        return []
    known = {parameter.name for parameter in method.parameters}
    unknown = {name: value for name, value in params.items() if name not in known}
    return mtt_contracts.lint_params(method.name, unknown)


def _id_notes(exchange: Exchange) -> list[mtt_contracts.Problem]:
    """Explain an id such as null or "", which makes the request a notification."""
    if not exchange.notification or not exchange.has_id:
        return []
    shown = _shown_id(exchange.id)
    message = f"id {shown} makes the request a notification: a success is not answered"
    hint = "send a number from 1 on, or a text"
    return [mtt_contracts.Problem("id", exchange.id, "notification", message, hint)]


def _shown_id(call_id: Any) -> str:
    return shorten_json(call_id, _MAX_SHOWN_CHARACTERS)

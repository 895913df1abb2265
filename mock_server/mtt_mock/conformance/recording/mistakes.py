"""Finds typical mistakes of applications in exchanges with the service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mtt_mock.conformance.recording.captures import CapturedExchange
from mtt_mock.conformance.recording.wire_calls import WireCall

EARLIEST_INFO_SECONDS = 5.0  # a public client asks every 5 s
ADVISED_TIMEOUT_SECONDS = 10  # MTT's page
_SET, _GET, _DELETE = "setCallBackFollowme", "getCallBackFollowme", "deleteCallBackFollowme"
_MAKE, _INFO = "makeCallBackCallFollowme", "getCallBackFollowmeCallInfo"
_ENDED = re.compile(r"Call ended by ")
_NUMBERS = ("customer_name", "b_number", "caller_id", "defaultBNumber", "client_caller_id")


_Found = Iterator[tuple[str, str]]  # name and message of each mistake


class Mistake(NamedTuple):
    """A mistake: the exchange that shows it, its name, and its remedy."""

    location: str
    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.location}: {self.name}: {self.message}"


@dataclass(slots=True)
class _CustomerHistory:
    refused: str = ""  # location of a refused set, until a delete or a call
    lost: tuple[str, Any] | None = None  # location and params of a set without a response


@dataclass(slots=True)
class _History:
    customers: dict[str, _CustomerHistory] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)  # call ids, with their time


def find_mistakes(exchanges: list[CapturedExchange]) -> list[Mistake]:
    """Return the typical mistakes in ``exchanges``, in their order."""
    history = _History()
    return [
        Mistake(exchange.location, name, message)
        for exchange in exchanges
        for call in exchange.calls
        for rule in _RULES
        for name, message in rule(history, exchange, call)
    ]


def _ignored_refusal(history: _History, exchange: CapturedExchange, call: WireCall) -> _Found:
    customer = history.customers.setdefault(call.customer or "", _CustomerHistory())
    if call.method == _SET:
        is_refused = isinstance(call.result, dict) and "error" in call.result
        if customer.refused and is_refused:
            yield (
                "result.error ignored",
                f"sets again after the refusal in {customer.refused}; delete first",
            )
        customer.refused = exchange.location if is_refused else ""
    elif call.method == _DELETE:
        customer.refused = ""
    elif call.method == _MAKE and customer.refused:
        if not call.params.get("simpleCallBackFollowmeStruct"):
            message = (
                f"calls although the set in {customer.refused} was refused; read result.error, "
                "delete, and set again"
            )
            yield "result.error ignored", message
        customer.refused = ""


def _early_info(history: _History, exchange: CapturedExchange, call: WireCall) -> _Found:
    result = call.result if isinstance(call.result, dict) else {}
    if call.method == _MAKE and "callBackCall_id" in result:
        history.started[str(result["callBackCall_id"])] = exchange.at
    if call.method != _INFO or not call.error:
        return
    started = history.started.pop(str(call.params.get("callBackCall_id")), None)
    if started is None or _ENDED.match(str(call.error.get("data"))):
        return
    seconds = exchange.at - started
    if seconds < EARLIEST_INFO_SECONDS:
        message = (
            f"asks {seconds:.1f} s after the call was made, and it is an error until the call "
            f"is over; ask every {EARLIEST_INFO_SECONDS:g} s"
        )
        yield "info asked too early", message


def _repeated_set(history: _History, exchange: CapturedExchange, call: WireCall) -> _Found:
    customer = history.customers.setdefault(call.customer or "", _CustomerHistory())
    if call.method == _SET:
        if customer.lost is not None and customer.lost[1] == call.params:
            yield (
                "set repeated after a lost answer",
                f"sends the set of {customer.lost[0]} again; it may have been stored: get first",
            )
        is_lost = call.answer is None and "id" in call.raw
        customer.lost = (exchange.location, call.params) if is_lost else None
    elif call.method in (_GET, _DELETE):
        customer.lost = None


def _numbers_as_numbers(_history: _History, _exchange: CapturedExchange, call: WireCall) -> _Found:
    values = [(name, call.params.get(name)) for name in _NUMBERS]
    values += [(path, element.get("redirect_number")) for path, element in _elements(call)]
    for name, value in values:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield "number as a JSON number", f"{name} is a number; send telephone numbers as texts"


def _short_timeouts(_history: _History, _exchange: CapturedExchange, call: WireCall) -> _Found:
    for path, element in _elements(call):
        timeout = element.get("timeout")
        if isinstance(timeout, int | float) and 0 < timeout < ADVISED_TIMEOUT_SECONDS:
            yield (
                "short timeout",
                f"{path}.timeout is {timeout:g} s; MTT advises {ADVISED_TIMEOUT_SECONDS} or more",
            )


def _cyrillic_sides(_history: _History, _exchange: CapturedExchange, call: WireCall) -> _Found:
    for path, element in _elements(call):
        if element.get("side") in ("\u0410", "\u0412"):
            yield "Cyrillic side", f"{path}.side is a Cyrillic letter; write a Latin A or B"


def _elements(call: WireCall) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ("callBackFollowmeStruct", "simpleCallBackFollowmeStruct"):
        struct = call.params.get(name)
        for index, element in enumerate(struct if isinstance(struct, list) else ()):
            if isinstance(element, dict):
                yield f"{name}[{index}]", element


_Rule = Callable[[_History, CapturedExchange, WireCall], _Found]
_RULES: tuple[_Rule, ...] = (
    _ignored_refusal,
    _early_info,
    _repeated_set,
    _numbers_as_numbers,
    _short_timeouts,
    _cyrillic_sides,
)

"""Infers from a tape the structure of each customer before the recording."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mtt_mock.conformance.recording.endings import INFO_STRUCT
from mtt_mock.conformance.recording.wire_calls import WireCall

_NOT_CLEAR = re.compile(r"Side ([AB]) not clear")
_UNKNOWN_NUMBER = "70000000000"
_ELEMENTS: dict[str, dict[str, Any]] = {
    "A": {"type": "Ringall", "redirect_number": _UNKNOWN_NUMBER},
    "B": {"type": "text", "value": "set before the recording", "side": "B"},
}
_TEXT_ON_A = {"type": "text", "value": "set before the recording", "side": "A"}
_DELETE, _GET, _SET = "deleteCallBackFollowme", "getCallBackFollowme", "setCallBackFollowme"
_INFO, _MAKE = "getCallBackFollowmeCallInfo", "makeCallBackCallFollowme"


@dataclass(slots=True)
class _Customer:
    """What the tape has shown of a customer; ``params`` is the first structure."""

    params: dict[str, Any] = field(default_factory=dict)
    added: int = 0  # elements that the tape's sets added since
    added_names: set[str] = field(default_factory=set)
    settled: bool = False  # nothing later on the tape can show more
    lacks_number: bool = False  # the structure has no number on side A


def initial_structures(calls: Iterable[WireCall]) -> dict[str, dict[str, Any]]:
    """Return the params of the set that creates each customer's structure before the recording.

    Exact where the tape shows it with a get. Where only a refusal or a call proves that something
    was set, an element of that side stands for it.
    """
    customers: dict[str, _Customer] = {}
    calls = list(calls)
    for call in calls:
        if call.customer is None:
            continue
        customer = customers.setdefault(call.customer, _Customer())
        if call.answer is None:
            # A notification is answered only when it fails, so this get found a structure.
            if call.method == _GET and not (customer.settled or customer.added or customer.params):
                _assume(customer, "B")
            continue
        if not customer.settled:
            _observe(customer, call, calls)
    for customer in customers.values():
        if customer.lacks_number and not customer.params:
            _assume(customer, "B")
    return {name: customer.params for name, customer in customers.items() if customer.params}


def _observe(customer: _Customer, call: WireCall, calls: list[WireCall]) -> None:
    result = call.result if isinstance(call.result, dict) else {}
    if call.method == _GET:
        struct = result.get("callBackFollowmeStruct")
        if isinstance(struct, list):
            names = {"caller_id", "defaultBNumber"} - customer.added_names
            shown = {name: result[name] for name in names if result.get(name)}
            before = struct[: len(struct) - customer.added]
            customer.params = {"callBackFollowmeStruct": before, **shown}
        customer.settled = True
    elif call.method == _DELETE and call.succeeded:
        customer.settled = True
    elif call.method == _SET:
        refused = _NOT_CLEAR.match(str(result.get("error_description")))
        if refused and not customer.added:
            _assume(customer, refused[1])
        elif call.succeeded:
            given = call.params.get("callBackFollowmeStruct")
            struct = given if isinstance(given, list) else []
            if customer.lacks_number and not customer.added:
                # The set was accepted, so the other side is the one that held elements.
                _assume(customer, "A" if _sides(struct) == {"B"} else "B")
            customer.added += len(struct)
            customer.added_names |= {
                name for name in ("caller_id", "defaultBNumber") if call.params.get(name)
            }
    elif call.method == _MAKE and call.succeeded:
        _observe_call(customer, call, calls)
    elif call.method == _MAKE and not call.params.get("simpleCallBackFollowmeStruct"):
        _observe_refused_call(customer, call)


def _observe_call(customer: _Customer, call: WireCall, calls: list[WireCall]) -> None:
    """Learn from a call that used more than the tape has set."""
    call_id = str(call.result.get("callBackCall_id")) if isinstance(call.result, dict) else ""
    info: dict[str, Any] = next(
        (
            other.result[INFO_STRUCT]
            for other in calls
            if other.method == _INFO
            and str(other.params.get("callBackCall_id")) == call_id
            and isinstance(other.result, dict)
            and isinstance(other.result.get(INFO_STRUCT), dict)
        ),
        {},
    )
    if not call.params.get("simpleCallBackFollowmeStruct") and not customer.added:
        _assume(customer, "A", str(info.get("destination_A") or _UNKNOWN_NUMBER))
    needed = {
        "defaultBNumber": ("b_number", str(info.get("destination_B") or _UNKNOWN_NUMBER)),
        "caller_id": ("caller_id", _UNKNOWN_NUMBER),
    }
    for name, (param, value) in needed.items():
        if not call.params.get(param) and name not in customer.added_names:
            customer.params.setdefault("callBackFollowmeStruct", [])
            customer.params.setdefault(name, value)


def _observe_refused_call(customer: _Customer, call: WireCall) -> None:
    """Learn from the reason of a refusal that a structure stood."""
    reason = call.error.get("data")
    if customer.added:
        return
    if reason in ("B number not set", "caller_id not set"):
        _assume(customer, "A")
        if reason == "caller_id not set" and not call.params.get("b_number"):
            customer.params.setdefault("defaultBNumber", _UNKNOWN_NUMBER)
    elif reason == "Side A has no number to call":
        customer.lacks_number = True


def _assume(customer: _Customer, side: str, number: str = _UNKNOWN_NUMBER) -> None:
    struct = customer.params.setdefault("callBackFollowmeStruct", [])
    if side not in _sides(struct):
        lacks_number = side == "A" and customer.lacks_number
        struct.append(dict(_TEXT_ON_A if lacks_number else _ELEMENTS[side]))
    for element in struct:
        if element.get("redirect_number") == _UNKNOWN_NUMBER:
            element["redirect_number"] = number


def _sides(struct: list[Any]) -> set[str]:
    """Return the sides that have elements."""
    elements = [element for element in struct if isinstance(element, dict)]
    return {"B" if element.get("side") == "B" else "A" for element in elements}

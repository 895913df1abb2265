"""Infers from a tape the structure of each customer before the recording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mtt_mock.conformance.recording.endings import INFO_STRUCT
from mtt_mock.conformance.recording.wire_calls import WireCall
from mtt_mock.service.profile import Profile

_UNKNOWN_NUMBER = "70000000000"
_ELEMENTS: dict[str, dict[str, Any]] = {
    "A": {"type": "Ringall", "redirect_number": _UNKNOWN_NUMBER},
    "B": {"type": "text", "value": "set before the recording", "side": "B"},
}
_SIDE_B = ("B", "\u0412")  # the second is Cyrillic, which a profile may accept
_TEXT_ON_A = {"type": "text", "value": "set before the recording", "side": "A"}
_DELETE, _GET, _SET = "deleteCallBackFollowme", "getCallBackFollowme", "setCallBackFollowme"
_INFO, _MAKE = "getCallBackFollowmeCallInfo", "makeCallBackCallFollowme"


@dataclass(slots=True)
class _Customer:
    """The state of a customer as the tape shows it; ``params`` is the first structure."""

    params: dict[str, Any] = field(default_factory=dict)
    added: int = 0  # elements that the tape's sets added since
    added_sides: set[str] = field(default_factory=set)
    added_names: set[str] = field(default_factory=set)
    settled: bool = False  # later calls show nothing more
    lacks_number: bool = False  # the structure has no number on side A
    unanswered_number: bool = False  # a set with a number on side A was not answered


def initial_structures(calls: Iterable[WireCall], profile: Profile) -> dict[str, dict[str, Any]]:
    """Return the params of the set that creates each customer's structure before the recording.

    It is exact if a get on the tape shows it. If only a refusal or a call proves that something was
    set, it has a made-up element of that side. ``profile`` has the texts of the refusals.
    """
    customers: dict[str, _Customer] = {}
    calls = list(calls)
    for call in calls:
        if call.customer is None:
            continue
        customer = customers.setdefault(call.customer, _Customer())
        if call.answer is None or _is_of_another(call, profile):
            _observe_unanswered(customer, call)
        elif not customer.settled:
            _observe(customer, call, calls, profile)
    for customer in customers.values():
        if customer.lacks_number:
            _replace_numbers(customer)
    return {name: customer.params for name, customer in customers.items() if customer.params}


def _observe(customer: _Customer, call: WireCall, calls: list[WireCall], profile: Profile) -> None:
    if call.method == _GET:
        _observe_get(customer, call, profile)
    elif call.method == _SET:
        _observe_set(customer, call, profile)
    elif call.method == _DELETE:
        customer.settled |= call.succeeded
    elif call.method == _MAKE and call.succeeded:
        _observe_call(customer, call, calls)
    elif call.method == _MAKE and not call.params.get("simpleCallBackFollowmeStruct"):
        _observe_refused_call(customer, call, profile)


def _observe_unanswered(customer: _Customer, call: WireCall) -> None:
    # A notification is answered only when it fails, so a get without an answer found a structure.
    if call.method == _GET and not (customer.settled or customer.added or customer.params):
        _assume(customer, "B")
    elif call.method == _SET:
        customer.unanswered_number |= _has_number(call)


def _replace_numbers(customer: _Customer) -> None:
    """Replace an assumed number on side A by a text."""
    if not customer.params:
        _assume(customer, "B")
        return
    struct = customer.params["callBackFollowmeStruct"]
    struct[:] = [dict(_TEXT_ON_A) if element == _ELEMENTS["A"] else element for element in struct]


def _observe_get(customer: _Customer, call: WireCall, profile: Profile) -> None:
    """Infer from a structure what was stored before the tape's sets."""
    customer.settled = True
    result = call.result if isinstance(call.result, dict) else {}
    struct = result.get("callBackFollowmeStruct")
    if isinstance(struct, list):
        # Those of a set on the tape, unless the profile keeps earlier ones.
        added = customer.added_names if profile["set.join"] == "replace" else set()
        names = {"caller_id", "defaultBNumber"} - added
        shown = {name: result[name] for name in names if result.get(name)}
        before = struct[: len(struct) - customer.added]
        customer.params = {"callBackFollowmeStruct": before, **shown}


def _observe_set(customer: _Customer, call: WireCall, profile: Profile) -> None:
    """Infer from the refusal of a set, or count the elements that it added."""
    refused = _side_not_clear(call.result if isinstance(call.result, dict) else {}, profile)
    if refused and refused not in customer.added_sides:
        _assume(customer, refused)
    elif call.succeeded:
        given = call.params.get("callBackFollowmeStruct")
        struct = given if isinstance(given, list) else []
        if customer.lacks_number and not customer.added:
            # The set was accepted, so the other side held the elements.
            _assume(customer, "A" if _sides(struct) == {"B"} else "B")
        customer.added += len(struct)
        customer.added_sides |= _sides(struct)
        customer.added_names |= {
            name for name in ("caller_id", "defaultBNumber") if call.params.get(name)
        }


def _observe_call(customer: _Customer, call: WireCall, calls: list[WireCall]) -> None:
    """Infer from a call that used more than the tape's sets."""
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


def _observe_refused_call(customer: _Customer, call: WireCall, profile: Profile) -> None:
    """Infer from the reason of a refusal that a structure was stored."""
    facts = {
        profile.error(fact).data: fact
        for fact in ("call.b_number.none", "call.caller_id.none", "call.struct.no_number")
    }
    fact = facts.get(call.error.get("data"))
    if customer.added or fact is None:
        return
    if fact == "call.struct.no_number":
        customer.lacks_number = True
        if customer.unanswered_number:  # so the set was refused
            _assume(customer, "A")
        return
    _assume(customer, "A")
    if fact == "call.caller_id.none" and not call.params.get("b_number"):
        customer.params.setdefault("defaultBNumber", _UNKNOWN_NUMBER)


def _side_not_clear(result: dict[str, Any], profile: Profile) -> str | None:
    """Return the side that a refused set found with elements."""
    if "error" not in result:
        return None
    facts = {"set.conflict": "A", "set.conflict.side_b": "B"}
    return next((side for fact, side in facts.items() if result == profile[fact]), None)


def _assume(customer: _Customer, side: str, number: str = _UNKNOWN_NUMBER) -> None:
    struct = customer.params.setdefault("callBackFollowmeStruct", [])
    if side not in _sides(struct):
        lacks_number = side == "A" and customer.lacks_number
        struct.append(dict(_TEXT_ON_A if lacks_number else _ELEMENTS[side]))
    for element in struct:
        if element.get("redirect_number") == _UNKNOWN_NUMBER:
            element["redirect_number"] = number


def _is_of_another(call: WireCall, profile: Profile) -> bool:
    """Return whether a get's error answers another notification of the batch: both have no id."""
    return (
        call.method == _GET
        and call.raw.get("id") is None
        and bool(call.error)
        and call.error.get("data") != profile.error("get.nothing").data
    )


def _has_number(call: WireCall) -> bool:
    struct = call.params.get("callBackFollowmeStruct")
    elements = struct if isinstance(struct, list) else []
    return any(isinstance(element, dict) and "redirect_number" in element for element in elements)


def _sides(struct: list[Any]) -> set[str]:
    """Return the sides that have elements; a number belongs to side A."""
    elements = [element for element in struct if isinstance(element, dict)]
    return {
        "B" if "redirect_number" not in element and element.get("side") in _SIDE_B else "A"
        for element in elements
    }

"""The state that a method found, for a test that repeats the call: a preset, or a call."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from mtt_mock.domain.calls import Call, Order
from mtt_mock.domain.followme import EMPTY_FOLLOWME, Followme


class PriorCall(Struct, frozen=True):
    """The call that getCallBackFollowmeCallInfo asks about, and whether it was over."""

    call: Call
    is_ended: bool


def prior_to_dict(prior: Followme | PriorCall | dict[str, Any] | None) -> dict[str, Any]:
    """Return the state as JSON values.

    These are ``preset``, or ``call`` (params of an equal call) and ``is_ended``. Empty for ``None``
    and for an empty preset.
    """
    if isinstance(prior, PriorCall):
        return {"call": _make_params(prior.call.order), "is_ended": prior.is_ended}
    if not isinstance(prior, Followme):
        return prior or {}
    if prior == EMPTY_FOLLOWME:
        return {}
    numbers = {"caller_id": prior.caller_id, "defaultBNumber": prior.default_b_number}
    elements = [element.fields for element in prior.elements]
    preset: dict[str, Any] = {"callBackFollowmeStruct": elements} if elements else {}
    return {"preset": preset | {name: number for name, number in numbers.items() if number}}


def _make_params(order: Order) -> dict[str, Any]:
    """Return the params that start an equal call without a preset, and without events."""
    return {
        "customer_name": order.customer,
        "simpleCallBackFollowmeStruct": [element.fields for element in order.elements],
        "b_number": order.b_number,
        "caller_id": order.caller_id,
        "direction": int(order.first == "B"),
        "duration": (order.duration or 0) // 1000,
        "recordEnable": int(order.recorded),
        "callDescription": order.description,
    }

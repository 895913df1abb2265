"""The state that a method found: the preset, or the call that it asks about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mtt_mock.domain.calls import Call, Order
from mtt_mock.domain.followme import EMPTY_FOLLOWME, Followme


@dataclass(slots=True)
class PriorState:
    """The state that a method found, for a test that repeats the call.

    Attributes:
        followme: The preset.
        call: The call that getCallBackFollowmeCallInfo asks about.
        is_ended: Whether the call was over.
    """

    followme: Followme | None = None
    call: Call | None = None
    is_ended: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values: ``preset``, or ``call`` (params of an equal call)."""
        if self.call is not None:
            return {"call": _make_params(self.call.order), "is_ended": self.is_ended}
        followme = self.followme
        if followme is None or followme == EMPTY_FOLLOWME:
            return {}
        numbers = {"caller_id": followme.caller_id, "defaultBNumber": followme.default_b_number}
        elements = [element.fields for element in followme.elements]
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

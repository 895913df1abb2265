"""Snapshot codec: presets, calls and faults as the JSON values of a snapshot file.

Wire fields have MTT's names. Times are seconds, with milliseconds as decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtt_mock.domain.calls import Call, CallPlan, Leg, Order, TimelineEvent
from mtt_mock.domain.faults import ActiveFault
from mtt_mock.domain.followme import Followme
from mtt_mock.service.methods.followme import parse_elements

PRESET_FIELDS = ("callBackFollowmeStruct", "caller_id", "defaultBNumber")


def followme_to_dict(followme: Followme) -> dict[str, Any]:
    """Return a preset as JSON values, without empty fields."""
    return without_empty(
        {
            "callBackFollowmeStruct": [element.fields for element in followme.elements],
            "caller_id": followme.caller_id,
            "defaultBNumber": followme.default_b_number,
        }
    )


def followme_from_dict(values: Mapping[str, Any]) -> Followme:
    """Return the preset in ``values``."""
    return Followme(
        tuple(parse_elements(values.get("callBackFollowmeStruct", []))),
        values.get("caller_id") or None,
        values.get("defaultBNumber") or None,
    )


def call_to_dict(call: Call) -> dict[str, Any]:
    """Return a call with its order and plan as JSON values."""
    return {
        "callBackCall_id": call.id,
        "customer_name": call.order.customer,
        "started": to_seconds(call.started),
        "order": _order_to_dict(call.order),
        "plan": _plan_to_dict(call.plan),
    }


def call_from_dict(values: Mapping[str, Any]) -> Call:
    """Return the call in ``values``. Raises ``ValueError`` for an inconsistent plan."""
    return Call(
        values["callBackCall_id"],
        to_milliseconds(values["started"]),
        _order_from_dict(values["customer_name"], values["order"]),
        _plan_from_dict(values["plan"]),
    )


def fault_to_dict(active: ActiveFault) -> dict[str, Any]:
    """Return a fault and its counters as JSON values."""
    return {
        "fault": str(active.fault),
        "enabled": active.enabled,
        "seen": active.seen,
        "triggered": active.triggered,
    }


def without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values`` without ``None`` and empty values."""
    return {name: value for name, value in values.items() if value or value is False}


def to_seconds(milliseconds: int) -> float:
    """Return seconds, a whole number without decimals."""
    return without_decimals(milliseconds / 1000)


def to_milliseconds(seconds: float) -> int:
    """Return whole milliseconds."""
    return round(seconds * 1000)


def without_decimals(number: float) -> float:
    """Return a whole number as ``int``."""
    return int(number) if number == int(number) else number


def _order_to_dict(order: Order) -> dict[str, Any]:
    optional = {
        "callBackURL": order.callback_url,
        "client_caller_id": order.client_caller_id,
        "callDescription": order.description,
    }
    return {
        "simpleCallBackFollowmeStruct": [element.fields for element in order.elements],
        "b_number": order.b_number,
        "caller_id": order.caller_id,
        "direction": 1 if order.first == "B" else 0,
        "duration": (order.duration or 0) // 1000,
        "recordEnable": int(order.recorded),
        **without_empty(optional),
    }


def _order_from_dict(customer: str, values: Mapping[str, Any]) -> Order:
    return Order(
        customer=customer,
        elements=tuple(parse_elements(values["simpleCallBackFollowmeStruct"])),
        b_number=values["b_number"],
        caller_id=values["caller_id"],
        first="B" if values.get("direction", 0) else "A",
        duration=int(values.get("duration", 0)) * 1000 or None,
        recorded=bool(values.get("recordEnable", 1)),
        callback_url=values.get("callBackURL") or None,
        client_caller_id=values.get("client_caller_id") or None,
        description=values.get("callDescription") or "",
    )


def _plan_to_dict(plan: CallPlan) -> dict[str, Any]:
    legs = {}
    for side, leg in sorted(plan.legs.items()):
        times = {"rung": leg.rung, "answered": leg.answered, "ended": leg.ended}
        legs[side] = {"number": leg.number, **_times_to_dict(times)}
    values: dict[str, Any] = {
        "timeline": [
            {"at": to_seconds(at), "kind": kind, **without_empty({"side": side, "detail": detail})}
            for at, kind, side, detail in plan.timeline
        ],
        "legs": legs,
        **_times_to_dict({"ended": plan.ended, "joined": plan.joined}),
    }
    if plan.failure is not None:
        reason, side = plan.failure
        values["failure"] = {"reason": reason, "side": side}
    return values


def _plan_from_dict(values: Mapping[str, Any]) -> CallPlan:
    failure = values.get("failure")
    if ("joined" in values) == (failure is not None):
        raise ValueError("plan must have one of joined and failure")
    timeline = tuple(
        TimelineEvent(
            to_milliseconds(event["at"]), event["kind"], event.get("side"), event.get("detail", "")
        )
        for event in values["timeline"]
    )
    ended = to_milliseconds(values["ended"])
    if any(event.at > ended for event in timeline):
        raise ValueError("plan.ended must not be before an event of the timeline")
    return CallPlan(
        timeline,
        {side: _leg_from_dict(leg, side) for side, leg in values["legs"].items()},
        ended,
        to_milliseconds(values["joined"]) if "joined" in values else None,
        None if failure is None else (failure["reason"], failure["side"]),
    )


def _leg_from_dict(values: Mapping[str, Any], side: str) -> Leg:
    names = ("rung", "answered", "ended")
    times = [to_milliseconds(values[name]) for name in names if name in values]
    if times != sorted(times) or ("ended" in values and "answered" not in values):
        raise ValueError(f"plan.legs.{side} must have rung, answered and ended in this order")
    return Leg(values["number"], *times)


def _times_to_dict(values: dict[str, int | None]) -> dict[str, Any]:
    return {name: to_seconds(value) for name, value in values.items() if value is not None}

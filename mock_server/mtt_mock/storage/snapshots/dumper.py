"""A snapshot as JSON: equal state gives equal bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from mtt_mock.domain.calls import CallPlan, Order
from mtt_mock.domain.clock import speed_text
from mtt_mock.domain.faults import ActiveFault
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.snapshot import SavedCall, SavedCustomer, Snapshot
from mtt_mock.domain.subscribers import Subscriber, is_pattern, subscriber_to_dict
from mtt_mock.storage.snapshots.schema import VERSION


def snapshot_to_dict(snapshot: Snapshot) -> dict[str, Any]:
    """Return ``snapshot`` as JSON values; what it says nothing of, or is empty, is left out."""
    customers = [_customer(each) for each in snapshot.customers]
    values: dict[str, Any] = {
        "customers": [each for each in customers if len(each) > 1],
        "subscribers": _subscribers(snapshot.subscribers),
        "faults": [_fault(each) for each in snapshot.faults],
        "calls": [_call(each) for each in snapshot.calls],
        "calls_made": snapshot.calls_made,
    }
    if snapshot.clock is not None:
        speed, now = snapshot.clock
        values["clock"] = {"pace": speed_text(speed), "now": _seconds(now)}
    return {"mtt_mock": "state", "version": VERSION, **_given(values)}


def dump_json(values: dict[str, Any]) -> bytes:
    """Return JSON ``values`` as a file that a person can read, and compare with another."""
    return (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()


def _customer(customer: SavedCustomer) -> dict[str, Any]:
    balance = customer.balance
    values = {
        **_preset(customer.followme or Followme()),
        "balance": None if balance is None else f"{balance:f}",
        "prompts": [_prompt(each) for each in customer.prompts or ()],
    }
    return {"customer_name": customer.name, **_given(values)}


def _preset(followme: Followme) -> dict[str, Any]:
    return {
        "callBackFollowmeStruct": [each.fields for each in followme.elements],
        "caller_id": followme.caller_id,
        "defaultBNumber": followme.default_b_number,
    }


def _prompt(prompt: Prompt) -> dict[str, Any]:
    content = base64.b64encode(prompt.content).decode("ascii")
    return {"file_name": prompt.name, "content": content}


def _subscribers(subscribers: Sequence[tuple[str, Subscriber]]) -> list[dict[str, Any]]:
    # Which number was set first makes no difference; which pattern, does.
    in_order = sorted(
        subscribers, key=lambda each: (1, "") if is_pattern(each[0]) else (0, each[0])
    )
    return [
        {
            "number": number,
            **{
                name: _whole(value) if isinstance(value, float) else value
                for name, value in subscriber_to_dict(subscriber).items()
            },
        }
        for number, subscriber in in_order
    ]


def _fault(active: ActiveFault) -> Any:
    text = str(active.fault)
    if active.enabled and not active.seen and not active.triggered:
        return text
    return {
        "fault": text,
        "enabled": active.enabled,
        "seen": active.seen,
        "triggered": active.triggered,
    }


def _call(saved: SavedCall) -> dict[str, Any]:
    call = saved.call
    return {
        "callBackCall_id": call.id,
        "customer_name": call.order.customer,
        "started": _seconds(call.started),
        "order": _order(call.order),
        "plan": _course(call.plan),
        "pending_steps": list(saved.pending_steps),
        **({} if saved.retained else {"retained": False}),
    }


def _order(order: Order) -> dict[str, Any]:
    optional = {
        "callBackURL": order.callback_url,
        "client_caller_id": order.client_caller_id,
        "callDescription": order.description,
    }
    return {
        "simpleCallBackFollowmeStruct": [each.fields for each in order.elements],
        "b_number": order.b_number,
        "caller_id": order.caller_id,
        "direction": 1 if order.first == "B" else 0,
        "duration": (order.duration or 0) // 1000,
        "recordEnable": int(order.recorded),
        **_given(optional),
    }


def _course(plan: CallPlan) -> dict[str, Any]:
    timeline = [
        {"at": _seconds(at), "kind": kind, **_given({"side": side, "detail": detail})}
        for at, kind, side, detail in plan.timeline
    ]
    legs = {}
    for side, leg in sorted(plan.legs.items()):
        times = {"rung": leg.rung, "answered": leg.answered, "ended": leg.ended}
        legs[side] = {"number": leg.number, **_times(times)}
    values: dict[str, Any] = {
        "timeline": timeline,
        "legs": legs,
        **_times({"ended": plan.ended, "joined": plan.joined}),
    }
    if plan.failure is not None:
        reason, side = plan.failure
        values["failure"] = {"reason": reason, "side": side}
    return values


def _times(values: dict[str, int | None]) -> dict[str, Any]:
    return {name: _seconds(value) for name, value in values.items() if value is not None}


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Return what is neither ``None`` nor empty."""
    return {name: value for name, value in values.items() if value or value is False}


def _seconds(milliseconds: int) -> float:
    return _whole(milliseconds / 1000)


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number

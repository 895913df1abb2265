"""Presets, calls and faults as JSON values and back: what databases and snapshots hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mtt_mock.domain.calls import Call, CallPlan, Leg, Order, TimelineEvent
from mtt_mock.domain.faults import ActiveFault, Faults, parse_fault
from mtt_mock.domain.followme import Element, Followme


def followme_to_dict(followme: Followme) -> dict[str, Any]:
    """Return what ``followme_from_dict`` reads."""
    return {
        "elements": _elements_values(followme.elements),
        "caller_id": followme.caller_id,
        "default_b_number": followme.default_b_number,
    }


def followme_from_dict(values: Mapping[str, Any]) -> Followme:
    """Return the preset that ``values`` say. Raises ``KeyError`` or ``TypeError`` for others."""
    return Followme(
        _elements_of(values["elements"]), values["caller_id"], values["default_b_number"]
    )


def call_to_dict(call: Call) -> dict[str, Any]:
    """Return what ``call_from_dict`` reads: a call with all that was ordered and will happen."""
    order, plan = call.order, call.plan
    return {
        "id": call.id,
        "started": call.started,
        "order": {
            "customer": order.customer,
            "elements": _elements_values(order.elements),
            "b_number": order.b_number,
            "caller_id": order.caller_id,
            "first": order.first,
            "duration": order.duration,
            "recorded": order.recorded,
            "callback_url": order.callback_url,
            "client_caller_id": order.client_caller_id,
            "description": order.description,
        },
        "plan": {
            "timeline": [list(each) for each in plan.timeline],
            "legs": {
                side: [leg.number, leg.rung, leg.answered, leg.ended]
                for side, leg in plan.legs.items()
            },
            "ended": plan.ended,
            "joined": plan.joined,
            "failure": None if plan.failure is None else list(plan.failure),
        },
    }


def call_from_dict(values: Mapping[str, Any]) -> Call:
    """Return the call that ``values`` say. Raises ``KeyError`` or ``TypeError`` for others."""
    order, plan = values["order"], values["plan"]
    failure = plan["failure"]
    return Call(
        values["id"],
        values["started"],
        Order(**order | {"elements": _elements_of(order["elements"])}),
        CallPlan(
            tuple(TimelineEvent(*each) for each in plan["timeline"]),
            {side: Leg(*leg) for side, leg in plan["legs"].items()},
            plan["ended"],
            plan["joined"],
            None if failure is None else (failure[0], failure[1]),
        ),
    )


def faults_to_dict(faults: Faults) -> dict[str, Any]:
    """Return what ``faults_from_dict`` reads."""
    return {
        "made": faults.made,
        "active": [
            {
                "id": one.id,
                "fault": str(one.fault),
                "enabled": one.enabled,
                "seen": one.seen,
                "triggered": one.triggered,
            }
            for one in faults.active
        ],
    }


def faults_from_dict(values: Mapping[str, Any]) -> Faults:
    """Return the faults that ``values`` say, with their counters. Raises ``ValueError``."""
    return Faults(
        tuple(
            ActiveFault(
                one["id"], parse_fault(one["fault"]), one["enabled"], one["seen"], one["triggered"]
            )
            for one in values["active"]
        ),
        values["made"],
    )


def _elements_values(elements: Sequence[Element]) -> list[dict[str, Any]]:
    return [{"kind": each.kind, "side": each.side, "fields": each.fields} for each in elements]


def _elements_of(values: Sequence[Mapping[str, Any]]) -> tuple[Element, ...]:
    return tuple(Element(each["kind"], each["side"], each["fields"]) for each in values)

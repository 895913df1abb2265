"""Presets, calls and faults as JSON values and back: what databases and snapshots hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mtt_mock.domain.calls import Call, Course, Happening, Leg, Order
from mtt_mock.domain.faults import Faults, Standing, parse_fault
from mtt_mock.domain.followme import Element, Followme


def followme_values(followme: Followme) -> dict[str, Any]:
    """Return what ``followme_of`` reads."""
    return {
        "elements": _elements_values(followme.elements),
        "caller_id": followme.caller_id,
        "default_b_number": followme.default_b_number,
    }


def followme_of(values: Mapping[str, Any]) -> Followme:
    """Return the preset that ``values`` say. Raises ``KeyError`` or ``TypeError`` for others."""
    return Followme(
        _elements_of(values["elements"]), values["caller_id"], values["default_b_number"]
    )


def call_values(call: Call) -> dict[str, Any]:
    """Return what ``call_of`` reads: a call with all that was ordered and will happen."""
    order, course = call.order, call.course
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
        "course": {
            "happenings": [list(each) for each in course.happenings],
            "legs": {
                side: [leg.number, leg.rung, leg.answered, leg.ended]
                for side, leg in course.legs.items()
            },
            "ended": course.ended,
            "joined": course.joined,
            "failure": None if course.failure is None else list(course.failure),
        },
    }


def call_of(values: Mapping[str, Any]) -> Call:
    """Return the call that ``values`` say. Raises ``KeyError`` or ``TypeError`` for others."""
    order, course = values["order"], values["course"]
    failure = course["failure"]
    return Call(
        values["id"],
        values["started"],
        Order(**order | {"elements": _elements_of(order["elements"])}),
        Course(
            tuple(Happening(*each) for each in course["happenings"]),
            {side: Leg(*leg) for side, leg in course["legs"].items()},
            course["ended"],
            course["joined"],
            None if failure is None else (failure[0], failure[1]),
        ),
    )


def faults_values(faults: Faults) -> dict[str, Any]:
    """Return what ``faults_of`` reads."""
    return {
        "made": faults.made,
        "standing": [
            {
                "id": one.id,
                "fault": str(one.fault),
                "enabled": one.enabled,
                "seen": one.seen,
                "struck": one.struck,
            }
            for one in faults.standing
        ],
    }


def faults_of(values: Mapping[str, Any]) -> Faults:
    """Return the faults that ``values`` say, with their counters. Raises ``ValueError``."""
    return Faults(
        tuple(
            Standing(
                one["id"], parse_fault(one["fault"]), one["enabled"], one["seen"], one["struck"]
            )
            for one in values["standing"]
        ),
        values["made"],
    )


def _elements_values(elements: Sequence[Element]) -> list[dict[str, Any]]:
    return [{"kind": each.kind, "side": each.side, "fields": each.fields} for each in elements]


def _elements_of(values: Sequence[Mapping[str, Any]]) -> tuple[Element, ...]:
    return tuple(Element(each["kind"], each["side"], each["fields"]) for each in values)

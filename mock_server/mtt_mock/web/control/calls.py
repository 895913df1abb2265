"""Calls and their events over the control API."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

from flask import request

from mtt_mock.domain.calls import Call
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.fake import Fake
from mtt_mock.service.journal.serialization import delivery_to_dict
from mtt_mock.web.control.http import QUERY_NUMBER, ApiError, Routes, query_int, version_of

_CALLS: dict[str, dict[str, Any]] = {"limit": QUERY_NUMBER, "id": {"type": "string"}}

routes = Routes()


@routes.add(
    "GET", "/calls", "The calls, or the one with `id`, each up to now",
    response="Calls", query=_CALLS, version=version_of("calls", has_time=True),
)  # fmt: skip
def calls(fake: Fake) -> Any:
    stored = fake.store.calls()
    call_id = request.args.get("id")
    matching = stored if call_id is None else [item for item in stored if item.id == call_id]
    newest = matching[max(len(matching) - query_int("limit", sys.maxsize), 0) :]
    now = fake.service.clock.now()
    deliveries: dict[str, list[Delivery]] = {}
    for delivery in fake.journal.deliveries:
        deliveries.setdefault(delivery.callback.call_id, []).append(delivery)
    return {
        "calls": [call_to_dict(call, now, deliveries.get(call.id, [])) for call in newest],
        "total": len(stored),
    }


@routes.add("GET", "/calls/<call_id>", "One call, up to now", response="Call", errors=(404,))
def call(fake: Fake, call_id: str) -> Any:
    stored = fake.store.call(call_id)
    if stored is None:
        raise ApiError(f"no call {call_id[:60]} is stored", HTTPStatus.NOT_FOUND)
    deliveries = [item for item in fake.journal.deliveries if item.callback.call_id == call_id]
    return call_to_dict(stored, fake.service.clock.now(), deliveries)


@routes.add("GET", "/events", "The events that were sent, and their outcome", response="Events")
def events(fake: Fake) -> Any:
    return {"events": [delivery_to_dict(delivery) for delivery in fake.journal.deliveries]}


def call_to_dict(call: Call, now: int, deliveries: list[Delivery]) -> dict[str, Any]:
    """Return a call as JSON, with its timeline up to ``now`` (milliseconds since the epoch).

    ``at`` and ``planned_end`` are seconds from the call's start; ``due`` of a delivery is seconds
    since the epoch by the fake's clock.
    """
    plan = call.plan
    outcome = "joined"
    if plan.failure is not None:
        reason, side = plan.failure
        outcome = f"{reason} on side {side}"
    return {
        "id": call.id,
        "customer": call.order.customer,
        "started": call.started / 1000,
        "state": outcome if call.is_over(now) else "running",
        "planned_end": plan.ended / 1000,
        "timeline": [
            {"at": event.at / 1000, "kind": event.kind, "side": event.side, "detail": event.detail}
            for event in plan.timeline
            if call.started + event.at <= now
        ],
        "deliveries": [
            {
                "event": delivery.callback.event,
                "due": delivery.callback.due / 1000,
                "outcome": delivery.outcome,
            }
            for delivery in deliveries
        ],
    }

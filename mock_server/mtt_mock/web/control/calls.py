"""Calls and their events over the control API."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.calls import Call
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.fake import Fake
from mtt_mock.service.journal.serialization import delivery_to_dict
from mtt_mock.web.control.http import ApiError, Route


def routes(fake: Fake) -> list[Route]:
    """Return the paths about calls and events."""

    def calls() -> Any:
        now = fake.service.clock.now()
        told: dict[str, list[Delivery]] = {}
        for delivery in fake.journal.deliveries:
            told.setdefault(delivery.callback.call_id, []).append(delivery)
        return {
            "calls": [call_to_dict(call, now, told.get(call.id, [])) for call in fake.store.calls()]
        }

    def one(call_id: str) -> Any:
        found = fake.store.call(call_id)
        if found is None:
            raise ApiError(404, f"no call {call_id[:60]} is kept")
        told = [each for each in fake.journal.deliveries if each.callback.call_id == call_id]
        return call_to_dict(found, fake.service.clock.now(), told)

    def events() -> Any:
        return {"events": [delivery_to_dict(each) for each in fake.journal.deliveries]}

    return [
        Route("GET", "/calls", calls, "The calls that are kept, as far as they have come", "Calls"),
        Route(
            "GET",
            "/calls/<call_id>",
            one,
            "One call, as far as it has come",
            "Call",
            refuses=(404,),
        ),
        Route("GET", "/events", events, "What became of the events that were sent", "Events"),
    ]


def call_to_dict(call: Call, now: int, deliveries: list[Delivery]) -> dict[str, Any]:
    """Return a call as JSON: its state at ``now`` (ms) and what has happened up to there.

    ``at`` and ``planned_end`` are seconds from the call's start; ``due`` of a delivery is in
    seconds since the epoch, by the fake's clock.
    """
    plan = call.plan
    over = call.is_over(now)
    ending = "joined"
    if plan.failure is not None:
        reason, side = plan.failure
        ending = f"{reason} on side {side}"
    return {
        "id": call.id,
        "customer": call.order.customer,
        "started": call.started / 1000,
        "state": ending if over else "running",
        "planned_end": plan.ended / 1000,
        "timeline": [
            {"at": each.at / 1000, "what": each.what, "side": each.side, "detail": each.detail}
            for each in plan.timeline
            if call.started + each.at <= now
        ],
        "deliveries": [
            {
                "event": each.callback.event,
                "due": each.callback.due / 1000,
                "outcome": each.outcome,
            }
            for each in deliveries
        ],
    }

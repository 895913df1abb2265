"""The fake's clock over the control API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mtt_mock.domain.clock import parse_speed, speed_text
from mtt_mock.service.fake import Fake
from mtt_mock.web.control.http import RefusedError, Route, sent

_TURN = {
    "oneOf": [
        {"properties": {"advance": {"type": "number", "minimum": 0}}, "required": ["advance"]},
        {"properties": {"clock": {"type": "string"}}, "required": ["clock"]},
        {"properties": {"until": {"const": "idle"}}, "required": ["until"]},
    ]
}


def routes(fake: Fake) -> list[Route]:
    """Return the paths about time."""

    def turn() -> Any:
        values = sent("advance", "clock", "until")
        switchboard = fake.service.switchboard
        if "advance" in values:
            switchboard.advance(values["advance"])
        elif "clock" in values:
            switchboard.set_speed(parse_speed(values["clock"]))
        elif values["until"] == "idle":
            switchboard.run_until_idle()
        else:
            raise RefusedError(400, 'until must be "idle"')
        return clock_values(fake)

    return [
        Route("GET", "/clock", lambda: clock_values(fake), "The fake's time and pace", "Clock"),
        Route(
            "POST",
            "/clock",
            turn,
            "Advance the clock, set its pace, or run until idle",
            "Clock",
            _TURN,
            refuses=(409,),
        ),
    ]


def clock_values(fake: Fake) -> dict[str, Any]:
    """Return the clock as JSON; times in seconds since the epoch."""
    clock = fake.service.clock
    now = clock.now()
    due = fake.store.next_due()
    return {
        "clock": speed_text(clock.speed),
        "now": now / 1000,
        "time": datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds"),
        "next_due": None if due is None else due / 1000,
    }

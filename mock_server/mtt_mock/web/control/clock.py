"""The fake's clock over the control API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mtt_mock.domain.clock import parse_speed, speed_text
from mtt_mock.service.fake import Fake
from mtt_mock.service.scheduler.scheduler import MAX_ADVANCE_SECONDS
from mtt_mock.web.control.http import ApiError, Routes, json_body, version_of
from mtt_mock.web.control.schemas import object_schema

_SPEED = {"type": "string", "pattern": "^(manual|real|[1-9][0-9]{0,4}(\\.[0-9]{1,3})?x)$"}
_CLOCK_CHANGE = {
    "oneOf": [
        object_schema(
            advance={"type": "number", "minimum": 0, "maximum": MAX_ADVANCE_SECONDS},
        ),
        object_schema(clock=_SPEED),
        object_schema(until={"const": "idle"}),
    ]
}

routes = Routes()


@routes.add(
    "GET", "/clock", "The fake's time and speed",
    response="Clock", version=version_of("calls", has_time=True),
)  # fmt: skip
def clock_to_dict(fake: Fake) -> dict[str, Any]:
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


@routes.add(
    "POST", "/clock", "Advance the clock, set its speed, or run until idle",
    response="Clock", body=_CLOCK_CHANGE, errors=(409,),
)  # fmt: skip
def change_clock(fake: Fake) -> Any:
    values = json_body("advance", "clock", "until")
    scheduler = fake.service.scheduler
    if "advance" in values:
        scheduler.advance(values["advance"])
    elif "clock" in values:
        scheduler.set_speed(parse_speed(values["clock"]))
    elif values["until"] == "idle":
        scheduler.run_until_idle()
    else:
        raise ApiError('until must be "idle"')
    return clock_to_dict(fake)

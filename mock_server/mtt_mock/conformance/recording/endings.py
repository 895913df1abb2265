"""Ends the calls of a replay as on the tape."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from mtt_mock.conformance.recording.wire_calls import WireCall
from mtt_mock.domain.call_planning import PlanContext, plan_call
from mtt_mock.domain.calls import Call
from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers, Subscriber
from mtt_mock.service.profile import Profile

INFO_STRUCT = "callBackFollowmeCallInfoStruct"
_ANSWERS, _NEVER, _BUSY = Answers(after=0, talks_for=1), NeverAnswers(), Busy(after=0)
_MARK = "B:"
_RING_TIMEOUT = 60_000  # milliseconds; no number of a replay rings so long


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a call: joined, with the numbers that answered, or failed on a side."""

    destinations: dict[str, str] | None = None
    reason: str = ""
    side: str = ""


def read_ending(call: WireCall, profile: Profile) -> Ending | None:
    """Return the ending that a getCallBackFollowmeCallInfo shows; ``None`` if it shows none."""
    info = call.result.get(INFO_STRUCT) if isinstance(call.result, dict) else None
    if isinstance(info, dict):
        return Ending({side: str(info.get(f"destination_{side}", "")) for side in "AB"})
    for reason, side, fact in (
        ("timeout", "A", "info.timeout_a"), ("timeout", "B", "info.timeout_b"),
        ("cancel", "A", "info.cancel"), ("cancel", "B", "info.cancel"),
    ):  # fmt: skip
        if call.error and call.error.get("data") in {
            profile.error(fact, side=side).data, f"Call ended by {reason} on side {side}",
        }:  # fmt: skip
            return Ending(None, reason, side)
    return None


def end_call(call: Call, ending: Ending) -> Call:
    """Return ``call`` ended now with ``ending``, as far as its numbers and rules allow."""
    # The mark separates side B from an equal number of side A.
    order = replace(call.order, b_number=_MARK + call.order.b_number)
    context = PlanContext(
        lambda number: _behaviour(number, ending), lambda _element: 0, _RING_TIMEOUT
    )
    plan = plan_call(order, context)
    legs = {
        side: replace(leg, number=leg.number.removeprefix(_MARK)) for side, leg in plan.legs.items()
    }
    plan = replace(plan, legs=legs)
    return replace(call, started=call.started - plan.ended - 1, plan=plan)


def _behaviour(number: str, ending: Ending) -> Subscriber:
    side = "B" if number.startswith(_MARK) else "A"
    number = number.removeprefix(_MARK).lstrip("+")
    if ending.destinations is not None:
        return _ANSWERS if ending.destinations[side].lstrip("+") == number else _NEVER
    if ending.side != side:
        return _ANSWERS
    return _NEVER if ending.reason == "timeout" else _BUSY

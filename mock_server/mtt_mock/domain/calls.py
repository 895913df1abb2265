"""A call: what was ordered, and its course.

The course says everything that will happen (see ``planning``); the state of a call at a moment is
its course read up to there. Times are milliseconds, in a course counted from the call's start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mtt_mock.domain.followme import Element, Side

What = Literal[
    "rings", "answers", "busy", "rejects", "unavailable", "rings_out", "dropped",
    "hears", "joined", "hangs_up", "released",
]  # fmt: skip
Reason = Literal["timeout", "cancel"]
_FIRST_ID = 1_000_000


class TimelineEvent(NamedTuple):
    """One thing that happens, ``at`` milliseconds after the call's start.

    ``detail`` is a number, or of ``hears`` the prompt's value. ``released``: the leg ends because
    the other side hung up, the call could not be joined or its duration is over.
    """

    at: int
    what: What
    side: Side | None
    detail: str


@dataclass(frozen=True, slots=True)
class Order:
    """What makeCallBackCallFollowme asked for, the preset's values filled in.

    ``first`` is the side that is called first; ``duration`` bounds the talk, in milliseconds
    (``None``: not at all).
    """

    customer: str
    elements: tuple[Element, ...]
    b_number: str
    caller_id: str
    first: Side = "A"
    duration: int | None = None
    recorded: bool = True
    callback_url: str | None = None
    client_caller_id: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a call: rung since ``rung``, until ``number`` answered; over at ``ended``.

    When nobody answered, ``number`` is the one rung last, ``answered`` and ``ended`` are ``None``.
    """

    number: str
    rung: int
    answered: int | None = None
    ended: int | None = None

    @property
    def waiting(self) -> int:
        """Milliseconds from the first ringing to the answer; 0 without one."""
        return 0 if self.answered is None else self.answered - self.rung

    @property
    def length(self) -> int:
        """Milliseconds from the answer to the end; 0 without an answer."""
        if self.answered is None or self.ended is None:
            return 0
        return self.ended - self.answered


@dataclass(frozen=True, slots=True)
class CallPlan:
    """All that happens in a call.

    ``joined`` is ``None`` when it failed: then ``failure`` says why and on which side. A side that
    was never rung has no leg.
    """

    timeline: tuple[TimelineEvent, ...]
    legs: dict[Side, Leg]
    ended: int
    joined: int | None = None
    failure: tuple[Reason, Side] | None = None

    def leg(self, side: Side) -> Leg:
        """Return the leg of ``side``; one that was never rung has no number and no length."""
        return self.legs.get(side, _NO_LEG)

    def events(self) -> Iterator[tuple[int, str, Side]]:
        """Return when which event is sent, and of which side, in order."""
        for at, what, side, _ in self.timeline:
            if side is not None:
                if what == "answers":
                    yield at, f"start_side_{side}", side
                elif what in ("hangs_up", "released"):
                    yield at, f"end_side_{side}", side


class Step(NamedTuple):
    """Something to do ``at`` milliseconds since the epoch: send ``event``, or settle the call."""

    at: int
    event: str | None = None
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was made: ``started`` is in milliseconds since the epoch."""

    id: str
    started: int
    order: Order
    plan: CallPlan

    @property
    def ended(self) -> int:
        """When it is over, in milliseconds since the epoch."""
        return self.started + self.plan.ended

    def steps(self) -> tuple[Step, ...]:
        """Return what is to be done for it and when, in order: events, and settling at the end.

        It is settled before its last events go out: who gets them may ask for info and balance.
        """
        steps = []
        if self.order.callback_url:
            steps = [Step(self.started + at, name, side) for at, name, side in self.plan.events()]
        last = [each for each in steps if each.at == self.ended]
        return (*steps[: len(steps) - len(last)], Step(self.ended), *last)

    def is_over(self, now: int) -> bool:
        """Return whether it is over at ``now``."""
        return now >= self.ended


def call_id(number: int) -> str:
    """Return the id of the call that is made as that ``number``; they count from 1."""
    return str(_FIRST_ID + number)


def call_number(call_id: str) -> int:
    """Return as which number the call of that id was made."""
    return int(call_id) - _FIRST_ID


_NO_LEG = Leg("", 0)

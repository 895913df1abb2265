"""Calls: the order, the plan, and the steps to run.

A plan holds everything that will happen in a call (see ``call_planning``). The state of a call at a
moment is its timeline up to that moment. Times are milliseconds; those in a plan are counted from
the start of the call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from mtt_mock.domain.followme import Element, Side

EventKind = Literal[
    "rings", "answers", "busy", "rejects", "unavailable", "rings_out", "dropped",
    "hears", "joined", "hangs_up", "released",
]  # fmt: skip
Reason = Literal["timeout", "cancel"]
_CALL_ID_OFFSET = 1_000_000


class TimelineEvent(NamedTuple):
    """One event of a call.

    Attributes:
        at: Milliseconds after the start of the call.
        kind: What happens. ``released`` is the end of a leg because the other side hung up, the
            call could not be joined, or its duration is over.
        side: The side it happens on; ``None`` for ``joined``.
        detail: The number; for ``hears`` the value of the prompt.
    """

    at: int
    kind: EventKind
    side: Side | None
    detail: str


class Order(Struct, frozen=True, array_like=True):
    """The params of makeCallBackCallFollowme, completed with the values of the preset.

    Attributes:
        customer: The customer_name.
        elements: The structure, in stored order.
        b_number: The number of side B.
        caller_id: The number shown to both sides.
        first: The side that is called first.
        duration: Upper bound of the talk in milliseconds; ``None`` for no bound.
        recorded: Whether the talk is recorded.
        callback_url: The callBackURL as sent; ``None`` for none.
        client_caller_id: As sent; ``None`` for none.
        description: The callDescription.
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


class Leg(Struct, frozen=True, array_like=True):
    """One side of a call.

    Attributes:
        number: The number that answered; without an answer, the one that rang last.
        rung: When ringing began.
        answered: When the number answered; ``None`` without an answer.
        ended: When the leg ended; ``None`` without an answer.
    """

    number: str
    rung: int
    answered: int | None = None
    ended: int | None = None

    @property
    def waiting(self) -> int:
        """Milliseconds from the first ringing to the answer; 0 without an answer."""
        return 0 if self.answered is None else self.answered - self.rung

    @property
    def length(self) -> int:
        """Milliseconds from the answer to the end; 0 without an answer."""
        if self.answered is None or self.ended is None:
            return 0
        return self.ended - self.answered


class CallPlan(Struct, frozen=True, array_like=True):
    """Everything that happens in a call.

    Attributes:
        timeline: The events in order.
        legs: The legs by side; a side that never rang has none.
        ended: When the call ends.
        joined: When both sides are connected; ``None`` when the call failed.
        failure: Why the call failed and on which side; ``None`` when it was joined.
    """

    timeline: tuple[TimelineEvent, ...]
    legs: dict[Side, Leg]
    ended: int
    joined: int | None = None
    failure: tuple[Reason, Side] | None = None

    def leg(self, side: Side) -> Leg:
        """Return the leg of ``side``; an empty one for a side that never rang."""
        return self.legs.get(side, _NO_LEG)

    def events(self) -> Iterator[tuple[int, str, Side]]:
        """Yield time, name and side of the events for callBackURL, in order."""
        for at, kind, side, _ in self.timeline:
            if side is not None:
                if kind == "answers":
                    yield at, f"start_side_{side}", side
                elif kind in ("hangs_up", "released"):
                    yield at, f"end_side_{side}", side


class Step(Struct, frozen=True, array_like=True):
    """One step of a running call: send ``event``, or settle the call when it is ``None``.

    ``at`` is in milliseconds since the epoch.
    """

    at: int
    event: str | None = None
    side: Side | None = None


class Call(Struct, frozen=True, array_like=True):
    """A call that was made; ``started`` is in milliseconds since the epoch."""

    id: str
    started: int
    order: Order
    plan: CallPlan

    @property
    def ended(self) -> int:
        """The end of the call, in milliseconds since the epoch."""
        return self.started + self.plan.ended

    def steps(self) -> tuple[Step, ...]:
        """Return the steps of the call in order: its events, and the settlement at its end.

        The settlement comes before the last events: their receiver may ask for info and balance.
        """
        steps = []
        if self.order.callback_url:
            steps = [Step(self.started + at, name, side) for at, name, side in self.plan.events()]
        last = [step for step in steps if step.at == self.ended]
        return (*steps[: len(steps) - len(last)], Step(self.ended), *last)

    def is_over(self, now: int) -> bool:
        """Return whether the call has ended at ``now`` (milliseconds since the epoch)."""
        return now >= self.ended


def call_id(number: int) -> str:
    """Return the callBackCall_id of the ``number``-th call, counted from 1."""
    return str(_CALL_ID_OFFSET + number)


def call_number(call_id: str) -> int:
    """Return the number of the call with that id: the inverse of ``call_id``."""
    return int(call_id) - _CALL_ID_OFFSET


_NO_LEG = Leg("", 0)

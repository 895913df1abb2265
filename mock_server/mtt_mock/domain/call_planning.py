"""How a call goes: a pure function of what was ordered and of what each number does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from mtt_mock.domain.calls import CallPlan, Leg, Order, Reason, TimelineEvent, What
from mtt_mock.domain.followme import Element, Side
from mtt_mock.domain.subscribers import Answers, Busy, Rejects, Subscriber, Unavailable

LONGEST_TALK = 3_600_000  # assumption: when nobody hangs up and no duration is given
_LONGEST_RING = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What a plan must know.

    What each number does; how long a prompt plays, and how long a number rings that has no
    timeout of its own (milliseconds).
    """

    subscriber: Callable[[str], Subscriber]
    prompt_length: Callable[[Element], int]
    ring_timeout: int


def plan_call(order: Order, world: PlanContext) -> CallPlan:
    """Return the course of a call."""
    first, second = order.first, _other(order.first)
    one = _reach(order, first, 0, world)
    if one.answer is None:
        return _failed(one, None)
    prompts = list(_prompts(order, first, world))
    ready = one.over + sum(length for _, length in prompts)
    two = _reach(order, second, ready, world)
    heard = _hearing(prompts, first, one.over)
    talks = two.answer is not None
    plan = _talk(order, one, two, heard, world) if talks else _failed(two, one, heard)
    return _left_before(plan, [each for each in (one, two) if each.answer is not None])


@dataclass(frozen=True, slots=True)
class _Reached:
    """What ringing one side came to, ``over`` being the answer or the end of all ringing."""

    side: Side
    timeline: list[TimelineEvent]
    number: str
    rung: int
    over: int
    answer: Answers | None
    reason: Reason = "timeout"

    def leg(self, ended: int | None) -> Leg:
        if self.answer is None:
            return Leg(self.number, self.rung)
        return Leg(self.number, self.rung, self.over, ended)


@dataclass(frozen=True, slots=True)
class _Try:
    """One number being rung: what becomes of it, and when, if nobody else answers before."""

    number: str
    over: int
    what: What
    answer: Answers | None


def _reach(order: Order, side: Side, start: int, world: PlanContext) -> _Reached:
    """Ring the groups of ``side`` one after another until somebody answers."""
    timeline: list[TimelineEvent] = []
    rang_out = False
    at, number = start, ""
    for group in _groups(order, side, world):
        tries = [_try(number, timeout, at, world) for number, timeout in group]
        timeline += [TimelineEvent(at, "rings", side, each.number) for each in tries]
        winner = min(
            (each for each in tries if each.answer), key=lambda each: each.over, default=None
        )
        until = winner.over if winner else max(each.over for each in tries)
        ends = [
            TimelineEvent(each.over, each.what, side, each.number)
            if each is winner or (each.answer is None and each.over <= until)
            else TimelineEvent(until, "dropped", side, each.number)
            for each in tries
        ]
        # The answer goes before what it causes.
        timeline += sorted(ends, key=lambda end: (end.at, end.what != "answers"))
        if winner:
            return _Reached(side, timeline, winner.number, start, winner.over, winner.answer)
        rang_out = rang_out or any(each.what == "rings_out" for each in tries)
        at, number = until, tries[-1].number
    return _Reached(side, timeline, number, start, at, None, "timeout" if rang_out else "cancel")


def _try(number: str, timeout: int, start: int, world: PlanContext) -> _Try:
    subscriber = world.subscriber(number)
    words: dict[type[Any], What] = {
        Answers: "answers", Busy: "busy", Rejects: "rejects", Unavailable: "unavailable",
    }  # fmt: skip
    what = words.get(type(subscriber), "rings_out")
    after = _ms(getattr(subscriber, "after", 0))
    # What comes at the very instant of the timeout comes too late.
    if what == "rings_out" or after >= timeout:
        return _Try(number, start + timeout, "rings_out", None)
    answer = subscriber if isinstance(subscriber, Answers) else None
    return _Try(number, start + after, what, answer)


def _groups(order: Order, side: Side, world: PlanContext) -> Iterator[list[tuple[str, int]]]:
    """Return the numbers of ``side`` that ring together, with their timeouts, group by group."""
    if side == "B":
        yield [(order.b_number, world.ring_timeout)]
        return
    queue = [each for each in in_order(order.elements) if each.kind in ("Ringall", "Linear")]
    for kind, elements in groupby(queue, key=lambda each: each.kind):
        numbers = [_number(each, world) for each in elements]
        yield from [numbers] if kind == "Ringall" else ([number] for number in numbers)


def in_order(elements: Sequence[Element]) -> list[Element]:
    """Return ``elements`` by ``order``: ties as listed, those without one last (assumption)."""

    def place(element: Element) -> tuple[bool, float]:
        order = element.fields.get("order")
        return (order is None, order or 0)

    return sorted(elements, key=place)


def _number(element: Element, world: PlanContext) -> tuple[str, int]:
    timeout = element.fields.get("timeout")
    length = world.ring_timeout if timeout is None else _ms(min(timeout, _LONGEST_RING))
    return element.fields["redirect_number"], length


def _prompts(order: Order, side: Side, world: PlanContext) -> Iterator[tuple[str, int]]:
    for element in in_order(order.elements):
        if element.kind in ("text", "file") and element.side == side:
            yield element.fields["value"], world.prompt_length(element)


def _hearing(prompts: list[tuple[str, int]], side: Side, start: int) -> list[TimelineEvent]:
    heard = []
    for value, length in prompts:
        heard.append(TimelineEvent(start, "hears", side, value))
        start += length
    return heard


def _failed(
    lost: _Reached, waiting: _Reached | None, heard: Sequence[TimelineEvent] = ()
) -> CallPlan:
    """Return the course of a call that ended because nobody answered on the side of ``lost``."""
    timeline = [*lost.timeline]
    legs = {lost.side: lost.leg(None)}
    if waiting is not None:
        timeline = [*waiting.timeline, *heard, *timeline]
        timeline.append(TimelineEvent(lost.over, "released", waiting.side, waiting.number))
        legs[waiting.side] = waiting.leg(lost.over)
    return CallPlan(tuple(timeline), legs, lost.over, failure=(lost.reason, lost.side))


def _talk(
    order: Order, one: _Reached, two: _Reached, heard: list[TimelineEvent], world: PlanContext
) -> CallPlan:
    prompts = list(_prompts(order, two.side, world))
    joined = two.over + sum(length for _, length in prompts)
    heard = [*one.timeline, *heard, *two.timeline, *_hearing(prompts, two.side, two.over)]
    reached = {each.side: each for each in (one, two)}
    ends: list[tuple[int, int, Side | None]] = []
    if order.duration is not None:
        ends.append((joined + order.duration, 2, None))
    sides: tuple[Side, Side] = ("A", "B")
    for place, side in enumerate(sides):
        answer = reached[side].answer
        if answer is not None and answer.talks_for is not None:
            ends.append((joined + _ms(answer.talks_for), place, side))
    if not ends:
        ends.append((joined + LONGEST_TALK, 2, None))
    # At one instant A hangs up before B, and a hang-up comes before the bound.
    ended, _, by = min(ends, key=lambda end: end[:2])
    heard.append(TimelineEvent(joined, "joined", None, ""))
    heard += _endings(ended, by, {side: each.number for side, each in reached.items()})
    legs = {side: each.leg(ended) for side, each in reached.items()}
    return CallPlan(tuple(heard), legs, ended, joined)


def _endings(ended: int, by: Side | None, numbers: dict[Side, str]) -> list[TimelineEvent]:
    """Return how the answered legs end: that of who hung up first, then the other."""
    order: list[Side] = ["B", "A"] if by == "B" else ["A", "B"]
    return [
        TimelineEvent(ended, "hangs_up" if side == by else "released", side, numbers[side])
        for side in order
        if side in numbers
    ]


def _left_before(plan: CallPlan, answered: list[_Reached]) -> CallPlan:
    """Return ``course`` cut where a side lost patience before the join, if one did."""
    leaving = [
        (each.over + _ms(each.answer.waits_for), each.side)
        for each in answered
        if each.answer is not None and each.answer.waits_for is not None
    ]
    at, side = min(leaving, default=(plan.ended, "A"))
    if at >= (plan.ended if plan.joined is None else plan.joined):
        return plan
    # What comes at that very instant is cut too, but for the answer of who leaves at once.
    own = next(
        index
        for index, each in enumerate(plan.timeline)
        if each.what == "answers" and each.side == side
    )
    kept = [each for i, each in enumerate(plan.timeline) if each.at < at or i <= own]
    ringing: dict[tuple[Side | None, str], int] = {}
    for each in kept:
        if each.what != "hears":
            key = (each.side, each.detail)
            ringing[key] = ringing.get(key, 0) + (1 if each.what == "rings" else -1)
    kept += [
        TimelineEvent(at, "dropped", side, number)
        for (side, number), count in ringing.items()
        for _ in range(count)
    ]
    there = {each.side: each.number for each in answered if each.over < at or each.side == side}
    kept += _endings(at, side, there)
    legs = {
        key: Leg(leg.number, leg.rung, leg.answered, at)
        if key in there
        else Leg(leg.number, leg.rung)
        for key, leg in plan.legs.items()
        if leg.rung < at
    }
    return CallPlan(tuple(kept), legs, at, failure=("cancel", side))


def _other(side: Side) -> Side:
    return "B" if side == "A" else "A"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)

"""Plans a call: a pure function of the order and of the behaviour of each number.

All inputs are known when a call is made, so the clock only says how much of the plan is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from mtt_mock.domain.calls import CallPlan, EventKind, Leg, Order, Reason, TimelineEvent
from mtt_mock.domain.followme import Element, Side
from mtt_mock.domain.subscribers import Answers, Busy, Rejects, Subscriber, Unavailable

MAX_RING_TIMEOUT_SECONDS = 86_400
_SIDES: tuple[Side, Side] = ("A", "B")


class CallRules(NamedTuple):
    """The rules of a plan that a profile can change; the defaults are the contract's.

    Attributes:
        ringall: Ringall numbers ring ``"at once"`` or ``"one after another"``.
        linear: Linear numbers ring ``"one after another"`` or ``"at once"``.
        timeouts: The timeout of an element is in ``"seconds"`` or is ``"ignored"``.
        winner: Of two numbers that answer at one instant, ``"first"`` or ``"last"`` is joined.
        unordered: Elements without ``order`` come ``"last"`` or ``"first"``.
        mixed: ``"neighbours"``: only neighbouring Ringall elements ring together.
        timeout_from: An element's timeout counts from its ``"ringing"`` or from the ``"request"``.
        instant: An answer at the instant of the timeout comes ``"too late"`` or ``"in time"``.
        second_side: It rings ``"after the prompts"`` of the first, or ``"at the answer"``.
        prompts: Prompts are played by ``"order"`` or as ``"listed"``.
        timed_out_when: A side times out when ``"any"`` or ``"all"`` of its numbers rang out.
        cancels: The ends of ringing that count as cancels; others count as timeouts.
        duration_from: The duration counts from the ``"join"`` or from the last ``"answer"``.
        hangs_up: The side that ends the call when both hang up at one instant.
        ends: The order of the ends, or ``"hung up only"``.
        failed: The events of a call that is never joined: ``"start and end"`` or ``"start"``.
    """

    ringall: str = "at once"
    linear: str = "one after another"
    timeouts: str = "seconds"
    winner: str = "first"
    unordered: str = "last"
    mixed: str = "neighbours"
    timeout_from: str = "ringing"
    instant: str = "too late"
    second_side: str = "after the prompts"
    prompts: str = "order"
    timed_out_when: str = "any"
    cancels: frozenset[str] = frozenset({"busy", "rejects", "unavailable"})
    duration_from: str = "join"
    hangs_up: str = "A"
    ends: str = "hung up first"
    failed: str = "start and end"


class PlanContext(NamedTuple):
    """The inputs of a plan besides the order.

    Attributes:
        subscriber: Returns the behaviour of a number.
        prompt_length: Returns how many milliseconds a prompt plays.
        ring_timeout: Milliseconds that an element without ``timeout`` rings.
        max_talk: Milliseconds after which a talk ends that has no duration and no hang-up.
        rules: The rules of the plan.
    """

    subscriber: Callable[[str], Subscriber]
    prompt_length: Callable[[Element], int]
    ring_timeout: int
    max_talk: int = 3_600_000
    rules: CallRules = CallRules()


def plan_call(order: Order, context: PlanContext) -> CallPlan:
    """Return the plan of a call.

    The first side rings and hears its prompts, then the second side rings and hears its own; then
    both are joined and talk until one hangs up or the duration is over.
    """
    first_side, second_side = order.first, _other(order.first)
    first = _ring_side(order, first_side, 0, context)
    if first.answer is None:
        return _failed(first, None, context.rules)
    prompts = list(_prompts(order, first_side, context))
    second_start = first.over
    if context.rules.second_side == "after the prompts":
        second_start += sum(length for _, length in prompts)
    second = _ring_side(order, second_side, second_start, context)
    heard = _hearing(prompts, first_side, first.over)
    if second.answer is None:
        plan = _failed(second, first, context.rules, heard)
    else:
        plan = _talk(order, first, second, heard, context)
    answered = [side for side in (first, second) if side.answer is not None]
    return _cut_if_abandoned(plan, answered, context.rules)


class _SideResult(NamedTuple):
    """The result of ringing one side; ``over`` is the time of the answer or of the last give-up."""

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


class _RingAttempt(NamedTuple):
    """One ringing number: how and when it ends, unless another number answers before."""

    number: str
    over: int
    kind: EventKind
    answer: Answers | None


def _ring_side(order: Order, side: Side, start: int, context: PlanContext) -> _SideResult:
    """Ring the groups of ``side`` one after another until a number answers."""
    rules = context.rules
    timeline: list[TimelineEvent] = []
    kinds: set[EventKind] = set()
    at, number = start, ""
    for group in _groups(order, side, context):
        attempts = [_attempt(number, timeout, at, context) for number, timeout in group]
        timeline += [TimelineEvent(at, "rings", side, attempt.number) for attempt in attempts]
        answered = [attempt for attempt in attempts if attempt.answer]
        by_rank = answered if rules.winner == "first" else answered[::-1]
        winner = min(by_rank, key=attrgetter("over"), default=None)
        until = winner.over if winner else max(attempt.over for attempt in attempts)
        ends = [
            TimelineEvent(attempt.over, attempt.kind, side, attempt.number)
            if attempt is winner or (attempt.answer is None and attempt.over <= until)
            else TimelineEvent(until, "dropped", side, attempt.number)
            for attempt in attempts
        ]
        # The answer goes before the drops that it causes.
        timeline += sorted(ends, key=lambda end: (end.at, end.kind != "answers"))
        if winner:
            return _SideResult(side, timeline, winner.number, start, winner.over, winner.answer)
        kinds |= {attempt.kind for attempt in attempts}
        at, number = until, attempts[-1].number
    cancelled = kinds & rules.cancels if rules.timed_out_when == "all" else kinds <= rules.cancels
    reason: Reason = "cancel" if cancelled else "timeout"
    return _SideResult(side, timeline, number, start, at, None, reason)


def _attempt(number: str, timeout: int, start: int, context: PlanContext) -> _RingAttempt:
    subscriber = context.subscriber(number)
    kinds: dict[type[Any], EventKind] = {
        Answers: "answers", Busy: "busy", Rejects: "rejects", Unavailable: "unavailable",
    }  # fmt: skip
    kind = kinds.get(type(subscriber), "rings_out")
    after = _ms(getattr(subscriber, "after", 0))
    if context.rules.timeout_from == "request":
        timeout = max(timeout - start, 0)
    in_time = after < timeout or (after == timeout and context.rules.instant == "in time")
    if kind == "rings_out" or not in_time:
        return _RingAttempt(number, start + timeout, "rings_out", None)
    answer = subscriber if isinstance(subscriber, Answers) else None
    return _RingAttempt(number, start + after, kind, answer)


def _groups(order: Order, side: Side, context: PlanContext) -> Iterator[list[tuple[str, int]]]:
    """Yield the numbers of ``side`` that ring at once, with their timeouts, group by group."""
    if side == "B":
        yield [(order.b_number, context.ring_timeout)]
        return
    ordered = in_order(order.elements, context.rules.unordered)
    queue = [element for element in ordered if element.kind in ("Ringall", "Linear")]
    if context.rules.mixed != "neighbours":
        queue.sort(key=lambda element: element.kind != "Ringall")
    for kind, elements in groupby(queue, key=lambda element: element.kind):
        numbers = [_number(element, context) for element in elements]
        rule = context.rules.ringall if kind == "Ringall" else context.rules.linear
        yield from [numbers] if rule == "at once" else ([number] for number in numbers)


def in_order(elements: Sequence[Element], unordered: str = "last") -> list[Element]:
    """Return ``elements`` by ``order``: ties as listed, those without one last (assumption)."""

    def sort_key(element: Element) -> tuple[bool, float]:
        order = element.fields.get("order")
        return ((order is None) is (unordered == "last"), order or 0)

    return sorted(elements, key=sort_key)


def _number(element: Element, context: PlanContext) -> tuple[str, int]:
    timeout = element.fields.get("timeout")
    if timeout is None or context.rules.timeouts == "ignored":
        length = context.ring_timeout
    else:
        length = _ms(min(timeout, MAX_RING_TIMEOUT_SECONDS))
    return element.fields["redirect_number"], length


def _prompts(order: Order, side: Side, context: PlanContext) -> Iterator[tuple[str, int]]:
    rules = context.rules
    listed = rules.prompts == "listed"
    for element in order.elements if listed else in_order(order.elements, rules.unordered):
        if element.kind in ("text", "file") and element.side == side:
            yield element.fields["value"], context.prompt_length(element)


def _hearing(prompts: list[tuple[str, int]], side: Side, start: int) -> list[TimelineEvent]:
    timeline = []
    for value, length in prompts:
        timeline.append(TimelineEvent(start, "hears", side, value))
        start += length
    return timeline


def _failed(
    unanswered: _SideResult,
    waiting: _SideResult | None,
    rules: CallRules,
    heard: Sequence[TimelineEvent] = (),
) -> CallPlan:
    """Return the plan of a call that ends because no number of a side answered."""
    timeline = [*unanswered.timeline]
    legs = {unanswered.side: unanswered.leg(None)}
    if waiting is not None:
        timeline = [*waiting.timeline, *heard, *timeline]
        if rules.failed == "start and end":
            end = TimelineEvent(unanswered.over, "released", waiting.side, waiting.number)
            timeline.append(end)
        legs[waiting.side] = waiting.leg(unanswered.over)
    failure = (unanswered.reason, unanswered.side)
    return CallPlan(tuple(timeline), legs, unanswered.over, failure=failure)


def _talk(
    order: Order,
    first: _SideResult,
    second: _SideResult,
    heard: list[TimelineEvent],
    context: PlanContext,
) -> CallPlan:
    """Return the plan of a call that both sides answered."""
    prompts = list(_prompts(order, second.side, context))
    joined = second.over + sum(length for _, length in prompts)
    timeline = [
        *first.timeline,
        *heard,
        *second.timeline,
        *_hearing(prompts, second.side, second.over),
        TimelineEvent(joined, "joined", None, ""),
    ]
    results = {result.side: result for result in (first, second)}
    # At one instant A hangs up before B, and a hang-up comes before the bound.
    ends: list[tuple[int, int, Side | None]] = []
    rules = context.rules
    if order.duration is not None:
        bound = joined if rules.duration_from == "join" else second.over
        ends.append((max(bound + order.duration, joined), 2, None))
    for rank, side in enumerate(_SIDES if rules.hangs_up == "A" else _SIDES[::-1]):
        answer = results[side].answer
        if answer is not None and answer.talks_for is not None:
            ends.append((joined + _ms(answer.talks_for), rank, side))
    if not ends:
        ends.append((joined + context.max_talk, 2, None))
    ended, _, by = min(ends, key=lambda end: end[:2])
    numbers = {side: result.number for side, result in results.items()}
    timeline += _endings(ended, by, numbers, rules)
    legs = {side: result.leg(ended) for side, result in results.items()}
    return CallPlan(tuple(timeline), legs, ended, joined)


def _endings(
    ended: int, by: Side | None, numbers: dict[Side, str], rules: CallRules
) -> list[TimelineEvent]:
    """Return the ends of the answered legs: the side ``by`` that hangs up, then the other."""
    order: list[Side] = ["B", "A"] if by == "B" and rules.ends != "A first" else ["A", "B"]
    if by is not None and rules.ends == "hung up only":
        order = [by]
    return [
        TimelineEvent(ended, "hangs_up" if side == by else "released", side, numbers[side])
        for side in order
        if side in numbers
    ]


def _cut_if_abandoned(plan: CallPlan, answered: list[_SideResult], rules: CallRules) -> CallPlan:
    """Return ``plan``, cut where an answered side hangs up before the join (``waits_for``)."""
    hang_ups = [
        (result.over + _ms(result.answer.waits_for), result.side)
        for result in answered
        if result.answer is not None and result.answer.waits_for is not None
    ]
    at, side = min(hang_ups, default=(plan.ended, "A"))
    if at >= (plan.ended if plan.joined is None else plan.joined):
        return plan
    # Events at the instant of the hang-up are cut too, but the answer of that side stays.
    answer_index = next(
        index
        for index, event in enumerate(plan.timeline)
        if event.kind == "answers" and event.side == side
    )
    timeline = [
        event for index, event in enumerate(plan.timeline) if event.at < at or index <= answer_index
    ]
    timeline += _drops(timeline, at)
    connected = {
        result.side: result.number for result in answered if result.over < at or result.side == side
    }
    if rules.failed == "start and end":
        timeline += _endings(at, side, connected, rules)
    legs = {
        key: Leg(leg.number, leg.rung, leg.answered, at)
        if key in connected
        else Leg(leg.number, leg.rung)
        for key, leg in plan.legs.items()
        if leg.rung < at
    }
    return CallPlan(tuple(timeline), legs, at, failure=("cancel", side))


def _drops(timeline: Sequence[TimelineEvent], at: int) -> list[TimelineEvent]:
    """Return the end of each number that still rings after ``timeline``."""
    ringing: Counter[tuple[Side | None, str]] = Counter()
    for event in timeline:
        if event.kind != "hears":
            ringing[event.side, event.detail] += 1 if event.kind == "rings" else -1
    return [TimelineEvent(at, "dropped", side, number) for side, number in ringing.elements()]


def _other(side: Side) -> Side:
    return "B" if side == "A" else "A"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)

"""Call plans: ringing, answers, prompts and hang-ups against timelines worked out by hand."""

import pytest

from mtt_mock.domain.call_planning import PlanContext, plan_call
from mtt_mock.domain.calls import Order
from mtt_mock.domain.followme import Element
from mtt_mock.domain.subscribers import (
    EMPTY_REGISTRY,
    Answers,
    Busy,
    NeverAnswers,
    Rejects,
    Unavailable,
    default_behaviour,
)

ONE, TWO, THREE, FOUR, BEE = (
    "79000000001",
    "79000000002",
    "79000000003",
    "79000000004",
    "79000000009",
)


def ringall(number, timeout=25, order=1):
    fields = {"redirect_number": number, "timeout": timeout, "order": order}
    return Element(
        "Ringall", "A", {name: value for name, value in fields.items() if value is not None}
    )


def linear(number, timeout=25, order=1):
    return Element("Linear", "A", ringall(number, timeout, order).fields)


def text(value, side, order=1):
    return Element("text", side, {"value": value, "side": side, "order": order})


def plan(*elements, numbers, prompt=2, **order):
    subscriber_registry = EMPTY_REGISTRY
    for number, subscriber in numbers.items():
        subscriber_registry = subscriber_registry.with_number(number, subscriber)
    world = PlanContext(
        lambda number: subscriber_registry.find(number) or default_behaviour(number),
        lambda _: prompt * 1000,
        30_000,
    )
    return plan_call(Order("883140500000000", elements, BEE, "74951001010", **order), world)


def timeline_lines(plan):
    """Return the timeline of ``plan`` as lines: second, side, kind, detail."""
    return [
        f"{event.at / 1000:g} {event.side or ''} {event.kind} {event.detail}".replace(
            "  ", " "
        ).strip()
        for event in plan.timeline
    ]


def events(plan):
    return [(at / 1000, name) for at, name, _ in plan.events()]


def test_ringall_rings_in_parallel_until_one_answers():
    result = plan(
        ringall(ONE),
        ringall(TWO),
        ringall(THREE),
        numbers={ONE: Answers(after=7), TWO: Answers(after=4, talks_for=60), THREE: Busy(after=1),
                 BEE: Answers(after=5, talks_for=20)},
    )  # fmt: skip
    assert timeline_lines(result) == [
        f"0 A rings {ONE}",
        f"0 A rings {TWO}",
        f"0 A rings {THREE}",
        f"1 A busy {THREE}",
        f"4 A answers {TWO}",
        f"4 A dropped {ONE}",
        f"4 B rings {BEE}",
        f"9 B answers {BEE}",
        "9 joined",
        f"29 B hangs_up {BEE}",
        f"29 A released {TWO}",
    ]
    assert events(result) == [
        (4, "start_side_A"),
        (9, "start_side_B"),
        (29, "end_side_B"),
        (29, "end_side_A"),
    ]
    assert (result.leg("A").waiting, result.leg("A").length) == (4000, 25000)
    assert (result.leg("B").waiting, result.leg("B").length) == (5000, 20000)


def test_linear_rings_in_order_then_list_position():
    result = plan(
        linear(THREE, timeout=10, order=2),
        linear(ONE, timeout=15, order=1),
        linear(FOUR, timeout=10, order=2),
        linear(TWO, timeout=10, order=1),
        numbers={ONE: NeverAnswers(), TWO: Busy(after=2), THREE: Rejects(after=3),
                 FOUR: Answers(after=1, talks_for=5), BEE: Answers(after=0, talks_for=None)},
    )  # fmt: skip
    assert timeline_lines(result) == [
        f"0 A rings {ONE}",
        f"15 A rings_out {ONE}",
        f"15 A rings {TWO}",
        f"17 A busy {TWO}",
        f"17 A rings {THREE}",
        f"20 A rejects {THREE}",
        f"20 A rings {FOUR}",
        f"21 A answers {FOUR}",
        f"21 B rings {BEE}",
        f"21 B answers {BEE}",
        "21 joined",
        f"26 A hangs_up {FOUR}",
        f"26 B released {BEE}",
    ]
    assert result.leg("A").number == FOUR
    assert result.leg("A").waiting == 21000


def test_ringall_elements_ring_before_linear_ones():
    result = plan(
        ringall(ONE, timeout=25, order=1),
        ringall(TWO, timeout=20, order=2),
        linear(FOUR, timeout=15, order=4),
        ringall(THREE, timeout=25, order=3),
        numbers={ONE: NeverAnswers(), TWO: NeverAnswers(), THREE: Unavailable(after=2),
                 FOUR: Answers(after=5, talks_for=1), BEE: Answers(after=1, talks_for=9)},
    )  # fmt: skip
    assert timeline_lines(result)[:9] == [
        f"0 A rings {ONE}",
        f"0 A rings {TWO}",
        f"0 A rings {THREE}",
        f"2 A unavailable {THREE}",
        f"20 A rings_out {TWO}",
        f"25 A rings_out {ONE}",
        f"25 A rings {FOUR}",
        f"30 A answers {FOUR}",
        f"30 B rings {BEE}",
    ]


def test_elements_without_order_ring_last():
    result = plan(
        linear(ONE, order=None), linear(TWO, order=7), linear(THREE, order=-1),
        numbers={ONE: Busy(), TWO: Busy(), THREE: Busy()},
    )  # fmt: skip
    assert [event.detail for event in result.timeline if event.kind == "rings"] == [THREE, TWO, ONE]


@pytest.mark.parametrize(
    ("numbers", "failure", "ended"),
    [
        ({ONE: NeverAnswers(), TWO: NeverAnswers()}, ("timeout", "A"), 25),
        ({ONE: Busy(after=1), TWO: Rejects(after=3)}, ("cancel", "A"), 3),
        ({ONE: Busy(after=1), TWO: NeverAnswers()}, ("timeout", "A"), 25),
        ({ONE: Unavailable(after=2), TWO: Unavailable(after=2)}, ("cancel", "A"), 2),
        ({ONE: Answers(after=25), TWO: Answers(after=25)}, ("timeout", "A"), 25),
        ({ONE: Answers(after=3), BEE: NeverAnswers()}, ("timeout", "B"), 33),
        ({ONE: Answers(after=3), BEE: Busy(after=1)}, ("cancel", "B"), 4),
        ({ONE: Answers(after=3), BEE: Rejects(after=6)}, ("cancel", "B"), 9),
        ({ONE: Answers(after=3), BEE: Answers(after=30)}, ("timeout", "B"), 33),
    ],
)
def test_an_unanswered_call_ends_with_cause_and_side(numbers, failure, ended):
    numbers.setdefault(TWO, Answers(after=20))
    result = plan(ringall(ONE), ringall(TWO), numbers=numbers)
    assert result.failure == failure
    assert result.ended == ended * 1000
    assert result.joined is None


def test_side_a_is_released_when_b_does_not_answer():
    result = plan(ringall(ONE), numbers={ONE: Answers(after=3), BEE: NeverAnswers()})
    assert events(result) == [(3, "start_side_A"), (33, "end_side_A")]
    assert timeline_lines(result)[-2:] == [f"33 B rings_out {BEE}", f"33 A released {ONE}"]


def test_an_unanswered_call_sends_no_event():
    assert events(plan(ringall(ONE), numbers={ONE: NeverAnswers()})) == []


def test_lower_order_wins_simultaneous_answers():
    result = plan(
        ringall(ONE, order=2), ringall(TWO, order=1),
        numbers={ONE: Answers(after=4), TWO: Answers(after=4)},
    )  # fmt: skip
    assert result.leg("A").number == TWO
    assert f"4 A dropped {ONE}" in timeline_lines(result)


def test_each_ringall_element_has_its_own_timeout():
    result = plan(
        ringall(ONE, timeout=5), ringall(TWO, timeout=20),
        numbers={ONE: Answers(after=6), TWO: Answers(after=8)},
    )  # fmt: skip
    assert timeline_lines(result)[2:4] == [f"5 A rings_out {ONE}", f"8 A answers {TWO}"]


def test_direction_b_calls_b_first():
    result = plan(
        ringall(ONE),
        text("for a", "A"),
        text("for b", "B"),
        numbers={ONE: Answers(after=2, talks_for=3), BEE: Answers(after=1, talks_for=None)},
        first="B",
    )
    assert timeline_lines(result) == [
        f"0 B rings {BEE}",
        f"1 B answers {BEE}",
        "1 B hears for b",
        f"3 A rings {ONE}",
        f"5 A answers {ONE}",
        "5 A hears for a",
        "7 joined",
        f"10 A hangs_up {ONE}",
        f"10 B released {BEE}",
    ]


def test_prompts_play_to_their_side_before_joining():
    result = plan(
        ringall(ONE),
        text("second", "A", order=9),
        text("to b", "B"),
        text("first", "A", order=2),
        numbers={ONE: Answers(after=0, talks_for=1), BEE: Answers(after=1)},
        prompt=4,
    )
    assert timeline_lines(result)[2:] == [
        "0 A hears first",
        "4 A hears second",
        f"8 B rings {BEE}",
        f"9 B answers {BEE}",
        "9 B hears to b",
        "13 joined",
        f"14 A hangs_up {ONE}",
        f"14 B released {BEE}",
    ]


@pytest.mark.parametrize(
    ("duration", "talks_a", "talks_b", "length", "last"),
    [
        (None, 10, 20, 10, ["hangs_up A", "released B"]),
        (None, 20, 10, 10, ["hangs_up B", "released A"]),
        (None, 10, 10, 10, ["hangs_up A", "released B"]),
        (5, 10, 20, 5, ["released A", "released B"]),
        (10, 30, 10, 10, ["hangs_up B", "released A"]),
        (30, None, None, 30, ["released A", "released B"]),
        (None, None, None, 3600, ["released A", "released B"]),
        (86_400, None, None, 86_400, ["released A", "released B"]),
    ],
)
def test_the_first_hangup_or_duration_ends_the_talk(duration, talks_a, talks_b, length, last):
    result = plan(
        ringall(ONE),
        numbers={
            ONE: Answers(after=1, talks_for=talks_a),
            BEE: Answers(after=1, talks_for=talks_b),
        },
        duration=duration and duration * 1000,
    )
    assert result.ended - result.joined == length * 1000
    assert [f"{event.kind} {event.side}" for event in result.timeline[-2:]] == last


def test_side_a_can_hang_up_while_b_rings():
    result = plan(
        ringall(ONE), numbers={ONE: Answers(after=2, waits_for=6), BEE: Answers(after=10)}
    )
    assert timeline_lines(result) == [
        f"0 A rings {ONE}",
        f"2 A answers {ONE}",
        f"2 B rings {BEE}",
        f"8 B dropped {BEE}",
        f"8 A hangs_up {ONE}",
    ]
    assert result.failure == ("cancel", "A")
    assert result.leg("A").length == 6000
    assert result.leg("B").length == 0


def test_hanging_up_during_a_prompt_cancels_the_call():
    result = plan(
        ringall(ONE),
        text("long", "B"),
        numbers={ONE: Answers(after=2), BEE: Answers(after=1, waits_for=3)},
        prompt=10,
    )
    assert events(result) == [
        (2, "start_side_A"), (3, "start_side_B"), (6, "end_side_B"), (6, "end_side_A"),
    ]  # fmt: skip
    assert result.failure == ("cancel", "B")


def test_an_immediate_hangup_still_counts_as_answered():
    result = plan(
        ringall(ONE),
        text("hello", "A"),
        numbers={ONE: Answers(after=0, waits_for=0)},
    )
    assert timeline_lines(result) == [
        f"0 A rings {ONE}",
        f"0 A answers {ONE}",
        f"0 A hangs_up {ONE}",
    ]
    assert events(result) == [(0, "start_side_A"), (0, "end_side_A")]


def test_patience_that_lasts_until_the_join_changes_nothing():
    patient = plan(
        ringall(ONE), numbers={ONE: Answers(after=2, waits_for=3), BEE: Answers(after=3)}
    )
    assert patient.failure is None


def test_a_timeout_of_zero_rings_no_number():
    result = plan(ringall(ONE, timeout=0), numbers={ONE: Answers(after=0)})
    assert result.failure == ("timeout", "A")
    assert result.ended == 0


def test_an_element_without_timeout_uses_the_default():
    result = plan(linear(ONE, timeout=None), numbers={ONE: NeverAnswers()})
    assert result.ended == 30_000


def test_absurd_timeouts_are_a_day_at_most():
    result = plan(linear(ONE, timeout=1e300), numbers={ONE: NeverAnswers()})
    assert result.ended == 86_400_000

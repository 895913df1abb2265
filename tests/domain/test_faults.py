"""Faults: their text form, and which calls trigger them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock.domain.faults import FAULT_MEANINGS, NO_FAULTS, Fault, Faults, parse_fault

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_PARAMS = st.one_of(
    st.none(), st.booleans(), st.integers(), _TEXTS, st.from_regex(r"[0-9]{1,12}", fullmatch=True),
    st.lists(st.integers(0, 9)), st.just({"side": "A"}),
)  # fmt: skip
_COUNTS = st.none() | st.integers(1, 9)
_SECONDS = st.floats(0, 3600, allow_nan=False)


@st.composite
def _faults(draw: st.DrawFn) -> Fault:
    name = draw(st.sampled_from(list(FAULT_MEANINGS)))
    timed = name in ("delay", "trickle", "event-late", "event-out-of-order")
    seconds = tuple(sorted((draw(_SECONDS), draw(_SECONDS)))) if timed else (1.0, 1.0)
    spread = draw(st.just(0.0) | st.floats(0, 5)) if timed else 0.0
    seconds = (seconds[0], seconds[0]) if spread else seconds
    return Fault(
        name,
        (seconds[0], seconds[1]),
        spread,
        method=draw(st.none() | st.sampled_from(["setCallBackFollowme", "upload"])),
        customer=draw(st.none() | _TEXTS.filter(bool)),
        params=draw(st.none() | st.dictionaries(_TEXTS.filter(bool), _PARAMS, min_size=1)),
        nth=draw(_COUNTS),
        times=draw(_COUNTS),
        probability=draw(st.floats(0, 1)),
        seed=draw(st.integers(0, 99)),
    )


def test_params_choose_the_calls() -> None:
    fault = parse_fault("setCallBackFollowme?caller_id=74951001010:delay")
    assert fault.matches("setCallBackFollowme", "1", {"caller_id": "74951001010"})
    assert not fault.matches("setCallBackFollowme", "1", {"caller_id": "74951001011"})
    assert not fault.matches("setCallBackFollowme", "1", None)
    assert parse_fault("*?direction=1:delay").matches(
        "makeCallBackCallFollowme", "1", {"direction": 1}
    )
    assert str(fault) == "setCallBackFollowme?caller_id=74951001010:delay"


@pytest.mark.parametrize(
    ("sent", "is_match"),
    [
        ({"a": {"b": [1, {"c": True}], "more": 1}, "more": 1}, True),
        ({"a": {"b": [1.0, {"c": True}]}}, True),
        ({"a": {"b": [True, {"c": True}]}}, False),
        ({"a": {"b": [1, {"c": 1}]}}, False),
        ({"a": {"b": [1, {"c": True, "more": 1}]}}, False),
        ({"a": {"b": [1, {"c": True}, 1]}}, False),
        ({"a": {"b": "1"}}, False),
    ],
)
def test_params_match_by_the_types_of_json(sent: dict[str, object], is_match: bool) -> None:
    fault = Fault("delay", params={"a": {"b": [1, {"c": True}]}})
    assert fault.matches("setCallBackFollowme", "1", sent) is is_match


def test_a_range_of_seconds_is_spread_evenly() -> None:
    fault = parse_fault("delay=1..3#7")
    took = sorted(fault.seconds_at(number) for number in range(1, 2001))
    assert 1 <= took[0] < 1.05
    assert 2.95 < took[-1] <= 3
    assert [round(took[at], 1) for at in (500, 1000, 1500)] == [1.5, 2.0, 2.5]


def test_delays_with_a_spread_are_log_normal() -> None:
    fault = parse_fault("delay=0.3^0.8#7")
    took = sorted(fault.seconds_at(number) for number in range(1, 2001))
    assert took[0] > 0
    assert 0.28 < took[1000] < 0.32
    assert 1.6 < took[1980] < 2.3
    assert [fault.seconds_at(number) for number in (1, 2)] == [
        parse_fault("delay=0.3^0.8#7").seconds_at(number) for number in (1, 2)
    ]


def test_delays_are_capped_at_an_hour() -> None:
    fault = parse_fault("delay=3600^5")
    assert max(fault.seconds_at(number) for number in range(100)) == 3600


def _triggered(faults: Faults, calls: int) -> list[bool]:
    triggered = []
    for _ in range(calls):
        faults, trigger = faults.trigger("setCallBackFollowme", "a")
        triggered.append(trigger is not None)
    return triggered


@given(_faults())
def test_text_round_trips(fault: Fault) -> None:
    assert parse_fault(str(fault)) == fault


@given(st.integers(1, 9), _COUNTS)
def test_nth_and_times(nth: int, times: int | None) -> None:
    triggered = _triggered(NO_FAULTS.with_fault(Fault("delay", nth=nth, times=times)), 20)
    assert [number for number, hit in enumerate(triggered, 1) if hit] == list(
        range(nth, nth + (times or 1))
    )


@given(st.integers(0, 99), st.floats(0, 1), _COUNTS)
def test_probability_depends_on_the_seed_alone(seed: int, chance: float, times: int | None) -> None:
    faults = NO_FAULTS.with_fault(Fault("delay", probability=chance, seed=seed, times=times))
    triggered = _triggered(faults, 30)
    assert triggered == _triggered(faults, 30)
    assert times is None or sum(triggered) <= times


def test_probability_is_about_right() -> None:
    triggered = sum(
        _triggered(NO_FAULTS.with_fault(Fault("delay", probability=0.25, seed=7)), 2000)
    )
    assert 400 < triggered < 600


def test_customers_and_methods_do_not_count_for_each_other() -> None:
    faults = NO_FAULTS.with_fault(parse_fault("setCallBackFollowme/a:empty@2"))
    seen = []
    for method, customer in [
        ("setCallBackFollowme", "a"),
        ("setCallBackFollowme", "b"),
        ("getCallBackFollowme", "a"),
        ("SETcallbackfollowme", "a"),
        ("setCallBackFollowme", "a"),
    ]:
        faults, trigger = faults.trigger(method, customer)
        seen.append(trigger is not None)
    assert seen == [False, False, False, True, False]
    assert faults.active[0].remaining == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "unknown fault ''"),
        ("boom", "expected one of delay"),
        ("setCallBackFollowme:reset-after2", "unknown fault"),
        ("delay@0", "count from 1"),
        ("delay@x", "a fault is written"),
        ("delay=3..1", "the lower ones first"),
        ("delay=nan", "seconds must be"),
        ("delay=1^nan", "a spread must be from 0 to 5"),
        ("delay=1^-1", "a spread must be from 0 to 5"),
        ("delay=1^x", "'delay=1^x' has a value that is not a number"),
        ("delay=1..2^1", "a spread is for one number of seconds"),
        ("empty=1^1", "takes no seconds"),
        ("empty=3", "takes no seconds"),
        ("empty=1", "takes no seconds"),
        ("delay=1^", "'delay=1^' has a value that is not a number"),
        ("delay=1..", "'delay=1..' has a value that is not a number"),
        ("delay~2", "probability"),
        ("delay@1@2", "twice"),
        ("delay!", "a fault is written"),
        (":delay", "empty"),
        ("*/:delay", "empty"),
        ("*?:delay", "PARAM is empty"),
        ("*?=1:delay", "PARAM is empty"),
    ],
)
def test_an_invalid_fault_is_explained(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_fault(text)

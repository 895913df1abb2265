"""Faults as values: their text, and which calls they strike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock.domain.faults import KNOWN, NO_FAULTS, Fault, Faults, parse_fault

_COUNTS = st.none() | st.integers(1, 9)
_SECONDS = st.floats(0, 3600, allow_nan=False)


@st.composite
def _faults(draw: st.DrawFn) -> Fault:
    name = draw(st.sampled_from(list(KNOWN)))
    timed = name in ("delay", "trickle", "event-late", "event-out-of-order")
    seconds = tuple(sorted((draw(_SECONDS), draw(_SECONDS)))) if timed else (1.0, 1.0)
    return Fault(
        name,
        draw(st.none() | st.sampled_from(["setCallBackFollowme", "upload"])),
        draw(st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1)),
        (seconds[0], seconds[1]),
        draw(_COUNTS),
        draw(_COUNTS),
        draw(st.floats(0, 1)),
        draw(st.integers(0, 99)),
    )


def _struck(faults: Faults, calls: int) -> list[bool]:
    found = []
    for _ in range(calls):
        faults, strike = faults.strike("setCallBackFollowme", "a")
        found.append(strike is not None)
    return found


@given(_faults())
def test_text_round_trips(fault: Fault) -> None:
    assert parse_fault(str(fault)) == fault


@given(st.integers(1, 9), _COUNTS)
def test_nth_and_times(nth: int, times: int | None) -> None:
    struck = _struck(NO_FAULTS.with_fault(Fault("delay", nth=nth, times=times)), 20)
    assert [number for number, hit in enumerate(struck, 1) if hit] == list(
        range(nth, nth + (times or 1))
    )


@given(st.integers(0, 99), st.floats(0, 1), _COUNTS)
def test_probability_depends_on_the_seed_alone(seed: int, chance: float, times: int | None) -> None:
    faults = NO_FAULTS.with_fault(Fault("delay", probability=chance, seed=seed, times=times))
    struck = _struck(faults, 30)
    assert struck == _struck(faults, 30)
    assert times is None or sum(struck) <= times


def test_probability_is_about_right() -> None:
    struck = sum(_struck(NO_FAULTS.with_fault(Fault("delay", probability=0.25, seed=7)), 2000))
    assert 400 < struck < 600


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
        faults, strike = faults.strike(method, customer)
        seen.append(strike is not None)
    assert seen == [False, False, False, True, False]
    assert faults.standing[0].left == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' is no fault"),
        ("boom", "known are delay"),
        ("setCallBackFollowme:reset-after2", "is no fault"),
        ("delay@0", "count from 1"),
        ("delay@x", "a fault is written"),
        ("delay=3..1", "the lower ones first"),
        ("delay=nan", "seconds must be"),
        ("empty=3", "takes no seconds"),
        ("delay~2", "probability"),
        ("delay@1@2", "twice"),
        ("delay!", "a fault is written"),
        (":delay", "empty"),
        ("*/:delay", "empty"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_fault(text)

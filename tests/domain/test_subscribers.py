"""Subscribers: behaviour of configured, magic and other numbers."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields

from mtt_mock.domain.subscribers import (
    EMPTY_REGISTRY,
    MAGIC_NUMBERS,
    SUBSCRIBER_TYPES,
    Answers,
    Busy,
    NeverAnswers,
    Rejects,
    Unavailable,
    default_behaviour,
    matches,
    parse_subscriber,
    subscriber_from_dict,
    subscriber_to_dict,
)


def test_exact_numbers_precede_later_then_earlier_patterns():
    subscriber_registry = EMPTY_REGISTRY.with_number("79000000001", Busy())
    subscriber_registry = subscriber_registry.with_number("7900*", NeverAnswers())
    subscriber_registry = subscriber_registry.with_number("790000000??", Rejects())
    assert subscriber_registry.find("79000000001") == Busy()
    assert subscriber_registry.find("79000000002") == Rejects()
    assert subscriber_registry.find("79001234567") == NeverAnswers()
    assert subscriber_registry.find("74951001010") is None
    again = subscriber_registry.with_number("7900*", Unavailable())
    assert again.find("79000000002") == Unavailable()


def test_a_leading_plus_makes_no_difference():
    subscriber_registry = EMPTY_REGISTRY.with_number("+79000000001", Busy())
    assert (
        subscriber_registry.find("79000000001")
        == subscriber_registry.find("+79000000001")
        == Busy()
    )
    assert subscriber_registry.without("+79000000001").find("79000000001") is None
    assert default_behaviour("+79000009001") == Busy()


@pytest.mark.parametrize(
    ("number", "does"),
    [
        ("79000009000", Answers(after=0, talks_for=None)),
        ("79000009001", Busy(after=1)),
        ("79000009002", NeverAnswers()),
        ("79000009003", Rejects(after=3)),
        ("79000009004", Unavailable(after=2)),
        ("79000009005", Answers(after=3, talks_for=30, waits_for=2)),
        ("79000010030", Answers(after=0, talks_for=30)),
        ("79000012599", Answers(after=25, talks_for=99)),
        ("79684881033", Answers(after=3, talks_for=30, waits_for=None)),
    ],
)
def test_magic_numbers_behave_as_documented(number, does):
    assert default_behaviour(number) == does


def test_every_magic_number_is_documented():
    page = (Path(__file__).parents[2] / "docs/explanation/calls.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(7900\w+)` \|", page, re.MULTILINE)
    assert set(rows) == {*MAGIC_NUMBERS, "7900001AATT"}


def test_a_configured_number_overrides_magic():
    assert EMPTY_REGISTRY.with_number("*", Busy()).find("79000009002") == Busy()


@pytest.mark.parametrize(
    ("text", "number", "does"),
    [
        ("79000000001=busy", "79000000001", Busy()),
        ("7900*=never_answers", "7900*", NeverAnswers()),
        ("79=answers:after=2.5,talks_for=never", "79", Answers(after=2.5, talks_for=None)),
        ("79=answers:waits_for=4", "79", Answers(waits_for=4)),
        ("+79=rejects:after=0", "+79", Rejects(after=0)),
    ],
)
def test_a_subscriber_can_be_written_as_text(text, number, does):
    assert parse_subscriber(text) == (number, does)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "79000000001",
            "does must be one of answers, busy, rejects, unavailable, never_answers, got ''",
        ),
        (
            "79=sleeps",
            "does must be one of answers, busy, rejects, unavailable, never_answers, got 'sleeps'",
        ),
        ("=busy", "a subscriber's number must be at most 32 digits, * and ? as wildcards, got ''"),
        (
            "79a=busy",
            "a subscriber's number must be at most 32 digits, * and ? as wildcards, got '79a'",
        ),
        ("79=busy:talks_for=3", "busy has no talks_for; it takes after"),
        ("79=never_answers:after=3", "never_answers has no after; it takes no seconds"),
        ("79=answers:after=soon", "after must be seconds or never, got 'soon'"),
        ("79=answers:after=never", "after must be seconds, got None"),
        ("79=answers:after=-1", "after must be from 0 to 86400 seconds, got -1.0"),
        ("79=answers:after=nan", "after must be from 0 to 86400 seconds, got nan"),
        ("79=answers:talks_for=1e9", "talks_for must be from 0 to 86400 seconds, got 1000000000.0"),
    ],
)
def test_an_unreadable_subscriber_is_refused_with_the_reason(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_subscriber(text)


def test_only_subscribers_can_be_set():
    with pytest.raises(TypeError, match="a subscriber must be Answers, Busy, Rejects"):
        EMPTY_REGISTRY.with_number("79", "busy")


SECONDS = st.floats(0, 86_400) | st.integers(0, 86_400)


@st.composite
def subscribers(draw):
    kind = draw(st.sampled_from(sorted(SUBSCRIBER_TYPES)))
    return SUBSCRIBER_TYPES[kind](
        **{field.name: draw(SECONDS) for field in fields(SUBSCRIBER_TYPES[kind])}
    )


@given(subscribers())
def test_a_subscriber_survives_being_written_and_read(subscriber):
    assert subscriber_from_dict(subscriber_to_dict(subscriber)) == subscriber


NUMBERS = st.from_regex(r"7900[0-9]{0,3}", fullmatch=True)
ENTRIES = st.from_regex(r"[79*?]{1,4}", fullmatch=True)


@given(NUMBERS, st.lists(st.tuples(ENTRIES, subscribers()), max_size=6))
def test_the_registry_agrees_with_a_linear_search(number, entries):
    subscriber_registry, listed = EMPTY_REGISTRY, []
    for entry, subscriber in entries:
        subscriber_registry = subscriber_registry.with_number(entry, subscriber)
        listed = [each for each in listed if each[0] != entry] + [(entry, subscriber)]

    def matches(pattern, number):
        if not pattern:
            return not number
        if pattern[0] == "*":
            return matches(pattern[1:], number) or bool(number and matches(pattern, number[1:]))
        return bool(number) and pattern[0] in ("?", number[0]) and matches(pattern[1:], number[1:])

    exact = [does for entry, does in listed if entry == number]
    wild = [does for entry, does in listed if matches(entry, number)]
    assert subscriber_registry.find(number) == (exact or wild or [None])[-1]


def test_stars_without_end_are_matched_at_once():
    pattern = "*1" * 15 + "*2"
    for number in ("1" * 60, "1" * 1_000_000):
        started = time.perf_counter()
        assert not matches(pattern, number)
        assert time.perf_counter() - started < 0.1
    assert matches(pattern, "1" * 40 + "2")


def test_overlong_text_matches_no_pattern():
    assert matches("*", "7" * 64)
    assert not matches("*", "7" * 65)


def test_patterns_are_bounded_and_numbers_are_not():
    numbers = [(f"79{number:06}", Busy()) for number in range(2000)]
    patterns = [(f"{number:06}*", Busy()) for number in range(1000)]
    registry = EMPTY_REGISTRY.with_numbers(numbers + patterns).with_number("000999*", Rejects())
    assert len(registry.entries()) == 3000
    with pytest.raises(ValueError, match=r"^at most 1000 numbers may have wildcards, got 1001; "):
        registry.with_number("*", Busy())

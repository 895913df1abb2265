"""The clock's speeds, tariffs, and amounts in roubles."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock.domain.billing import Tariff, parse_money, parse_tariff
from mtt_mock.domain.clock import MANUAL_START, LocalClock, parse_speed, speed_text
from mtt_mock.domain.prompts import Prompt, file_length, find_prompt, text_length


class Machine:
    """The seconds of a machine that a test advances."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def test_a_manual_clock_starts_fixed_and_does_not_run():
    machine = Machine()
    clock = LocalClock(0, monotonic=machine)
    machine.seconds = 1000
    assert clock.now() == MANUAL_START == 1_767_225_600_000
    assert clock.seconds_until(MANUAL_START + 1) == float("inf")
    clock.move_to(MANUAL_START + 30_000)
    assert clock.now() - MANUAL_START == 30_000


def test_a_clock_never_moves_backwards():
    clock = LocalClock(0)
    clock.move_to(MANUAL_START - 5000)
    assert clock.now() == MANUAL_START


def test_a_fast_clock_runs_at_its_pace():
    machine = Machine()
    clock = LocalClock(20, monotonic=machine)
    start = clock.now()
    machine.seconds = 1.5
    assert clock.now() - start == 30_000
    assert clock.seconds_until(start + 70_000) == 2.0
    assert clock.seconds_until(start) == 0


def test_the_pace_can_change_without_a_leap():
    machine = Machine()
    clock = LocalClock(20, monotonic=machine)
    start = clock.now()
    machine.seconds = 1
    clock.set_speed(0)
    machine.seconds = 5
    clock.set_speed(2)
    machine.seconds = 6
    assert clock.now() - start == 22_000


@pytest.mark.parametrize(
    ("text", "speed"), [("real", 1), ("manual", 0), ("20x", 20), ("0.5x", 0.5), ("1x", 1)]
)
def test_a_pace_can_be_written_as_text(text, speed):
    assert parse_speed(text) == speed


@pytest.mark.parametrize(
    "text", ["", "x", "20", "fast", "-1x", "0x", "nanx", "infx", "1e9x", 20, None]
)
def test_any_other_pace_is_refused(text):
    with pytest.raises(
        ValueError, match=r'^clock must be "manual", "real" or a factor such as "20x"'
    ):
        parse_speed(text)


@given(st.floats(0.001, 100_000))
def test_a_pace_survives_being_written(speed):
    assert parse_speed(speed_text(speed)) == pytest.approx(speed, rel=1e-5)


@pytest.mark.parametrize(
    ("text", "tariff"),
    [
        ("1.50", Tariff(Decimal("1.50"), Decimal("1.50"), 1)),
        ("1,2", Tariff(Decimal(1), Decimal(2), 1)),
        ("1.5,2/60", Tariff(Decimal("1.5"), Decimal(2), 60)),
        ("0/30", Tariff(Decimal(0), Decimal(0), 30)),
    ],
)
def test_a_tariff_can_be_written_as_text(text, tariff):
    assert parse_tariff(text) == tariff


@pytest.mark.parametrize(
    "text", ["", "a", "1,", "-1", "1.2.3", "1/0", "1/3601", "1e3", "1,2,3", "9999999999"]
)
def test_any_other_tariff_is_refused(text):
    with pytest.raises(ValueError, match="tariff"):
        parse_tariff(text)


def test_begun_steps_are_charged_and_kopecks_are_rounded():
    tariff = Tariff(Decimal("1.50"), Decimal("2.00"), 60)
    assert (tariff.charged(0), tariff.charged(1), tariff.charged(60), tariff.charged(61)) == (
        0,
        60,
        60,
        120,
    )
    assert tariff.cost(60, 120) == Decimal("5.50")
    assert Tariff(Decimal("0.10"), Decimal(0), 1).cost(3, 0) == Decimal("0.01")
    assert Tariff(Decimal("0.10"), Decimal(0), 1).cost(2, 0) == Decimal("0.00")


@pytest.mark.parametrize(("value", "amount"), [("12.345", "12.35"), (0.1, "0.10"), (-3, "-3.00")])
def test_an_amount_is_rounded_to_kopecks(value, amount):
    assert str(parse_money(value)) == amount


@pytest.mark.parametrize(
    "value", ["", "much", "NaN", "Infinity", True, None, [], "1e10", float("nan")]
)
def test_any_other_amount_is_refused(value):
    with pytest.raises(ValueError, match=r"^must be an amount in RUB"):
        parse_money(value)


def test_a_prompt_is_found_with_and_without_its_extension():
    prompts = [Prompt("hello.wav", b"1"), Prompt("hello.mp3", b"2"), Prompt("bye", b"3")]
    assert find_prompt(prompts, "hello.wav").content == b"1"
    assert find_prompt(prompts, "hello").content == b"2"
    assert find_prompt(prompts, "bye.MP3").content == b"3"
    assert find_prompt(prompts, "hell") is None
    assert find_prompt(prompts, "Hello") is None


def test_prompt_length_follows_characters_or_audio():
    assert [text_length("x" * n) for n in (1, 15, 16, 150)] == [1000, 1000, 1067, 10_000]
    assert file_length(Prompt("a", b"", "wav", 2345)) == 2345
    assert file_length(Prompt("a", b"")) == file_length(None) == 5000

"""A talk as WAV, and the tickets in URLs."""

import io
import wave
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock.recordings import talk_wav
from mtt_mock.tickets import TicketError, TicketExpiredError, Tickets


def samples(content):
    with wave.open(io.BytesIO(content)) as recording:
        assert (recording.getnchannels(), recording.getsampwidth()) == (1, 2)
        assert recording.getframerate() == 8000
        frames = recording.readframes(recording.getnframes())
    return [
        int.from_bytes(frames[i : i + 2], "little", signed=True) for i in range(0, len(frames), 2)
    ]


def crossings(values):
    """Return how often a tone goes from below zero to above it: its hertz, over one second."""
    return sum(before < 0 <= after for before, after in pairwise(values))


def test_the_sides_take_turns_second_by_second():
    a, b = samples(talk_wav(4000, "A")), samples(talk_wav(4000, "B"))
    assert len(a) == len(b) == 32_000
    assert [crossings(a[n * 8000 : (n + 1) * 8000]) for n in range(4)] == [439, 0, 439, 0]
    assert [crossings(b[n * 8000 : (n + 1) * 8000]) for n in range(4)] == [0, 553, 0, 553]


@given(st.integers(0, 20_000), st.sampled_from("AB"))
def test_a_recording_is_as_long_as_the_talk_to_the_millisecond(milliseconds, side):
    with wave.open(io.BytesIO(talk_wav(milliseconds, side))) as recording:
        assert recording.getnframes() == milliseconds * 8


def test_a_recording_is_cut_after_an_hour():
    assert len(talk_wav(3_600_001, "B")) == len(talk_wav(3_600_000, "B")) == 57_600_044


def test_a_ticket_is_good_before_its_end_and_not_at_it():
    tickets = Tickets(b"secret")
    ticket = tickets.issue("record", ["1000001", "A"], expires=60_000)
    assert tickets.read("record", ticket, now=59_999) == ["1000001", "A"]
    with pytest.raises(TicketExpiredError):
        tickets.read("record", ticket, now=60_000)


@pytest.mark.parametrize("ticket", ["", ".", "x", "WyI", "ÿ", "a.b.c", "\x00", "a" * 100_000])
def test_what_is_no_ticket_is_refused(ticket):
    with pytest.raises(TicketError):
        Tickets(b"secret").read("record", ticket, now=0)


def test_a_ticket_of_another_kind_or_of_another_fake_is_refused():
    ticket = Tickets(b"secret").issue("upload", ["1"], None)
    with pytest.raises(TicketError):
        Tickets(b"secret").read("record", ticket, now=0)
    with pytest.raises(TicketError):
        Tickets(b"other").read("upload", ticket, now=0)


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=3), st.data())
def test_a_ticket_comes_back_as_it_was_and_no_changed_one_does(fields, data):
    tickets = Tickets(b"secret")
    ticket = tickets.issue("k", fields, None)
    assert tickets.read("k", ticket, now=0) == fields
    place = data.draw(st.integers(0, len(ticket) - 1))
    letter = data.draw(st.sampled_from("AZaz09-_."))
    changed = ticket[:place] + letter + ticket[place + 1 :]
    # The last characters of base64 hold bits that mean nothing.
    if changed != ticket and place < len(ticket) - 1:
        with pytest.raises(TicketError):
            tickets.read("k", changed, now=0)

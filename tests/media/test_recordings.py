"""A talk as WAV, and the signer in URLs."""

import io
import re
import string
import tracemalloc
import wave
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mtt_mock.service.media.recordings import synthesize_recording
from mtt_mock.service.media.signed_urls import BadSignatureError, SignatureExpiredError, UrlSigner


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
    a, b = samples(synthesize_recording(4000, "A")), samples(synthesize_recording(4000, "B"))
    assert len(a) == len(b) == 32_000
    assert [crossings(a[n * 8000 : (n + 1) * 8000]) for n in range(4)] == [439, 0, 439, 0]
    assert [crossings(b[n * 8000 : (n + 1) * 8000]) for n in range(4)] == [0, 553, 0, 553]


@given(st.integers(0, 20_000), st.sampled_from("AB"))
def test_a_recording_is_as_long_as_the_talk_to_the_millisecond(milliseconds, side):
    with wave.open(io.BytesIO(synthesize_recording(milliseconds, side))) as recording:
        assert recording.getnframes() == milliseconds * 8


def test_a_tone_begins_and_ends_without_a_click():
    values = samples(synthesize_recording(2001, "A"))
    # 440 Hz at this loudness moves by 2765 from one sample to the next at most.
    assert max(abs(after - before) for before, after in pairwise(values)) < 2800
    assert max(map(abs, values[:8] + values[7992:8000])) < 800


@pytest.mark.parametrize("milliseconds", [0, -1, -5000])
def test_no_talk_is_an_empty_recording(milliseconds):
    assert samples(synthesize_recording(milliseconds, "A")) == []
    assert len(synthesize_recording(milliseconds, "A")) == 44


def test_the_longest_recording_is_in_memory_once():
    synthesize_recording(0, "A")
    tracemalloc.start()
    try:
        synthesize_recording(3_600_000, "A")
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_a_recording_is_cut_after_an_hour():
    assert (
        len(synthesize_recording(3_600_001, "B"))
        == len(synthesize_recording(3_600_000, "B"))
        == 57_600_044
    )


def test_a_ticket_is_good_before_its_end_and_not_at_it():
    signer = UrlSigner(b"secret")
    ticket = signer.issue("record", ["1000001", "A"], expires=60_000)
    assert signer.read("record", ticket, now=59_999) == ["1000001", "A"]
    with pytest.raises(SignatureExpiredError):
        signer.read("record", ticket, now=60_000)


@pytest.mark.parametrize(
    "ticket", ["", ".", "x", "WyI", "ÿ", "a.b.c", "\x00", "\ud800", "a.\udcff", "a" * 100_000]
)
def test_what_is_no_ticket_is_refused(ticket):
    with pytest.raises(BadSignatureError):
        UrlSigner(b"secret").read("record", ticket, now=0)


def test_a_ticket_of_another_kind_or_of_another_fake_is_refused():
    ticket = UrlSigner(b"secret").issue("upload", ["1"], None)
    with pytest.raises(BadSignatureError):
        UrlSigner(b"secret").read("record", ticket, now=0)
    with pytest.raises(BadSignatureError):
        UrlSigner(b"other").read("upload", ticket, now=0)


FIELDS = st.lists(st.text(st.characters(codec="utf-8")), max_size=3)


@given(FIELDS)
@example([" приветствие.wav ", "", 'a,b"]/?#\n\x00'])
def test_a_ticket_comes_back_as_it_was_and_stands_in_a_url_as_it_is(fields):
    ticket = UrlSigner(b"secret").issue("k", fields, None)
    assert UrlSigner(b"secret").read("k", ticket, now=0) == fields
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", ticket)


@given(FIELDS, st.data())
def test_a_ticket_with_any_character_changed_added_or_lost_is_refused(fields, data):
    ticket = UrlSigner(b"secret").issue("k", fields, None)
    place = data.draw(st.integers(0, len(ticket)))
    lost = data.draw(st.integers(0, 1))
    letter = data.draw(st.one_of(st.sampled_from(["", *"AZaz09-_.=~+/ "]), st.characters()))
    changed = ticket[:place] + letter + ticket[place + lost :]
    assume(changed != ticket)
    with pytest.raises(BadSignatureError):
        UrlSigner(b"secret").read("k", changed, now=0)


def test_the_last_character_of_a_ticket_has_one_spelling():
    ticket = UrlSigner(b"secret").issue("k", ["1"], None)
    for letter in string.ascii_letters + string.digits + "-_":
        if letter != ticket[-1]:
            with pytest.raises(BadSignatureError):
                UrlSigner(b"secret").read("k", ticket[:-1] + letter, now=0)


def test_a_ticket_is_signed_with_256_bits():
    assert len(UrlSigner(b"secret").issue("k", ["1"], None).rpartition(".")[2]) == 43


@given(st.text())
def test_no_text_makes_reading_a_ticket_fail_otherwise(text):
    with pytest.raises(BadSignatureError):
        UrlSigner(b"secret").read("k", text, now=0)

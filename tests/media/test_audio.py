"""What uploaded bytes are, however broken."""

import io
import struct
import time
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock.service.media.audio import Audio, detect_audio


def wav(seconds, rate=8000, width=2, channels=1):
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(bytes(int(seconds * rate) * width * channels))
    return file.getvalue()


# MPEG 1 layer III, 128 kbit/s, 44.1 kHz, mono: 417 bytes a frame, 1152 samples each.
FRAME = bytes([0xFF, 0xFB, 0x90, 0xC0]) + bytes(413)
MP3 = FRAME * 100


@pytest.mark.parametrize(
    ("content", "audio"),
    [
        (wav(2.5), Audio("wav", 2500)),
        (wav(1, rate=44_100, channels=2), Audio("wav", 1000)),
        (wav(0), Audio("wav", 0)),
        (b"", Audio(None)),
        (b"RIFF", Audio(None)),
        (b"<html>no audio</html>", Audio(None)),
        (b"%PDF-1.7", Audio(None)),
        ("text".encode("utf-16"), Audio(None)),
        (bytes.fromhex("fff150801fbffc"), Audio(None)),  # AAC
        (bytes(10_000_000), Audio(None)),
    ],
)
def test_wav_is_recognised_with_its_length_and_other_bytes_are_not_audio(content, audio):
    assert detect_audio(content) == audio


@pytest.mark.parametrize("content", [MP3, b"ID3\x04\x00\x00\x00\x00\x00\x00" + MP3])
def test_mp3_is_recognised_with_its_length(content):
    audio = detect_audio(content, "hello.mp3")
    assert audio.kind == "mp3"
    assert audio.milliseconds == pytest.approx(100 * 1152 / 44.1, rel=0.05)


def with_sizes(content, riff, data):
    return (
        content[:4]
        + struct.pack("<I", riff)
        + content[8:40]
        + struct.pack("<I", data)
        + content[44:]
    )


@pytest.mark.parametrize(
    ("content", "milliseconds"),
    [
        (with_sizes(wav(2.5), 0xFFFFFFFF, 0xFFFFFFFF), 2500),  # streamed: not known when it began
        (with_sizes(wav(2.5), 57_600_036, 57_600_000), 2500),  # says an hour
        (wav(2.5)[:16_044], 1000),  # cut off
        (wav(2.5) + b"LIST\x04\x00\x00\x00INFO", 2500),
        (wav(2.5, width=1)[:20] + b"\x06" + wav(2.5, width=1)[21:], 2500),  # A-law, telephony's
    ],
)
def test_a_wav_is_as_long_as_its_samples_last(content, milliseconds):
    assert detect_audio(content) == Audio("wav", milliseconds)


def with_frames(count):
    """Return an MP3 that says how many frames it has, as those of varying rate do."""
    head = FRAME[:4] + bytes(17) + b"Xing" + struct.pack(">iii", 3, count, 1_000_000)
    return head + bytes(417 - len(head)) + FRAME * 3


@pytest.mark.parametrize(
    ("count", "milliseconds"),
    [(1000, 26_122), (2**31 - 1, None), (-5, 104)],
)
def test_a_count_of_frames_is_believed_when_it_is_sane(count, milliseconds):
    assert detect_audio(with_frames(count)) == Audio("mp3", milliseconds)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfb" * 2_500_000,
        FRAME + b"\xff" * 5_000_000,
        b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(5_000_000),
        b"fLaC" + b"\x01\x00\x00\x00" * 1_250_000,
        b"RIFF\xff\xff\xff\xffWAVE" + b"abcd\x00\x00\x00\x00" * 600_000,
    ],
    ids=["no frames", "one frame", "no sound", "blocks", "chunks"],
)
def test_bytes_made_to_be_slow_are_given_up_soon(content):
    began = time.process_time()
    assert detect_audio(content).milliseconds is None
    assert time.process_time() - began < 0.4  # it takes 0.05; without a bound, seconds


def test_the_name_does_not_make_bytes_audio():
    assert detect_audio(b"hello", "hello.wav") == Audio(None)
    assert detect_audio(wav(1), "hello.txt") == Audio("wav", 1000)
    assert detect_audio(MP3, "hello.wav") == detect_audio(MP3)


@pytest.mark.parametrize(
    "content",
    [
        b"RIFF\xff\xff\xff\xffWAVE",
        wav(1)[:20],
        wav(1)[:24] + bytes(4) + wav(1)[28:],
        wav(1)[:24] + bytes(8) + wav(1)[32:],
        wav(1)[:28] + b"\x01\x00\x00\x00" + wav(1)[32:40] + b"\xff\xff\xff\xff",
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
        b"\xff\xfb",
        b"OggS" + bytes(30),
        b"fLaC" + bytes(60),
    ],
)
def test_broken_headers_leave_the_length_open_or_sane(content):
    audio = detect_audio(content)
    assert audio.kind in ("wav", "mp3", "ogg", "flac")
    assert audio.milliseconds is None or 0 <= audio.milliseconds <= 86_400_000


@given(
    st.sampled_from(
        [wav(0.1), MP3[:2000], with_frames(9), b"OggS" + bytes(200), b"fLaC" + bytes(200)]
    ),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=12),
    st.integers(0, 400),
)
def test_no_bytes_make_it_fail(content, changes, cut):
    changed = bytearray(content)
    for place, value in changes:
        changed[place] = value
    audio = detect_audio(bytes(changed[: len(changed) - cut]))
    assert audio.milliseconds is None or 0 <= audio.milliseconds <= 86_400_000

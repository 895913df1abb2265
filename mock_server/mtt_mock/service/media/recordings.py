"""A simulated talk as sound: the two sides take turns, second by second."""

from __future__ import annotations

import io
import math
import struct
import wave
from functools import cache

from mtt_mock.domain.followme import Side

RATE = 8000  # samples a second, telephony's
_PER_MS = RATE // 1000
_WIDTH = 2  # bytes a sample
_LONGEST = 3_600_000  # milliseconds
_TONES: dict[Side, int] = {"A": 440, "B": 554}  # Hz
_LOUDNESS = 8000  # of 32767
_FADE = 80  # samples at both ends of a tone, so that it does not click


def synthesize_recording(milliseconds: int, side: Side) -> bytes:
    """Return what ``side`` says in a talk of so many ``milliseconds``, as a WAV file.

    8 kHz, 16 bit, mono. A talks (a tone of 440 Hz) in the first, third, … second, B (554 Hz) in the
    others. A talk longer than an hour is cut there: that is 58 MB. Less than 0 ms counts as 0.
    """
    frames = min(max(milliseconds, 0), _LONGEST) * _PER_MS
    turn = _turn(side)
    whole, rest = divmod(frames * _WIDTH, len(turn))
    # Joined once: an hour that went through a file would be in memory twice.
    return b"".join([_header(frames), *[turn] * whole, turn[:rest]])


def _header(frames: int) -> bytes:
    """Return what stands before so many samples in a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(_WIDTH)
        recording.setframerate(RATE)
        recording.setnframes(frames)
        recording.writeframesraw(b"")
        return file.getvalue()  # before the end, where wave would correct the length to 0


@cache
def _turn(side: Side) -> bytes:
    """Return two seconds: a tone and silence, or the other way round."""
    tone = b"".join(
        struct.pack(
            "<h",
            round(
                _LOUDNESS
                * min(1.0, index / _FADE, (RATE - index) / _FADE)
                * math.sin(2 * math.pi * _TONES[side] * index / RATE)
            ),
        )
        for index in range(RATE)
    )
    silence = bytes(len(tone))
    return tone + silence if side == "A" else silence + tone

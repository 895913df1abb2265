"""Recordings of calls: a WAV file of one side's audio, rendered when it is read.

A recording begins when the first side answers and ends with the call, so those of both sides are
aligned with each other and with the call's events. Recordings are an assumption in all details.
"""

from __future__ import annotations

import io
import math
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import NamedTuple

from mtt_mock.domain.calls import CallPlan
from mtt_mock.domain.followme import Side
from mtt_mock.service.media.audio import TELEPHONE_RATE
from mtt_mock.service.media.decoding import Render

MAX_RECORDING_SECONDS = 4 * 3600
_SAMPLES_PER_MS = TELEPHONE_RATE // 1000
_SAMPLE_BYTES = 2
_HEADER_BYTES = 44
_TALK_HZ: dict[Side, int] = {"A": 440, "B": 554}
_RINGBACK_HZ, _RINGBACK_ON, _RINGBACK_CYCLE = 425, 1, 5  # seconds, as in Russia
_MARKER_HZ = 1000
_AMPLITUDE = 8000  # of 32767
_FADE_SAMPLES = 80  # at both ends of a tone, so that it does not click


class _Segment(NamedTuple):
    """A part of a recording, in samples from its beginning."""

    start: int
    end: int
    render: Render


class TelephoneWav(io.RawIOBase):
    """A WAV file of telephone sound (8 kHz, 16 bit, mono), rendered when it is read or sought.

    Args:
        samples: The number of samples.
        render: Returns samples: (offset, count) to bytes. Missing ones are silent.
    """

    def __init__(self, samples: int, render: Render) -> None:
        super().__init__()
        self._samples = samples
        self._render_samples = render
        self.size = _HEADER_BYTES + samples * _SAMPLE_BYTES
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to ``offset`` bytes from the beginning, the position or the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read bytes into ``buffer`` and return their number, 0 at the end."""
        start, end = self._position, min(self._position + len(buffer), self.size)
        if start >= end:
            return 0
        content = _header(self._samples)[start:end]
        first, last = max(start - _HEADER_BYTES, 0), max(end - _HEADER_BYTES, 0)
        if last > first:
            # Whole samples around the bytes that are asked for.
            count = -(-last // _SAMPLE_BYTES) - first // _SAMPLE_BYTES
            sound = self._render_samples(first // _SAMPLE_BYTES, count)
            sound = sound.ljust(count * _SAMPLE_BYTES, b"\0")
            content += sound[first % _SAMPLE_BYTES :][: last - first]
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)


class Recording(TelephoneWav):
    """The recording of one side of a call.

    A tone of 425 Hz is the ringing of the other side. Then both take turns, second by second: A
    talks with 440 Hz, B with 554 Hz. A prompt sounds as itself, or as a tone of 1000 Hz where no
    decoder for it is installed: where ``prompt`` returns ``None`` for the value of its element.
    """

    def __init__(
        self, plan: CallPlan, side: Side, prompt: Callable[[str], Render | None] = lambda _: None
    ) -> None:
        self._segments = list(_segments(plan, side, prompt))
        self._starts = [segment.start for segment in self._segments]
        start = _start(plan)
        length = 0 if start is None else plan.ended - start
        samples = min(length, MAX_RECORDING_SECONDS * 1000) * _SAMPLES_PER_MS
        super().__init__(samples, self._render)

    def _render(self, start: int, size: int) -> bytes:
        parts, end = [], start + size
        while start < end:
            index = bisect_right(self._starts, start) - 1
            segment = self._segments[index] if index >= 0 else None
            if segment is None or segment.end <= start:
                following = self._starts[index + 1] if index + 1 < len(self._starts) else end
                count = min(end, following) - start
                parts.append(bytes(2 * count))
            else:
                count = min(end, segment.end) - start
                sound = segment.render(start - segment.start, count)
                parts.append(sound.ljust(2 * count, b"\0"))  # a prompt may be shorter by a sample
            start += count
        return b"".join(parts)


def _start(plan: CallPlan) -> int | None:
    """Return when the first side answers, in milliseconds of the plan."""
    answers = [leg.answered for leg in plan.legs.values() if leg.answered is not None]
    return min(answers, default=None)


def _segments(
    plan: CallPlan, side: Side, prompt: Callable[[str], Render | None]
) -> Iterator[_Segment]:
    """Yield the audible parts, in order."""
    start, leg = _start(plan), plan.leg(side)
    if start is None or leg.answered is None:
        return

    def segment(begin: int, end: int, render: Render) -> Iterator[_Segment]:
        if end > begin:
            yield _Segment(
                (begin - start) * _SAMPLES_PER_MS, (end - start) * _SAMPLES_PER_MS, render
            )

    for event, following in zip(plan.timeline, plan.timeline[1:], strict=False):
        if event.kind == "hears" and event.side == side:
            render = prompt(event.detail) or partial(_repeat, _tone(_MARKER_HZ))
            yield from segment(event.at, following.at, render)
    other = plan.leg("B" if side == "A" else "A")
    if leg.answered < other.rung:
        rung_until = plan.ended if other.answered is None else other.answered
        yield from segment(other.rung, rung_until, partial(_repeat, _ringback_cycle()))
    if plan.joined is not None:
        yield from segment(plan.joined, plan.ended, partial(_repeat, _talk_cycle()))


def _repeat(cycle: bytes, offset: int, count: int) -> bytes:
    """Return ``count`` samples of an endlessly repeated ``cycle``."""
    first = offset * _SAMPLE_BYTES % len(cycle)
    size = count * _SAMPLE_BYTES
    return (cycle * (-(-(first + size) // len(cycle))))[first : first + size]


@cache
def _ringback_cycle() -> bytes:
    silence = bytes((_RINGBACK_CYCLE - _RINGBACK_ON) * TELEPHONE_RATE * _SAMPLE_BYTES)
    return _tone(_RINGBACK_HZ) + silence


@cache
def _talk_cycle() -> bytes:
    """Return two seconds: A talks, then B."""
    return _tone(_TALK_HZ["A"]) + _tone(_TALK_HZ["B"])


@cache
def _tone(hertz: int) -> bytes:
    """Return one second of a tone, with fades at both ends."""
    return struct.pack(
        f"<{TELEPHONE_RATE}h",
        *(
            round(
                _AMPLITUDE
                * min(1.0, index / _FADE_SAMPLES, (TELEPHONE_RATE - index) / _FADE_SAMPLES)
                * math.sin(2 * math.pi * hertz * index / TELEPHONE_RATE)
            )
            for index in range(TELEPHONE_RATE)
        ),
    )


def _header(samples: int) -> bytes:
    """Return the header of a WAV file of ``samples`` samples."""
    size = samples * _SAMPLE_BYTES
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", 16, 1, 1,
        TELEPHONE_RATE, TELEPHONE_RATE * _SAMPLE_BYTES, _SAMPLE_BYTES, 16, b"data", size,
    )  # fmt: skip

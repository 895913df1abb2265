"""Reads WebM and Matroska: the length that the file states, and its first sound track.

RFC 8794 describes the elements, RFC 9559 their meaning. A live recording states no length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from mtt_mock.service.media.measured import Measured

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_INFO, _TIMESTAMP_SCALE, _DURATION = 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _TRACK, _TRACK_TYPE, _CODEC = 0x1654AE6B, 0xAE, 0x83, 0x86
_AUDIO, _SAMPLING_FREQUENCY, _CHANNELS = 0xE1, 0xB5, 0x9F
_SOUND = 2  # a track's type
_DEFAULT_RATE = 8000.0
_CODECS = {
    b"A_OPUS": "Opus", b"A_VORBIS": "Vorbis", b"A_AAC": "AAC", b"A_FLAC": "FLAC",
    b"A_MPEG/L3": "MP3", b"A_AC3": "AC-3", b"A_PCM/INT/LIT": "PCM",
}  # fmt: skip
_MAX_ELEMENTS = 100  # on one level

_Element = tuple[int, int, int]  # id, start and end of its data


def read_webm(content: bytes) -> Measured:
    """Read the length and the first sound track."""
    segment = _segment(content)
    codec, rate, channels = _sound_track(content, *segment.get(_TRACKS, (0, 0)))
    if not codec:
        return Measured("WebM without sound")
    first, last = segment.get(_INFO, (0, 0))
    info = {name: content[start:end] for name, start, end in _elements(content, first, last)}
    samples = None
    if _DURATION in info:
        scale = _unsigned(info[_TIMESTAMP_SCALE]) if _TIMESTAMP_SCALE in info else 1_000_000
        samples = _float(info[_DURATION]) * scale / 1e9 * rate
    return Measured(codec, round(rate), channels, samples)


def _segment(content: bytes) -> dict[int, tuple[int, int]]:
    """Return start and end of each element of the first segment, up to its sound."""
    segment: dict[int, tuple[int, int]] = {}
    for element, start, end in _elements(content, 0, len(content)):
        if element != _SEGMENT:
            continue
        for child, first, last in _elements(content, start, end):
            if child == _CLUSTER:
                break
            segment.setdefault(child, (first, last))
        break
    return segment


def _sound_track(content: bytes, start: int, end: int) -> tuple[str, float, int]:
    """Return codec, rate and channels of the first sound track; an empty codec without one."""
    for element, first, last in _elements(content, start, end):
        if element != _TRACK:
            continue
        track = {name: content[a:b] for name, a, b in _elements(content, first, last)}
        if _unsigned(track.get(_TRACK_TYPE, b"")) == _SOUND:
            codec = track.get(_CODEC, b"").rstrip(b"\0")
            audio = track.get(_AUDIO, b"")
            sound = {name: audio[a:b] for name, a, b in _elements(audio, 0, len(audio))}
            rate = _float(sound[_SAMPLING_FREQUENCY]) if _SAMPLING_FREQUENCY in sound else 0
            channels = _unsigned(sound.get(_CHANNELS, b"\1"))
            return _CODECS.get(codec, "Matroska"), rate or _DEFAULT_RATE, channels
    return "", 0.0, 0


def _elements(content: bytes, position: int, end: int) -> Iterator[_Element]:
    """Yield the elements between two offsets; one of unknown size ends with its parent."""
    for _ in range(_MAX_ELEMENTS):
        if position >= end:
            return
        id_bytes = 9 - content[position].bit_length()
        element = _unsigned(content[position : position + id_bytes])
        position += id_bytes
        size_bytes = 9 - content[position].bit_length()
        mask = (1 << 7 * size_bytes) - 1
        size = _unsigned(content[position : position + size_bytes]) & mask
        position += size_bytes
        last = end if size == mask else min(position + size, end)
        yield element, position, last
        position = last


def _unsigned(data: bytes) -> int:
    return int.from_bytes(data[:8], "big")


def _float(data: bytes) -> float:
    value: float = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]  # noqa: PLR2004
    return value

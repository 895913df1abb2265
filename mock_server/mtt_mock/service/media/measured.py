"""The result of reading an audio file."""

from __future__ import annotations

from typing import NamedTuple


class SampleLayout(NamedTuple):
    """Where uncompressed or G.711 samples are in a file.

    Attributes:
        encoding: ``u8``, ``s16le``, ``s16be``, ``s24le``, ``s24be``, ``s32le``, ``s32be``, ``alaw``
            or ``ulaw``.
        start: Offset of the first byte.
        size: Number of bytes.
    """

    encoding: str
    start: int
    size: int


class Measured(NamedTuple):
    """What a format's reader found: ``samples`` divided by ``rate`` is the time in seconds."""

    codec: str
    rate: int = 0
    channels: int = 0
    samples: float | None = None
    layout: SampleLayout | None = None

"""The result of reading an audio file."""

from __future__ import annotations

from typing import NamedTuple

# Bytes of a sample by its encoding.
SAMPLE_BYTES = {"u8": 1, "alaw": 1, "ulaw": 1, "s16le": 2, "s16be": 2, "s24le": 3, "s24be": 3,
                "s32le": 4, "s32be": 4}  # fmt: skip


class SampleLayout(NamedTuple):
    """Where uncompressed or G.711 samples are in a file.

    Attributes:
        encoding: A key of ``SAMPLE_BYTES``.
        start: Offset of the first byte.
        size: Number of bytes.
    """

    encoding: str
    start: int
    size: int


class Measured(NamedTuple):
    """The measures of an audio file: ``samples`` divided by ``rate`` is the time in seconds.

    ``padding`` is the silence of an MP3 encoder, which ``samples`` leave out; ``None`` if the file
    does not state it: then ``samples`` include it.
    """

    codec: str
    rate: int = 0
    channels: int = 0
    samples: float | None = None
    layout: SampleLayout | None = None
    padding: int | None = 0

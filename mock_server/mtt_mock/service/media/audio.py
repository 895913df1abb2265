"""What an uploaded file is, by its bytes. Which formats MTT takes is not known."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["wav", "mp3", "ogg", "flac"]

_LONGEST = 24 * 3600.0  # seconds; a header that says more is not believed
_SIGNATURES: tuple[tuple[Kind, bytes, int, bytes], ...] = (
    ("wav", b"RIFF", 8, b"WAVE"),
    ("ogg", b"OggS", 0, b""),
    ("flac", b"fLaC", 0, b""),
    ("mp3", b"ID3", 0, b""),
)
# The second byte of an MPEG frame (the first is 0xFF): the rest of the sync bits, and layer III.
# Without the layer, AAC and the mark before UTF-16 text would pass.
_MP3_MASK, _MP3_BITS = 0xE6, 0xE2
_MOST_READS = 20_000  # some 50 ms; a real file of 20 MB takes fewer
_HEADER_WITHIN = 65_536  # bytes; where a WAV's samples start


@dataclass(frozen=True, slots=True)
class Audio:
    """``kind`` is wav, mp3, ogg or flac, ``None`` for what is no audio that is known here.

    ``milliseconds`` is how long it plays, ``None`` when the file does not say so credibly.
    """

    kind: Kind | None
    milliseconds: int | None = None


def detect_audio(content: bytes, name: str = "") -> Audio:
    """Return what ``content`` is; ``name`` is its file name.

    No bytes make this raise, or work for much longer than a real file does.
    """
    kind = _kind(content)
    return Audio(kind, None if kind is None else _milliseconds(content, kind, name))


def _kind(content: bytes) -> Kind | None:
    for kind, start, offset, mark in _SIGNATURES:
        if content.startswith(start) and content[offset : offset + len(mark)] == mark:
            return kind
    if len(content) > 1 and content[0] == 0xFF and content[1] & _MP3_MASK == _MP3_BITS:  # noqa: PLR2004
        return "mp3"
    return None


def _milliseconds(content: bytes, kind: Kind, name: str) -> int | None:
    seconds = _as_parsed(content, f"{name}.{kind}")
    if kind == "wav":
        seconds = _not_beyond_the_end(content, seconds)
    if seconds is None or not math.isfinite(seconds) or not 0 <= seconds <= _LONGEST:
        return None
    return round(seconds * 1000)


def _as_parsed(content: bytes, name: str) -> float | None:
    from tinytag import TinyTag  # noqa: PLC0415 -- only who uploads pays for its import

    try:
        tag = TinyTag.get(name, file_obj=_BoundedFile(content), tags=False)
    except Exception:  # noqa: BLE001 -- whatever broken headers lead a parser to, it is no length
        return None
    seconds: float | None = tag.duration
    return seconds


def _not_beyond_the_end(content: bytes, seconds: float | None) -> float | None:
    """Return ``seconds`` of a WAV, but no more than its samples last.

    What is streamed (sizes unknown when it began), cut off, or compressed has a length only so.
    """
    form = content.find(b"fmt ", 0, _HEADER_WITHIN)
    samples = content.find(b"data", max(form, 0), _HEADER_WITHIN) + 8
    if form < 0 or not form + 20 <= samples <= len(content):
        return seconds
    bytes_a_second = int.from_bytes(content[form + 16 : form + 20], "little")
    if not bytes_a_second:
        return seconds
    lasts = (len(content) - samples) / bytes_a_second
    return min(seconds, lasts) if seconds else lasts  # 0: tinytag does not know the codec


class _BoundedFile(io.BytesIO):
    """A file that breaks when it is read too often: parsers look for a frame byte by byte."""

    _reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > _MOST_READS:
            raise OSError("too many reads")
        return super().read(size)

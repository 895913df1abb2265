"""What an uploaded file is, by its bytes. Which formats MTT takes is not known."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

_LONGEST = 24 * 3600.0  # seconds; a header that says more is not believed
_SIGNATURES = (
    ("wav", b"RIFF", 8, b"WAVE"),
    ("ogg", b"OggS", 0, b""),
    ("flac", b"fLaC", 0, b""),
    ("mp3", b"ID3", 0, b""),
)
_MP3_SYNC = 0xE0  # the upper bits of the second byte of an MPEG frame; the first is 0xFF


@dataclass(frozen=True, slots=True)
class Audio:
    """``kind`` is wav, mp3, ogg or flac, ``None`` for what is no audio that is known here.

    ``milliseconds`` is how long it plays, ``None`` when the file does not say so credibly.
    """

    kind: str | None
    milliseconds: int | None = None


def recognise(content: bytes, name: str = "") -> Audio:
    """Return what ``content`` is; ``name`` is its file name. No bytes make this raise."""
    kind = _kind(content)
    return Audio(kind, None if kind is None else _milliseconds(content, kind, name))


def _kind(content: bytes) -> str | None:
    for kind, start, offset, mark in _SIGNATURES:
        if content.startswith(start) and content[offset : offset + len(mark)] == mark:
            return kind
    if len(content) > 1 and content[0] == 0xFF and content[1] & _MP3_SYNC == _MP3_SYNC:  # noqa: PLR2004
        return "mp3"
    return None


def _milliseconds(content: bytes, kind: str, name: str) -> int | None:
    from tinytag import TinyTag  # noqa: PLC0415 -- only who uploads pays for its import

    try:
        tag = TinyTag.get(f"{name}.{kind}", file_obj=io.BytesIO(content), tags=False)
    except Exception:  # noqa: BLE001 -- whatever broken headers lead a parser to, it is no length
        return None
    seconds = tag.duration
    if seconds is None or not math.isfinite(seconds) or not 0 <= seconds <= _LONGEST:
        return None
    return round(seconds * 1000)

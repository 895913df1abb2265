"""Reads MPEG audio: MP3 with or without tags, and AAC in ADTS."""

from __future__ import annotations

import io
from typing import NamedTuple

from mtt_mock.service.media.measured import Measured

_MAX_ID3_TAGS = 4
_MAX_TINYTAG_READS = 12_000  # about 40 ms; a real file of 10 MB takes fewer
_MAX_ADTS_FRAMES = 40_000
_MAX_SYNC_BYTES = 64 * 1024  # before the first frame
_MAX_MP3_FRAME_BYTES = 2881
_MAX_JOINED_MP3_FILES = 100
_ID3V1_BYTES = 128
_ADTS_RATES = (
    96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
)  # fmt: skip
_ADTS_FRAME_SAMPLES = 1024
_MPEG_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG_1 = 3
# The second byte of a frame (the first is 0xFF): the rest of the sync bits, and layer III. Without
# the layer, AAC and the byte order mark of UTF-16 would pass.
_MP3_MASK, _MP3_BITS = 0xE6, 0xE2


class _Frame(NamedTuple):
    """The header of an MP3 frame."""

    version: int
    rate: int
    channels: int

    @property
    def samples(self) -> int:
        return 1152 if self.version == _MPEG_1 else 576

    @property
    def side_info_bytes(self) -> int:
        if self.version == _MPEG_1:
            return 17 if self.channels == 1 else 32
        return 9 if self.channels == 1 else 17


def skip_id3(content: bytes, position: int = 0) -> int:
    """Return the offset after the ID3v2 tags at ``position``."""
    for _ in range(_MAX_ID3_TAGS):
        tag = content[position : position + 10]
        if len(tag) < 10 or tag[:3] != b"ID3":  # noqa: PLR2004 -- the header's size
            break
        size = sum(
            (byte & 0x7F) << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True)
        )
        position += 10 + size + (10 if tag[5] & 0x10 else 0)
    return position


def is_mp3(content: bytes) -> bool:
    """Return whether ``content`` begins with an ID3 tag or an MP3 frame."""
    return content.startswith(b"ID3") or _is_frame(content, 0)


def read_mp3(content: bytes) -> Measured:
    """Read an MP3 file. The encoder's delay and padding do not count, as in players.

    tinytag counts both: 0.17 s at 8 kHz. The lengths of files that ``cat`` joined are added.
    """
    start = _first_frame(content)
    first = None if start is None else _frame(content, start)
    if start is None or first is None:
        return Measured("MP3", samples=_tinytag_seconds(content), rate=1)
    frame, seconds, padding = first, 0.0, 0.0
    is_padding_known = True
    for _ in range(_MAX_JOINED_MP3_FILES):
        samples, padding_samples, end = _xing_samples(content, start, frame)
        if samples is None:
            rest = _tinytag_seconds(content[start:])
            if rest is None:
                break
            samples = rest * frame.rate
        seconds += samples / frame.rate
        padding += (padding_samples or 0) / frame.rate
        is_padding_known &= padding_samples is not None
        joined = None if end is None else _joined_frame(content, end)
        if joined is None:
            total = round(padding * first.rate) if is_padding_known else None
            return Measured("MP3", first.rate, first.channels, seconds * first.rate, padding=total)
        start, frame = joined
    return Measured("MP3", first.rate, first.channels)


def _joined_frame(content: bytes, position: int) -> tuple[int, _Frame] | None:
    """Return offset and header of the first frame of a file that is joined at ``position``."""
    if content.startswith(b"TAG", position):
        position += _ID3V1_BYTES
    position = skip_id3(content, position)
    frame = _frame(content, position) if _is_frame(content, position) else None
    if frame is None:
        return None
    # A file whose byte count leaves its first frame out seems to have one frame more.
    is_long = len(content) - position > _MAX_MP3_FRAME_BYTES
    if is_long or _xing_samples(content, position, frame)[0] is not None:
        return position, frame
    return None


def is_adts(content: bytes) -> bool:
    """Return whether ``content`` begins with two frames of AAC in ADTS."""
    first = _adts_frame_bytes(content, 0)
    return bool(first) and _is_adts_frame(content, first)


def read_adts(content: bytes) -> Measured:
    """Count the frames of AAC in ADTS; tinytag takes them for MP3."""
    position, frames, samples = 0, 0, 0
    rate = _ADTS_RATES[content[position + 2] >> 2 & 15]
    channels = (content[position + 2] & 1) << 2 | content[position + 3] >> 6
    while (size := _adts_frame_bytes(content, position)) and position + size <= len(content):
        if frames == _MAX_ADTS_FRAMES:
            return Measured("AAC", rate, channels)
        samples += _ADTS_FRAME_SAMPLES * (1 + (content[position + 6] & 3))
        position += size
        frames += 1
    return Measured("AAC", rate, channels, samples)


def _is_frame(content: bytes, position: int) -> bool:
    head = content[position : position + 2]
    return len(head) > 1 and head[0] == 0xFF and head[1] & _MP3_MASK == _MP3_BITS  # noqa: PLR2004


def _first_frame(content: bytes) -> int | None:
    start = skip_id3(content)
    end = min(start + _MAX_SYNC_BYTES, len(content))
    while (start := content.find(b"\xff", start, end)) >= 0:
        if _is_frame(content, start) and _frame(content, start) is not None:
            return start
        start += 1
    return None


def _frame(content: bytes, start: int) -> _Frame | None:
    if start + 4 > len(content):
        return None
    rates = _MPEG_RATES.get(content[start + 1] >> 3 & 3)
    index = content[start + 2] >> 2 & 3
    if rates is None or index >= len(rates) or content[start + 2] >> 4 == 15:  # noqa: PLR2004
        return None
    channels = 1 if content[start + 3] >> 6 == 3 else 2  # noqa: PLR2004 -- 3: mono
    return _Frame(content[start + 1] >> 3 & 3, rates[index], channels)


def _xing_samples(
    content: bytes, start: int, frame: _Frame
) -> tuple[float | None, int | None, int | None]:
    """Return the samples that the Xing or Info frame counts, without delay and padding.

    Returns:
        The samples, the delay and padding, and where the counted frames end; ``None`` for each
        that the file does not state.
    """
    position = start + 4 + frame.side_info_bytes
    if content[position : position + 4] not in (b"Xing", b"Info"):
        return None, None, None
    flags = int.from_bytes(content[position + 4 : position + 8], "big")
    position += 8
    if not flags & 1:
        return None, None, None
    frames = int.from_bytes(content[position : position + 4], "big")
    position += 4
    stream_bytes = 0
    if flags & 2:
        stream_bytes = int.from_bytes(content[position : position + 4], "big")
        position += 4
    position += (100 if flags & 4 else 0) + (4 if flags & 8 else 0)
    if not frames:
        return None, None, None
    samples: float = frames * frame.samples
    left = len(content) - start
    if stream_bytes > left:  # cut off
        return samples * left / stream_bytes, None, None
    end = start + stream_bytes if stream_bytes else None
    if content[position : position + 4] in (b"LAME", b"Lavf", b"Lavc"):
        delays = int.from_bytes(content[position + 21 : position + 24], "big")
        padding = (delays >> 12) + (delays & 0xFFF)
        return max(samples - padding, 0), padding, end
    return samples, None, end


def _is_adts_frame(content: bytes, position: int) -> bool:
    head = content[position : position + 7]
    return (
        len(head) == 7  # noqa: PLR2004 -- the header's size
        and head[0] == 0xFF  # noqa: PLR2004 -- sync bits
        and head[1] & 0xF6 == 0xF0  # noqa: PLR2004 -- sync bits, and layer 0
        and (head[2] >> 2 & 15) < len(_ADTS_RATES)
    )


def _adts_frame_bytes(content: bytes, position: int) -> int:
    """Return the size of the frame at ``position``, 0 without a frame."""
    if not _is_adts_frame(content, position):
        return 0
    head = content[position : position + 7]
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 else 0  # noqa: PLR2004 -- the header's size


def _tinytag_seconds(content: bytes) -> float | None:
    from tinytag import TinyTag  # noqa: PLC0415 -- loaded by the first such upload

    try:
        return TinyTag.get("prompt.mp3", file_obj=_BoundedFile(content), tags=False).duration
    except Exception:  # noqa: BLE001 -- a broken header may raise anything in a parser
        return None


class _BoundedFile(io.BytesIO):
    """A file that fails when it is read too often: a parser may search it byte by byte."""

    _reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > _MAX_TINYTAG_READS:
            raise OSError("too many reads")
        return super().read(size)

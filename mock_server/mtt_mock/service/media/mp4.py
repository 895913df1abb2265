"""Reads MPEG-4 files (M4A, MP4, 3GP), also those that are written as fragments.

ISO/IEC 14496-12 describes the boxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mtt_mock.service.media.measured import Measured

_MAX_BOXES = 100_000  # that are read, in about 60 ms
_MAX_FRAGMENTED_SAMPLES = 200_000  # with times of their own
_SOUND = int.from_bytes(b"soun", "big")
_CODECS = {b"mp4a": "AAC", b"alac": "ALAC", b"samr": "AMR", b"sawb": "AMR-WB", b"Opus": "Opus"}


class _Track(NamedTuple):
    """The sound track of a fragmented file."""

    number: int
    rate: int
    default_duration: int
    skipped: int  # samples at the beginning that players skip


def read_m4a(content: bytes) -> Measured:
    """Read the time of the sound track, or add up the samples of its fragments."""
    file = _File(content)
    movie = file.find(file.whole, b"moov")
    sound = _sound_track(file, movie)
    described = content.find(b"stsd", 0 if sound is None else sound.start)
    codec = _CODECS.get(content[described + 16 : described + 20], "MPEG-4")
    channels = _channels(content, described)
    track = _fragmented_track(file, movie, sound)
    if track is None:
        rate = int.from_bytes(content[described + 44 : described + 46], "big") or 1
        seconds = _seconds(file, movie, sound)
        return Measured(codec, rate, channels, None if seconds is None else seconds * rate)
    return Measured(codec, track.rate, channels, _samples_of_fragments(file, track))


def _seconds(file: _File, movie: _Box | None, sound: _Box | None) -> float | None:
    """Return the time of the sound track after its edits, or else that of the file."""
    whole = file.find(movie, b"mvhd")
    if whole is None or sound is None:
        return None
    is_wide = file.version(whole)
    scale = file.number(whole.start + (20 if is_wide else 12))
    duration = file.signed(whole.start + (24 if is_wide else 16), 8 if is_wide else 4)
    header = file.find(sound, b"tkhd")
    if header is not None:
        is_wide = file.version(header)
        own = file.signed(header.start + (28 if is_wide else 20), 8 if is_wide else 4)
        duration = own if own > 0 else duration
    return duration / scale if duration > 0 and scale else None


def _channels(content: bytes, described: int) -> int:
    """Return the channels of AAC's own header, or else of the sample description.

    ffmpeg and others write two into the description of any sound.
    """
    start = content.find(b"esds", described, described + 200)
    if start >= 0:
        # ISO/IEC 14496-1: the descriptors ES (3), its decoder (4) and the decoder's settings (5).
        position = start + 8
        for tag, fixed_bytes in ((3, 3), (4, 13), (5, 0)):
            if content[position] != tag:
                break
            position += 1
            while content[position] & 0x80:  # the size has seven bits a byte
                position += 1
            position += 1 + fixed_bytes
        else:
            settings = int.from_bytes(content[position : position + 2], "big")
            if settings >> 7 & 15 != 15:  # noqa: PLR2004 -- the rate follows as a number
                return settings >> 3 & 15
    return int.from_bytes(content[described + 36 : described + 38], "big")


class _Box(NamedTuple):
    """The content of a box: from ``start`` to ``end`` of the file."""

    start: int
    end: int


class _File:
    """The boxes of a file. Raises ``ValueError`` when too many are read."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._boxes_read = 0
        self.whole = _Box(0, len(content))

    def number(self, position: int) -> int:
        """Return the number of 32 bits at ``position``."""
        return int.from_bytes(self._content[position : position + 4], "big")

    def signed(self, position: int, size: int) -> int:
        """Return the number of ``size`` bytes at ``position``."""
        return int.from_bytes(self._content[position : position + size], "big", signed=True)

    def version(self, box: _Box) -> int:
        """Return the version of a box; in version 1 times have 64 bits."""
        return self.number(box.start) >> 24

    def boxes(self, outer: _Box, name: bytes) -> Iterator[_Box]:
        """Yield the boxes called ``name`` directly in ``outer``."""
        position = outer.start
        while True:
            size, head = self.number(position), 8
            if size == 1:
                size, head = self.signed(position + 8, 8), 16
            elif size == 0:
                size = outer.end - position  # to the end
            if size < head or position + head > outer.end:
                return
            self._boxes_read += 1
            if self._boxes_read > _MAX_BOXES:
                raise ValueError("too many boxes")
            if self._content[position + 4 : position + 8] == name:
                yield _Box(position + head, min(position + size, outer.end))
            position += size

    def find(self, outer: _Box | None, *path: bytes) -> _Box | None:
        """Return the first box at ``path`` in ``outer``."""
        for name in path:
            outer = None if outer is None else next(self.boxes(outer, name), None)
        return outer


def _sound_track(file: _File, movie: _Box | None) -> _Box | None:
    """Return the first sound track; a file may have a picture or a video before it."""
    if movie is not None:
        for track in file.boxes(movie, b"trak"):
            handler = file.find(track, b"mdia", b"hdlr")
            if handler is not None and file.number(handler.start + 8) == _SOUND:
                return track
    return None


def _fragmented_track(file: _File, movie: _Box | None, sound: _Box | None) -> _Track | None:
    """Return the sound track; ``None`` in a file without fragments."""
    extends = file.find(movie, b"mvex")
    header = file.find(sound, b"tkhd")
    media = file.find(sound, b"mdia", b"mdhd")
    if sound is None or extends is None or header is None or media is None:
        return None
    number = file.number(header.start + (20 if file.version(header) else 12))
    rate = file.number(media.start + (20 if file.version(media) else 12))
    duration = 0
    for default in file.boxes(extends, b"trex"):
        if file.number(default.start + 4) == number:
            duration = file.number(default.start + 12)
    return _Track(number, rate, duration, _skipped(file, sound))


def _skipped(file: _File, track: _Box) -> int:
    """Return how many samples the edit list skips."""
    edits = file.find(track, b"edts", b"elst")
    if edits is None or not file.number(edits.start + 4):
        return 0
    is_wide = file.version(edits)
    time = file.signed(edits.start + (16 if is_wide else 12), 8 if is_wide else 4)
    return max(time, 0)  # -1: an empty edit


def _samples_of_fragments(file: _File, track: _Track) -> int | None:
    samples = counted = 0
    for fragment in file.boxes(file.whole, b"moof"):
        for part in file.boxes(fragment, b"traf"):
            header = file.find(part, b"tfhd")
            if header is None or file.number(header.start + 4) != track.number:
                continue
            flags, duration = file.number(header.start), track.default_duration
            if flags & 0x8:
                offset = header.start + 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
                duration = file.number(offset)
            for run in file.boxes(part, b"trun"):
                flags, count = file.number(run.start), file.number(run.start + 4)
                if not flags & 0x100:
                    samples += count * duration
                    continue
                counted += count
                if counted > _MAX_FRAGMENTED_SAMPLES:
                    return None
                samples += sum(_durations(file, run, flags, count))
    return max(samples - track.skipped, 0)


def _durations(file: _File, run: _Box, flags: int, count: int) -> Iterator[int]:
    """Yield the duration of each sample of a run."""
    start = run.start + 8 + (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
    width = 4 * (flags >> 8 & 15).bit_count()
    for position in range(start, min(start + count * width, run.end), width):
        yield file.number(position)

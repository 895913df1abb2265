"""Decodes prompts to telephone audio (8 kHz, mono, 16 bit) in parts.

PCM and G.711 are decoded here. Other codecs need the extra ``audio``, which brings soundfile.
"""

from __future__ import annotations

import io
import sys
from array import array
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from mtt_mock.service.media.audio import TELEPHONE_RATE, Audio
from mtt_mock.service.media.containers import ogg_streams, read_ogg
from mtt_mock.service.media.measured import SAMPLE_BYTES, SampleLayout

Render = Callable[[int, int], bytes]
"""Returns the samples from an offset on: (offset, count) to bytes; fewer at the end."""

# libsndfile's subtypes of headerless files.
_RAW_SUBTYPES = {"gsm": "GSM610", "vox": "VOX_ADPCM"}
_MAX_BLOCK = 8000  # samples that are decoded at once


def decoder_of(content: bytes, audio: Audio) -> Render | None:
    """Return a decoder for ``content``; ``None`` if none is installed or it cannot be decoded."""
    if audio.layout is not None and audio.rate and audio.channels:
        return _Samples(content, audio.layout, audio.rate, audio.channels).render
    if audio.kind is None:
        return None
    try:
        if audio.kind == "ogg" and audio.milliseconds is not None:
            return _OggStreams(content).render
        return _SoundFile(_with_length(content, audio), audio.kind).render
    except Exception:  # noqa: BLE001 -- not installed, or libsndfile does not read this file
        return None


def _with_length(content: bytes, audio: Audio) -> bytes:
    """Return FLAC with its number of samples in the header.

    libsndfile does not read the end of a file whose header has 0 there, as in one from a pipe.
    """
    if audio.kind != "flac" or audio.milliseconds is None:
        return content
    start = content.index(b"fLaC") + 21
    samples = round(audio.milliseconds * audio.rate / 1000)
    known = (content[start] & 0xF0) << 32 | samples
    return content[:start] + known.to_bytes(5, "big") + content[start + 5 :]


class _Samples:
    """Uncompressed or G.711 samples; read where they are."""

    def __init__(self, content: bytes, layout: SampleLayout, rate: int, channels: int) -> None:
        self._data = memoryview(content)[layout.start : layout.start + layout.size]
        self._encoding, self._rate, self._channels = layout.encoding, rate, channels
        self._frame_bytes = SAMPLE_BYTES[layout.encoding] * channels

    def render(self, offset: int, count: int) -> bytes:
        """Return up to ``count`` samples from ``offset`` on."""
        parts = []
        while count > 0:
            part = self._render(offset, min(count, _MAX_BLOCK))
            parts.append(part)
            if len(part) < 2 * min(count, _MAX_BLOCK):
                break
            offset, count = offset + _MAX_BLOCK, count - _MAX_BLOCK
        return b"".join(parts)

    def _render(self, offset: int, count: int) -> bytes:
        rate, channels = self._rate, self._channels
        first = offset * rate // TELEPHONE_RATE
        last = -(-(offset + count) * rate // TELEPHONE_RATE)
        raw = bytes(self._data[first * self._frame_bytes : last * self._frame_bytes])
        values = _to_int16(raw[: len(raw) - len(raw) % self._frame_bytes], self._encoding)
        if rate != TELEPHONE_RATE or channels != 1:
            values = _resample(values, offset, count, rate, channels)
        return _little_endian(values).tobytes()[: 2 * count]


def _to_int16(raw: bytes, encoding: str) -> array[int]:
    if encoding in ("alaw", "ulaw"):
        table = _g711_table(encoding)
        return array("h", [table[byte] for byte in raw])
    if encoding == "u8":
        return array("h", [(byte - 128) << 8 for byte in raw])
    # The two upper bytes of each sample.
    width, is_little = SAMPLE_BYTES[encoding], encoding.endswith("le")
    low, high = (width - 2, width - 1) if is_little else (1, 0)
    pairs = bytearray(len(raw) // width * 2)
    pairs[0::2], pairs[1::2] = raw[low::width], raw[high::width]
    return _little_endian(array("h", bytes(pairs)))


def _little_endian(values: array[int]) -> array[int]:
    """Swap ``values`` between this machine's byte order and that of WAV."""
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _resample(values: array[int], offset: int, count: int, rate: int, channels: int) -> array[int]:
    """Return each sample as the mean of the frames that it covers, over all channels."""
    base = offset * rate // TELEPHONE_RATE
    resampled = array("h")
    for index in range(offset, offset + count):
        start = index * rate // TELEPHONE_RATE - base
        stop = max((index + 1) * rate // TELEPHONE_RATE - base, start + 1)
        covered = values[start * channels : stop * channels]
        if not covered:
            break
        resampled.append(sum(covered) // len(covered))
    return resampled


@cache
def _g711_table(encoding: str) -> list[int]:
    """Return the sample of each byte (ITU-T G.711)."""
    return [_alaw(byte) if encoding == "alaw" else _ulaw(byte) for byte in range(256)]


def _ulaw(byte: int) -> int:
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + 0x84 << (byte >> 4 & 7)) - 0x84
    return -magnitude if byte & 0x80 else magnitude


def _alaw(byte: int) -> int:
    byte ^= 0x55
    exponent = byte >> 4 & 7
    magnitude = (byte & 0x0F) << 4
    magnitude += 8 if exponent == 0 else 0x108
    if exponent > 1:
        magnitude <<= exponent - 1
    return magnitude if byte & 0x80 else -magnitude


class _OggStreams:
    """The streams of a chained Ogg file; libsndfile reads only the first one of a file."""

    def __init__(self, content: bytes) -> None:
        parts = [content[start:end] for start, end in ogg_streams(content)]
        self._streams = [
            (_SoundFile(part, "ogg").render, _telephone_samples(part)) for part in parts
        ]

    def render(self, offset: int, count: int) -> bytes:
        """Return up to ``count`` samples from ``offset`` on."""
        sound = b""
        for render, samples in self._streams:
            if offset < samples and count > 0:
                part = min(count, samples - offset)
                sound += render(offset, part).ljust(2 * part, b"\0")
                offset, count = offset + part, count - part
            offset -= samples
        return sound


def _telephone_samples(ogg: bytes) -> int:
    measured = read_ogg(ogg)
    return round((measured.samples or 0) * TELEPHONE_RATE / measured.rate)


class _SoundFile:
    """A file that soundfile (libsndfile) decodes. Raises anything if it does not."""

    def __init__(self, content: bytes, kind: str) -> None:
        self._content = content
        self._kind = kind
        self._options: dict[str, Any] = {}
        if kind in _RAW_SUBTYPES:
            self._options = {
                "samplerate": TELEPHONE_RATE, "channels": 1, "format": "RAW",
                "subtype": _RAW_SUBTYPES[kind],
            }  # fmt: skip
        self._open()

    def render(self, offset: int, count: int) -> bytes:
        """Return up to ``count`` samples from ``offset`` on; none if the file is broken there."""
        rate, channels = self._file.samplerate, self._file.channels
        first = offset * rate // TELEPHONE_RATE
        last = -(-(offset + count) * rate // TELEPHONE_RATE)
        try:
            values = array("h", self._read(first, last - first))
        except Exception:  # noqa: BLE001 -- any error of libsndfile
            return b""
        if rate != TELEPHONE_RATE or channels != 1:
            values = _resample(values, offset, count, rate, channels)
        return _little_endian(values).tobytes()[: 2 * count]

    def _open(self) -> None:
        soundfile: Any = import_module("soundfile")  # an extra, without types
        self._file = soundfile.SoundFile(io.BytesIO(self._content), **self._options)
        if self._kind == "mp3":
            # soundfile seeks after each read, and libsndfile 1.2 is silent for 80 ms after a seek
            # in MP3 of varying bit rate.
            self._file.seekable = lambda: False
        self._position = 0

    def _read(self, first: int, frames: int) -> bytes:
        if first != self._position and self._file.seekable():
            self._position = self._file.seek(first)
        elif first < self._position:
            self._open()
        while self._position < first:  # GSM and MP3 are not sought
            skipped = self._file.read(min(first - self._position, _MAX_BLOCK), dtype="int16")
            if not len(skipped):
                return b""
            self._position += len(skipped)
        read: bytes = self._file.read(frames, dtype="int16", always_2d=True).tobytes()
        self._position += len(read) // (2 * self._file.channels)
        return read

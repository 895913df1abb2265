"""Detects audio files: container, codec, rate, channels and playing time.

Which formats MTT takes is not known. tinytag measures MP3 without a Xing frame. It reads no
headerless, AU, AMR or RF64 files and measures some WAV codecs wrong, so this package reads them.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from mtt_mock.service.media import headerless
from mtt_mock.service.media.measured import Measured, SampleLayout

MAX_AUDIO_SECONDS = 24 * 3600  # a longer time in a header is not credible
MAX_SAMPLE_RATE = 5_644_800  # Hz, of DSD128; nor is a higher rate
TELEPHONE_RATE = 8000  # Hz

_W64_RIFF = rb"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_W64_WAVE = rb"wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"

_Reader = tuple[str, Callable[[bytes], object], Callable[[bytes], Measured]]


def _begins_with(pattern: bytes) -> Callable[[bytes], object]:
    return re.compile(pattern, re.DOTALL).match


@cache
def _readers() -> tuple[_Reader, ...]:
    """Return kind, test and reader of each format that is detected by content."""
    # Only the first sound file loads them: the server starts sooner.
    from mtt_mock.service.media import containers, mp4, mpeg, wav, webm  # noqa: PLC0415

    return (
        ("wav", _begins_with(rb"(RIFF|RIFX|RF64|BW64)....WAVE"), wav.read_wav),
        ("w64", _begins_with(_W64_RIFF + rb".{8}" + _W64_WAVE), wav.read_w64),
        ("ogg", _begins_with(rb"OggS"), containers.read_ogg),
        ("flac", _begins_with(rb"fLaC"), containers.read_flac),
        ("aiff", _begins_with(rb"FORM....AIF[FC]"), containers.read_aiff),
        ("au", _begins_with(rb"\.snd|dns\.|\x00ds\."), containers.read_au),
        ("amr", _begins_with(rb"#!AMR(-WB)?\n"), containers.read_amr),
        ("caf", _begins_with(rb"caff\x00\x01"), containers.read_caf),
        ("m4a", _begins_with(rb"....ftyp"), mp4.read_m4a),
        ("webm", _begins_with(rb"\x1a\x45\xdf\xa3"), webm.read_webm),
        ("aac", mpeg.is_adts, mpeg.read_adts),
        ("mp3", mpeg.is_mp3, mpeg.read_mp3),
    )


class Audio(NamedTuple):
    """An audio file.

    Attributes:
        kind: The container or format, such as ``wav`` or ``gsm``; ``None`` for other content.
        milliseconds: The playing time; ``None`` if the file does not state a credible one.
        codec: The codec, such as ``A-law``.
        rate: Samples per second.
        channels: Number of channels.
        layout: Where the samples are, if they can be read without a decoder.
        padding: Milliseconds of silence that an MP3 encoder added and ``milliseconds`` leaves out;
            ``None`` if the file does not state them; then they count.
    """

    kind: str | None
    milliseconds: int | None = None
    codec: str = ""
    rate: int = 0
    channels: int = 0
    layout: SampleLayout | None = None
    padding: int | None = 0

    def __str__(self) -> str:
        parts = [self.codec or str(self.kind)]
        if self.rate and self.channels:
            parts.append(f"{self.rate / 1000:g} kHz {_channels_text(self.channels)}")
        if self.milliseconds is not None:
            parts.append(f"{self.milliseconds / 1000:g} s{self._padding_text()}")
        return ", ".join(parts)

    def _padding_text(self) -> str:
        if self.padding is None:
            return " with the encoder's padding"
        return f" without {self.padding / 1000:g} s of padding" if self.padding else ""

    @property
    def is_wideband(self) -> bool:
        """Whether a telephone (8 kHz, mono) plays less than the file holds."""
        return self.rate > TELEPHONE_RATE or self.channels > 1


def detect_audio(content: bytes, name: str = "") -> Audio:
    """Detect kind, codec and length of ``content``.

    The content after any ID3 tags decides; the extension of ``name`` decides only for headerless
    formats. No content raises an error or takes longer than 0.1 s.
    """
    from mtt_mock.service.media.mpeg import skip_id3  # noqa: PLC0415 -- as in _readers

    start = skip_id3(content)
    sound = content[start:] if start else content
    for kind, matches, read in _readers():
        if matches(sound) or (start and kind == "mp3"):  # a tag alone makes an MP3
            try:
                return _audio(kind, _moved(read(sound), start))
            except (IndexError, ValueError, ArithmeticError, struct.error):  # a broken header
                return Audio(kind)
    headerless_format = headerless.find_format(content, name)
    if headerless_format is not None:
        return _audio(headerless_format.kind, headerless_format.measure(content))
    return Audio(None)


def _moved(measured: Measured, start: int) -> Measured:
    """Return ``measured`` of content that begins at ``start`` of a file."""
    layout = measured.layout
    if layout is None or not start:
        return measured
    return measured._replace(layout=layout._replace(start=layout.start + start))


def _audio(kind: str, measured: Measured) -> Audio:
    milliseconds, padding = None, measured.padding
    if measured.samples is not None and 0 < measured.rate <= MAX_SAMPLE_RATE:
        seconds = measured.samples / measured.rate
        if math.isfinite(seconds) and 0 <= seconds <= MAX_AUDIO_SECONDS:
            milliseconds = round(seconds * 1000)
    if padding:
        padding = round(padding * 1000 / measured.rate)
    return Audio(
        kind,
        milliseconds,
        measured.codec,
        measured.rate,
        measured.channels,
        measured.layout,
        padding,
    )


def _channels_text(channels: int) -> str:
    return {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")

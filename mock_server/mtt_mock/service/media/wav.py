"""Reads WAV files: RIFF, RIFX, RF64, BW64 and Sony Wave64, with any codec."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mtt_mock.service.media.measured import Measured, SampleLayout
from mtt_mock.service.media.mpeg import read_mp3

MAX_CHUNKS = 10_000
_MAX_G723_FRAMES = 150_000

_PCM, _MS_ADPCM, _FLOAT, _ALAW, _ULAW = 0x1, 0x2, 0x3, 0x6, 0x7
_IMA_ADPCM, _GSM, _MP3, _EXTENSIBLE = 0x11, 0x31, 0x55, 0xFFFE
_G722 = (0x65, 0x28F)
_G726 = (0x14, 0x40, 0x45, 0x64, 0x85, 0x140)
_G723 = (0x42, 0x111)
_G729 = (0x83, 0x133)
_YAMAHA_ADPCM = 0x20
_WMA = range(0x160, 0x164)
_FLAC = 0xF1AC
_CODECS = {
    _MS_ADPCM: "MS ADPCM",
    _ALAW: "A-law",
    _ULAW: "mu-law",
    _IMA_ADPCM: "IMA ADPCM",
    _GSM: "GSM 06.10",
    _MP3: "MP3",
    _YAMAHA_ADPCM: "Yamaha ADPCM",
    _FLAC: "FLAC",
    **dict.fromkeys(_WMA, "Windows Media Audio"),
    **dict.fromkeys(_G722, "G.722"),
    **dict.fromkeys(_G726, "G.726"),
    **dict.fromkeys(_G723, "G.723.1"),
    **dict.fromkeys(_G729, "G.729"),
}
_G723_FRAME_BYTES = (24, 20, 4, 1)  # by the two low bits of a frame
_MAX_U32 = 0xFFFFFFFF

_Chunk = tuple[bytes, int, int]  # id, start, size; the size may be wrong


def read_wav(content: bytes) -> Measured:
    """Read a WAV file."""
    order: Literal["little", "big"] = "big" if content.startswith(b"RIFX") else "little"
    return _read(content, _riff_chunks(content, order), order)


def read_w64(content: bytes) -> Measured:
    """Read a Sony Wave64 file."""
    return _read(content, _w64_chunks(content), "little")


def _riff_chunks(content: bytes, order: Literal["little", "big"]) -> Iterator[_Chunk]:
    position, data_size = 12, None
    for _ in range(MAX_CHUNKS):
        if position + 8 > len(content):
            return
        name = content[position : position + 4]
        size = int.from_bytes(content[position + 4 : position + 8], order)
        if name == b"ds64":
            data_size = int.from_bytes(content[position + 16 : position + 24], order)
        elif name == b"data" and size == _MAX_U32 and data_size:
            size = data_size
        yield name, position + 8, size
        position += 8 + size + size % 2


def _w64_chunks(content: bytes) -> Iterator[_Chunk]:
    position = 40
    for _ in range(MAX_CHUNKS):
        if position + 24 > len(content):
            return
        size = int.from_bytes(content[position + 16 : position + 24], "little")
        yield content[position : position + 4], position + 24, max(size - 24, 0)
        position += max(size + -size % 8, 24)


@dataclass(slots=True)
class _Format:
    """The ``fmt`` chunk."""

    tag: int
    channels: int
    rate: int
    byte_rate: int
    align: int
    bits: int
    block_samples: int


def _read(content: bytes, chunks: Iterator[_Chunk], order: Literal["little", "big"]) -> Measured:
    header: _Format | None = None
    fact = 0
    for name, start, size in chunks:
        if name == b"fmt ":
            header = _format(content[start : start + size], order)
        elif name == b"fact":
            fact = int.from_bytes(content[start : start + min(size, 8)], order)
        elif name == b"data" and header is not None:
            left = max(len(content) - start, 0)
            is_known = 0 < size <= left  # 0 and sizes beyond the end: written to a pipe, or cut off
            end = start + size if is_known else len(content)
            layout = _layout(header, start, end - start, order)
            return _measure(header, fact, content[start:end])._replace(layout=layout)
    return Measured("WAV") if header is None else Measured(_codec(header), header.rate)


def _format(chunk: bytes, order: Literal["little", "big"]) -> _Format:
    """Return the ``fmt`` chunk; missing bytes count as zeros."""
    layout = f"{'<' if order == 'little' else '>'}HHIIHH2xH4xH"
    tag, *numbers, subformat = struct.unpack(layout, chunk[:26].ljust(26, b"\0"))
    return _Format(subformat if tag == _EXTENSIBLE else tag, *numbers)


def _codec(header: _Format) -> str:
    if header.tag == _PCM:
        return f"PCM {header.bits} bit"
    if header.tag == _FLOAT:
        return f"float {header.bits} bit"
    return _CODECS.get(header.tag, f"WAV codec 0x{header.tag:04x}")


def _measure(header: _Format, fact: int, data: bytes) -> Measured:
    tag, channels, size = header.tag, header.channels, len(data)
    if tag == _MP3:
        return read_mp3(data)
    if not channels or not header.rate:
        return Measured(_codec(header))
    samples: float | None
    if tag in (_PCM, _FLOAT, _ALAW, _ULAW):
        align = header.align or channels * -(-header.bits // 8)
        samples = size // align if align else None
    elif tag in (_MS_ADPCM, _IMA_ADPCM, _GSM):
        samples = _block_samples(header, size)
    elif bits := _adpcm_bits(header):
        samples = size * 8 // bits // channels
    elif tag in _G723:
        samples = _g723_samples(data)
    elif tag in _G729:
        samples = size // 10 * 80 / channels
    elif tag in _WMA or tag == _FLAC:
        # The decoder of WMA drops its delay, which the file does not state; FLAC has no fixed rate.
        samples = None
    else:
        samples = _declared_samples(header, size, fact)
    # 64 kbit/s of G.722 are 16 kHz, also where the header has the 8 kHz that RTP says of it.
    is_rtp_rate = tag in _G722 and header.rate == header.byte_rate == 8000  # noqa: PLR2004
    rate = 16_000 if is_rtp_rate else header.rate
    return Measured(_codec(header), rate, channels, samples)


def _adpcm_bits(header: _Format) -> int:
    """Return the bits of a sample of an ADPCM codec without blocks, 0 for other codecs."""
    if header.tag in _G726:
        return header.bits if header.bits in range(2, 6) else 0
    return 4 if header.tag in (*_G722, _YAMAHA_ADPCM) else 0


def _layout(
    header: _Format, start: int, size: int, order: Literal["little", "big"]
) -> SampleLayout | None:
    if header.tag not in (_PCM, _ALAW, _ULAW) or not header.channels:
        return None
    endian = "le" if order == "little" else "be"
    width = header.align // header.channels if header.align % header.channels == 0 else 0
    if width not in (1, 2, 3, 4):
        return None
    if header.tag in (_ALAW, _ULAW):
        encoding = "alaw" if header.tag == _ALAW else "ulaw"
        return SampleLayout(encoding, start, size) if width == 1 else None
    return SampleLayout("u8" if width == 1 else f"s{8 * width}{endian}", start, size)


def _block_samples(header: _Format, size: int) -> float | None:
    """Return the samples of a codec with blocks; the last block may be shorter.

    ``fact`` is not used: ffmpeg, SoX and libsndfile play the last block to its end.
    """
    if not header.align:
        return None
    channels = header.channels
    # Bytes of a block before its samples, and the samples that these hold.
    head, first = {_MS_ADPCM: (7, 2), _IMA_ADPCM: (4, 1), _GSM: (0, 0)}[header.tag]

    def samples_in(block: int) -> int:
        if header.tag == _GSM:
            return 320 if block >= 65 else 160 if block >= 33 else 0  # noqa: PLR2004 -- of GSM 06.10
        return max((block - head * channels) * 2 // channels + first, 0)

    blocks, rest = divmod(size, header.align)
    whole = header.block_samples or samples_in(header.align)
    return blocks * whole + min(samples_in(rest), whole)


def _g723_samples(data: bytes) -> float | None:
    position = frames = 0
    while position < len(data):
        if frames == _MAX_G723_FRAMES:
            return None
        position += _G723_FRAME_BYTES[data[position] & 3]
        frames += 1
    return frames * 240


def _declared_samples(header: _Format, size: int, fact: int) -> float | None:
    """Return the samples of any other codec, from ``fact`` or else from the byte rate."""
    by_rate = size * header.rate / header.byte_rate if header.byte_rate else None
    if not fact or fact >= _MAX_U32:
        return by_rate
    # A count that the bytes contradict comes from a pipe, where the length was unknown.
    return fact if by_rate is None or fact <= 4 * by_rate else by_rate

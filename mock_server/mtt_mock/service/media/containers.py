"""Reads the other containers: Ogg, FLAC, AIFF, AU, AMR and CAF."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from mtt_mock.service.media.measured import SAMPLE_BYTES, Measured, SampleLayout

_MAX_CHUNKS = 10_000
_MAX_PAGE_SEARCHES = 100
_MAX_OGG_STREAMS = 100
_MAX_OGG_HEADER_PAGES = 1000
_MIN_OGG_START_SECONDS = 0.5  # packets of a page may differ in length
_OGG_FIRST_PAGE = b"OggS\x00\x02"  # of a stream
_MAX_FRAME_SEARCHES = 2000
_MAX_FLAC_FRAME_BYTES = 1024 * 1024
_MAX_AMR_FRAMES = 200_000
_MAX_CAF_PACKET_SECONDS = 0.05
_MAX_U32 = 0xFFFFFFFF


def read_ogg(content: bytes) -> Measured:
    """Read Opus, Vorbis, Speex or FLAC in Ogg; the last page's granule is the length.

    The streams of a chained file follow each other; their lengths are added.
    """
    streams = ogg_streams(content)
    first = _read_ogg_stream(content, streams[0][0], len(content))
    if len(streams) > _MAX_OGG_STREAMS:
        return first._replace(samples=None)
    if len(streams) == 1:
        return first
    seconds = 0.0
    for start, end in streams:
        stream = _read_ogg_stream(content, start, end)
        if stream.samples is None or not stream.rate:  # such as streams side by side
            return first._replace(samples=None)
        seconds += stream.samples / stream.rate
    return first._replace(samples=seconds * first.rate)


def ogg_streams(content: bytes) -> list[tuple[int, int]]:
    """Return begin and end of each stream of a chained file; one more than the limit at most."""
    starts = [0]
    # Ogg Skeleton describes the other streams and comes before them.
    if content.startswith(b"fishead\0", 28):
        starts = [max(content.find(_OGG_FIRST_PAGE, 4), 0)]
    while (start := content.find(_OGG_FIRST_PAGE, starts[-1] + 4)) >= 0:
        starts.append(start)
        if len(starts) > _MAX_OGG_STREAMS:
            break
    return list(zip(starts, [*starts[1:], len(content)], strict=True))


def _read_ogg_stream(content: bytes, start: int, end: int) -> Measured:
    head = start + 27
    packet = content[head + content[start + 26] :][:80]
    granule = _last_granule(content, start, end)
    first, packets, toc = _first_sound(content, start, end)
    preskip = 0
    if packet.startswith(b"OpusHead"):
        codec, rate, channels = "Opus", 48_000, packet[9]
        preskip = int.from_bytes(packet[10:12], "little")
        longest = _opus_samples(toc)
    elif packet.startswith(b"\x01vorbis"):
        codec, rate, channels = "Vorbis", int.from_bytes(packet[12:16], "little"), packet[11]
        longest = 1 << (packet[28] >> 4) - 1
    elif packet.startswith(b"Speex   "):
        rate, channels, longest, frames = struct.unpack("<I8xI4xI4xI", packet[36:68])
        codec, longest = "Speex", longest * frames
    elif packet.startswith(b"\x7fFLAC"):
        rate, channels, _ = _streaminfo(packet[17:])
        codec, longest = "FLAC", int.from_bytes(packet[19:21], "big")
    else:
        return Measured("Ogg")
    if granule is None:
        return Measured(codec, rate, channels)
    # A saved broadcast does not begin at 0.
    begin = first - packets * longest
    if begin < _MIN_OGG_START_SECONDS * rate:
        begin = 0
    return Measured(codec, rate, channels, max(granule - begin - preskip, 0))


def _first_sound(content: bytes, start: int, end: int) -> tuple[int, int, bytes]:
    """Return granule position, number of packets and first bytes of the first page with sound."""
    for _ in range(_MAX_OGG_HEADER_PAGES):
        if start >= end or not content.startswith(b"OggS", start):
            break
        lacing = content[start + 27 : start + 27 + content[start + 26]]
        granule = int.from_bytes(content[start + 6 : start + 14], "little", signed=True)
        packets = sum(size < 255 for size in lacing)  # noqa: PLR2004 -- 255: the packet goes on
        start += 27 + len(lacing)
        if granule > 0 and packets:
            return granule, packets, content[start : start + 2]
        start += sum(lacing)
    return 0, 0, b""


def _opus_samples(toc: bytes) -> int:
    """Return the samples of an Opus packet that begins with these bytes, at 48 kHz."""
    if not toc:
        return 0
    config, code = toc[0] >> 3, toc[0] & 3
    if config < 12:  # noqa: PLR2004 -- SILK
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:  # noqa: PLR2004 -- hybrid
        frame = (480, 960)[config & 1]
    else:
        frame = 120 << (config & 3)
    return frame * (1, 2, 2, toc[1] & 63 if len(toc) > 1 else 1)[code]


def _last_granule(content: bytes, start: int, end: int) -> int | None:
    """Return the granule position of the last page of the stream that begins at ``start``."""
    serial = content[start + 14 : start + 18]
    for _ in range(_MAX_PAGE_SEARCHES):
        end = content.rfind(b"OggS\x00", start, end)
        if end <= start:
            return None
        granule = int.from_bytes(content[end + 6 : end + 14], "little", signed=True)
        if content[end + 14 : end + 18] == serial and granule > 0:
            return granule
    return None


def read_flac(content: bytes) -> Measured:
    """Read FLAC; the last frame gives the length if that of the header is missing or wrong."""
    rate, channels, declared = _streaminfo(content[8:])
    block = int.from_bytes(content[10:12], "big")  # the maximum block size
    counted = _end_of_last_flac_frame(content, block)
    if declared and (counted is None or counted > declared - block):
        counted = declared
    return Measured("FLAC", rate, channels, counted)


def _streaminfo(block: bytes) -> tuple[int, int, int]:
    """Return rate, channels and number of samples (0: unknown)."""
    bits = int.from_bytes(block[10:18], "big")
    return bits >> 44, (bits >> 41 & 7) + 1, bits & 0xFFFFFFFFF


def _end_of_last_flac_frame(content: bytes, block: int) -> int | None:
    end = len(content)
    for _ in range(_MAX_FRAME_SEARCHES):
        end = content.rfind(b"\xff", max(0, len(content) - _MAX_FLAC_FRAME_BYTES), end)
        if end < 0:
            return None
        if content[end + 1 : end + 2] in (b"\xf8", b"\xf9"):
            samples = _flac_frame_end(content[end : end + 16], block)
            if samples is not None:
                return samples
    return None


def _flac_frame_end(head: bytes, block: int) -> int | None:
    """Return the number of the sample after the frame; ``None`` if ``head`` is not a frame's."""
    if len(head) < 16 or head[3] & 1 or head[3] >> 4 > 10:  # noqa: PLR2004 -- of the format
        return None
    rate_code = head[2] & 15
    extra = 0xFF ^ head[4]
    length = 1 if head[4] < 0x80 else 8 - extra.bit_length()  # noqa: PLR2004 -- of the UTF-8 form
    if length == 0 or length > 7 or (length == 1 and head[4] >= 0x80):  # noqa: PLR2004
        return None
    number = head[4] & (0x7F if length == 1 else (1 << (7 - length)) - 1)
    for byte in head[5 : 4 + length]:
        number = number << 6 | byte & 0x3F
    position = 4 + length
    size, size_bytes = _flac_block_size(head[2] >> 4, head[position : position + 2])
    position += size_bytes + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if not size or rate_code == 15 or _crc8(head[:position]) != head[position]:  # noqa: PLR2004
        return None
    is_variable = head[1] & 1
    return (number if is_variable else number * block) + size


_FLAC_BLOCK_SIZES = (0, 192, 576, 1152, 2304, 4608, 0, 0, *(256 << power for power in range(8)))


def _flac_block_size(code: int, following: bytes) -> tuple[int, int]:
    """Return the samples of a block, 0 for a reserved code, and the bytes that hold them."""
    own_bytes = {6: 1, 7: 2}.get(code, 0)
    if own_bytes:
        return int.from_bytes(following[:own_bytes], "big") + 1, own_bytes
    return _FLAC_BLOCK_SIZES[code], 0


def _crc8(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 7 if value & 0x80 else value << 1) & 0xFF
    return value


# Codec, bytes of a sample (0: COMM states its bits), byte order or encoding.
_AIFF_CODECS: dict[bytes, tuple[str, int, str]] = {
    b"NONE": ("PCM", 0, "be"), b"twos": ("PCM", 0, "be"), b"sowt": ("PCM", 0, "le"),
    b"in24": ("PCM", 3, "be"), b"in32": ("PCM", 4, "be"), b"raw ": ("PCM", 1, "u8"),
    b"fl32": ("float", 4, ""), b"FL32": ("float", 4, ""), b"fl64": ("float", 8, ""),
    b"FL64": ("float", 8, ""), b"alaw": ("A-law", 1, "alaw"), b"ALAW": ("A-law", 1, "alaw"),
    b"ulaw": ("mu-law", 1, "ulaw"), b"ULAW": ("mu-law", 1, "ulaw"),
}  # fmt: skip


def read_aiff(content: bytes) -> Measured:
    """Read AIFF or AIFF-C."""
    chunks: dict[bytes, tuple[int, int]] = {}
    for chunk, offset, length in _iff_chunks(content):
        chunks.setdefault(chunk, (offset, length))
    common = content[chunks[b"COMM"][0] :][:22] if b"COMM" in chunks else b""
    if len(common) < 18 or b"SSND" not in chunks:  # noqa: PLR2004 -- the chunk's size
        return Measured("AIFF")
    channels, frames, bits, exponent, mantissa = struct.unpack(">HIHHQ", common[:18])
    rate = round(mantissa * 2.0 ** (exponent - 16383 - 63))
    form = common[18:22] if content[8:12] == b"AIFC" else b"NONE"
    start, size = chunks[b"SSND"]
    start += 8
    left = max(len(content) - start, 0)
    size = size - 8 if 8 < size <= left + 8 else left  # noqa: PLR2004 -- offset and block size
    if channels and form == b"ima4":  # packets of 34 bytes hold 64 samples of a channel
        return Measured("IMA ADPCM", rate, channels, size // (34 * channels) * 64)
    if not channels or form not in _AIFF_CODECS:
        # The frames of a codec with blocks count packets, so they are not used.
        return Measured(f"AIFF-C codec {form.decode('latin-1')!r}", rate, channels)
    name, width, order = _AIFF_CODECS[form]
    width = width or -(-bits // 8)
    available = size // (width * channels) if width else 0
    samples = min(frames, available) if frames else available
    encoding = f"s{8 * width}{order}" if order in ("le", "be") else order
    layout = SampleLayout(encoding, start, size) if encoding in SAMPLE_BYTES else None
    codec = f"{name} {8 * width} bit" if name in ("PCM", "float") else name
    return Measured(codec, rate, channels, samples, layout)


def _iff_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    position = 12
    for _ in range(_MAX_CHUNKS):
        if position + 8 > len(content):
            return
        size = int.from_bytes(content[position + 4 : position + 8], "big")
        yield content[position : position + 4], position + 8, size
        position += 8 + size + size % 2


_AU_LITTLE = (b"dns.", b"\0ds.")  # libsndfile's and SoX's files of little-endian machines
_AU_CODECS = {  # codec, bits of a sample, layout
    1: ("mu-law", 8, "ulaw"), 2: ("PCM 8 bit", 8, ""), 3: ("PCM 16 bit", 16, "s16be"),
    4: ("PCM 24 bit", 24, "s24be"), 5: ("PCM 32 bit", 32, "s32be"), 6: ("float 32 bit", 32, ""),
    7: ("float 64 bit", 64, ""), 23: ("G.721", 4, ""), 24: ("G.722", 4, ""),
    25: ("G.723 ADPCM", 3, ""), 26: ("G.723 ADPCM", 5, ""), 27: ("A-law", 8, "alaw"),
}  # fmt: skip


def read_au(content: bytes) -> Measured:
    """Read a Sun or NeXT AU file."""
    is_little = content.startswith(_AU_LITTLE)
    if len(content) < 24:  # noqa: PLR2004 -- the header's size
        return Measured("AU")
    start, size, encoding, rate, channels = struct.unpack(
        f"{'<' if is_little else '>'}5I", content[4:24]
    )
    if encoding not in _AU_CODECS or not channels:
        return Measured(f"AU encoding {encoding}", rate, channels)
    left = len(content) - start
    if left < 0:  # the offset is wrong
        return Measured(_AU_CODECS[encoding][0], rate, channels)
    size = size if 0 < size <= left else left  # 0xFFFFFFFF: written to a pipe
    codec, bits, layout = _AU_CODECS[encoding]
    if is_little:
        layout = layout.replace("be", "le")
    samples = size * 8 // (bits * channels)
    return Measured(
        codec, rate, channels, samples, SampleLayout(layout, start, size) if layout else None
    )


_AMR_NB_BYTES = (13, 14, 16, 18, 20, 21, 27, 32, 6, 1, 1, 1, 1, 1, 1, 1)
_AMR_WB_BYTES = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 1, 1, 1, 1, 1, 1)


def read_amr(content: bytes) -> Measured:
    """Count the frames of AMR, 20 ms each."""
    if content.startswith(b"#!AMR-WB"):
        codec, rate, sizes, position = "AMR-WB", 16_000, _AMR_WB_BYTES, 9
    else:
        codec, rate, sizes, position = "AMR", 8000, _AMR_NB_BYTES, 6
    frames, end = 0, len(content)
    while position < end:
        if frames == _MAX_AMR_FRAMES:
            return Measured(codec, rate, 1)
        position += sizes[content[position] >> 3 & 15]
        frames += 1
    return Measured(codec, rate, 1, frames * rate // 50)


def read_caf(content: bytes) -> Measured:
    """Read Core Audio Format: the packet table, or else the bytes of packets of one size."""
    position, rate, remainder, form = 8, 0, 0, b""
    packet_bytes = packet_samples = channels = data = 0
    valid = None
    for _ in range(_MAX_CHUNKS):
        name = content[position : position + 4]
        size = int.from_bytes(content[position + 4 : position + 12], "big", signed=True)
        start = position + 12
        if name == b"desc" and start + 32 <= len(content):
            real_rate, form, _, packet_bytes, packet_samples, channels, _ = struct.unpack(
                ">d4s5I", content[start : start + 32]
            )
            rate = round(real_rate)
        elif name == b"pakt" and start + 24 <= len(content):
            _, valid, _, remainder = struct.unpack(">qqii", content[start : start + 24])
        elif name == b"data":
            left = max(len(content) - start, 0)
            data = (left if size < 0 else min(size, left)) - 4  # the edit count
        if size < 0 or start + size >= len(content):
            break
        position = start + size
    samples = None
    if valid is not None and valid > 0:
        # Without a remainder the last packet may be shorter than it says (ffmpeg's ALAC).
        is_exact = remainder > 0 or packet_samples <= rate * _MAX_CAF_PACKET_SECONDS
        samples = valid if is_exact else None
    elif packet_bytes and packet_samples and data > 0:  # SoX writes 0 to a pipe
        samples = data // packet_bytes * packet_samples
    return Measured(form.decode("latin-1").strip() or "CAF", rate, channels, samples)

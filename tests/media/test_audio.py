"""Detection of audio files: kind, codec and length, also of damaged files."""

import io
import struct
import time
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock.domain.prompts import EXTENSIONS
from mtt_mock.service.media import headerless
from mtt_mock.service.media.audio import Audio, detect_audio


def wav(seconds, rate=8000, width=2, channels=1):
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(bytes(int(seconds * rate) * width * channels))
    return file.getvalue()


def length_of(content, name=""):
    audio = detect_audio(content, name)
    return audio.kind, audio.milliseconds


# MPEG 1 layer III, 128 kbit/s, 44.1 kHz, mono: 417 bytes a frame, 1152 samples each.
FRAME = bytes([0xFF, 0xFB, 0x90, 0xC0]) + bytes(413)
MP3 = FRAME * 100


@pytest.mark.parametrize(
    ("content", "audio"),
    [
        (wav(2.5), Audio("wav", 2500)),
        (wav(1, rate=44_100, channels=2), Audio("wav", 1000)),
        (wav(0), Audio("wav", 0)),
        (b"", Audio(None)),
        (b"RIFF", Audio(None)),
        (b"<html>no audio</html>", Audio(None)),
        (b"%PDF-1.7", Audio(None)),
        ("text".encode("utf-16"), Audio(None)),
        (bytes.fromhex("fff150801fbffc"), Audio(None)),  # AAC
        (bytes(10_000_000), Audio(None)),
    ],
)
def test_wav_length_is_detected(content, audio):
    assert length_of(content) == (audio.kind, audio.milliseconds)


@pytest.mark.parametrize("content", [MP3, b"ID3\x04\x00\x00\x00\x00\x00\x00" + MP3])
def test_mp3_is_recognised_with_its_length(content):
    audio = detect_audio(content, "hello.mp3")
    assert audio.kind == "mp3"
    assert audio.milliseconds == pytest.approx(100 * 1152 / 44.1, rel=0.05)


def with_sizes(content, riff, data):
    return (
        content[:4]
        + struct.pack("<I", riff)
        + content[8:40]
        + struct.pack("<I", data)
        + content[44:]
    )


@pytest.mark.parametrize(
    ("content", "milliseconds"),
    [
        (with_sizes(wav(2.5), 0xFFFFFFFF, 0xFFFFFFFF), 2500),  # streamed: not known when it began
        (with_sizes(wav(2.5), 57_600_036, 57_600_000), 2500),  # says an hour
        (wav(2.5)[:16_044], 1000),  # cut off
        (wav(2.5) + b"LIST\x04\x00\x00\x00INFO", 2500),
        (wav(2.5, width=1)[:20] + b"\x06" + wav(2.5, width=1)[21:], 2500),  # A-law, telephony's
    ],
)
def test_a_wav_is_as_long_as_its_samples_last(content, milliseconds):
    assert length_of(content) == ("wav", milliseconds)


def with_frames(count):
    """Return an MP3 with its number of frames in the header, as with a variable bit rate."""
    head = FRAME[:4] + bytes(17) + b"Xing" + struct.pack(">iii", 3, count, 1_000_000)
    return head + bytes(417 - len(head)) + FRAME * 3


@pytest.mark.parametrize(
    ("count", "milliseconds"),
    # The header promises 1,000,000 bytes: a file with fewer was cut off, and lasts less.
    [(1000, 44), (2**31 - 1, None), (-5, None)],
)
def test_a_count_of_frames_ends_with_the_file(count, milliseconds):
    assert length_of(with_frames(count)) == ("mp3", milliseconds)


def test_delay_and_padding_of_an_encoder_do_not_count():
    head = FRAME[:4] + bytes(17) + b"Info" + struct.pack(">ii", 1, 100) + b"LAME3.100"
    head += bytes(12) + ((576 << 12) | 1000).to_bytes(3, "big")
    audio = detect_audio(head + bytes(417 - len(head)) + MP3)
    assert str(audio) == "MP3, 44.1 kHz mono, 2.577 s without 0.036 s of padding"


OGG_OPUS = (
    b"OggS\x00\x02" + bytes(8) + b"abcd" + bytes(8) + b"\x01\x13OpusHead\x01\x01"
    + (312).to_bytes(2, "little") + bytes(7)
    + b"OggS\x00\x00" + (480).to_bytes(8, "little") + b"abcd" + bytes(8) + b"\x01\x01x"
    + b"OggS\x00\x04" + (48_312).to_bytes(8, "little") + b"abcd" + bytes(8) + b"\x01\x01x"
)  # fmt: skip


def flac(samples, frames=b""):
    """Return FLAC of blocks of 4096 samples, 8 kHz, mono, 16 bit."""
    numbers = (8000 << 44 | 0 << 41 | 15 << 36 | samples).to_bytes(8, "big")
    info = (4096).to_bytes(2, "big") * 2 + bytes(6) + numbers + bytes(16)
    return b"fLaC\x80\x00\x00\x22" + info + frames


def au(encoding, data, rate=8000, size=None):
    size = len(data) if size is None else size
    return b".snd" + struct.pack(">5I", 24, size, encoding, rate, 1) + data


def riff(chunks, head=b"RIFF"):
    body = b"WAVE" + b"".join(
        name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks
    )
    return head + struct.pack("<I", len(body)) + body


def fmt(tag, rate, byte_rate, align, bits, extra=b""):
    return struct.pack("<HHIIHHH", tag, 1, rate, byte_rate, align, bits, len(extra)) + extra


IMA = fmt(0x11, 8000, 16_000, 1024, 4, struct.pack("<H", 2041))  # the byte rate that ffmpeg writes
GSM = fmt(0x31, 8000, 1625, 65, 0, struct.pack("<H", 320))


@pytest.mark.parametrize(
    ("content", "name", "kind", "milliseconds"),
    [
        (riff([(b"fmt ", IMA), (b"data", bytes(1024 * 12))]), "", "wav", 3062),
        (riff([(b"fmt ", IMA), (b"fact", struct.pack("<I", 24_000)), (b"data", bytes(1024 * 12))]), "", "wav", 3062),
        (riff([(b"fmt ", GSM), (b"data", bytes(65 * 75)), (b"id3 ", bytes(8192))]), "", "wav", 3000),
        (riff([(b"fmt ", fmt(6, 8000, 8000, 1, 8)), (b"data", bytes(24_000)), (b"LIST", bytes(70))]), "", "wav", 3000),
        (riff([(b"fmt ", fmt(0x28F, 16_000, 16_000, 1, 8)), (b"data", bytes(24_000))]), "", "wav", 3000),
        (riff([(b"fmt ", fmt(0x45, 8000, 4000, 1, 4)), (b"data", bytes(12_000))]), "", "wav", 3000),
        (riff([(b"fmt ", fmt(0x160, 8000, 4000, 1, 4)), (b"data", bytes(12_000))]), "", "wav", None),
        (
            b"RF64\xff\xff\xff\xffWAVEds64\x1c\x00\x00\x00" + bytes(8) + struct.pack("<Q", 48_000) + bytes(12)
            + b"fmt \x12\x00\x00\x00" + fmt(1, 8000, 16_000, 2, 16)
            + b"data\xff\xff\xff\xff" + bytes(48_000) + b"LIST\x04\x00\x00\x00INFO",
            "", "wav", 3000,
        ),
        (au(1, bytes(24_000)), "", "au", 3000),
        (au(3, bytes(48_000), size=0xFFFFFFFF), "", "au", 3000),
        (b"#!AMR\n" + (b"\x3c" + bytes(31)) * 150, "", "amr", 3000),
        (b"#!AMR-WB\n" + (b"\x44" + bytes(60)) * 150, "", "amr", 3000),
        (OGG_OPUS, "", "ogg", 1000),
        (OGG_OPUS + OGG_OPUS, "", "ogg", 2000),  # chained: each stream counts from 0
        (flac(24_000), "", "flac", 3000),
        (flac(0), "", "flac", None),
        ((b"\xd0" + bytes(32)) * 150, "p.gsm", "gsm", 3000),
        (bytes(24_000), "p.ulaw", "ulaw", 3000),
        (bytes(24_000), "P.PCMA", "alaw", 3000),
        (bytes(48_000), "p.sln", "sln", 3000),
        (bytes(96_000), "p.sln16", "sln", 3000),
        (bytes(24_000), "p.g722", "g722", 3000),
        (bytes(3000), "p.g729", "g729", 3000),
        (bytes(12_000), "p.g726-32", "g726-32", 3000),
        (bytes(12_000), "p.vox", "vox", 3000),
    ],
)  # fmt: skip
def test_formats_of_telephony_have_their_length(content, name, kind, milliseconds):
    assert length_of(content, name) == (kind, milliseconds)


def test_flac_length_is_read_from_the_last_frame():
    crc, head = 0, bytes.fromhex("fff8c40802")  # frame 2
    for byte in head:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 7 if crc & 0x80 else crc << 1) & 0xFF
    frame = head + bytes([crc]) + bytes(40)
    assert length_of(flac(0, frame)) == ("flac", 3 * 512)  # 3 blocks of 4096 samples at 8 kHz
    assert length_of(flac(80_000, frame)) == ("flac", 3 * 512)  # cut off


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(9000),
        b"\x1f\x8b\x08" + bytes(9000),
        b"prompt.wav".ljust(257, b"\0") + b"ustar" + bytes(9000),
        b"<html>" + bytes(9000),
    ],
)
def test_an_archive_is_not_audio(content):
    assert detect_audio(content, "prompt.ulaw") == Audio(None)


def test_a_gsm_file_begins_each_frame_with_its_mark():
    assert detect_audio(bytes(3300), "prompt.gsm") == Audio(None)


def test_audio_is_described_in_one_line():
    assert str(detect_audio(wav(1, rate=44_100, channels=2))) == "PCM 16 bit, 44.1 kHz stereo, 1 s"
    assert str(detect_audio(bytes(12_000), "p.ulaw")) == "mu-law, 8 kHz mono, 1.5 s"
    raw = "PCM 16 bit (taken as 8 kHz), 8 kHz mono, 0.75 s"
    assert str(detect_audio(bytes(12_000), "p.raw")) == raw


def test_headerless_extensions_can_be_omitted_in_elements():
    assert set(headerless._FORMATS) <= EXTENSIONS


SEGMENT = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"  # of unknown size
TRACKS = (b"\xae\xc0" + b"\xec\x80" * 32) * 30 + bytes(20)


@pytest.mark.unmeasured  # tracing takes most of the time that is allowed
@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfb" * 2_500_000,
        FRAME + b"\xff" * 5_000_000,
        b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(5_000_000),
        b"fLaC" + b"\x01\x00\x00\x00" * 1_250_000,
        b"RIFF\xff\xff\xff\xffWAVE" + b"abcd\x00\x00\x00\x00" * 600_000,
        OGG_OPUS[:40] + b"OggS\x00" * 1_000_000,
        flac(0) + b"\xff\xf8" * 2_500_000,
        b"#!AMR\n" + b"\x78" * 5_000_000,
        b"FORM\xff\xff\xff\xffAIFF" + b"abcd\x00\x00\x00\x00" * 600_000,
        b"caff\x00\x01\x00\x00" + (b"abcd" + bytes(8)) * 400_000,
        bytes.fromhex("fff15080010000fff1508001000000") + b"\xff" * 5_000_000,
        b"\x00\x00\x00\x08ftyp" + b"\x00\x00\x00\x08moof" * 1_250_000,
        (OGG_OPUS[:40] + b"OggS\x00" * 20_000) * 100,
        b"\x1a\x45\xdf\xa3\x80" + (SEGMENT + b"\x16\x54\xae\x6b\x47\xd0" + TRACKS) * 500,
    ],
    ids=[
        "no frames",
        "one frame",
        "no sound",
        "blocks",
        "chunks",
        "pages",
        "flac",
        "amr",
        "aiff",
        "caf",
        "adts",
        "boxes",
        "streams",
        "elements",
    ],
)
def test_bytes_made_to_be_slow_are_given_up_soon(content):
    began = time.process_time()
    assert detect_audio(content).milliseconds is None
    assert time.process_time() - began < 0.4  # it takes 0.05; without a bound, seconds


def test_the_name_does_not_make_bytes_audio():
    assert detect_audio(b"hello", "hello.wav") == Audio(None)
    assert length_of(wav(1), "hello.txt") == ("wav", 1000)
    assert detect_audio(MP3, "hello.wav") == detect_audio(MP3)


@pytest.mark.parametrize(
    "content",
    [
        b"RIFF\xff\xff\xff\xffWAVE",
        wav(1)[:20],
        wav(1)[:24] + bytes(4) + wav(1)[28:],
        wav(1)[:24] + bytes(8) + wav(1)[32:],
        wav(1)[:28] + b"\x01\x00\x00\x00" + wav(1)[32:40] + b"\xff\xff\xff\xff",
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
        b"\xff\xfb",
        b"OggS" + bytes(30),
        b"fLaC" + bytes(60),
    ],
)
def test_broken_headers_leave_the_length_open_or_sane(content):
    audio = detect_audio(content)
    assert audio.kind in ("wav", "mp3", "ogg", "flac")
    assert audio.milliseconds is None or 0 <= audio.milliseconds <= 86_400_000


SEEDS = [
    wav(0.1), MP3[:2000], with_frames(9), OGG_OPUS, flac(8000), flac(0), au(1, bytes(200)),
    b"#!AMR\n" + b"\x3c" * 200, b"FORM" + bytes(4) + b"AIFFCOMM\x00\x00\x00\x12" + bytes(200),
    b"caff\x00\x01\x00\x00desc" + bytes(200), b"\x00\x00\x00\x20ftypM4A " + bytes(200),
    bytes.fromhex("fff15080010000fff1508001000000") + bytes(200),
    b"RF64\xff\xff\xff\xffWAVEds64" + bytes(200),
    b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00" + bytes(8)
    + b"wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8afmt " + bytes(200),
    riff([(b"fmt ", IMA), (b"data", bytes(100))]), riff([(b"fmt ", GSM), (b"data", bytes(100))]),
    riff([(b"fmt ", fmt(0x42, 8000, 800, 24, 0)), (b"data", bytes(100))]),
    b"ID3\x04\x00\x00\x00\x00\x00\x00" + wav(0.1), b"\x1a\x45\xdf\xa3\x80" + SEGMENT + TRACKS,
]  # fmt: skip
NAMES = st.sampled_from(["", *(f"p.{extension}" for extension in sorted(EXTENSIONS))])


def check_sane(content, name):
    began = time.process_time()
    audio = detect_audio(content, name)
    assert audio.milliseconds is None or 0 <= audio.milliseconds <= 86_400_000
    assert str(audio)
    assert time.process_time() - began < 0.4


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=12),
    st.integers(0, 400),
    NAMES,
)
def test_no_changed_file_makes_it_fail(content, changes, cut, name):
    changed = bytearray(content) + bytes(130)
    for position, value in changes:
        changed[position] = value
    check_sane(bytes(changed[: len(changed) - cut]), name)


@given(st.sampled_from(SEEDS), st.integers(0, 40), st.binary(max_size=300), NAMES)
def test_no_bytes_behind_a_signature_make_it_fail(content, kept, rest, name):
    check_sane(content[:kept] + rest, name)

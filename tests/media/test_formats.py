"""Audio formats: files of each container, written by hand from the standards."""

import struct

import pytest

from mtt_mock.service.media import mpeg
from mtt_mock.service.media.audio import detect_audio
from mtt_mock.service.media.decoding import decoder_of


def described(content, name=""):
    return str(detect_audio(content, name))


def kind_and_length(content, name=""):
    audio = detect_audio(content, name)
    return audio.kind, audio.milliseconds


def ogg_page(packet, granule, *, serial=b"abcd", first=False):
    return (
        b"OggS\x00" + (b"\x02" if first else b"\x00") + granule.to_bytes(8, "little", signed=True)
        + serial + bytes(8) + bytes([1, len(packet)]) + packet
    )  # fmt: skip


OPUS = b"OpusHead\x01\x01" + (312).to_bytes(2, "little") + bytes(7)
VORBIS = b"\x01vorbis" + bytes(4) + b"\x02" + struct.pack("<I", 44_100) + bytes(12) + b"\xb8\x01"
SPEEX = b"Speex   " + bytes(28) + struct.pack("<4I", 16_000, 0, 4, 1) + bytes(28)
FLAC_INFO = bytes(10) + (8000 << 44 | 15 << 36).to_bytes(8, "big") + bytes(16)
OGG_FLAC = b"\x7fFLAC\x01\x00\x00\x01fLaC\x00\x00\x00\x22" + FLAC_INFO
SPEEX_20_MS = SPEEX[:56] + struct.pack("<3I", 320, 0, 1)
OGG_FLAC_20_MS = OGG_FLAC[:19] + (160).to_bytes(2, "big") + OGG_FLAC[21:]
FIRST_SOUND = ogg_page(b"x", 1)
SKELETON = ogg_page(b"fishead\0" + bytes(56), 0, serial=b"skel", first=True)


def ogg(packet, granule):
    return ogg_page(packet, 0, first=True) + FIRST_SOUND + ogg_page(b"x", granule)


@pytest.mark.parametrize(
    ("packet", "granule", "text"),
    [
        (OPUS, 96_312, "Opus, 48 kHz mono, 2 s"),
        (VORBIS, 88_200, "Vorbis, 44.1 kHz stereo, 2 s"),
        (SPEEX, 32_000, "Speex, 16 kHz mono, 2 s"),
        (OGG_FLAC, 16_000, "FLAC, 8 kHz mono, 2 s"),
        (b"\x80theora", 16_000, "Ogg"),
    ],
)
def test_ogg_length_is_on_the_last_page(packet, granule, text):
    assert described(ogg(packet, granule)) == text


@pytest.mark.parametrize(
    ("packet", "sound", "text"),
    [
        # Pages of one packet of 20 ms; the first ends at 5 s.
        (OPUS, b"\x48x", "Opus, 48 kHz mono, 1.014 s"),
        (OPUS, b"\x0bA", "Opus, 48 kHz mono, 1.014 s"),
        (OPUS, b"\x68x", "Opus, 48 kHz mono, 1.014 s"),
        (OPUS, b"\x91x", "Opus, 48 kHz mono, 1.014 s"),
        (VORBIS, b"x", "Vorbis, 44.1 kHz stereo, 1.023 s"),
        (SPEEX_20_MS, b"x", "Speex, 16 kHz mono, 1.02 s"),
        (OGG_FLAC_20_MS, b"x", "FLAC, 8 kHz mono, 1.02 s"),
    ],
)
def test_a_saved_ogg_broadcast_begins_late(packet, sound, text):
    rate = 48_000 if packet is OPUS else {VORBIS: 44_100, SPEEX_20_MS: 16_000}.get(packet, 8000)
    pages = [ogg_page(sound, granule * rate) for granule in (5, 6)]
    assert described(ogg_page(packet, 0, first=True) + b"".join(pages)) == text


@pytest.mark.parametrize(
    ("rest", "milliseconds"),
    [
        (
            FIRST_SOUND + ogg_page(b"x", 96_312) + ogg_page(b"x", -1),
            2000,
        ),  # no packet ends on the last page
        (FIRST_SOUND + ogg_page(b"x", 96_312) + ogg_page(b"x", 480_000, serial=b"else"), 2000),
        (ogg_page(b"x", -1), None),
        (b"", None),
    ],
)
def test_the_last_ogg_page_that_counts_is_searched(rest, milliseconds):
    assert kind_and_length(ogg_page(OPUS, 0, first=True) + rest) == ("ogg", milliseconds)


@pytest.mark.parametrize("packet", [OPUS, VORBIS, SPEEX, OGG_FLAC])
def test_a_cut_off_ogg_header_is_of_unknown_length(packet):
    for size in range(len(packet)):
        cut = ogg_page(packet, 0, first=True)[: 28 + size]
        assert kind_and_length(cut) == ("ogg", None)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (ogg(OPUS, 96_312) + ogg(OPUS, 48_312), "Opus, 48 kHz mono, 3 s"),
        (ogg(OPUS, 96_312) + ogg(VORBIS, 22_050), "Opus, 48 kHz mono, 2.5 s"),
        (ogg(SPEEX, 16_000) * 3, "Speex, 16 kHz mono, 3 s"),
        (ogg(OPUS, 96_312) + ogg(b"\x80theora", 48_000), "Opus, 48 kHz mono"),
        (ogg_page(OPUS, 0, first=True) + ogg(VORBIS, 88_200), "Opus, 48 kHz mono"),  # side by side
        (ogg(OPUS, 96_312) * 101, "Opus, 48 kHz mono"),
        (SKELETON + ogg(VORBIS, 88_200), "Vorbis, 44.1 kHz stereo, 2 s"),
        (SKELETON, "Ogg"),
    ],
)
def test_the_streams_of_a_chained_ogg_are_added(content, text):
    assert described(content) == text


def box(name, content, *, wide=False):
    if wide:
        return struct.pack(">I", 1) + name + struct.pack(">Q", len(content) + 16) + content
    return struct.pack(">I", len(content) + 8) + name + content


def track(number, handler, *, rate=8000, edit=None, version=0, settings="1588"):
    """Return a track: AAC LC, 8 kHz; the descriptors' settings say mono, the entry stereo."""
    times = bytes(16) if version else bytes(8)
    descriptors = bytes.fromhex(f"031900010004114015{'00' * 11}0502{settings}")
    entry = (
        bytes(16)
        + struct.pack(">HHII", 2, 16, 0, rate << 16)
        + box(b"esds", bytes(4) + descriptors)
    )
    edits = b"" if edit is None else box(b"edts", box(b"elst", edit))
    return box(
        b"trak",
        box(b"tkhd", bytes([version, 0, 0, 0]) + times + struct.pack(">I", number) + bytes(60))
        + edits
        + box(
            b"mdia",
            box(b"mdhd", bytes([version, 0, 0, 0]) + times + struct.pack(">I", rate) + bytes(8))
            + box(b"hdlr", bytes(8) + handler + bytes(13))
            + box(
                b"minf", box(b"stbl", box(b"stsd", struct.pack(">II", 0, 1) + box(b"mp4a", entry)))
            ),
        ),
    )


def fragment(number, *runs, header_flags=0, header=b""):
    head = box(b"tfhd", struct.pack(">II", header_flags, number) + header)
    parts = b"".join(
        box(b"trun", struct.pack(">II", flags, count) + content) for flags, count, content in runs
    )
    return box(b"moof", box(b"mfhd", bytes(8)) + box(b"traf", head + parts)) + box(b"mdat", b"abc")


def fragmented(*fragments, tracks=(), extends=((1, 1024),), **sound):
    defaults = b"".join(
        box(b"trex", struct.pack(">IIIIII", 0, number, 1, duration, 0, 0))
        for number, duration in extends
    )
    movie = box(b"moov", b"".join(tracks) + track(1, b"soun", **sound) + box(b"mvex", defaults))
    return box(b"ftyp", b"M4A \0\0\0\0") + movie + b"".join(fragments)


ONE_SECOND = (0x201, 8, bytes(4 + 8 * 4))  # a place and sizes; 8 samples of the default of 1000
TIMES = struct.pack(">8I", *[1000, 7] * 4)  # a time and a size each


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (fragmented(fragment(1, ONE_SECOND), extends=[(1, 1000)]), "1 s"),
        (fragmented(*[fragment(1, ONE_SECOND)] * 3, extends=[(2, 7), (1, 1000)]), "3 s"),
        (fragmented(fragment(1, ONE_SECOND, ONE_SECOND), extends=[(1, 1000)]), "2 s"),
        (fragmented(fragment(1, ONE_SECOND, header_flags=0x8, header=struct.pack(">I", 500))), "0.5 s"),
        (
            fragmented(
                fragment(1, ONE_SECOND, header_flags=0xB, header=bytes(12) + struct.pack(">I", 500))
            ),
            "0.5 s",
        ),
        (fragmented(fragment(1, (0x305, 4, bytes(8) + TIMES))), "0.5 s"),
        (fragmented(fragment(1, (0x300, 4, TIMES)), version=1), "0.5 s"),
        (fragmented(fragment(1, (0x300, 400, TIMES))), "0.5 s"),  # the run says more than it has
        (fragmented(fragment(2, ONE_SECOND), fragment(1, ONE_SECOND), extends=[(1, 1000)]), "1 s"),
        (
            fragmented(fragment(1, ONE_SECOND), extends=[(1, 1000)], tracks=[track(7, b"vide"), box(b"trak", b"")]),
            "1 s",
        ),
        (  # the edit list skips 4000 samples, an empty edit none
            fragmented(
                fragment(1, ONE_SECOND), extends=[(1, 1000)], edit=struct.pack(">IIIiI", 0, 1, 0, 4000, 0)
            ),
            "0.5 s",
        ),
        (
            fragmented(
                fragment(1, ONE_SECOND), extends=[(1, 1000)], edit=struct.pack(">IIQqI", 1 << 24, 1, 0, 4000, 0)
            ),
            "0.5 s",
        ),
        (
            fragmented(
                fragment(1, ONE_SECOND), extends=[(1, 1000)], edit=struct.pack(">IIIiI", 0, 1, 9, -1, 0)
            ),
            "1 s",
        ),
        (fragmented(fragment(1, ONE_SECOND), extends=[(1, 1000)], edit=bytes(8)), "1 s"),
        (fragmented(), "0 s"),
    ],
)  # fmt: skip
def test_the_samples_of_mp4_fragments_are_added(content, text):
    assert described(content, "p.m4a") == f"AAC, 8 kHz mono, {text}"


def test_box_sizes_are_64_bits_or_to_the_end():
    content = fragmented(extends=[(1, 1000)])
    last = fragment(1, ONE_SECOND)
    moof = last[8 : int.from_bytes(last[:4], "big")]
    assert described(content + box(b"moof", moof, wide=True)) == "AAC, 8 kHz mono, 1 s"
    assert described(content + bytes(4) + b"moof" + moof) == "AAC, 8 kHz mono, 1 s"


def test_too_many_fragment_times_give_no_length():
    content = fragmented(fragment(1, (0x300, 200_001, bytes(64))))
    assert described(content) == "AAC, 8 kHz mono"


def test_channels_fall_back_to_the_sample_description():
    assert described(fragmented(settings="1780")) == "AAC, 8 kHz stereo, 0 s"  # a rate as a number
    broken = fragmented().replace(b"esds" + bytes(4) + b"\x03", b"esds" + bytes(4) + b"\x07")
    assert described(broken) == "AAC, 8 kHz stereo, 0 s"
    assert described(fragmented().replace(b"esds", b"none")) == "AAC, 8 kHz stereo, 0 s"


def test_the_sample_description_has_the_rate_of_amr():
    length = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 3000))  # in milliseconds
    sound = track(1, b"soun").replace(b"mp4a", b"samr")
    content = box(b"ftyp", b"3gp4" + bytes(4)) + box(b"moov", length + sound)
    assert described(content, "p.3gp") == "AMR, 8 kHz mono, 3 s"


FIVE_SECONDS = struct.pack(">IIIII", 0, 0, 0, 1000, 5000)  # in milliseconds


def whole_mp4(*tracks, movie=FIVE_SECONDS):
    """Return a file that is not fragmented."""
    return box(b"ftyp", b"M4A " + bytes(4)) + box(b"moov", box(b"mvhd", movie) + b"".join(tracks))


def lasting(track_box, duration):
    """Return a track with a time of its own, in milliseconds."""
    start = track_box.index(b"tkhd") + 4
    place = start + (28 if track_box[start] else 20)
    return track_box[:place] + duration + track_box[place + len(duration) :]


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        (whole_mp4(track(1, b"soun")), "5 s"),
        (whole_mp4(lasting(track(1, b"soun"), b"\0\0\x0b\xb8")), "3 s"),
        (whole_mp4(lasting(track(1, b"soun", version=1), bytes(6) + b"\x0b\xb8")), "3 s"),
        (whole_mp4(track(1, b"vide", rate=90), lasting(track(2, b"soun"), b"\0\0\x0b\xb8")), "3 s"),
        (whole_mp4(track(1, b"soun"), movie=struct.pack(">IQQIQ", 1 << 24, 0, 0, 1000, 2500)), "2.5 s"),
    ],
)  # fmt: skip
def test_the_sound_track_of_an_mp4_has_its_own_time(content, seconds):
    assert described(content, "p.m4a") == f"AAC, 8 kHz mono, {seconds}"


@pytest.mark.parametrize("movie", [bytes(20), struct.pack(">IIIII", 0, 0, 0, 1000, 0xFFFFFFFF)])
def test_an_mp4_of_no_time_is_of_unknown_length(movie):
    assert described(whole_mp4(track(1, b"soun"), movie=movie)) == "AAC, 8 kHz mono"


def test_mp4_without_a_sound_track_is_of_unknown_length():
    content = fragmented(fragment(1, ONE_SECOND)).replace(b"soun", b"vide")
    assert kind_and_length(content) == ("m4a", None)


def aiff(form, codec, frames, bits, sound, size=None):
    rate = struct.pack(">HQ", 16_383 + 12, 8000 << 51)  # 8000 Hz as an 80 bit float
    common = struct.pack(">HIH", 1, frames, bits) + rate + codec
    sound = bytes(8) + sound
    size = len(sound) if size is None else size
    chunks = b"COMM" + struct.pack(">I", len(common)) + common + b"SSND" + struct.pack(">I", size)
    return b"FORM" + bytes(4) + form + chunks + sound


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (aiff(b"AIFF", b"", 8000, 16, bytes(16_000)), "PCM 16 bit, 8 kHz mono, 1 s"),
        (aiff(b"AIFF", b"", 0, 16, bytes(16_000), 0), "PCM 16 bit, 8 kHz mono, 1 s"),
        (aiff(b"AIFF", b"", 8000, 16, bytes(8000)), "PCM 16 bit, 8 kHz mono, 0.5 s"),
        (aiff(b"AIFC", b"sowt", 8000, 16, bytes(16_000)), "PCM 16 bit, 8 kHz mono, 1 s"),
        (aiff(b"AIFC", b"alaw", 8000, 16, bytes(8000)), "A-law, 8 kHz mono, 1 s"),
        (aiff(b"AIFC", b"fl32", 8000, 32, bytes(32_000)), "float 32 bit, 8 kHz mono, 1 s"),
        (aiff(b"AIFC", b"ima4", 125, 16, bytes(4250)), "IMA ADPCM, 8 kHz mono, 1 s"),
        (aiff(b"AIFC", b"MAC3", 125, 16, bytes(4250)), "AIFF-C codec 'MAC3', 8 kHz mono"),
        (b"FORM" + bytes(4) + b"AIFFCOMM" + struct.pack(">I", 4) + bytes(4), "AIFF"),
    ],
)
def test_aiff_is_as_long_as_its_frames(content, text):
    assert described(content) == text


@pytest.mark.parametrize("magic", [b"dns.", b"\0ds."])
def test_au_of_little_endian_machines_is_read(magic):
    content = magic + struct.pack("<5I", 24, 16_000, 3, 8000, 1) + b"\x34\x12" * 8000
    assert described(content) == "PCM 16 bit, 8 kHz mono, 1 s"
    assert detect_audio(content).layout == ("s16le", 24, 16_000)


def test_au_may_hold_g722():
    content = b".snd" + struct.pack(">5I", 24, 0xFFFFFFFF, 24, 16_000, 1) + bytes(8000)
    assert described(content) == "G.722, 16 kHz mono, 1 s"


def test_unknown_au_encodings_are_numbered():
    head = b".snd" + struct.pack(">5I", 24, 100, 20, 8000, 1)
    assert described(head + bytes(100)) == "AU encoding 20, 8 kHz mono"


def test_an_au_offset_beyond_the_file_gives_no_length():
    head = b".snd" + struct.pack(">5I", 0xFFFFFFF0, 100, 1, 8000, 1)
    assert described(head + bytes(100)) == "mu-law, 8 kHz mono"


def test_an_impossible_sample_rate_gives_no_length():
    head = b".snd" + struct.pack(">5I", 24, 100, 1, 0xFFFFFFFF, 1)
    assert detect_audio(head + bytes(100)).milliseconds is None
    assert described(b".snd") == "AU"


# The bytes of one frame of each mode, with its header byte: 3GPP TS 26.101 table 2 with annex A,
# 3GPP TS 26.201 table 2 with annex A. Modes 8 and 9 are silence descriptors, 15 is "no data".
AMR_FRAMES = [(0, 13), (1, 14), (2, 16), (3, 18), (4, 20), (5, 21), (6, 27), (7, 32), (8, 6), (15, 1)]  # fmt: skip
AMR_WB_FRAMES = [(0, 18), (1, 24), (2, 33), (3, 37), (4, 41), (5, 47), (6, 51), (7, 59), (8, 61), (9, 6), (15, 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("magic", "frames", "text"),
    [
        (b"#!AMR\n", AMR_FRAMES, "AMR, 8 kHz mono"),
        (b"#!AMR-WB\n", AMR_WB_FRAMES, "AMR-WB, 16 kHz mono"),
    ],
)
def test_every_amr_frame_lasts_20_ms(magic, frames, text):
    for mode, size in frames:
        frame = bytes([mode << 3 | 4]) + bytes(size - 1)
        assert described(magic + frame * 100) == f"{text}, 2 s", mode
    mixed = b"".join(bytes([mode << 3 | 4]) + bytes(size - 1) for mode, size in frames)
    assert detect_audio(magic + mixed * 10).milliseconds == len(frames) * 200


def test_amr_beyond_an_hour_is_of_unknown_length():
    assert described(b"#!AMR\n" + b"\x7c" * 200_001) == "AMR, 8 kHz mono"


def caf(*chunks):
    return b"caff\x00\x01\x00\x00" + b"".join(
        name + (len(data) if size is None else size).to_bytes(8, "big", signed=True) + data
        for name, data, size in chunks
    )


def caf_description(codec, packet_bytes, packet_samples, rate=8000.0):
    form = struct.pack(">d4s5I", rate, codec, 0, packet_bytes, packet_samples, 1, 16)
    return (b"desc", form, None)


def packet_table(valid, remainder):
    return (b"pakt", struct.pack(">qqii", 1, valid, 0, remainder), None)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (caf(caf_description(b"lpcm", 2, 1), (b"data", bytes(16_004), None)), "lpcm, 8 kHz mono, 1 s"),
        (caf(caf_description(b"lpcm", 2, 1), (b"data", bytes(16_004), -1)), "lpcm, 8 kHz mono, 1 s"),
        (caf(caf_description(b"lpcm", 2, 1), (b"data", bytes(16_004), 4)), "lpcm, 8 kHz mono"),
        (
            caf(caf_description(b"alac", 0, 4096), packet_table(8000, 192), (b"data", bytes(99), None)),
            "alac, 8 kHz mono, 1 s",
        ),
        # ffmpeg writes no remainder; its last packet of 0.5 s may be shorter.
        (caf(caf_description(b"alac", 0, 4096), packet_table(8192, 0), (b"data", bytes(99), None)), "alac, 8 kHz mono"),
        (caf((b"data", bytes(99), None)), "CAF"),
    ],
)  # fmt: skip
def test_caf_counts_its_packets(content, text):
    assert described(content) == text


def flac(frames, tags=b""):
    info = (4096).to_bytes(2, "big") * 2 + bytes(6) + FLAC_INFO[10:18] + bytes(16)
    return tags + b"fLaC\x80\x00\x00\x22" + info + frames


def flac_frame(head):
    crc = 0
    for byte in head:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 7 if crc & 0x80 else crc << 1) & 0xFF
    return head + bytes([crc]) + bytes(40)


ID3 = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)


@pytest.mark.parametrize(
    ("head", "milliseconds"),
    [
        ("fff8c40801", 1024),  # block 1 of 4096 samples
        ("fff8c408c280", 129 * 512),  # block 128, in two bytes
        ("fff864080107", 512 + 1),  # 8 samples, in one byte
        ("fff87408010fff", 1024),  # 4096 samples, in two bytes
        ("fff8140801", 512 + 24),  # 192 samples
        ("fff8240801", 512 + 72),  # 576 samples
        ("fff9c408e1bd80", 1512),  # a variable block: from sample 8000 on; 4096 samples
        ("fff8040801", None),  # a reserved size
        ("fff8cf0801", None),  # a reserved rate
        ("fff8c4f801", None),  # reserved channels
        ("fff8c40880", None),  # no beginning of a number
        ("fff8c408ff", None),
    ],
)
def test_flac_frames_give_their_end(head, milliseconds):
    frame = flac_frame(bytes.fromhex(head))
    assert kind_and_length(flac(frame, ID3)) == ("flac", milliseconds)


# The bytes 2 to 5 of an ADTS frame of 100 bytes: AAC LC, 8 kHz, one channel.
ADTS = bytes.fromhex("fff16c400c9ffc") + bytes(93)


def test_aac_frames_are_counted_behind_tags():
    assert described(ADTS * 25) == "AAC, 8 kHz mono, 3.2 s"
    assert described(ID3 + ADTS * 25) == "AAC, 8 kHz mono, 3.2 s"
    assert described(ADTS * 25 + ADTS[:60]) == "AAC, 8 kHz mono, 3.2 s"
    two_blocks = ADTS[:6] + b"\xfd" + ADTS[7:]
    assert described(two_blocks * 25) == "AAC, 8 kHz mono, 6.4 s"
    assert described(bytes.fromhex("fff16c40011ffc00") * 40_001) == "AAC, 8 kHz mono"


def mp3_frame(mode, rest, side_info):
    return bytes.fromhex("ff" + mode) + bytes(side_info) + rest


@pytest.mark.parametrize(
    ("mode", "side_info", "text"),
    [
        ("fb90c0", 17, "MP3, 44.1 kHz mono, 2.612 s with the encoder's padding"),  # MPEG 1
        ("fb9000", 32, "MP3, 44.1 kHz stereo, 2.612 s with the encoder's padding"),
        ("f390c0", 9, "MP3, 22.05 kHz mono, 2.612 s with the encoder's padding"),  # MPEG 2
        ("f39000", 17, "MP3, 22.05 kHz stereo, 2.612 s with the encoder's padding"),
        ("e398c0", 9, "MP3, 8 kHz mono, 7.2 s with the encoder's padding"),  # MPEG 2.5
    ],
)
def test_the_xing_frame_counts_the_frames_of_each_mpeg(mode, side_info, text):
    xing = b"Xing" + struct.pack(">III", 15, 100, 300) + bytes(100) + bytes(4) + bytes(200)
    assert described(mp3_frame(mode, xing, side_info) + bytes(300)) == text


def joinable_mp3(frames, padding=576):
    """Return an MP3 of 44.1 kHz mono whose Xing frame counts frames, bytes and padding."""
    size = 417 * (frames + 1)
    xing = b"Info" + struct.pack(">III", 3, frames, size) + b"LAME3.100" + bytes(12)
    head = mp3_frame("fb90c0", xing + (padding << 12).to_bytes(3, "big"), 17)
    return head + bytes(417 - len(head)) + (bytes.fromhex("fffb90c0") + bytes(413)) * frames


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (joinable_mp3(100) * 3, "7.798 s without 0.039 s of padding"),
        (joinable_mp3(100) + b"TAG" + bytes(125) + ID3 + joinable_mp3(50), "3.892 s without 0.026"),
        # The second file has no Xing frame.
        (joinable_mp3(100) + joinable_mp3(100)[417:], "5.211 s with the encoder's padding"),
        (joinable_mp3(100) + bytes(5000), "2.599 s without 0.013"),
        (joinable_mp3(100) + joinable_mp3(3), "2.664 s without 0.026"),
        (joinable_mp3(100) + joinable_mp3(3)[417:], "2.599 s without 0.013"),  # too short to tell
        (joinable_mp3(100) + bytes.fromhex("fffbf0c0") + bytes(5000), "2.599 s without 0.013"),
    ],
)
def test_mp3_files_joined_by_cat_are_added(content, text):
    assert described(content).startswith("MP3, 44.1 kHz mono, " + text)


def test_too_many_joined_mp3_files_give_no_length():
    assert described(joinable_mp3(7) * 100).startswith("MP3, 44.1 kHz mono, 16.")
    assert described(joinable_mp3(7) * 101) == "MP3, 44.1 kHz mono"


def test_an_unmeasured_joined_mp3_gives_no_length(monkeypatch):
    monkeypatch.setattr(mpeg, "_MAX_TINYTAG_READS", 0)
    assert described(joinable_mp3(100) + joinable_mp3(100)[417:]) == "MP3, 44.1 kHz mono"


def test_a_xing_frame_without_frames_is_not_used():
    for flags, frames in ((0, 100), (1, 0)):
        xing = b"Info" + struct.pack(">II", flags, frames) + bytes(388)
        frame = mp3_frame("fb90c0", xing, 17)
        content = frame + (frame[:4] + bytes(413)) * 100
        assert detect_audio(content).milliseconds == pytest.approx(101 * 26.12, abs=60)


def wav(form, *chunks, head=b"RIFF", order="<"):
    parts = [(b"fmt ", form), *chunks]
    body = b"WAVE" + b"".join(
        name + struct.pack(f"{order}I", len(data)) + data + bytes(len(data) % 2)
        for name, data in parts
    )
    return head + struct.pack(f"{order}I", len(body)) + body


def wav_format(tag, channels, rate, byte_rate, align, bits, extra=b"", order="<"):
    form = struct.pack(f"{order}HHIIHH", tag, channels, rate, byte_rate, align, bits)
    return form + (struct.pack(f"{order}H", len(extra)) + extra if extra else b"")


EXTENSION = struct.pack("<HIH", 16, 4, 1) + bytes.fromhex("000000001000800000aa00389b71")


@pytest.mark.parametrize(
    ("form", "chunks", "text"),
    [
        ((0xFFFE, 1, 8000, 16_000, 2, 16, EXTENSION), [bytes(16_000)], "PCM 16 bit, 8 kHz mono, 1 s"),
        ((3, 1, 8000, 32_000, 4, 32), [bytes(32_000)], "float 32 bit, 8 kHz mono, 1 s"),
        ((1, 1, 8000, 16_000, 0, 16), [bytes(16_000)], "PCM 16 bit, 8 kHz mono, 1 s"),
        ((1, 1, 8000, 16_000, 0, 0), [bytes(16_000)], "PCM 0 bit, 8 kHz mono"),
        ((1, 0, 8000, 16_000, 2, 16), [bytes(16_000)], "PCM 16 bit"),
        ((6, 1, 8000, 8000, 2, 8), [bytes(16_000)], "A-law, 8 kHz mono, 1 s"),
        # Blocks of 1024 bytes hold 2036 samples of MS ADPCM, 2041 of IMA ADPCM.
        ((2, 1, 8000, 4096, 1024, 4), [bytes(4096)], "MS ADPCM, 8 kHz mono, 1.018 s"),
        ((0x11, 1, 8000, 4096, 1024, 4), [bytes(4096 + 104)], "IMA ADPCM, 8 kHz mono, 1.046 s"),
        ((0x11, 1, 8000, 4096, 0, 4), [bytes(4096)], "IMA ADPCM, 8 kHz mono"),
        ((0x31, 1, 8000, 1625, 65, 0), [bytes(65 * 25 + 33)], "GSM 06.10, 8 kHz mono, 1.02 s"),
        ((0x45, 1, 8000, 4000, 1, 7), [bytes(4000)], "G.726, 8 kHz mono, 1 s"),
        ((0x42, 1, 8000, 800, 24, 0), [(b"\0" + bytes(23)) * 100], "G.723.1, 8 kHz mono, 3 s"),
        ((0x42, 1, 8000, 800, 24, 0), [(b"\1" + bytes(19)) * 100], "G.723.1, 8 kHz mono, 3 s"),
        ((0x42, 1, 8000, 800, 24, 0), [b"\3" * 150_001], "G.723.1, 8 kHz mono"),
        ((0x83, 1, 8000, 1000, 10, 0), [bytes(1000)], "G.729, 8 kHz mono, 1 s"),
        # ffmpeg encodes the rate that it is given, and plays it.
        ((0x28F, 1, 8000, 16_000, 1, 4), [bytes(12_000)], "G.722, 8 kHz mono, 3 s"),
        ((0x28F, 1, 44_100, 16_000, 1, 4), [bytes(66_150)], "G.722, 44.1 kHz mono, 3 s"),
        ((0x28F, 1, 8000, 8000, 1, 4), [bytes(24_000)], "G.722, 16 kHz mono, 3 s"),
        ((0xF1AC, 1, 8000, 4000, 16, 16), [bytes(2500)], "FLAC, 8 kHz mono"),
        ((0x92, 1, 8000, 1000, 10, 0), [bytes(2500)], "WAV codec 0x0092, 8 kHz mono, 2.5 s"),
        ((0x92, 1, 8000, 1000, 10, 0), [bytes(2500), 24_000], "WAV codec 0x0092, 8 kHz mono, 3 s"),
        ((0x92, 1, 8000, 1000, 10, 0), [bytes(2500), 2_000_000_000], "WAV codec 0x0092, 8 kHz mono, 2.5 s"),
        ((0x92, 1, 8000, 0, 10, 0), [bytes(2500)], "WAV codec 0x0092, 8 kHz mono"),
    ],
)  # fmt: skip
def test_wav_codecs_have_their_sample_counts(form, chunks, text):
    fact = [(b"fact", struct.pack("<I", count)) for count in chunks[1:]]
    assert described(wav(wav_format(*form), *fact, (b"data", chunks[0]))) == text


def test_mp3_in_wav_is_measured_as_mp3():
    frames = (bytes.fromhex("fffb90c0") + bytes(413)) * 100
    content = wav(wav_format(0x55, 1, 44_100, 16_000, 1, 0), (b"data", frames))
    assert described(content) == "MP3, 44.1 kHz mono, 2.612 s with the encoder's padding"


def test_rifx_is_big_endian():
    form = wav_format(1, 1, 8000, 16_000, 2, 16, order=">")
    content = wav(form, (b"data", bytes(16_000)), head=b"RIFX", order=">")
    assert described(content) == "PCM 16 bit, 8 kHz mono, 1 s"
    assert detect_audio(content).layout.encoding == "s16be"


def test_wave64_has_sizes_of_64_bits():
    def chunk(guid, data, padding=b""):
        return guid + struct.pack("<Q", 24 + len(data)) + data + padding

    tail = bytes.fromhex("f3acd3118cd100c04f8edb8a")
    head = bytes.fromhex("726966662e91cf11a5d628db04c10000") + struct.pack("<Q", 17_000)
    form = chunk(b"fmt " + tail, wav_format(1, 1, 8000, 16_000, 2, 16))
    junk = chunk(b"JUNK" + tail, b"abc", bytes(5))
    content = head + b"wave" + tail + junk + form + chunk(b"data" + tail, bytes(16_000))
    assert (described(content), detect_audio(content).kind) == (
        "PCM 16 bit, 8 kHz mono, 1 s",
        "w64",
    )
    assert kind_and_length(head + b"wave" + tail + junk) == ("w64", None)


def test_wav_without_samples_has_its_codec():
    assert described(wav(wav_format(6, 1, 8000, 8000, 1, 8))) == "A-law"
    assert kind_and_length(b"RIFF\x04\x00\x00\x00WAVE") == ("wav", None)


def element(element_id, data, *, unknown_size=False):
    size = b"\xff" if unknown_size else (1 << 56 | len(data)).to_bytes(8, "big")
    return bytes.fromhex(element_id) + size + data


EBML = element("1a45dfa3", b"")
INFO = element(
    "1549a966", element("2ad7b1", b"\x0f\x42\x40") + element("4489", struct.pack(">f", 2500))
)
MICROSECONDS = element(
    "1549a966", element("2ad7b1", b"\x03\xe8") + element("4489", struct.pack(">d", 2.5e6))
)
LIVE = element("1549a966", element("2ad7b1", b"\x0f\x42\x40"))
PICTURE = element("ae", element("83", b"\x01") + element("86", b"V_VP8"))
OPUS_SOUND = element("e1", element("b5", struct.pack(">d", 48_000)) + element("9f", b"\x02"))
OPUS_TRACK = element("ae", element("83", b"\x02") + element("86", b"A_OPUS") + OPUS_SOUND)
PCM_TRACK = element("ae", element("83", b"\x02") + element("86", b"A_PCM/INT/LIT"))
CLUSTER = element("1f43b675", bytes(100))


def webm(*elements, unknown_size=False):
    return EBML + element("18538067", b"".join(elements), unknown_size=unknown_size)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (webm(INFO, element("1654ae6b", OPUS_TRACK), CLUSTER), "Opus, 48 kHz stereo, 2.5 s"),
        (webm(element("1654ae6b", PICTURE + OPUS_TRACK), INFO), "Opus, 48 kHz stereo, 2.5 s"),
        (webm(MICROSECONDS, element("1654ae6b", PCM_TRACK)), "PCM, 8 kHz mono, 2.5 s"),
        (webm(element("1654ae6b", element("ec", b"") + OPUS_TRACK)), "Opus, 48 kHz stereo"),
        (
            webm(LIVE, element("1654ae6b", OPUS_TRACK), CLUSTER, unknown_size=True),
            "Opus, 48 kHz stereo",
        ),
        (webm(INFO, element("1654ae6b", PICTURE)), "WebM without sound"),
        (webm(INFO, CLUSTER, element("1654ae6b", OPUS_TRACK)), "WebM without sound"),
        (EBML, "WebM without sound"),
        (EBML + b"\xae", "webm"),
    ],
)
def test_webm_length_is_the_stated_duration(content, text):
    assert described(content) == text


def test_wav_behind_id3_tag_is_measured_and_decoded():
    samples = struct.pack("<4h", 1, -2, 300, -400) * 20
    wav = (
        b"RIFF" + struct.pack("<I", 196) + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16_000, 2, 16)
        + b"data" + struct.pack("<I", 160) + samples
    )  # fmt: skip
    audio = detect_audio(ID3 + wav)
    assert (audio.kind, audio.codec, audio.milliseconds) == ("wav", "PCM 16 bit", 10)
    decode = decoder_of(ID3 + wav, audio)
    assert decode is not None
    assert decode(0, 80) == samples


@pytest.mark.parametrize(
    "content",
    [
        ogg(OPUS, 96_312),
        aiff(b"AIFF", b"", 8000, 16, bytes(16_000)),
        caf(caf_description(b"lpcm", 2, 1), (b"data", bytes(16_004), None)),
        webm(INFO, element("1654ae6b", OPUS_TRACK), CLUSTER),
        b"#!AMR\n" + (b"\x04" + bytes(12)) * 50,
        ADTS * 25,
    ],
    ids=["ogg", "aiff", "caf", "webm", "amr", "aac"],
)
def test_id3_tags_before_any_format_are_skipped(content):
    bare = detect_audio(content)
    assert bare.milliseconds is not None
    tagged = detect_audio(ID3 + ID3 + content)
    assert tagged._replace(layout=None) == bare._replace(layout=None)
    if bare.layout is not None:
        assert tagged.layout == bare.layout._replace(start=bare.layout.start + 40)


def test_an_id3_tag_before_anything_else_is_an_mp3():
    assert detect_audio(ID3 + b"no sound").kind == "mp3"

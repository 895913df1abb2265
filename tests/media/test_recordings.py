"""Recordings as WAV, and the signed tokens of their URLs."""

import io
import math
import re
import string
import struct
import tracemalloc
import wave
from array import array
from importlib.util import find_spec
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from mtt_mock.domain.call_planning import PlanContext, plan_call
from mtt_mock.domain.calls import Order
from mtt_mock.domain.subscribers import default_behaviour
from mtt_mock.service.media.audio import Audio, detect_audio
from mtt_mock.service.media.decoding import decoder_of
from mtt_mock.service.media.measured import SampleLayout
from mtt_mock.service.media.recordings import Recording
from mtt_mock.service.media.signed_urls import BadSignatureError, SignatureExpiredError, UrlSigner
from mtt_mock.service.methods.followme import parse_elements


def samples(content):
    with wave.open(io.BytesIO(content)) as recording:
        assert (recording.getnchannels(), recording.getsampwidth()) == (1, 2)
        assert recording.getframerate() == 8000
        frames = recording.readframes(recording.getnframes())
    return [
        int.from_bytes(frames[i : i + 2], "little", signed=True) for i in range(0, len(frames), 2)
    ]


def crossings(values):
    """Return the frequency in hertz of one second of a tone, by its zero crossings."""
    return sum(before < 0 <= after for before, after in pairwise(values))


ELEMENTS = (
    {"type": "Ringall", "redirect_number": "79000010209", "timeout": 30},
    {"type": "file", "side": "A", "value": "hello.wav"},
    {"type": "text", "side": "B", "value": "Connecting you now."},
)


def plan(*elements, b_number="79000010208", lengths=2000, **order):
    """Return the plan of a call: A answers after 2 s, B after 2 s (magic numbers)."""
    context = PlanContext(default_behaviour, lambda _: lengths, 30_000)
    structure = tuple(parse_elements(list(elements or ELEMENTS)))
    return plan_call(Order("1", structure, b_number, "7", duration=4000, **order), context)


def seconds(values):
    """Return the hertz of each second, 0 for silence."""
    return [crossings(values[at : at + 8000]) for at in range(0, len(values), 8000)]


def read(recording):
    with recording:
        return recording.read()


def test_a_recording_follows_the_calls_events():
    call = plan()
    assert [(event.at, event.kind) for event in call.timeline if event.kind != "rings"] == [
        (2000, "answers"), (2000, "hears"), (6000, "answers"), (6000, "hears"), (8000, "joined"),
        (12_000, "released"), (12_000, "released"),
    ]  # fmt: skip
    a, b = samples(read(Recording(call, "A"))), samples(read(Recording(call, "B")))
    # From A's answer on: A's prompt, B's ringing, silence while B hears its prompt, the talk.
    assert seconds(a) == [999, 999, 424, 0, 0, 0, 439, 553, 439, 553]
    assert seconds(b) == [0, 0, 0, 0, 999, 999, 439, 553, 439, 553]


def test_a_prompt_sounds_as_itself_before_the_join():
    tone = array("h", [round(9000 * math.sin(2 * math.pi * 600 * n / 8000)) for n in range(16_000)])
    wav = io.BytesIO()
    with wave.open(wav, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(tone.tobytes())
    content = wav.getvalue()
    decoders = {"hello.wav": decoder_of(content, detect_audio(content))}
    recording = samples(read(Recording(plan(), "A", decoders.get)))
    assert seconds(recording)[:3] == [599, 599, 424]
    assert recording[:16_000] == tone.tolist()


def test_a_shorter_prompt_ends_in_silence():
    recording = Recording(
        plan(), "A", lambda _: lambda offset, _count: b"\1\0" * max(100 - offset, 0)
    )
    values = samples(read(recording))
    assert values[:101] == [1] * 100 + [0]
    assert values[15_999] == 0


def test_recordings_start_at_the_first_answer():
    call = plan(first="B")
    for side in "AB":
        assert len(samples(read(Recording(call, side)))) == (call.ended - 2000) * 8


def test_a_tone_begins_and_ends_without_a_click():
    values = samples(read(Recording(plan(), "A")))[48_000:]
    # 554 Hz at this loudness moves by 3482 from one sample to the next at most.
    assert max(abs(after - before) for before, after in pairwise(values)) < 3500
    assert max(map(abs, values[:8] + values[7992:8008])) < 800


@given(st.integers(0, 200_000), st.integers(0, 5000))
def test_any_range_equals_the_whole(start, size):
    whole = read(Recording(plan(), "A"))
    recording = Recording(plan(), "A")
    assert recording.size == len(whole) == recording.seek(0, io.SEEK_END)
    recording.seek(start)
    assert recording.read(size) == whole[start : start + size]


def test_an_hour_is_read_in_little_memory():
    call = replace(plan(), ended=3_600_000 + 8000)
    recording = Recording(call, "A")
    assert recording.size > 57_000_000
    tracemalloc.start()
    try:
        while recording.read(65_536):
            pass
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("encoding", "frames", "expected"),
    [
        ("s16le", struct.pack("<3h", 1000, -1000, 32_767), [1000, -1000, 32_767]),
        ("s16be", struct.pack(">3h", 1000, -1000, 32_767), [1000, -1000, 32_767]),
        ("s24le", b"\xff\xe8\x03\x00\x18\xfc", [1000, -1000]),
        ("s32be", struct.pack(">2i", 1000 << 16, -1000 << 16), [1000, -1000]),
        ("u8", bytes([128, 255, 0]), [0, 32_512, -32_768]),
        # ITU-T G.711: 0xFF and 0xD5 are the smallest positive values, 0x80 and 0xAA the largest.
        ("ulaw", bytes([0xFF, 0x80, 0x00]), [0, 32_124, -32_124]),
        ("alaw", bytes([0xD5, 0xAA, 0x2A]), [8, 32_256, -32_256]),
    ],
)
def test_samples_are_decoded(encoding, frames, expected):
    layout = SampleLayout(encoding, 2, len(frames))
    decode = decoder_of(b"xx" + frames + b"xx", Audio("wav", 1, "", 8000, 1, layout))
    assert list(array("h", decode(0, 10))) == expected
    assert list(array("h", decode(1, 1))) == expected[1:2]


def test_stereo_is_converted_to_mono_at_8_khz():
    left_and_right = struct.pack("<8h", 100, 300, 100, 300, 500, 700, 500, 700)
    layout = SampleLayout("s16le", 0, len(left_and_right))
    decode = decoder_of(left_and_right, Audio("wav", 1, "", 16_000, 2, layout))
    assert list(array("h", decode(0, 10))) == [200, 600]


@pytest.mark.skipif(find_spec("soundfile") is None, reason="the extra audio is not installed")
def test_a_compressed_prompt_is_decoded_with_soundfile():
    import numpy as np
    import soundfile

    tone = (9000 * np.sin(2 * np.pi * 600 * np.arange(24_000) / 8000)).astype("int16")
    for kind, form, subtype in (
        ("wav", "WAV", "GSM610"),
        ("flac", "FLAC", "PCM_16"),
        ("gsm", "RAW", "GSM610"),
    ):
        file = io.BytesIO()
        soundfile.write(file, tone, 8000, format=form, subtype=subtype)
        content = file.getvalue()
        decode = decoder_of(content, detect_audio(content, f"p.{kind}"))
        assert crossings(array("h", decode(8000, 8000))) in (599, 600), kind
        assert decode(500_000, 100) == b""


@pytest.mark.skipif(find_spec("soundfile") is None, reason="the extra audio is not installed")
@pytest.mark.parametrize("subtype", ["OPUS", "VORBIS"])
def test_all_parts_of_a_chained_ogg_are_decoded(subtype):
    import numpy as np
    import soundfile

    content = b""
    for hertz in (600, 300, 900):
        file = io.BytesIO()
        tone = 0.3 * np.sin(2 * np.pi * hertz * np.arange(48_000) / 48_000)
        soundfile.write(file, tone, 48_000, format="OGG", subtype=subtype)
        content += file.getvalue()
    decode = decoder_of(content, detect_audio(content))
    tones = [crossings(array("h", decode(at, 4000))) for at in (2000, 10_000, 18_000)]
    assert tones == [pytest.approx(hertz, abs=2) for hertz in (300, 150, 450)]
    # From the first part into the second: a quarter of a second of each.
    assert crossings(array("h", decode(6000, 4000))) == pytest.approx(300 // 2 + 150 // 2, abs=3)
    assert len(decode(0, 30_000)) == 2 * 24_000
    assert decode(24_000, 100) == b""


@pytest.mark.skipif(find_spec("soundfile") is None, reason="the extra audio is not installed")
def test_flac_from_a_pipe_is_decoded_to_its_end():
    import numpy as np
    import soundfile

    file = io.BytesIO()
    tone = (9000 * np.sin(2 * np.pi * 600 * np.arange(24_000) / 8000)).astype("int16")
    soundfile.write(file, tone, 8000, format="FLAC", subtype="PCM_16")
    content = bytearray(file.getvalue())
    content[21] &= 0xF0
    content[22:26] = bytes(4)  # the number of samples is unknown
    audio = detect_audio(bytes(content))
    assert audio.milliseconds == 3000
    decode = decoder_of(bytes(content), audio)
    assert [crossings(array("h", decode(at, 8000))) for at in (0, 8000, 16_000)] == [599, 599, 599]


@pytest.mark.skipif(find_spec("soundfile") is None, reason="the extra audio is not installed")
def test_stereo_mp3_is_converted_to_mono_at_8_khz():
    import numpy as np
    import soundfile

    tone = 0.3 * np.sin(2 * np.pi * 600 * np.arange(88_200) / 44_100)
    file = io.BytesIO()
    soundfile.write(file, np.column_stack([tone, tone]), 44_100, format="MP3")
    content = file.getvalue()
    audio = detect_audio(content)
    assert str(audio).startswith("MP3, 44.1 kHz stereo, 2")
    whole = decoder_of(content, audio)(0, 16_000)
    assert crossings(array("h", whole[:16_000])) in (599, 600)
    # libsndfile 1.2.2 is silent for 77 ms after a seek, and soundfile 0.14.0 seeks after a read.
    in_parts = decoder_of(content, audio)
    assert b"".join(in_parts(at, 1000) for at in range(0, 16_000, 1000)) == whole
    assert in_parts(8000, 4000) == whole[16_000:24_000]


@pytest.mark.skipif(find_spec("soundfile") is None, reason="the extra audio is not installed")
def test_gsm_is_read_again_from_an_earlier_sample():
    import numpy as np
    import soundfile

    file = io.BytesIO()
    tone = (9000 * np.sin(2 * np.pi * 600 * np.arange(24_000) / 8000)).astype("int16")
    soundfile.write(file, tone, 8000, format="RAW", subtype="GSM610")
    content = file.getvalue()
    decode = decoder_of(content, detect_audio(content, "p.gsm"))
    beginning, later = decode(0, 8000), decode(16_000, 800)
    assert decode(0, 8000) == beginning
    assert decode(16_000, 800) == later
    assert len(beginning) == 16_000


def test_an_unanswered_side_has_a_silent_recording():
    call = plan(b_number="79000009003")
    assert call.leg("B").answered is None
    assert set(seconds(samples(read(Recording(call, "B"))))) == {0}


def test_undecodable_files_have_no_decoder():
    assert decoder_of(b"hello", Audio(None)) is None
    assert decoder_of(b"#!AMR\n" + bytes(50), Audio("amr", 100)) is None


@pytest.mark.parametrize("bits", [4, 8, 2048])
def test_odd_aiff_widths_have_no_decoder(bits):
    common = struct.pack(">HIHHQ", 1, 8, bits, 16_383 + 12, 8000 << 51)
    content = b"FORM" + bytes(4) + b"AIFFCOMM" + struct.pack(">I", 18) + common
    content += b"SSND" + struct.pack(">I", 2056) + bytes(2056)
    audio = detect_audio(content)
    assert (audio.kind, audio.layout) == ("aiff", None)
    decode = decoder_of(content, audio)
    assert decode is None or len(decode(0, 8)) % 2 == 0


def test_a_token_expires_at_its_end():
    signer = UrlSigner(b"secret")
    token = signer.issue("record", ["1000001", "A"], expires=60_000)
    assert signer.read("record", token, now=59_999) == ["1000001", "A"]
    with pytest.raises(SignatureExpiredError):
        signer.read("record", token, now=60_000)


@pytest.mark.parametrize(
    "token", ["", ".", "x", "WyI", "ÿ", "a.b.c", "\x00", "\ud800", "a.\udcff", "a" * 100_000]
)
def test_a_text_that_was_not_issued_is_refused(token):
    with pytest.raises(BadSignatureError):
        UrlSigner(b"secret").read("record", token, now=0)


def test_tokens_of_other_kinds_or_fakes_are_refused():
    token = UrlSigner(b"secret").issue("upload", ["1"], None)
    with pytest.raises(BadSignatureError):
        UrlSigner(b"secret").read("record", token, now=0)
    with pytest.raises(BadSignatureError):
        UrlSigner(b"other").read("upload", token, now=0)


FIELDS = st.lists(st.text(st.characters(codec="utf-8")), max_size=3)


@given(FIELDS)
@example([" приветствие.wav ", "", 'a,b"]/?#\n\x00'])
def test_tokens_round_trip_and_are_url_safe(fields):
    token = UrlSigner(b"secret").issue("k", fields, None)
    assert UrlSigner(b"secret").read("k", token, now=0) == fields
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)


@given(FIELDS, st.data())
def test_changed_tokens_are_refused(fields, data):
    token = UrlSigner(b"secret").issue("k", fields, None)
    place = data.draw(st.integers(0, len(token)))
    lost = data.draw(st.integers(0, 1))
    letter = data.draw(st.one_of(st.sampled_from(["", *"AZaz09-_.=~+/ "]), st.characters()))
    changed = token[:place] + letter + token[place + lost :]
    assume(changed != token)
    with pytest.raises(BadSignatureError):
        UrlSigner(b"secret").read("k", changed, now=0)


def test_the_last_character_of_a_token_is_significant():
    token = UrlSigner(b"secret").issue("k", ["1"], None)
    for letter in string.ascii_letters + string.digits + "-_":
        if letter != token[-1]:
            with pytest.raises(BadSignatureError):
                UrlSigner(b"secret").read("k", token[:-1] + letter, now=0)


def test_a_token_is_signed_with_256_bits():
    assert len(UrlSigner(b"secret").issue("k", ["1"], None).rpartition(".")[2]) == 43


@given(st.text())
def test_no_text_makes_reading_a_token_fail_otherwise(text):
    with pytest.raises(BadSignatureError):
        UrlSigner(b"secret").read("k", text, now=0)

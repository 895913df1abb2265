"""Recordings and prompts over HTTP: ranges, HEAD, streaming, the control API's audio."""

from __future__ import annotations

import io
import math
import shutil
import time
import wave
from array import array

import pytest

CUSTOMER = "883140500000000"


def tone(hertz, seconds):
    """Return a WAV file of a tone."""
    values = [round(9000 * math.sin(2 * math.pi * hertz * n / 8000)) for n in range(seconds * 8000)]
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(array("h", values).tobytes())
    return file.getvalue()


def power(content, hertz, start):
    """Return the share of ``hertz`` in the second of a WAV file that begins at ``start``."""
    with wave.open(io.BytesIO(content)) as sound:
        sound.setpos(start * 8000)
        values = array("h", sound.readframes(8000))
    total = sum(value * value for value in values) or 1
    angle = 2 * math.pi * hertz / 8000
    real = sum(value * math.cos(angle * n) for n, value in enumerate(values))
    imaginary = sum(value * math.sin(angle * n) for n, value in enumerate(values))
    return (real * real + imaginary * imaginary) / (total * len(values) / 2)


@pytest.fixture
def upload(wire, mtt_server):
    def upload(name, content):
        url = wire.upload_url(name)
        answer = wire.http.post(url, content=content, auth=mtt_server.credentials)
        assert answer.json() == {"success": 1}

    return upload


@pytest.fixture
def recorded(wire, mtt_clock, upload):
    """Return the URL of A's recording: A hears 3 s of 600 Hz, B answers, both talk for 6 s."""
    upload("hello.wav", tone(600, 3))
    queue = [
        {"type": "Ringall", "redirect_number": "79000010209", "timeout": 30},
        {"type": "file", "side": "A", "value": "hello"},
    ]
    call = wire.make(simpleCallBackFollowmeStruct=queue, b_number="79000010206")
    mtt_clock.advance(60)
    return call, wire.info(call)["call_back_record_URL_A"]["downloadURL"]


def test_the_recording_contains_the_prompt_before_the_join(wire, recorded):
    content = wire.http.get(recorded[1]).content
    assert [power(content, 600, second) > 0.9 for second in range(3)] == [True] * 3
    assert power(content, 425, 3) > 0.9  # B rings
    assert power(content, 440, 5) > 0.9  # both are joined: A talks
    assert power(content, 554, 6) > 0.9


def test_a_range_of_a_recording_is_answered_with_206(wire, recorded):
    whole = wire.http.get(recorded[1])
    assert whole.headers["Accept-Ranges"] == "bytes"
    size = len(whole.content)
    assert int(whole.headers["Content-Length"]) == size
    for asked, start, end in (
        ("bytes=0-99", 0, 100),
        ("bytes=101-5000", 101, 5001),
        ("bytes=70001-", 70_001, size),
        ("bytes=-300", size - 300, size),
    ):
        part = wire.http.get(recorded[1], headers={"Range": asked})
        assert (part.status_code, part.content) == (206, whole.content[start:end])
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        assert int(part.headers["Content-Length"]) == end - start


@pytest.mark.parametrize("asked", ["bytes=0-1,5-9", "seconds=0-1", "bytes", ""])
def test_an_unsupported_range_header_is_ignored(wire, recorded, asked):
    answer = wire.http.get(recorded[1], headers={"Range": asked})
    assert (answer.status_code, answer.content[:4]) == (200, b"RIFF")


def test_a_range_beyond_the_end_is_refused(wire, recorded):
    answer = wire.http.get(recorded[1], headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416


def test_head_of_a_recording_returns_its_size(wire, recorded):
    size = len(wire.http.get(recorded[1]).content)
    answer = wire.http.head(recorded[1])
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["Content-Length"], answer.headers["Accept-Ranges"]) == (
        str(size),
        "bytes",
    )


def test_a_long_recording_begins_at_once(wire, mtt_clock):
    call = wire.make("79000010299", duration=3600, b_number="79000009000")
    mtt_clock.advance(4000)
    url = wire.info(call)["call_back_record_URL_B"]["downloadURL"]
    began = time.perf_counter()
    with wire.http.stream("GET", url) as answer:
        assert int(answer.headers["Content-Length"]) > 1_000_000
        next(answer.iter_raw())
        assert time.perf_counter() - began < 1  # 10 ms; a loaded machine takes longer


def control(wire, path, **options):
    return wire.http.request(options.pop("verb", "GET"), f"{wire.origin}/_mtt/{path}", **options)


def test_the_control_api_plays_prompts_and_recordings(wire, recorded, upload):
    call, url = recorded
    recording = control(wire, f"calls/{call}/recording")
    assert recording.content == wire.http.get(url).content
    prompt = control(wire, "prompt-audio", params={"customer": CUSTOMER, "name": "hello.wav"})
    assert (prompt.headers["Content-Type"], prompt.content) == ("audio/wav", tone(600, 3))
    upload("b.ulaw", b"\xff" * 8000)
    prompt = control(wire, "prompt-audio", params={"customer": CUSTOMER, "name": "b.ulaw"})
    assert len(prompt.content) == 16_044
    part = control(
        wire,
        "prompt-audio",
        params={"customer": CUSTOMER, "name": "b.ulaw"},
        headers={"Range": "bytes=0-3"},
    )
    assert (part.status_code, part.content) == (206, b"RIFF")


@pytest.mark.parametrize("path", ["calls/7/recording", "prompt-audio?customer=1&name=none"])
def test_missing_audio_is_404(wire, recorded, path):
    assert control(wire, path).status_code == 404


def test_an_uploaded_page_is_not_served_as_html(wire, upload):
    upload("page.html", b"<html><script>alert(1)</script>")
    answer = control(wire, "prompt-audio", params={"customer": CUSTOMER, "name": "page.html"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json"


def test_prompt_length_can_be_set_and_reset(wire, mtt_server, upload):
    upload("hello.xyz", b"unknown")

    def send(seconds):
        values = {"customer": CUSTOMER, "name": "hello.xyz", "seconds": seconds}
        return control(wire, "prompts", verb="POST", json=values)

    assert send(12.5).json() == {"name": "hello.xyz", "milliseconds": 12_500}
    assert mtt_server.prompts(CUSTOMER)[0].milliseconds == 12_500
    assert send(None).json() == {"name": "hello.xyz", "milliseconds": None}
    assert mtt_server.set_prompt_length(CUSTOMER, "hello.xyz", 3).milliseconds == 3000
    for wrong in (-1, 86_401, "3", True):
        assert send(wrong).status_code == 400
    with pytest.raises(KeyError, match="no prompt"):
        mtt_server.set_prompt_length(CUSTOMER, "other", 3)


@pytest.mark.parametrize(
    ("verb", "path", "values", "status", "error"),
    [
        ("POST", "prompts", {"customer": CUSTOMER, "name": "x.wav"}, 400, "send customer, name and seconds"),
        ("POST", "prompts", {"customer": 7, "name": "x.wav", "seconds": 1}, 400, "send customer, name and seconds"),
        (
            "POST", "prompts", {"customer": CUSTOMER, "name": "x.wav", "seconds": 1}, 404,
            "the customer has no prompt of this name",
        ),
        ("GET", "calls/1/recording?side=C", None, 400, "side must be A or B, got C"),
        ("GET", "calls/1/recording?sid=B", None, 400, "unknown parameter 'sid'; it takes side"),
        ("GET", "prompt-audio?nam=x", None, 400, "unknown parameter 'nam'; it takes customer, name"),
    ],
)  # fmt: skip
def test_control_api_errors_explain_the_request(wire, verb, path, values, status, error):
    answer = control(wire, path, verb=verb, json=values)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_browser_playable_prompt_is_served_unchanged(wire, upload):
    mp3 = (bytes.fromhex("fffb90c0") + bytes(413)) * 100
    upload("hello.mp3", mp3)
    prompt = control(wire, "prompt-audio", params={"customer": CUSTOMER, "name": "hello.mp3"})
    assert (prompt.headers["Content-Type"], prompt.content) == ("audio/mpeg", mp3)


def test_a_missing_prompt_plays_a_marker_tone(wire, mtt_clock):
    queue = [
        {"type": "Ringall", "redirect_number": "79000010209"},
        {"type": "file", "side": "A", "value": "missing"},
    ]
    call = wire.make(simpleCallBackFollowmeStruct=queue, b_number="79000010206")
    mtt_clock.advance(60)
    content = wire.http.get(wire.info(call)["call_back_record_URL_A"]["downloadURL"]).content
    assert power(content, 1000, 1) > 0.99


def test_an_unavailable_database_is_503(wire, mtt_server, recorded, monkeypatch):
    from mtt_mock.domain.store import StoreUnavailableError

    def away(*_):
        raise StoreUnavailableError("the database does not answer")

    url = wire.upload_url("new.wav")
    monkeypatch.setattr(mtt_server._live.fake.store, "put_prompt", away)
    answer = wire.http.post(url, content=tone(600, 1), auth=mtt_server.credentials)
    assert (answer.status_code, answer.json()["error_description"]) == (
        503, "the database does not answer",
    )  # fmt: skip
    monkeypatch.setattr(mtt_server._live.fake.store, "call", away)
    assert wire.http.get(recorded[1]).status_code == 503


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.mtt(speak=True)
def test_text_without_speech_lasts_by_its_characters(wire, mtt_server, monkeypatch):
    monkeypatch.setenv("PATH", "")
    queue = [
        {"type": "Ringall", "redirect_number": "79000010209"},
        {"type": "text", "side": "A", "value": "x" * 150},
    ]
    wire.make(simpleCallBackFollowmeStruct=queue, b_number="79000010206")
    ringing = [event.at for event in mtt_server.calls()[0].plan.timeline if event.kind == "rings"]
    assert ringing == [0, 12_000]


@pytest.mark.mtt(text_speed=5)
def test_the_speed_of_texts_is_a_setting(wire, mtt_server):
    text = "x" * 50
    queue = [
        {"type": "Ringall", "redirect_number": "79000010209"},
        {"type": "text", "side": "A", "value": text},
    ]
    wire.make(simpleCallBackFollowmeStruct=queue, b_number="79000010206")
    (call,) = mtt_server.calls()
    ringing = [event.at for event in call.plan.timeline if event.kind == "rings"]
    assert ringing == [0, 12_000]  # 2 s until A answers, 10 s of text


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.mtt(speak=True)
def test_spoken_text_lasts_as_long_as_its_audio(wire, mtt_server, mtt_clock):
    text = "Здравствуйте, соединяем вас с оператором."
    queue = [
        {"type": "Ringall", "redirect_number": "79000010209"},
        {"type": "text", "side": "A", "value": text},
    ]
    call = wire.make(simpleCallBackFollowmeStruct=queue, b_number="79000010206")
    (made,) = mtt_server.calls()
    ringing = [event.at for event in made.plan.timeline if event.kind == "rings"]
    assert 4000 < ringing[1] < 6500
    assert ringing[1] != 2000 + math.ceil(len(text) * 1000 / 15)
    mtt_clock.advance(60)
    url = wire.info(call)["call_back_record_URL_A"]["downloadURL"]
    content = wire.http.get(url).content
    assert max(array("h", content[44:16_044])) > 2000
    assert power(content, 1000, 1) < 0.5  # speech instead of the marker tone


def test_speaking_without_espeak_is_refused(monkeypatch):
    from mtt_mock import Settings, SettingsError

    monkeypatch.setenv("PATH", "")
    with pytest.raises(SettingsError, match="speak needs the program espeak-ng"):
        Settings(speak=True)

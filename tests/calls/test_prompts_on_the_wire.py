"""Prompts: upload, use in structures, length."""

from __future__ import annotations

import json

import pytest
from generated_calls import wav

CUSTOMER = "883140500000000"
MAKE = "makeCallBackCallFollowme"
QUEUE = [{"type": "Ringall", "redirect_number": "79000000001"}]


@pytest.mark.parametrize("named", ["hello.wav", "hello"])
@pytest.mark.parametrize("value", ["hello.wav", "hello"])
def test_an_uploaded_prompt_plays_for_its_own_length(wire, mtt_server, mtt_clock, named, value):
    answer = wire.upload(wav(2.5), named)
    assert (answer.status_code, answer.json()) == (200, {"success": 1})
    structure = [
        {"type": "Ringall", "redirect_number": "79000009000"},
        {"type": "file", "value": value, "side": "A"},
    ]
    call = wire.make(simpleCallBackFollowmeStruct=structure, b_number="79000010005")
    mtt_clock.advance(7.5)
    assert wire.info(call)["call_back_real_length_A"] == 8  # 2.5 + 5, a begun second counts
    assert wire.info(call)["call_back_real_length_B"] == 5


def test_a_second_upload_replaces_the_first(wire, mtt_server):
    url = wire.upload_url()
    for seconds in (1, 4):
        answer = wire.http.post(url, content=wav(seconds), auth=("login", "password"))
        assert answer.json() == {"success": 1}
    (prompt,) = mtt_server.prompts(CUSTOMER)
    assert (prompt.name, prompt.kind, prompt.milliseconds) == ("hello.wav", "wav", 4000)


def test_a_non_audio_upload_is_stored_with_a_note(wire, mtt_server):
    answer = wire.upload(b"<html>not found</html>")
    assert (answer.status_code, answer.json()) == (200, {"success": 1})
    (prompt,) = mtt_server.prompts(CUSTOMER)
    assert (prompt.content, prompt.kind) == (b"<html>not found</html>", None)
    (note,) = mtt_server.journal[-1].notes()
    assert "hello.wav is not audio" in note.message


def test_the_note_of_an_upload_describes_the_file(wire, mtt_server):
    wire.upload(wav(2.5))
    (note,) = mtt_server.journal[-1].notes()
    assert note.message == "hello.wav: PCM 8 bit, 8 kHz mono, 2.5 s"
    wire.upload(wav(2.5, rate=44_100, channels=2), "music.wav")
    (note,) = mtt_server.journal[-1].notes()
    assert note.message == (
        "music.wav: PCM 8 bit, 44.1 kHz stereo, 2.5 s; telephones hear 8 kHz mono"
    )
    assert mtt_server.journal.problems() == []
    entries = wire.control("journal").json()["entries"]
    assert [n["severity"] for entry in entries for n in entry["notes"]] == ["information"] * 2


def test_the_note_of_an_mp3_explains_its_padding(wire, mtt_server):
    # MPEG 2.5 layer III, 8 kbit/s, 8 kHz, mono: 72 bytes a frame, 576 samples each.
    frame = bytes.fromhex("ffe318c0") + bytes(68)
    wire.upload(frame * 50, "old.mp3")
    (note,) = mtt_server.journal[-1].notes()
    assert note.message == "old.mp3: MP3, 8 kHz mono, 3.6 s with the encoder's padding"
    info = b"Info" + (1).to_bytes(4, "big") + (50).to_bytes(4, "big") + b"LAME3.100" + bytes(12)
    delays = (576 << 12 | 624).to_bytes(3, "big")
    wire.upload((frame[:4] + bytes(9) + info + delays).ljust(72, b"\0") + frame * 50, "new.mp3")
    (note,) = mtt_server.journal[-1].notes()
    assert note.message == "new.mp3: MP3, 8 kHz mono, 3.45 s without 0.15 s of padding"


def test_any_bytes_may_claim_to_be_audio(wire, mtt_server):
    for start in (
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"ID3\x04\x00",
        b"\xff\xfb\x90",
        b"OggS",
        b"fLaC",
    ):
        answer = wire.upload(start + bytes(range(256)) * 4, "claims")
        assert (answer.status_code, answer.json()) == (200, {"success": 1})
    assert len(mtt_server.prompts(CUSTOMER)) == 1


@pytest.mark.mtt(max_prompt=1000)
def test_invalid_uploads_are_refused_with_a_reason(wire, mtt_server):
    url, auth = wire.upload_url(), ("login", "password")

    def answer(verb, content, url=url, auth=auth):
        answer = wire.http.request(verb, url, content=content, auth=auth)
        return answer.status_code, answer.json()

    def refused(text):
        return {"error": 1, "error_description": text}

    empty = refused("File is empty; post its bytes as the body")
    assert answer("POST", b"") == (400, empty)
    assert answer("POST", b"x" * 1001) == (
        413,
        refused("File is larger than 1000 bytes (--max-prompt)"),
    )
    assert answer("POST", b"x" * 1000) == (200, {"success": 1})
    method = refused("Method PUT not allowed; POST the file's bytes")
    assert answer("PUT", b"x") == (405, method)
    assert wire.http.get(url, auth=auth).headers["Allow"] == "POST"
    unknown = refused("Upload URL not known; ask setCallBackPrompt for one")
    for wrong in (url + "x", url[:-1], f"{wire.origin}/upload/7", f"{wire.origin}/upload/%00я"):
        assert answer("POST", b"x", wrong) == (404, unknown)
    (prompt,) = mtt_server.prompts(CUSTOMER)
    assert prompt.content == b"x" * 1000


@pytest.mark.mtt(accounts=["anna:one:883140500000000", "boris:two:883140500000001"])
def test_an_upload_needs_the_login_of_its_customer(wire, mtt_server):
    request = {
        "jsonrpc": "2.0",
        "method": "setCallBackPrompt",
        "params": [CUSTOMER, "hello.wav"],
        "id": 1,
    }
    answer = wire.send(json.dumps(request).encode(), auth=("anna", "one"))
    url = answer.json()["result"]["uploadURL"]
    for auth in (None, ("anna", "two"), ("nobody", "one")):
        answer = wire.http.post(url, content=wav(1), auth=auth)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    answer = wire.http.post(url, content=wav(1), auth=("boris", "two"))
    assert (answer.status_code, answer.json()["error"]) == (403, 1)
    assert mtt_server.prompts(CUSTOMER) == []
    answer = wire.http.post(url, content=wav(1), auth=("anna", "one"))
    assert (answer.status_code, answer.json()) == (200, {"success": 1})


FILE = [*QUEUE, {"type": "file", "value": "for_all_sales", "side": "B"}]
NAMED = '[1].value names a prompt that was not uploaded: "for_all_sales"'


def test_a_missing_prompt_is_noted(wire, mtt_server):
    wire.result("setCallBackFollowme", callBackFollowmeStruct=FILE)
    notes = [str(note) for note in mtt_server.journal[-1].notes()]
    assert notes == [f"callBackFollowmeStruct{NAMED}"]
    wire.make(simpleCallBackFollowmeStruct=FILE)
    notes = [str(note) for note in mtt_server.journal[-1].notes()]
    assert notes == [f"simpleCallBackFollowmeStruct{NAMED}"]


@pytest.mark.mtt(missing_prompts="error")
def test_a_missing_prompt_can_be_an_error(wire, mtt_server):
    error = wire.error("setCallBackFollowme", callBackFollowmeStruct=FILE)
    assert error == (-32602, f"callBackFollowmeStruct{NAMED}")
    assert mtt_server.followme(CUSTOMER).elements == ()
    passed = {"simpleCallBackFollowmeStruct": FILE, "b_number": "7", "caller_id": "7"}
    assert wire.error(MAKE, **passed) == (-32602, f"simpleCallBackFollowmeStruct{NAMED}")
    assert mtt_server.calls() == []
    wire.upload(wav(1), "for_all_sales.mp3")
    assert wire.result("setCallBackFollowme", callBackFollowmeStruct=FILE) == {"success": 1}

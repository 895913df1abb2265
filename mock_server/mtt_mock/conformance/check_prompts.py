"""setCallBackPrompt and uploads; only where they are allowed."""

from __future__ import annotations

from urllib.parse import urlsplit

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.outcomes import Inconclusive, expect
from mtt_mock.conformance.probe_client import Answer, Ask

_NAME = "mtt_mock_verify.wav"
_HEAD = b"RIFF\x2c\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00"
_WAV = _HEAD + b"\x40\x1f\x00\x00\x01\x00\x08\x00data\x08\x00\x00\x00" + b"\x80" * 8


def _url(ask: Ask, name: str = _NAME) -> str:
    url = ask.of_customer("setCallBackPrompt", file_name=name).result["uploadURL"]
    # Credentials go along: not to a host that the endpoint makes up.
    own, other = urlsplit(ask.endpoint.target.url), urlsplit(str(url))
    if own.hostname != other.hostname:
        raise Inconclusive(f"uploadURL is on another host, {other.hostname}")
    return str(url)


def _upload(ask: Ask, url: str, content: bytes = _WAV, verb: str = "POST") -> Answer:
    return ask.endpoint.send(verb, content, url=url, content_type="application/octet-stream")


@fact("prompt.url", needs="uploads")
def an_upload_url_is_given_that_takes_the_bytes(ask: Ask) -> None:
    expect(urlsplit(_url(ask)).scheme in ("http", "https"), expected=True, where="uploadURL")
    expect(_upload(ask, _url(ask)).status, 200, "status of the upload")


@fact("prompt.reply", needs="uploads")
def an_upload_is_answered_success_1(ask: Ask) -> None:
    expect(_upload(ask, _url(ask)).json, {"success": 1}, "body")


@fact("prompt.auth", needs="uploads")
def an_upload_without_credentials_is_a_401(ask: Ask) -> None:
    answer = ask.endpoint.send("POST", _WAV, url=_url(ask), credentials=None)
    expect(answer.status, 401, "status")


@fact("prompt.refused", needs="uploads")
def uploads_that_cannot_be_are_refused(ask: Ask) -> None:
    url = _url(ask)
    for answer, status in (
        (_upload(ask, url, b""), 400),
        (_upload(ask, url, verb="PUT"), 405),
        (_upload(ask, f"{url}x"), 404),
    ):
        expect(answer.status, status, "status")
        expect(answer.envelope.get("error"), 1, "error")
        expect(sorted(answer.envelope), ["error", "error_description"], "keys")


@fact("prompt.repeated", needs="uploads")
def an_upload_url_can_be_used_again(ask: Ask) -> None:
    url = _url(ask)
    expect([_upload(ask, url).status for _ in range(2)], [200, 200], "statuses")


@fact("prompt.name", needs="uploads")
def odd_file_names_are_taken_and_folders_are_not(ask: Ask) -> None:
    _url(ask, "a")
    _url(ask, "привет (1).wav")
    for name in ("", "a/b.wav", "a\\b.wav", "a" * 256):
        answer = ask.of_customer("setCallBackPrompt", file_name=name)
        expect(answer.error["code"], -32602, f"code for {name[:20]!r}")


@fact("prompt.not_audio", needs="uploads")
def bytes_that_are_no_audio_are_taken(ask: Ask) -> None:
    expect(_upload(ask, _url(ask), b"no audio").status, 200, "status")


@fact("prompt.missing", needs="change")
def a_file_element_may_name_what_was_never_uploaded(ask: Ask) -> None:
    ask.clear()
    element = {"type": "file", "value": "mtt_mock_verify_never_uploaded", "side": "B"}
    expect(ask.set(element).envelope.get("result"), {"success": 1}, "result")


@fact("prompt.limit", needs="large")
def a_file_over_10_mib_is_refused_with_413(ask: Ask) -> None:
    if not ask.given.get("uploads"):
        raise Inconclusive("uploads files; needs --allow-uploads too")
    expect(_upload(ask, _url(ask), b" " * (10 * 1024 * 1024 + 1)).status, 413, "status")

"""Checks setCallBackPrompt and uploads; needs --allow-uploads."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.observations import error_value, find_limit
from mtt_mock.conformance.outcomes import CheckFailed, Inconclusive, expect, expect_status
from mtt_mock.conformance.probe_client import ProbeClient, ProbeResponse, is_url

_NAME = "mtt_mock_verify.wav"
_HEAD = b"RIFF\x2c\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00"
_WAV = _HEAD + b"\x40\x1f\x00\x00\x01\x00\x08\x00data\x08\x00\x00\x00" + b"\x80" * 8


def _request_upload(probe: ProbeClient, name: str) -> ProbeResponse:
    return probe.of_customer("setCallBackPrompt", file_name=name)


def _url(probe: ProbeClient, name: str = _NAME) -> str:
    url = _url_member(_request_upload(probe, name).result)[1]
    # An upload carries the credentials, so it must not go to another host.
    own, other = urlsplit(probe.endpoint.target.url), urlsplit(str(url))
    if own.hostname != other.hostname:
        raise Inconclusive(f"uploadURL is on another host, {other.hostname}")
    return str(url)


def _url_member(result: Any) -> tuple[str, str]:
    """Return the name and the URL of the first member that is a URL."""
    for name, value in result.items():
        if is_url(value):
            return name, value
    raise CheckFailed(result, "a URL", "result")


def _upload(
    probe: ProbeClient, url: str, content: bytes = _WAV, verb: str = "POST"
) -> ProbeResponse:
    response = probe.endpoint.send(verb, content, url=url, content_type="application/octet-stream")
    if response.status == HTTPStatus.OK and "prompt.reply" not in probe.observed:
        probe.observe("prompt.reply", response.json)
    return response


@fact("prompt.url", needs="uploads")
def the_upload_url_accepts_the_bytes(probe: ProbeClient) -> None:
    result = _request_upload(probe, _NAME).result
    name, _ = _url_member(result)
    probe.observe("prompt.url", result | {name: "{url}"})
    expect(name, "uploadURL", "the member with the URL")
    expect(urlsplit(_url(probe)).scheme in ("http", "https"), expected=True, where="uploadURL")
    expect_status(_upload(probe, _url(probe)).status, HTTPStatus.OK, "status of the upload")


@fact("prompt.reply", needs="uploads")
def an_upload_is_answered_success_1(probe: ProbeClient) -> None:
    expect(_upload(probe, _url(probe)).json, {"success": 1}, "body")


@fact("prompt.auth", needs="uploads")
def an_upload_without_credentials_is_a_401(probe: ProbeClient) -> None:
    url = _url(probe)
    response = probe.endpoint.send("POST", _WAV, url=url, credentials=None)
    if response.status == _upload(probe, url).status:
        raise CheckFailed(response.status, HTTPStatus.UNAUTHORIZED, "status")
    probe.observe("prompt.auth", {"missing": response.status})
    expect_status(response.status, HTTPStatus.UNAUTHORIZED)


@fact("prompt.refused", needs="uploads")
def invalid_uploads_are_refused(probe: ProbeClient) -> None:
    url = _url(probe)
    responses = {
        "empty": _upload(probe, url, b""),
        "method": _upload(probe, url, verb="PUT"),
        "unknown": _upload(probe, f"{url}x"),
    }
    statuses = {name: response.status for name, response in responses.items()}
    probe.expect_value("prompt.refused", statuses)
    for response in responses.values():
        expect(response.envelope.get("error"), 1, "error")
        expect(sorted(response.envelope), ["error", "error_description"], "keys")


@fact("prompt.repeated", needs="uploads")
def an_upload_url_can_be_used_again(probe: ProbeClient) -> None:
    url = _url(probe)
    statuses = [_upload(probe, url).status for _ in range(2)]
    probe.observe("prompt.repeated", "replace" if statuses[1] == HTTPStatus.OK else "refuse")
    expect(statuses, [200, 200], "statuses")


@fact("prompt.name", needs="uploads")
def odd_file_names_are_accepted_without_folders(probe: ProbeClient) -> None:
    limit = find_limit(
        lambda size: "result" in _request_upload(probe, "a" * size).envelope,
        255,
        least=1,
        most=4096,
    )
    if limit is not None:
        probe.observe("prompt.name", limit)
    _url(probe, "a")
    _url(probe, "привет (1).wav")
    for name in ("", "a/b.wav", "a\\b.wav", "a" * 256):
        response = probe.of_customer("setCallBackPrompt", file_name=name)
        expect(response.error["code"], -32602, f"code for {name[:20]!r}")


@fact("prompt.not_audio", needs="uploads")
def bytes_other_than_audio_are_accepted(probe: ProbeClient) -> None:
    status = _upload(probe, _url(probe, "mtt_mock_verify.txt"), b"no audio").status
    probe.expect_value("prompt.not_audio", "accept" if status == HTTPStatus.OK else "refuse")


@fact("prompt.missing", needs="change")
def a_file_element_can_name_a_missing_prompt(probe: ProbeClient) -> None:
    probe.clear()
    element = {"type": "file", "value": "mtt_mock_verify_never_uploaded", "side": "B"}
    response = probe.set(element)
    if "error" in response.envelope:
        reason = (
            f"callBackFollowmeStruct[0].value names a prompt that was not uploaded: "
            f'"{element["value"]}"'
        )
        value = {"action": "error", **error_value(response.error, reason=reason)}
        probe.observe("prompt.missing", value)
    else:
        probe.observe("prompt.missing", {"action": "note"})
    expect(response.envelope.get("result"), {"success": 1}, "result")


@fact("prompt.value", needs="uploads")
def an_element_may_name_a_prompt_without_its_extension(probe: ProbeClient) -> None:
    if probe.observed.get("prompt.missing", {}).get("action") != "error":
        raise Inconclusive("needs a person who listens to a call")
    _upload(probe, _url(probe))
    probe.clear()
    element = {"type": "file", "value": _NAME.removesuffix(".wav"), "side": "B"}
    taken = "error" not in probe.set(element).envelope
    probe.expect_value("prompt.value", "any extension" if taken else "exact")


@fact("prompt.limit", needs="large")
def a_file_over_10_mib_is_refused_with_413(probe: ProbeClient) -> None:
    if not probe.options.get("uploads"):
        raise Inconclusive("uploads files; needs --allow-uploads too")
    url = _url(probe)
    statuses = {}

    def accepts(size: int) -> bool:
        statuses[size] = _upload(probe, url, _WAV.ljust(size)).status
        return statuses[size] < HTTPStatus.BAD_REQUEST or statuses[size] == HTTPStatus.CONFLICT

    mebibyte = 1024 * 1024
    limit = find_limit(accepts, 10 * mebibyte, least=mebibyte, most=32 * mebibyte, step=mebibyte)
    if limit is not None:
        status = statuses[limit + mebibyte]
        probe.observe("prompt.limit", {"bytes": limit, "status": status})
    upload = _upload(probe, url, _WAV.ljust(10 * mebibyte + 1))
    expect_status(upload.status, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

"""Uploads of prompts: the upload URL, and the answer to a file posted there.

Known from a public client: the file is posted raw, with the same Basic Auth. The rest is assumed.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from msgspec import Struct

import mtt_contracts
from mtt_mock.domain.prompts import Prompt, file_length
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.domain.text import shorten
from mtt_mock.jsonrpc.errors import ServiceUnavailable
from mtt_mock.service.accounts import Account
from mtt_mock.service.context import Caller, ServiceContext
from mtt_mock.service.journal.exchange import INFORMATION
from mtt_mock.service.media.signed_urls import BadSignatureError, UrlSigner
from mtt_mock.service.profile import Profile

if TYPE_CHECKING:
    from mtt_mock.service.media.audio import Audio

PATH = "/upload/"
_TOKEN_KIND = "upload"  # noqa: S105 -- the token's purpose
_ANY_TIME = 0  # upload URLs do not expire
_SET_LENGTH = "set its length with mtt_server.set_prompt_length(...) or POST /_mtt/prompts"


class UploadResult(Struct, frozen=True):
    """The response to an upload, and the parameters and notes for the journal."""

    status: int
    answer: dict[str, Any]
    params: dict[str, Any]
    notes: list[mtt_contracts.Problem]


def upload_url(signer: UrlSigner, caller: Caller, customer_name: str, file_name: str) -> str:
    """Return the URL that takes the bytes of ``file_name``; it does not expire (assumption)."""
    token = signer.issue(_TOKEN_KIND, [customer_name, file_name], None)
    return f"{caller.origin}{PATH}{token}"


def accept_upload(
    service: ServiceContext, account: Account, params: dict[str, Any], content: bytes | None
) -> UploadResult:
    """Store ``content``, ``None`` if it is too large, as the prompt of ``upload_params``."""
    # The formats of audio are loaded when the first file comes, not at the start.
    from mtt_mock.service.media.audio import detect_audio  # noqa: PLC0415

    profile = service.profile
    if not params:
        text = "Upload URL not known; ask setCallBackPrompt for one"
        return _refused(profile["prompt.refused"]["unknown"], text, {})
    customer, name = params["customer_name"], params["file_name"]
    if not account.owns(customer):
        text = f"Customer {shorten(customer, 60)} does not belong to this login"
        return _refused(profile["prompt.auth"]["other_customer"], text, params)
    if content is None:
        text = f"File is larger than {service.settings.max_prompt} bytes (--max-prompt)"
        return _refused(profile["prompt.limit"]["status"], text, params)
    audio = detect_audio(content, name)
    if refusal := _content_refusal(profile, content, audio):
        return _refused(*refusal, params)
    prompt = Prompt(name, content, audio.kind, audio.milliseconds)
    if refusal := _store(service, customer, prompt):
        return _refused(*refusal, params)
    params = params | {
        "bytes": len(content),
        "kind": audio.kind,
        "codec": audio.codec or None,
        "rate": audio.rate or None,
        "channels": audio.channels or None,
        "seconds": None if audio.milliseconds is None else audio.milliseconds / 1000,
    }
    return UploadResult(HTTPStatus.OK, profile["prompt.reply"], params, _notes(prompt, audio))


def _content_refusal(profile: Profile, content: bytes, audio: Audio) -> tuple[int, str] | None:
    if not content:
        return profile["prompt.refused"]["empty"], "File is empty; post its bytes as the body"
    if audio.kind is None and profile["prompt.not_audio"] == "refuse":
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "File is not audio"
    return None


def _store(service: ServiceContext, customer: str, prompt: Prompt) -> tuple[int, str] | None:
    """Store ``prompt``; return status and reason if it cannot be stored."""
    try:
        if service.profile["prompt.repeated"] == "refuse" and any(
            known.name == prompt.name for known in service.store.prompt_metadata(customer)
        ):
            return HTTPStatus.CONFLICT, "File was uploaded already"
        service.limits.check_customer(customer)
        if problem := service.limits.prompt_problem(customer, prompt.name, len(prompt.content)):
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem
        service.store.put_prompt(customer, prompt)
    except (StoreUnavailableError, ServiceUnavailable) as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, str(error)
    return None


def upload_params(service: ServiceContext, token: str) -> dict[str, Any]:
    """Return customer and file name of ``token``; nothing for an unknown token."""
    try:
        customer, name = service.signer.read(_TOKEN_KIND, token, _ANY_TIME)
    except BadSignatureError:
        return {}
    return {"customer_name": customer, "file_name": name}


def refuse_verb(service: ServiceContext, verb: str) -> UploadResult:
    """Return the response to any method but POST."""
    text = f"Method {verb} not allowed; POST the file's bytes"
    return _refused(service.profile["prompt.refused"]["method"], text, {})


def _notes(prompt: Prompt, audio: Audio) -> list[mtt_contracts.Problem]:
    """Describe the file: format, length or assumed length, and what telephones leave out."""
    seconds, hint, rule = file_length(prompt) / 1000, None, "audio"
    if audio.kind is None:
        message = f"{prompt.name} is not audio of a known format; {seconds:g} s are assumed"
        hint = _SET_LENGTH
        from mtt_mock.service.media.headerless import is_form  # noqa: PLC0415

        if is_form(prompt.content):
            hint = "it looks like a form: post the file's bytes themselves"
    elif audio.milliseconds is None:
        message = f"{prompt.name}: {audio}, of unknown length; {seconds:g} s are assumed"
        hint = _SET_LENGTH
    else:
        rule, message = INFORMATION, f"{prompt.name}: {audio}"
        if audio.is_wideband:
            message += "; telephones hear 8 kHz mono"
    return [mtt_contracts.Problem("file", None, rule, message, hint)]


def _refused(status: int, text: str, params: dict[str, Any]) -> UploadResult:
    return UploadResult(status, {"error": 1, "error_description": text}, params, [])

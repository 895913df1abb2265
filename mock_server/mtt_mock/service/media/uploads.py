"""Where the bytes of a prompt go: the upload URL and what is answered there.

Known: the file is posted raw, with the same Basic Auth. Everything else is an assumption.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import mtt_contracts
from mtt_mock.domain.prompts import Prompt, file_length
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.service.accounts import Account
from mtt_mock.service.context import Caller, ServiceContext
from mtt_mock.service.media.audio import detect_audio
from mtt_mock.service.media.signed_urls import BadSignatureError, UrlSigner

PATH = "/upload/"
_KIND = "upload"
_ANY_TIME = 0  # signer for uploads do not expire


class Uploaded(NamedTuple):
    """The answer to an upload: HTTP status and JSON; and what the journal keeps of it."""

    status: int
    answer: dict[str, Any]
    params: dict[str, Any]
    notes: list[mtt_contracts.Problem]


def upload_url(signer: UrlSigner, caller: Caller, customer_name: str, file_name: str) -> str:
    """Return the URL that takes the bytes of ``file_name``; it does not expire (assumption)."""
    ticket = signer.issue(_KIND, [customer_name, file_name], None)
    return f"{caller.origin}{PATH}{ticket}"


def accept_upload(
    service: ServiceContext, account: Account, ticket: str, content: bytes | None
) -> Uploaded:
    """Keep ``content`` as the prompt that ``ticket`` stands for; ``None``: it was too large.

    A second upload takes the place of the first.
    """
    try:
        customer, name = service.signer.read(_KIND, ticket, _ANY_TIME)
    except BadSignatureError:
        return _refused(404, "Upload URL not known; ask setCallBackPrompt for one", {})
    params: dict[str, Any] = {"customer_name": customer, "file_name": name}
    if not account.owns(customer):
        text = f"Customer {customer[:60]} does not belong to this login"
        return _refused(403, text, params)
    if content is None:
        most = service.settings.max_prompt
        return _refused(413, f"File is larger than {most} bytes", params)
    if not content:
        return _refused(400, "File is empty; post its bytes as the body", params)
    audio = detect_audio(content, name)
    prompt = Prompt(name, content, audio.kind, audio.milliseconds)
    try:
        service.store.put_prompt(customer, prompt)
    except StoreUnavailableError as error:
        return _refused(503, str(error), params)
    params |= {"bytes": len(content), "kind": audio.kind}
    notes = []
    if audio.kind is None:
        message = f"{name} is not audio that anything here knows"
        if content.startswith(b"--") and b"Content-Disposition:" in content[:1000]:
            message += "; it looks like a form: post the file's bytes themselves"
        notes.append(mtt_contracts.Problem("file", None, "audio", message))
    elif audio.milliseconds is None:
        seconds = file_length(prompt) / 1000
        message = f"{name} does not say how long it is; it counts as {seconds:g} s"
        notes.append(mtt_contracts.Problem("file", None, "audio", message))
    return Uploaded(200, service.profile["prompt.reply"], params, notes)


def upload_params(service: ServiceContext, ticket: str) -> dict[str, Any]:
    """Return what ``ticket`` stands for, nothing when it is not known."""
    try:
        customer, name = service.signer.read(_KIND, ticket, _ANY_TIME)
    except BadSignatureError:
        return {}
    return {"customer_name": customer, "file_name": name}


def refuse_verb(verb: str) -> Uploaded:
    """Return the answer to anything but a POST."""
    return _refused(405, f"Method {verb} not allowed; POST the file's bytes", {})


def _refused(status: int, text: str, params: dict[str, Any]) -> Uploaded:
    return Uploaded(status, {"error": 1, "error_description": text}, params, [])

"""Builds and reads prompt uploads and record downloads. No IO.

Prompts are POSTed as raw bytes, with the credentials, to the URL of setCallBackPrompt (observed in
a public client). The reply ``{"success": 1}``, and that a record's URL needs no credentials, are
assumptions.
"""

from __future__ import annotations

from typing import Any

from mtt_client._errors import HttpError, ProtocolError
from mtt_client._steps import HttpRequest, Outcome
from mtt_client._urls import origin, url_problem
from mtt_client._wire import excerpt, is_success, raise_refusal, read_json, require_response

UPLOAD = "prompt upload"
DOWNLOAD = "record download"


def upload_request(url: str, content: bytes, origins: frozenset[str]) -> HttpRequest:
    """Return the request that uploads ``content`` to ``url``, the answer to setCallBackPrompt.

    Raises:
        ProtocolError: The URL is outside ``origins``. A forged response must not redirect the
            credentials to another host.
    """
    problem = url_problem(url, "uploadURL")
    if problem is not None:
        raise ProtocolError(UPLOAD, problem)
    target = origin(url)
    if target not in origins:
        raise ProtocolError(
            UPLOAD,
            f"uploadURL leads to {target}, another origin than the endpoint's; to send the"
            f" credentials there, create the client with upload_origins=[{target!r}]",
        )
    return HttpRequest(UPLOAD, body=content, url=url, content_type="application/octet-stream")


def decode_upload(request: HttpRequest, outcome: Outcome) -> None:
    """Raise an error unless ``outcome`` is a success."""
    answer, content = read_json(request, outcome)
    raise_refusal(request.method, content)
    if not is_success(answer):
        raise HttpError(request.method, answer.status, excerpt(answer))
    if not _says_success(content):
        raise ProtocolError(request.method, f"neither success nor error in {excerpt(answer)!r}")


def download_request(url: str, limit: int) -> HttpRequest:
    """Return the request for the record at ``url``.

    Raises:
        ValueError: The URL is invalid.
        TypeError: The URL is not a string.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a string, got {type(url).__name__}")
    problem = url_problem(url)
    if problem is not None:
        raise ValueError(problem)
    return HttpRequest(DOWNLOAD, url=url, accept="*/*", authenticated=False, limit=limit)


def decode_download(request: HttpRequest, outcome: Outcome) -> bytes:
    """Return the record in ``outcome``, or raise an error."""
    answer = require_response(request, outcome)
    if not is_success(answer):
        raise HttpError(request.method, answer.status, excerpt(answer))
    if not answer.whole:
        reason = f"the record is compressed, or larger than max_record ({request.limit} bytes)"
        raise ProtocolError(request.method, reason)
    return answer.body


def _says_success(content: Any) -> bool:
    success = content.get("success") if isinstance(content, dict) else None
    return success == 1 and not isinstance(success, bool)

"""What goes beside JSON-RPC, without any IO: prompts to the service, records from it.

Prompts are POSTed as they are, with the credentials, to the URL of setCallBackPrompt (observed in a
public client); the reply ``{"success": 1}`` is an assumption. That a record's URL needs no
credentials is one too.
"""

from __future__ import annotations

from typing import Any

from mtt_client._errors import HttpError, ProtocolError
from mtt_client._steps import Outcome, Request
from mtt_client._urls import origin, url_problem
from mtt_client._wire import answered, arrived, excerpt, is_success, raise_refusal

UPLOAD = "prompt upload"
DOWNLOAD = "record download"


def upload_request(url: str, content: bytes, origins: frozenset[str]) -> Request:
    """Return the request that uploads ``content`` to ``url``, the answer to setCallBackPrompt.

    Raises ``ProtocolError`` for a URL that leads to none of ``origins``: whoever can write into an
    answer must not get the credentials sent elsewhere.
    """
    problem = url_problem(url, "uploadURL")
    if problem is not None:
        raise ProtocolError(UPLOAD, problem)
    target = origin(url)
    if target not in origins:
        raise ProtocolError(
            UPLOAD,
            f"uploadURL leads to {target}, another origin than the endpoint's; if the credentials"
            f" may be sent there, make the client with upload_origins=[{target!r}]",
        )
    return Request(UPLOAD, body=content, url=url, content_type="application/octet-stream")


def decode_upload(request: Request, outcome: Outcome) -> None:
    """Return when ``outcome`` is a success, or raise an error."""
    answer, content = answered(request, outcome)
    raise_refusal(request.method, content)
    if not is_success(answer):
        raise HttpError(request.method, answer.status, excerpt(answer))
    if not _says_success(content):
        raise ProtocolError(request.method, f"neither success nor error in {excerpt(answer)!r}")


def download_request(url: str, limit: int) -> Request:
    """Return the request for the record at ``url``.

    Raises ``ValueError`` for a URL that cannot be one, ``TypeError`` for what is no text.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a string, got {type(url).__name__}")
    problem = url_problem(url)
    if problem is not None:
        raise ValueError(problem)
    return Request(DOWNLOAD, url=url, accept="*/*", authenticated=False, limit=limit)


def decode_download(request: Request, outcome: Outcome) -> bytes:
    """Return the record that ``outcome`` holds, or raise an error."""
    answer = arrived(request, outcome)
    if not is_success(answer):
        raise HttpError(request.method, answer.status, excerpt(answer))
    if not answer.whole:
        reason = f"the record is compressed, or larger than max_record ({request.limit} bytes)"
        raise ProtocolError(request.method, reason)
    return answer.body


def _says_success(content: Any) -> bool:
    success = content.get("success") if isinstance(content, dict) else None
    return success == 1 and not isinstance(success, bool)

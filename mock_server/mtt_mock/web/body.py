"""Reads the body of a WSGI request up to a limit, with and without a Content-Length."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    HTTPException,
    LengthRequired,
    RequestEntityTooLarge,
)
from werkzeug.wsgi import get_content_length, get_input_stream

from mtt_mock.web.paths import OVER_LIMIT_KEY


def read_body(environ: WSGIEnvironment, limit: int) -> bytes | None:
    """Return the body, ``None`` if it has more than ``limit`` bytes.

    Raises:
        BadRequest: If the body is broken, or shorter than its Content-Length.
        LengthRequired: If the body is chunked and the server does not mark its end.
    """
    if OVER_LIMIT_KEY in environ:
        return None
    declared = get_content_length(environ)
    if (
        "HTTP_TRANSFER_ENCODING" in environ
        and declared is None
        and not environ.get("wsgi.input_terminated")
    ):
        # Werkzeug reads an empty body: hypercorn, a2wsgi and httpx2's WSGITransport do not set
        # wsgi.input_terminated.
        raise LengthRequired
    try:
        # Werkzeug cuts a chunked body at its limit without an error, so read one byte more.
        content = get_input_stream(environ, max_content_length=limit + 1).read()
    except RequestEntityTooLarge:
        return None
    except HTTPException:
        raise
    except Exception as error:
        # A broken chunk; each server raises its own exceptions.
        raise BadRequest from error
    if declared is not None and len(content) < declared:
        # Under gunicorn the body of a client that disconnects ends without an error.
        raise ClientDisconnected
    return content if len(content) <= limit else None

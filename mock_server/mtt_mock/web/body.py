"""Reads the body of a WSGI request up to a limit, with and without a Content-Length."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import LengthRequired, RequestEntityTooLarge
from werkzeug.wsgi import get_content_length, get_input_stream

from mtt_mock.web.paths import OVER_LIMIT_KEY


def read_body(environ: WSGIEnvironment, limit: int) -> bytes | None:
    """Return the body, ``None`` if it has more than ``limit`` bytes.

    Raises:
        LengthRequired: If the body is chunked and the server does not pass its end on.
    """
    if OVER_LIMIT_KEY in environ:
        return None
    if (
        "HTTP_TRANSFER_ENCODING" in environ
        and get_content_length(environ) is None
        and not environ.get("wsgi.input_terminated")
    ):
        # Werkzeug takes the body for empty: hypercorn, a2wsgi and httpx2's WSGITransport do not
        # say that its end can be read.
        raise LengthRequired
    try:
        # Werkzeug cuts a chunked body at its limit without an error, so read one byte more.
        content = get_input_stream(environ, max_content_length=limit + 1).read()
    except RequestEntityTooLarge:
        return None
    return content if len(content) <= limit else None

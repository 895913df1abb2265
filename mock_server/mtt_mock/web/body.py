"""Reads the body of a WSGI request up to a limit, with and without a Content-Length."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from mtt_mock.web.paths import OVER_LIMIT_KEY


def read_body(environ: WSGIEnvironment, limit: int) -> bytes | None:
    """Return the body, ``None`` if it has more than ``limit`` bytes."""
    if OVER_LIMIT_KEY in environ:
        return None
    try:
        # Werkzeug cuts a chunked body at its limit without an error, so read one byte more.
        content = get_input_stream(environ, max_content_length=limit + 1).read()
    except RequestEntityTooLarge:
        return None
    return content if len(content) <= limit else None

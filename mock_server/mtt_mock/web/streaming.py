"""Streams a file in the response, with Range, HEAD and Accept-Ranges."""

from __future__ import annotations

import io
from typing import IO, cast

from flask import Response, request
from werkzeug.wsgi import FileWrapper

BLOCK_BYTES = 64 * 1024


def stream_file(file: io.IOBase, size: int, content_type: str) -> Response:
    """Return a response that reads ``file``, which has ``size`` bytes, while it is sent.

    A Range header with one range is answered with 206, or with 416 if it lies outside the file. A
    header with several ranges is ignored, as HTTP allows. The response closes the file.
    """
    response = Response(
        FileWrapper(cast("IO[bytes]", file), BLOCK_BYTES),
        content_type=content_type,
        direct_passthrough=True,
    )
    response.content_length = size
    environ = dict(request.environ)
    header = environ.get("HTTP_RANGE", "")
    if "," in header or not header.startswith("bytes="):
        environ.pop("HTTP_RANGE", None)
    response.make_conditional(environ, accept_ranges=True, complete_length=size)
    return response

"""The console: one page under ``/_mtt/`` to see and steer a running fake.

The page is plain HTML, CSS and JavaScript modules from the folder ``page``. It gets all data from
the control API and sends no request to another host.
"""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import NamedTuple

from flask import Blueprint, Response, abort, request

# Forbid inline code, other hosts, and text that is parsed as HTML.
_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
_CONTENT_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(_DIRECTIVES),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class ConsoleFile(NamedTuple):
    """A file of the console: its bytes, its Content-Type, and a tag that changes with it."""

    content: bytes
    type: str
    tag: str


@cache
def console_files() -> dict[str, ConsoleFile]:
    """Return the files of the console by name; ``index.html`` is the page."""
    by_name = {}
    for file in files("mtt_mock.web.console").joinpath("page").iterdir():
        kind = _CONTENT_TYPES.get(file.name.rpartition(".")[2])
        if kind is not None:
            content = file.read_bytes()
            tag = hashlib.sha256(content).hexdigest()[:16]
            by_name[file.name] = ConsoleFile(content, kind, tag)
    return by_name


def console_views(prefix: str) -> Blueprint:
    """Return the routes of the console: the page at ``prefix``, its files in ``console/`` below.

    They hold no data and need no token.
    """
    views = Blueprint("console", "mtt_mock", url_prefix=prefix.rstrip("/"))
    views.add_url_rule("/", "page", lambda: _answer("index.html"))
    views.add_url_rule("/console/<name>", "file", _answer)
    return views


def _answer(name: str) -> Response:
    file = console_files().get(name)
    if file is None:
        abort(HTTPStatus.NOT_FOUND)
    response = Response(file.content, HTTPStatus.OK, _HEADERS, content_type=file.type)
    response.set_etag(file.tag)
    response.make_conditional(request)
    response.headers.pop("Date", None)  # the server adds its own
    return response

"""The ``jsonrpc`` member, compared loosely with ``"2.0"`` as PHP does."""

from __future__ import annotations

import re
from typing import Any

from mtt_mock.jsonrpc.json_text import encode_as_php

MAX_SHOWN_CHARACTERS = 60
_VERSION = 2.0
# A numeric string in both PHP 5 and PHP 8: no trailing spaces, no hexadecimal.
_NUMERIC = re.compile(r"[ \t\n\r\v\f]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def is_version_2(version: Any) -> bool:
    """Return whether ``version == "2.0"`` holds in PHP.

    Accepted are ``"2.0"``, ``2``, ``2.0``, ``True`` and numeric strings equal to two, such as
    ``"2"``, ``" 2.0"``, ``"+2.0"`` and ``"20e-1"``.
    """
    if version == "2.0" or version is True:
        return True
    if isinstance(version, str):
        return _NUMERIC.fullmatch(version) is not None and float(version) == _VERSION
    return isinstance(version, int | float) and version == _VERSION


def explain_version(request: dict[str, Any]) -> str:
    """Return why the version of ``request`` is refused."""
    if "jsonrpc" in request:
        shown = show_json(request["jsonrpc"])
        return f'jsonrpc is {shown}; send "jsonrpc": "2.0"'
    if "version" in request:
        shown = show_json(request["version"])
        return f'jsonrpc is missing, "version": {shown} is JSON-RPC 1.1; send "jsonrpc": "2.0"'
    if "method" in request:
        return 'jsonrpc is missing, as in JSON-RPC 1.0; send "jsonrpc": "2.0"'
    return 'jsonrpc and method are missing; send "jsonrpc": "2.0" and a method'


def show_json(value: Any) -> str:
    """Return ``value`` as JSON of at most ``MAX_SHOWN_CHARACTERS``."""
    text = encode_as_php(value).decode()
    return text if len(text) <= MAX_SHOWN_CHARACTERS else f"{text[:MAX_SHOWN_CHARACTERS]}…"

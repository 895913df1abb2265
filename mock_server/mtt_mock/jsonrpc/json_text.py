"""Reads and writes JSON as PHP does, on which MTT's library runs."""

from __future__ import annotations

import json
from typing import Any

import orjson

from mtt_mock.jsonrpc.errors import ParseError

MAX_DEPTH = 512


def decode(body: bytes) -> Any:
    """Return the JSON value in ``body``.

    Raises ``ParseError`` for anything but strict JSON in UTF-8: NaN, numbers beyond a double, lone
    surrogates, a byte order mark, nesting deeper than 512. Integers beyond 64 bits become floats;
    of equal keys the last one wins.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"{error.msg}, line {error.lineno} column {error.colno}") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _deeper_than(MAX_DEPTH, value):
        raise ParseError(f"it is nested deeper than {MAX_DEPTH}")
    return value


def encode(value: Any) -> bytes:
    """Return ``value`` as compact JSON in UTF-8."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        # orjson gives up at a depth of 254; an echoed id may be nested deeper.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _deeper_than(depth: int, value: Any) -> bool:
    level = [value]
    for _ in range(depth):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return any(isinstance(node, dict | list) for node in level)

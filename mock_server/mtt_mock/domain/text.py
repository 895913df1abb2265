"""Formats text for messages and for a terminal, and parses JSON."""

from __future__ import annotations

import json
from typing import Any

MAX_SHOWN_CHARACTERS = 200  # of a value that a message quotes


def shorten(text: str, limit: int = MAX_SHOWN_CHARACTERS) -> str:
    """Return ``text`` in at most ``limit`` characters; the last one is "…" if it was cut."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def shorten_json(
    value: Any, limit: int = MAX_SHOWN_CHARACTERS, *, ensure_ascii: bool = False
) -> str:
    """Return ``value`` as JSON in at most ``limit`` characters; other types by their ``repr``."""
    try:
        text = json.dumps(value, ensure_ascii=ensure_ascii, default=repr)
    except (TypeError, ValueError, RecursionError):  # invalid keys, cycles, too deep
        text = type(value).__name__
    return shorten(text, limit)


def counted(number: int, noun: str) -> str:
    """Return ``number`` and ``noun``, with an ``s`` unless ``number`` is 1."""
    return f"{number} {noun}{'s' * (number != 1)}"


def error_text(error: Exception) -> str:
    """Return the text of ``error`` without its number and file; its type where it has no text."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def json_or_none(text: str | bytes) -> Any:
    """Return ``text`` as JSON; ``None`` if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def printable(text: str, limit: int = MAX_SHOWN_CHARACTERS) -> str:
    """Return ``text`` shortened, without characters that could steer a terminal."""
    text = shorten(text, limit)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)

"""A problem that the contract finds, and the format of paths and values in messages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

MAX_SHOWN_CHARACTERS = 60
_ENCODER = json.JSONEncoder(ensure_ascii=False)  # json.dumps makes one at each call


class Problem(NamedTuple):
    """A violation of the contract, or a note about a valid value.

    Attributes:
        path: A readable path, such as ``callBackFollowmeStruct[4].side``.
        value: The value at the path; ``None`` if it is missing.
        rule: The JSON Schema keyword that was broken.
        message: A sentence that names path and value.
        hint: How to correct a common mistake, or ``None``.
        schema_path: The path of the rule inside the schema.
    """

    path: str
    value: Any
    rule: str
    message: str
    hint: str | None = None
    schema_path: str = ""

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


def readable_path(parts: Iterable[str | int], root: str) -> str:
    """Join ``parts`` to ``a[1].b``; ``root`` names the value as a whole."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path = f"{path or root}[{part}]"
        else:
            path = f"{path}.{part}" if path else part
    return path or root


def show(value: Any) -> str:
    """Return ``value`` as JSON in at most 60 characters."""
    try:
        text = _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= MAX_SHOWN_CHARACTERS else f"{text[: MAX_SHOWN_CHARACTERS - 1]}…"

"""A problem found by the contract, and how paths and values are shown to a person."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that breaks the contract, or that it tolerates but advises against.

    ``path`` is readable (``callBackFollowmeStruct[4].side``), ``value`` is what stands there
    (``None`` when nothing does), ``rule`` is the JSON Schema keyword that was broken, ``message``
    is a sentence that names path and value, ``hint`` says what to do about a classic slip.
    ``schema_path`` leads to the rule inside the schema.
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
    """Join ``parts`` to ``a[1].b``; ``root`` stands for the value as a whole."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path = f"{path or root}[{part}]"
        else:
            path = f"{path}.{part}" if path else part
    return path or root


def show(value: Any) -> str:
    """Return ``value`` as short JSON, cut at 60 characters."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

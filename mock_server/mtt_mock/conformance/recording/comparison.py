"""Compares an answer of a tape with that of the fake: shapes, types, codes, keys; some by kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MISSING = "(nothing)"
_URLS = frozenset({"downloadURL", "uploadURL", "target"})
_NUMBERS = ("waiting_period_", "call_back_real_length_", "call_back_charged_length_")
_MEASURED = frozenset({"call_back_cost", "balance"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference at ``path``: ``seen`` on the tape, ``expected`` by the fake."""

    line: int
    path: str
    seen: Any
    expected: Any

    def __str__(self) -> str:
        seen, expected = _show(self.seen), _show(self.expected)
        return f"line {self.line}: {self.path}: seen {seen}, expected {expected}"


def compare(line: int, path: str, seen: Any, expected: Any, name: str = "") -> Iterator[Difference]:
    """Yield the differences of two JSON values; ``name`` is the key under which they stand.

    URLs, ids of calls, measured seconds and money are compared by kind: what they are, not which.
    """
    if isinstance(seen, dict) and isinstance(expected, dict):
        for key in [*seen, *(key for key in expected if key not in seen)]:
            at = f"{path}.{key}"
            if key not in seen or key not in expected:
                yield Difference(line, at, seen.get(key, _MISSING), expected.get(key, _MISSING))
            else:
                yield from compare(line, at, seen[key], expected[key], key)
    elif isinstance(seen, list) and isinstance(expected, list):
        if len(seen) != len(expected):
            yield Difference(line, f"{path} (length)", len(seen), len(expected))
        for index, (one, other) in enumerate(zip(seen, expected, strict=False)):
            yield from compare(line, f"{path}[{index}]", one, other, name)
    elif kind_of(seen, name) != kind_of(expected, name):
        yield Difference(line, path, seen, expected)


def kind_of(value: Any, name: str) -> Any:
    """Return what is compared of a value: its kind where it is volatile, else itself, typed."""
    if isinstance(value, str):
        kind = _kind_of_text(value, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        kind = _kind_of_number(value, name)
    else:
        kind = json.dumps(value, ensure_ascii=False)
    return kind or (type(value).__name__, value)


def _kind_of_text(value: str, name: str) -> str:
    if name in _URLS and value:
        return "URL with a scheme" if "://" in value else "URL without one"
    if name == "callBackCall_id":
        return "digits" if value.isdecimal() else "text"
    if name.startswith(_NUMBERS) and value.isdecimal():
        return "seconds in digits"
    return ""


def _kind_of_number(value: float, name: str) -> str:
    if name in _MEASURED:
        return "an amount"
    if name.startswith(_NUMBERS):
        return "whole seconds" if float(value).is_integer() else "seconds"
    return ""


def _show(value: Any) -> str:
    text = value if value is _MISSING else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:119]}…"  # noqa: PLR2004

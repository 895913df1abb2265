"""Compares a recorded answer with the fake's: keys, types and values, some only by kind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mtt_mock.domain.json_diff import MISSING, json_differences, show

_URLS = frozenset({"downloadURL", "uploadURL", "target"})
_SECONDS = ("waiting_period_", "call_back_real_length_", "call_back_charged_length_")
_AMOUNTS = frozenset({"call_back_cost", "balance"})
# A value that a message shortens; redaction may change its length.
_CUT = re.compile(r"[^\s\"]*…")


class Drift(NamedTuple):
    """One difference: ``seen`` on the tape, ``expected`` by the fake."""

    line: int
    path: str
    seen: Any
    expected: Any

    def __str__(self) -> str:
        seen, expected = show(self.seen), show(self.expected)
        return f"line {self.line}: {self.path}: seen {seen}, expected {expected}"


def compare(line: int, path: str, seen: Any, expected: Any) -> Iterator[Drift]:
    """Yield the differences of two JSON values.

    URLs, call ids, measured seconds and amounts are compared by kind, because they differ by call.
    """
    for difference in json_differences(expected, seen, path, compare_by=kind_of):
        yield Drift(line, difference.path, difference.seen, difference.expected)


def kind_of(value: Any, name: str) -> Any:
    """Return the key that compares a value: its kind if volatile, else value and type."""
    kind = ""
    if isinstance(value, str):
        kind = _kind_of_text(value, name)
        value = _CUT.sub("…", value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        kind = _kind_of_number(value, name)
    elif isinstance(value, dict | list):
        kind = json.dumps(value, ensure_ascii=False, sort_keys=True)
    elif value is MISSING:
        kind = "missing"
    return kind or (type(value).__name__, value)


def _kind_of_text(value: str, name: str) -> str:
    if name in _URLS and value:
        return "URL with a scheme" if "://" in value else "URL without a scheme"
    if name == "callBackCall_id":
        return "digits" if value.isdecimal() else "text"
    if name.startswith(_SECONDS) and value.isdecimal():
        return "seconds in digits"
    return ""


def _kind_of_number(value: float, name: str) -> str:
    if name in _AMOUNTS:
        return "an amount"
    if name.startswith(_SECONDS):
        return "whole seconds" if float(value).is_integer() else "seconds"
    return ""

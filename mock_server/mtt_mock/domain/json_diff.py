"""Differences of two JSON values, path by path; 1, 1.0 and true are three different values."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any, Final

from msgspec import Struct

from mtt_mock.domain.text import shorten_json


class _Missing:
    """The type of ``MISSING``."""

    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = _Missing()


class Difference(Struct, frozen=True):
    """One place where two JSON values differ.

    ``path`` is readable (``params.callBackFollowmeStruct[4].side``). ``MISSING`` replaces a value
    that is absent.
    """

    path: str
    expected: Any
    seen: Any

    def __str__(self) -> str:
        text = f"{self.path}: expected {show(self.expected)}, seen {show(self.seen)}"
        if isinstance(self.expected, str) and isinstance(self.seen, str):
            text += _hidden_difference(self.expected, self.seen)
        return text


def _hidden_difference(expected: str, seen: str) -> str:
    """Name the first characters that differ if a reader may take them for the same."""
    index, pair = next(
        (index, pair)
        for index, pair in enumerate(zip_longest(expected, seen, fillvalue=""))
        if pair[0] != pair[1]
    )
    are_invisible = any(not char.strip() or not char.isprintable() for char in pair if char)
    have_other_scripts = all(map(str.isalpha, pair)) and len(set(map(_script, pair))) > 1
    if not are_invisible and not have_other_scripts:
        return ""
    first, second = map(_character_name, pair)
    return f" (character {index + 1}: expected {first}, seen {second})"


def _script(char: str) -> str:
    """Return LATIN, CYRILLIC or such."""
    return unicodedata.name(char, "").partition(" ")[0]


def _character_name(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() if char else "its end"


def same_elements(expected: Any, seen: Any) -> bool:
    """Return whether both are arrays of the same elements, in any order."""
    if not isinstance(expected, list) or not isinstance(seen, list) or len(expected) != len(seen):
        return False
    left = list(seen)
    for item in expected:
        index = next((at for at, other in enumerate(left) if same_json(item, other)), None)
        if index is None:
            return False
        del left[index]
    return True


def typed(value: Any, _key: str) -> Any:
    """Return a scalar with its type, so that 1, 1.0 and true differ: the default comparison."""
    return type(value), value


def json_differences(
    expected: Any,
    seen: Any,
    path: str = "",
    *,
    key: str = "",
    compare_by: Callable[[Any, str], Any] = typed,
) -> Iterator[Difference]:
    """Yield each difference of two JSON values, in the order of ``expected``.

    Args:
        expected: The value as it should be. The order of an object's keys does not matter.
        seen: The value as it is.
        path: The path of both values, which the paths of the differences begin with.
        key: The key of the values in the innermost object.
        compare_by: Maps a scalar and its key to the value to compare. It also receives an array or
            object that is compared with another type, and ``MISSING``.
    """
    if isinstance(expected, dict) and isinstance(seen, dict):
        for name in [*expected, *(name for name in seen if name not in expected)]:
            values = expected.get(name, MISSING), seen.get(name, MISSING)
            inner = f"{path}.{name}" if path else str(name)
            yield from json_differences(*values, inner, key=name, compare_by=compare_by)
    elif isinstance(expected, list | tuple) and isinstance(seen, list | tuple):
        for index, values in enumerate(zip_longest(expected, seen, fillvalue=MISSING)):
            inner = f"{path}[{index}]"
            yield from json_differences(*values, inner, key=key, compare_by=compare_by)
    elif compare_by(expected, key) != compare_by(seen, key):
        yield Difference(path, expected, seen)


def same_json(first: Any, second: Any) -> bool:
    """Return whether both are the same JSON value: 1, 1.0 and true differ."""
    return next(json_differences(first, second), None) is None


def show(value: Any) -> str:
    """Return ``value`` as short JSON, "nothing" for ``MISSING``."""
    return repr(value) if value is MISSING else shorten_json(value)

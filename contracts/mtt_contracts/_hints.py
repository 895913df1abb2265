"""Hints for common mistakes: the value that was most likely meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mtt_contracts import _files
from mtt_contracts._element_types import spellings
from mtt_contracts._problems import show

# Cyrillic letters that look like Latin ones, upper and lower case.
_LATIN = str.maketrans(
    "АВЕКМНОРСТУХІаеорсухівкмнт",
    "ABEKMHOPCTYXIaeopcyxibkmht",
)
_SWITCH = {"true": 1, "yes": 1, "on": 1, "false": 0, "no": 0, "off": 0}
_SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}


def for_enum(value: Any, allowed: list[Any]) -> str | None:
    """Return the hint for ``value`` that is not one of ``allowed``."""
    if isinstance(value, bool) and int(value) in allowed:
        return f"send {int(value)}"
    if not isinstance(value, str):
        return None
    switched = _SWITCH.get(value.strip().lower())
    if switched is not None and switched in allowed:
        return f"send {switched}"
    latin = value.translate(_LATIN)
    for choice in allowed:
        if not isinstance(choice, str):
            continue
        if latin != value and latin.upper() == choice:
            return f"{value} is Cyrillic U+{ord(value[0]):04X}; type the Latin letter {choice}"
        if value.strip().upper() == choice:
            return f'write it as "{choice}"'
    return None


def for_element_type(value: str) -> str | None:
    """Return the hint for an unknown word in an element's ``type``."""
    words = spellings()
    latin = value.translate(_LATIN).lower()
    if latin in words and latin != value.lower():
        return f'Cyrillic letters; type "{words[latin]}" in Latin ones'
    near = _nearest(latin.strip(), words)
    return f'did you mean "{words[near]}"?' if near else None


def for_field(name: str, known: list[str]) -> str | None:
    """Return the hint for a field that the contract does not know."""
    near = _nearest(name.translate(_LATIN), known)
    return f'did you mean "{near}"?' if near else None


def _nearest(word: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 -- few requests are wrong

    return next(iter(get_close_matches(word, known, n=1)), None)


def for_type(value: Any, expected: list[str]) -> str | None:
    """Return the hint for a ``value`` of another JSON type than the ``expected`` ones."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and "string" in expected and "integer" not in expected:
        return f'send it as a JSON string: "{value}"'
    if isinstance(value, str) and "number" in expected and re.fullmatch(r"-?\d{1,15}", value):
        return f"send it as a JSON number: {int(value)}"
    return None


def for_number(value: Any) -> str | None:
    """Return the hint for an invalid telephone number."""
    if not isinstance(value, str):
        return for_type(value, ["string"]) if isinstance(value, int) and value >= 0 else None
    digits = re.sub(r"[^0-9+]", "", value)
    if digits != value and re.fullmatch(r"\+?[0-9]{5,20}", digits):
        return f'only digits: "{digits}"'
    return None


def for_direction(value: Any) -> str | None:
    """Return the hint for an invalid direction."""
    side = value.translate(_LATIN).strip().upper() if isinstance(value, str) else None
    return {"A": "send 0 to call side A first", "B": "send 1 to call side B first"}.get(str(side))


def for_duration(value: str) -> str | None:
    """Return the hint for an invalid duration: its seconds, if it names a unit."""
    match = re.fullmatch(r"([0-9]{1,5}) ?([a-z]*)", value.strip().lower())
    if not match or match[2] not in _SECONDS:
        return None
    seconds = int(match[1]) * _SECONDS[match[2]]
    return f'in seconds: "{seconds}"' if seconds <= _files.schema("duration")["maximum"] else None


def for_file_name(value: str) -> str | None:
    """Return the hint for an invalid file name."""
    name = re.split(r"[/\\]", value)[-1]
    if name != value and re.fullmatch(r"[^\x00-\x1f\x7f-\x9f]+\.[A-Za-z0-9]+", name):
        return f"a name, not a path: {show(name)}"
    return None


def for_url(value: str) -> str | None:
    """Return the hint for an invalid callBackURL."""
    bare = value.strip()
    if bare != value:
        return f"remove the white space around it: {show(bare)}"
    if value.startswith("//"):
        return f"with its scheme: {show(f'http:{value}')}"
    if re.match(r"(https?://)?([/?#:]|\Z)", value, re.IGNORECASE):
        return "it names no host"
    slash = re.match(r"(https?):/?(?=[^/])", value, re.IGNORECASE)
    if slash:
        return f"two slashes after the scheme: {show(f'{slash[1]}://{value[slash.end() :]}')}"
    scheme = re.match(r"([a-z][a-z0-9+.-]{0,30})://", value, re.IGNORECASE)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return f"events are sent with GET over http or https, not {scheme[1]}"
    return None

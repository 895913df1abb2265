"""Hints for the classic slips: what a person most likely meant."""

from __future__ import annotations

import difflib
import re
from typing import Any

from mtt_contracts._element_types import spellings
from mtt_contracts._problems import show

# Cyrillic letters that look like Latin ones, upper and lower case.
_LATIN = str.maketrans(
    "АВЕКМНОРСТУХІаеорсухівкмнт",
    "ABEKMHOPCTYXIaeopcyxibkmht",
)


def for_enum(value: Any, allowed: list[Any]) -> str | None:
    """Return the hint for ``value`` that is not one of ``allowed``."""
    if isinstance(value, bool) and int(value) in allowed:
        return f"send {int(value)}"
    if not isinstance(value, str):
        return None
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
    latin = value.translate(_LATIN).lower()
    if latin in spellings() and latin != value.lower():
        return f'Cyrillic letters; type "{latin}" in Latin ones'
    near = difflib.get_close_matches(latin.strip(), spellings(), n=1)
    return f'did you mean "{near[0]}"?' if near else None


def for_field(name: str, known: list[str]) -> str | None:
    """Return the hint for a field that the contract does not know."""
    near = difflib.get_close_matches(name.translate(_LATIN), known, n=1)
    return f'did you mean "{near[0]}"?' if near else None


def for_type(value: Any, wanted: list[str]) -> str | None:
    """Return the hint for ``value`` whose JSON type is none of ``wanted``."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and "string" in wanted and "integer" not in wanted:
        return f'send it as a JSON string: "{value}"'
    if isinstance(value, str) and "number" in wanted and re.fullmatch(r"-?\d{1,15}", value):
        return f"send it as a JSON number: {int(value)}"
    return None


def for_number(value: Any) -> str | None:
    """Return the hint for something that is not a telephone number."""
    if not isinstance(value, str):
        return for_type(value, ["string"])
    digits = re.sub(r"[^0-9+]", "", value)
    if digits != value and re.fullmatch(r"\+?[0-9]{5,20}", digits):
        return f'nothing but digits: "{digits}"'
    return None


def for_url(value: str) -> str | None:
    """Return the hint for a text that is no callBackURL."""
    bare = value.strip()
    if bare != value:
        return f"leave out the blanks around it: {show(bare)}"
    if value.startswith("//"):
        return f"with its scheme: {show(f'http:{value}')}"
    if re.match(r"(https?://)?([/?#:]|\Z)", value, re.IGNORECASE):
        return "it names no host"
    scheme = re.match(r"([a-z][a-z0-9+.-]*)://", value, re.IGNORECASE)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return f"events are sent with GET over http or https, not {scheme[1]}"
    return None

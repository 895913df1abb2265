"""Types of options: numbers within bounds, ports, names of files."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from typing import TypeVar

_Number = TypeVar("_Number", int, float)


def whole_number(noun: str, minimum: int, maximum: int | None = None) -> Callable[[str], int]:
    """Return the type of an option: digits, from ``minimum`` to ``maximum``."""
    bounds = f"{minimum} on" if maximum is None else f"{minimum} to {maximum}"
    highest = float("inf") if maximum is None else maximum

    def parse(text: str) -> int:
        with contextlib.suppress(ValueError):  # more digits than int() takes
            if text.isdecimal() and minimum <= int(text) <= highest:
                return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a {noun}; give a number from {bounds}")

    return parse


port = whole_number("port", 0, 65535)


def positive(number: type[_Number]) -> Callable[[str], _Number]:
    """Return the type of an option: a finite ``number`` above 0."""

    def parse(text: str) -> _Number:
        with contextlib.suppress(ValueError):
            value = number(text)
            if 0 < value < float("inf"):
                return value
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")

    return parse


def file_name(text: str) -> str:
    """Return ``text``; refuse an empty one, which comes from an unset variable."""
    if not text:
        raise argparse.ArgumentTypeError("the name of the file is empty")
    return text

"""Checks the client's own arguments; each function returns the problem as text, or ``None``."""

from __future__ import annotations

import sys
from typing import TypeGuard


def text_problem(name: str, value: object) -> str | None:
    """Return the problem of ``value`` as a non-empty string."""
    if not isinstance(value, str):
        return f"{name} must be a string, got {type(value).__name__}"
    if not value:
        return f"{name} must not be empty"
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"{name} holds characters that UTF-8 cannot"
    return None


def is_number(value: object) -> TypeGuard[float]:
    """Return whether ``value`` is a number; booleans are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def seconds_problem(name: str, value: object) -> str | None:
    """Return the problem of ``value`` as a duration in seconds."""
    if not is_number(value):
        return f"{name} must be a number of seconds, got {type(value).__name__}"
    if not 0 < value <= sys.float_info.max:
        return f"{name} must be more than 0 seconds and finite, got {value}"
    return None


def count_problem(name: str, value: object, minimum: int = 0) -> str | None:
    """Return the problem of ``value`` as a whole number of at least ``minimum``."""
    if isinstance(value, bool) or not isinstance(value, int):
        return f"{name} must be a whole number, got {type(value).__name__}"
    if value < minimum:
        return f"{name} must be at least {minimum}, got {value}"
    return None


def callable_problem(name: str, value: object) -> str | None:
    """Return the problem of ``value`` as a function or ``None``."""
    if value is None or callable(value):
        return None
    return f"{name} must be a function or None, got {type(value).__name__}"

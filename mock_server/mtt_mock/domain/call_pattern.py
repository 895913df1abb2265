"""Matches calls by method, customer, parameters, number and chance, for faults and stubs."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from msgspec import Struct


class CallPattern(Struct, frozen=True, kw_only=True):
    """The calls that a fault or a stub applies to.

    Attributes:
        method: The method, in any letter case, or the name of an event; ``None`` for any.
        customer: The customer_name; ``None`` for any.
        params: Some of the parameters: objects match member by member, arrays and other values must
            be equal; ``None`` for any.
        nth: Applies to this matching call only (with ``times``, from this call on); from 1.
        times: The maximum number of calls that it applies to.
        probability: Chance to apply to a matching call, from 0 to 1.
        seed: Seed of the random draws, which depend only on it and on the number of the call.
    """

    method: str | None = None
    customer: str | None = None
    params: Mapping[str, Any] | None = None
    nth: int | None = None
    times: int | None = None
    probability: float = 1.0
    seed: int = 0

    def __hash__(self) -> int:
        """Return the hash of some fields; the params may hold lists and objects."""
        return hash((self.method, self.customer, self.nth, self.times))

    def check_pattern(self) -> None:
        """Raise ``ValueError`` for numbers that match no call."""
        if (self.nth is not None and self.nth < 1) or (self.times is not None and self.times < 1):
            raise ValueError("@NTH and *TIMES count from 1")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"a probability must be from 0 to 1, got {self.probability}")
        if self.seed < 0:
            raise ValueError(f"a seed must not be negative, got {self.seed}")

    def matches(self, method: str | None, customer: Any, params: Any = None) -> bool:
        """Return whether a call of ``method`` for ``customer`` with named ``params`` matches."""
        if self.method is not None and (method or "").lower() != self.method.lower():
            return False
        if self.customer not in (None, customer):
            return False
        return self.params is None or _is_subset(self.params, params)

    def triggers(self, number: int, triggered: int) -> bool:
        """Return whether matching call ``number`` is one to apply to, after ``triggered`` ones."""
        if self.times is not None and triggered >= self.times:
            return False
        if self.nth is not None:
            last = self.nth if self.times is None else number
            if not self.nth <= number <= last:
                return False
        return self.probability >= 1 or self.random_source(number).random() < self.probability

    def random_source(self, number: int) -> Random:
        """Return the source of the random draws of matching call ``number``."""
        return Random(f"{self.seed} {number}")  # noqa: S311


def _is_subset(expected: Any, actual: Any, *, is_whole: bool = False) -> bool:
    """Return whether ``actual`` holds all members of ``expected``; other values must be equal.

    ``is_whole``: ``actual`` has no further members.
    """
    if isinstance(expected, Mapping):
        return (
            isinstance(actual, Mapping)
            and not (is_whole and len(actual) != len(expected))
            and all(
                name in actual and _is_subset(value, actual[name], is_whole=is_whole)
                for name, value in expected.items()
            )
        )
    if isinstance(expected, list | tuple):
        return (
            isinstance(actual, list | tuple)
            and len(actual) == len(expected)
            and all(_is_subset(*pair, is_whole=True) for pair in zip(expected, actual, strict=True))
        )
    # True == 1 in Python, not in JSON.
    return bool(expected == actual) and isinstance(expected, bool) is isinstance(actual, bool)

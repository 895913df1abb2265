"""Limits the records that the request log prints per second, and counts the omitted ones.

Under load the log would cost a fifth of the throughput, and no reader follows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from heapq import nlargest
from typing import Generic, TypeVar

DEFAULT_LOG_RATE = 200  # requests and events per second
SUMMARY_INTERVAL = 1.0  # seconds
_BURST_SECONDS = 5.0  # of the rate: may be printed at once after a quiet time
_MAX_KINDS = 64  # of omitted records that are counted apart
_MAX_SHOWN_KINDS = 3

_Record = TypeVar("_Record")


class LogRate(Generic[_Record]):
    """A token bucket. Use it from one thread at a time.

    Args:
        per_second: Records per second; 0 for no limit.
    """

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._burst = per_second * _BURST_SECONDS
        self._tokens = self._burst
        self._refilled_at = self._summed_up_at = time.monotonic()
        self._omitted = 0
        self._kinds: dict[Hashable, tuple[int, _Record]] = {}  # number and an example of each

    def allows(self) -> bool:
        """Take a token; return whether there was one."""
        if not self._per_second:
            return True
        if self._tokens < 1:
            now = time.monotonic()
            refill = (now - self._refilled_at) * self._per_second
            self._tokens = min(self._tokens + refill, self._burst)
            self._refilled_at = now
            if self._tokens < 1:
                return False
        self._tokens -= 1
        return True

    def omit(self, kind: Hashable, record: _Record) -> None:
        """Count a record that is not printed."""
        self._omitted += 1
        known = self._kinds.get(kind)
        if known is not None:
            self._kinds[kind] = known[0] + 1, known[1]
        elif len(self._kinds) < _MAX_KINDS:
            self._kinds[kind] = 1, record

    @property
    def has_omitted(self) -> bool:
        """Whether records were omitted since the last summary."""
        return self._omitted > 0

    def summary(self, describe: Callable[[_Record], str], *, final: bool = False) -> str | None:
        """Return a line about the omitted records, once a second and at the end.

        Args:
            describe: Returns what records of a kind have in common, from one of them.
            final: Whether it is the end.
        """
        now = time.monotonic()
        if not self._omitted or not (final or now - self._summed_up_at >= SUMMARY_INTERVAL):
            return None
        commonest = nlargest(_MAX_SHOWN_KINDS, self._kinds.values(), key=lambda kind: kind[0])
        shown = [f"{count:,} {describe(record)}" for count, record in commonest]
        others = self._omitted - sum(count for count, _ in commonest)
        if others:
            shown.append(f"{others:,} others")
        text = f"… {self._omitted:,} more (--log-rate {self._per_second}): {'; '.join(shown)}"
        self._omitted = 0
        self._kinds.clear()
        self._summed_up_at = now
        return text

"""Limits the records that the request log prints per second, and counts the omitted ones.

Under load the log would cost a fifth of the throughput, and no reader follows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from heapq import nlargest
from typing import Generic, TypeVar

DEFAULT_LOG_RATE = 50  # requests and events per second
_BURST_SECONDS = 20  # of the rate: may be printed after a quiet time
# The burst is spread: a line takes as long as a request, so hundreds of them in a row would show in
# the 99th percentile of the response times.
_MAX_AT_ONCE = 50  # records
_PEAK_FACTOR = 2  # times the rate, for the rest of the burst
_MAX_CLASSIFIED = 1000  # omitted records between two summaries whose kinds are all counted
_SAMPLE = 17  # of the later ones one counts for so many; a prime, as clients send in cycles
_MAX_KINDS = 64  # of omitted records that are counted apart
_MAX_SHOWN_KINDS = 3

_Record = TypeVar("_Record")


class _TokenBucket:
    """``capacity`` tokens, which come back one by one; it is never empty with 0 ``per_second``."""

    def __init__(self, per_second: int, capacity: int, now: float) -> None:
        self.full_at = now  # when all tokens are back
        self._interval = 1 / per_second if per_second else 0.0  # seconds until a token comes back
        # Seconds until all tokens but one are back; a sum of intervals is not exact.
        self._max_debt = max(0, capacity - 1) * self._interval + 1e-6

    @property
    def next_at(self) -> float:
        """When the next token can be taken."""
        return self.full_at - self._max_debt

    def take(self, now: float) -> None:
        self.full_at = max(now, self.full_at) + self._interval


class LogRate(Generic[_Record]):
    """Admits records at a rate, and more after a quiet time. Use it from one thread at a time.

    Args:
        per_second: Records per second; 0 for no limit.
        kind_of: Returns the kind of a record; omitted records are counted by kind.
        describe: Returns the text of a kind, from one of its records.
        clock: Returns the time in seconds.
    """

    def __init__(
        self,
        per_second: int,
        kind_of: Callable[[_Record], Hashable],
        describe: Callable[[_Record], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_exceeded = False  # a record was omitted in the last two intervals of the summary
        self._per_second = per_second
        self._kind_of = kind_of
        self._describe = describe
        self._clock = clock
        now = clock()
        self._average = _TokenBucket(per_second, _BURST_SECONDS * per_second, now)
        self._peak = _TokenBucket(_PEAK_FACTOR * per_second, _MAX_AT_ONCE, now)
        self._next_at = now  # when the next record can be admitted: one comparison for most records
        self._omitted = 0
        self._kinds: dict[Hashable, int] = {}
        self._texts: dict[Hashable, str] = {}

    def admits(self, record: _Record) -> bool:
        """Take a token and return ``True``; without one count ``record`` as omitted."""
        now = self._clock()
        if now >= self._next_at:
            self._average.take(now)
            self._peak.take(now)
            self._next_at = max(self._average.next_at, self._peak.next_at)
            return True
        self._omitted += 1
        if self._omitted <= _MAX_CLASSIFIED:
            self._count(record, 1)
        elif not self._omitted % _SAMPLE:  # to classify each would take a twentieth of a request
            self._count(record, _SAMPLE)
        return False

    @property
    def is_idle(self) -> bool:
        """Whether all tokens are back and no record was omitted lately."""
        return not self.is_exceeded and self._average.full_at <= self._clock()

    def _count(self, record: _Record, number: int) -> None:
        self.is_exceeded = True
        kind = self._kind_of(record)
        if kind in self._kinds:
            self._kinds[kind] += number
        elif len(self._kinds) < _MAX_KINDS:
            self._kinds[kind] = number
            self._texts[kind] = self._describe(record)

    def summary(self) -> str | None:
        """Return a line about the records that were omitted since the last summary, if any were."""
        if not self._omitted:
            self.is_exceeded = False
            return None
        commonest = nlargest(_MAX_SHOWN_KINDS, self._kinds, key=self._kinds.__getitem__)
        about = "" if self._omitted <= _MAX_CLASSIFIED else "about "
        shown = [f"{about}{self._kinds[kind]:,} {self._texts[kind]}" for kind in commonest]
        others = self._omitted - sum(self._kinds[kind] for kind in commonest)
        if others >= (_SAMPLE if about else 1):
            shown.append(f"{about}{others:,} others")
        text = f"… {self._omitted:,} more (--log-rate {self._per_second}): {'; '.join(shown)}"
        self._omitted = 0
        self._kinds.clear()
        self._texts.clear()
        return text

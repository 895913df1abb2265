"""Limits the records that the request log prints per second, and counts the omitted ones.

Under load the log would cost a fifth of the throughput, and no reader follows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from heapq import nlargest
from typing import Generic, TypeVar

DEFAULT_LOG_RATE = 50  # requests and events per second
_BURST_SECONDS = 20  # of the rate: may be printed at once after a quiet time
_MAX_DEBT = _BURST_SECONDS + 1e-6  # seconds of missing tokens; a sum of intervals is not exact
_MAX_CLASSIFIED = 1000  # omitted records between two summaries whose kinds are all counted
_SAMPLE = 17  # of the later ones one counts for so many; a prime, as clients send in cycles
_MAX_KINDS = 64  # of omitted records that are counted apart
_MAX_SHOWN_KINDS = 3

_Record = TypeVar("_Record")


class LogRate(Generic[_Record]):
    """A token bucket, whose tokens come back one by one. Use it from one thread at a time.

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
        self._interval = 1 / per_second if per_second else 0.0  # seconds until a token comes back
        self._full_at = clock()  # when all tokens are back
        self._omitted = 0
        self._kinds: dict[Hashable, int] = {}
        self._texts: dict[Hashable, str] = {}

    def admits(self, record: _Record) -> bool:
        """Take a token and return ``True``; without one count ``record`` as omitted."""
        now = self._clock()
        full_at = self._full_at
        full_at = (now if now > full_at else full_at) + self._interval  # noqa: FURB136 -- faster
        if full_at - now < _MAX_DEBT:
            self._full_at = full_at
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
        return not self.is_exceeded and self._full_at <= self._clock()

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

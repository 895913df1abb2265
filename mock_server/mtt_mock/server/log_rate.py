"""Limits the records that the request log prints per second, and counts the omitted ones.

Under load the log would cost a fifth of the throughput, and no reader follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from heapq import nlargest
from typing import Generic, TypeVar

DEFAULT_LOG_RATE = 200  # requests and events per second
_BURST_SECONDS = 5  # of the rate: may be printed at once after a quiet time
_MAX_KINDS = 64  # of omitted records that are counted apart
_MAX_SHOWN_KINDS = 3
_BATCH_SIZE = 256  # omitted records that are counted in one go
_MAX_BATCH_BYTES = 256 * 1024  # of their requests and responses

_Record = TypeVar("_Record")


class LogRate(Generic[_Record]):
    """A token bucket, which the caller refills. Use it from one thread at a time.

    Args:
        per_second: Records per second; 0 for no limit.
        kind_of: Returns the kind of a record; omitted records are counted by kind.
        describe: Returns the text of a kind, from one of its records.
    """

    def __init__(
        self,
        per_second: int,
        kind_of: Callable[[_Record], Hashable],
        describe: Callable[[_Record], str],
    ) -> None:
        self.is_exceeded = False  # a record was omitted in the last two intervals of the summary
        self._per_second = per_second
        self._kind_of = kind_of
        self._describe = describe
        self._burst = per_second * _BURST_SECONDS
        self._tokens: float = self._burst
        self._uncounted: list[_Record] = []
        self._uncounted_bytes = 0
        self._omitted = 0  # of those that are counted
        self._kinds: dict[Hashable, tuple[int, str]] = {}  # number and text of each

    def allows(self) -> bool:
        """Take a token; return whether there was one."""
        if self._tokens >= 1:
            self._tokens -= 1
            return True
        return not self._per_second

    @property
    def is_full(self) -> bool:
        """Whether a refill would change nothing."""
        return self._tokens >= self._burst

    def refill(self, seconds: float) -> None:
        """Add the tokens of ``seconds``."""
        self._tokens = min(self._tokens + seconds * self._per_second, self._burst)

    def omit(self, record: _Record, size: int) -> None:
        """Count a record of ``size`` bytes that is not printed; a batch takes less time."""
        self.is_exceeded = True
        self._uncounted.append(record)
        self._uncounted_bytes += size
        if len(self._uncounted) >= _BATCH_SIZE or self._uncounted_bytes >= _MAX_BATCH_BYTES:
            self._count()

    def _count(self) -> None:
        self._omitted += len(self._uncounted)
        for record in self._uncounted:
            kind = self._kind_of(record)
            known = self._kinds.get(kind)
            if known is not None:
                self._kinds[kind] = known[0] + 1, known[1]
            elif len(self._kinds) < _MAX_KINDS:
                self._kinds[kind] = 1, self._describe(record)
        self._uncounted.clear()
        self._uncounted_bytes = 0

    def summary(self) -> str | None:
        """Return a line about the records that were omitted since the last summary, if any were."""
        self._count()
        if not self._omitted:
            self.is_exceeded = False
            return None
        commonest = nlargest(_MAX_SHOWN_KINDS, self._kinds.values(), key=lambda kind: kind[0])
        shown = [f"{count:,} {text}" for count, text in commonest]
        others = self._omitted - sum(count for count, _ in commonest)
        if others:
            shown.append(f"{others:,} others")
        text = f"… {self._omitted:,} more (--log-rate {self._per_second}): {'; '.join(shown)}"
        self._omitted = 0
        self._kinds.clear()
        return text

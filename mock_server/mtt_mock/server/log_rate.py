"""Limits the records that the request log prints per second, and counts the omitted ones.

Under load the log would cost a fifth of the throughput, and no reader follows it.
"""

from __future__ import annotations

import time
from collections import Counter

from mtt_mock.domain.text import printable

DEFAULT_LOG_RATE = 500  # requests and events per second
_BURST_SECONDS = 2.0  # of the rate: may be printed at once after a quiet time
SUMMARY_INTERVAL = 1.0  # seconds
_MAX_KINDS = 64  # of omitted records that are counted apart
_MAX_SHOWN_KINDS = 3


class LogRate:
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
        self._kinds: Counter[tuple[str, str]] = Counter()

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

    def omit(self, kind: tuple[str, str]) -> None:
        """Count a record that is not printed, by its name and outcome."""
        self._omitted += 1
        if kind in self._kinds or len(self._kinds) < _MAX_KINDS:
            self._kinds[kind] += 1

    @property
    def has_omitted(self) -> bool:
        """Whether records were omitted since the last summary."""
        return bool(self._omitted)

    def summary(self, *, final: bool = False) -> str | None:
        """Return a line about the omitted records, once a second and at the end."""
        now = time.monotonic()
        if not self._omitted or not (final or now - self._summed_up_at >= SUMMARY_INTERVAL):
            return None
        commonest = self._kinds.most_common(_MAX_SHOWN_KINDS)
        shown = [f"{count:,} {printable(' '.join(kind))}" for kind, count in commonest]
        total = self._omitted
        others = total - sum(count for _, count in commonest)
        if others:
            shown.append(f"{others:,} others")
        self._omitted = 0
        self._kinds.clear()
        self._summed_up_at = now
        return f"… {total:,} more (--log-rate {self._per_second}): {'; '.join(shown)}"

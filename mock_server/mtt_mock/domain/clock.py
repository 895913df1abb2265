"""The fake's time: real, sped up, or standing still until it is advanced."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MANUAL_START = 1_767_225_600_000  # 2026-01-01T00:00:00Z: the same in every run
MANUAL = 0.0


class Clock:
    """Milliseconds since the epoch, at ``speed`` times the real pace.

    ``speed`` 1 is real time, 20 runs twenty times as fast, 0 stands still (a manual clock): then
    only ``move_to`` changes what ``now`` says. A running clock starts at the machine's time, a
    manual one at ``MANUAL_START``. ``monotonic`` counts real seconds (tests replace it).
    """

    def __init__(
        self, speed: float = 1.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self.reset(speed)

    @property
    def speed(self) -> float:
        """How much faster than real time it runs; 0: it stands still."""
        return self._speed

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        with self._lock:
            return self._now()

    def move_to(self, moment: int) -> None:
        """Make it ``moment`` (milliseconds since the epoch); it never goes back."""
        with self._lock:
            self._base, self._since = max(moment, self._now()), self._monotonic()

    def set_speed(self, speed: float) -> None:
        """Go on at ``speed`` from what ``now`` says."""
        with self._lock:
            self._base, self._since = self._now(), self._monotonic()
            self._speed = speed

    def reset(self, speed: float) -> None:
        """Start anew at ``speed``."""
        with self._lock:
            self._speed = speed
            self._base = int(time.time() * 1000) if speed else MANUAL_START
            self._since = self._monotonic()

    def seconds_until(self, moment: int) -> float:
        """Return the real seconds until ``moment``; infinite when the clock stands still."""
        with self._lock:
            if not self._speed:
                return float("inf")
            return max(moment - self._now(), 0) / 1000 / self._speed

    def _now(self) -> int:
        return self._base + int((self._monotonic() - self._since) * self._speed * 1000)


def parse_speed(text: object) -> float:
    """Return the speed that a clock setting means: ``manual``, ``real`` or, say, ``20x``.

    Raises ``ValueError`` for anything else.
    """
    if text == "manual":
        return MANUAL
    if text == "real":
        return 1.0
    factor = text.removesuffix("x") if isinstance(text, str) and text.endswith("x") else ""
    try:
        speed = float(factor)
    except ValueError:
        speed = 0.0
    if not _SLOWEST <= speed <= _FASTEST:
        raise ValueError(f'clock must be "manual", "real" or a pace such as "20x", got {text!r}')
    return speed


def speed_text(speed: float) -> str:
    """Return the setting for ``speed``: ``manual``, ``real`` or, say, ``20x``."""
    if not speed:
        return "manual"
    return "real" if speed == 1 else f"{speed:g}x"


_SLOWEST, _FASTEST = 0.001, 100_000.0

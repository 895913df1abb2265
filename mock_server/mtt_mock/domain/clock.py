"""The fake's time: real, sped up, or standing still until it is advanced."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

MANUAL_START = 1_767_225_600_000  # 2026-01-01T00:00:00Z: the same in every run
MANUAL = 0.0


class Clock(Protocol):
    """Milliseconds since the epoch, at ``speed`` times the real pace.

    ``speed`` 1 is real time, 20 runs twenty times as fast, 0 stands still (a manual clock): then
    only ``move_to`` changes what ``now`` says. A running clock starts at the machine's time, a
    manual one at ``MANUAL_START``.
    """

    @property
    def speed(self) -> float:
        """How much faster than real time it runs; 0: it stands still."""
        ...

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        ...

    def initialise(self, speed: float) -> None:
        """Be what a process wants that starts at ``speed``; a clock of its own starts anew."""
        ...

    def move_to(self, moment: int) -> None:
        """Make it ``moment`` (milliseconds since the epoch); it never goes back."""
        ...

    def set_speed(self, speed: float) -> None:
        """Go on at ``speed`` from what ``now`` says."""
        ...

    def reset(self, speed: float) -> None:
        """Start anew at ``speed``."""
        ...

    def seconds_until(self, moment: int) -> float:
        """Return the real seconds until ``moment``; infinite when the clock stands still."""
        ...


@dataclass(frozen=True, slots=True)
class ClockState:
    """What a clock says: ``base`` at the real time ``since``, then ``speed`` times as fast.

    All times are milliseconds.
    """

    speed: float
    base: int
    since: float

    def at(self, real: float) -> int:
        """Return what the clock says at the real time ``real``."""
        return self.base + int((real - self.since) * self.speed)

    def moved(self, moment: int, real: float) -> ClockState:
        """Return it put forward to ``moment``; it never goes back."""
        return ClockState(self.speed, max(moment, self.at(real)), real)

    def at_speed(self, speed: float, real: float) -> ClockState:
        """Return it going on at ``speed``."""
        return ClockState(speed, self.at(real), real)

    def seconds_until(self, moment: int, real: float) -> float:
        """Return the real seconds until it says ``moment``."""
        if not self.speed:
            return float("inf")
        return max(moment - self.at(real), 0) / 1000 / self.speed

    @classmethod
    def starting(cls, speed: float, now: float, since: float) -> ClockState:
        """Return what starts at ``since``, when the machine's time is ``now``."""
        return cls(speed, int(now) if speed else MANUAL_START, since)


class LocalClock:
    """The clock of one process; ``monotonic`` counts real seconds (tests replace it)."""

    def __init__(
        self, speed: float = 1.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._pace: ClockState
        self.reset(speed)

    @property
    def speed(self) -> float:
        """How much faster than real time it runs; 0: it stands still."""
        return self._pace.speed

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        with self._lock:
            return self._pace.at(self._real())

    def initialise(self, speed: float) -> None:
        """Start at ``speed``."""
        self.reset(speed)

    def move_to(self, moment: int) -> None:
        """Make it ``moment`` (milliseconds since the epoch); it never goes back."""
        with self._lock:
            self._pace = self._pace.moved(moment, self._real())

    def set_speed(self, speed: float) -> None:
        """Go on at ``speed`` from what ``now`` says."""
        with self._lock:
            self._pace = self._pace.at_speed(speed, self._real())

    def reset(self, speed: float) -> None:
        """Start anew at ``speed``."""
        with self._lock:
            self._pace = ClockState.starting(speed, time.time() * 1000, self._real())

    def seconds_until(self, moment: int) -> float:
        """Return the real seconds until ``moment``; infinite when the clock stands still."""
        with self._lock:
            return self._pace.seconds_until(moment, self._real())

    def _real(self) -> float:
        return self._monotonic() * 1000


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

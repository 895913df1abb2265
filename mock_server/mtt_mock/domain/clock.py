"""The clock of the fake: real time, accelerated, or manual."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

MANUAL_START = 1_767_225_600_000  # milliseconds: 2026-01-01T00:00:00Z, the same in every run
MANUAL = 0.0
MIN_SPEED, MAX_SPEED = 0.001, 100_000.0


class Clock(Protocol):
    """A clock in milliseconds since the epoch.

    Speed 1 is real time, 20 is twenty times as fast, 0 is a manual clock: only ``move_to`` changes
    its time. A running clock starts at the machine's time, a manual one at ``MANUAL_START``.
    """

    @property
    def speed(self) -> float:
        """The factor over real time; 0 for a manual clock."""
        ...

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        ...

    def initialise(self, speed: float) -> None:
        """Set the configured speed at start-up. Local clocks restart; a shared clock keeps time."""
        ...

    def move_to(self, moment: int) -> None:
        """Move forward to ``moment`` (milliseconds since the epoch); never moves backwards."""
        ...

    def set_speed(self, speed: float) -> None:
        """Continue at ``speed`` from the current time."""
        ...

    def reset(self, speed: float) -> None:
        """Restart at ``speed``."""
        ...

    def seconds_until(self, moment: int) -> float:
        """Return the real seconds until ``moment``; infinity for a manual clock."""
        ...


class ClockState(Struct, frozen=True):
    """The state of a clock: it showed ``base`` at the real time ``since`` and runs at ``speed``.

    All times are milliseconds.
    """

    speed: float
    base: int
    since: float

    def at(self, real: float) -> int:
        """Return the time of the clock at the real time ``real``."""
        return self.base + int((real - self.since) * self.speed)

    def moved(self, moment: int, real: float) -> ClockState:
        """Return the state moved forward to ``moment``; never moves backwards."""
        return ClockState(self.speed, max(moment, self.at(real)), real)

    def at_speed(self, speed: float, real: float) -> ClockState:
        """Return the state that continues at ``speed``."""
        return ClockState(speed, self.at(real), real)

    def seconds_until(self, moment: int, real: float) -> float:
        """Return the real seconds until the clock shows ``moment``."""
        if not self.speed:
            return float("inf")
        return max(moment - self.at(real), 0) / 1000 / self.speed

    @classmethod
    def starting(cls, speed: float, now: float, since: float) -> ClockState:
        """Return a state that starts at ``since``, when the machine's time is ``now``."""
        return cls(speed, int(now) if speed else MANUAL_START, since)


class LocalClock:
    """The ``Clock`` of one process; ``monotonic`` returns real seconds (tests replace it)."""

    def __init__(
        self, speed: float = 1.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._state: ClockState
        self.reset(speed)

    @property
    def speed(self) -> float:
        return self._state.speed

    def now(self) -> int:
        with self._lock:
            return self._state.at(self._real())

    def initialise(self, speed: float) -> None:
        """Start at ``speed``."""
        self.reset(speed)

    def move_to(self, moment: int) -> None:
        with self._lock:
            self._state = self._state.moved(moment, self._real())

    def set_speed(self, speed: float) -> None:
        with self._lock:
            self._state = self._state.at_speed(speed, self._real())

    def reset(self, speed: float) -> None:
        with self._lock:
            self._state = ClockState.starting(speed, time.time() * 1000, self._real())

    def seconds_until(self, moment: int) -> float:
        with self._lock:
            return self._state.seconds_until(moment, self._real())

    def _real(self) -> float:
        return self._monotonic() * 1000


def parse_speed(text: object) -> float:
    """Parse the setting of a clock: ``manual``, ``real`` or a factor such as ``20x``.

    Raises:
        ValueError: The setting is none of these, or the factor is out of range.
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
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise ValueError(f'clock must be "manual", "real" or a factor such as "20x", got {text!r}')
    return speed


def speed_text(speed: float) -> str:
    """Return the setting of ``speed``: ``manual``, ``real`` or a factor such as ``20x``."""
    if not speed:
        return "manual"
    return "real" if speed == 1 else f"{speed:g}x"

"""An event loop whose timers run by the system's clock, also while freezegun stops the time."""

from __future__ import annotations

import asyncio
import time


class RealTimeLoop(asyncio.SelectorEventLoop):
    """Reads the monotonic clock by ``clock_gettime``, which freezegun does not replace.

    In a loop with a frozen clock no timer fires, so its server would never stop.
    """

    def time(self) -> float:
        """Return seconds of the monotonic clock."""
        if hasattr(time, "clock_gettime"):
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()  # Windows

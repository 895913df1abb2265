"""An event loop whose timers run by the system's clock, also while freezegun stops the time."""

from __future__ import annotations

import asyncio
import time


class RealTimeLoop(asyncio.SelectorEventLoop):
    """Reads the monotonic clock by ``clock_gettime``, which freezegun does not replace.

    A loop whose clock stands still fires no timer, so a server in it would never stop.
    """

    def time(self) -> float:
        """Return seconds of the monotonic clock."""
        if hasattr(time, "clock_gettime"):
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()  # Windows

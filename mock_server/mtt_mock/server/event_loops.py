"""Event loops of the servers: asyncio's by the system's clock, and uvloop's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


class RealTimeLoop(asyncio.SelectorEventLoop):
    """Reads the monotonic clock by ``clock_gettime``, which freezegun does not replace.

    In a loop with a frozen clock no timer fires, so its server would never stop.
    """

    def time(self) -> float:
        """Return seconds of the monotonic clock."""
        if hasattr(time, "clock_gettime"):
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()  # Windows


def process_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's event loop where it is installed, for a process that only serves.

    It takes an eighth of a request's time off. It is not for a process of tests: it blocks all
    greenlets of gevent, and its import alone takes 10 ms.
    """
    try:
        import uvloop  # noqa: PLC0415 -- not on Windows
    except ImportError:
        return RealTimeLoop()
    return uvloop.new_event_loop()

"""Signals: one that ends a run ends it tidily, and none breaks into the putting back."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

# Also what a closed terminal sends, where there is such a signal.
_ENDS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def terminable() -> contextlib.AbstractContextManager[None]:
    """Within, SIGTERM and SIGHUP raise ``KeyboardInterrupt`` as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    return _handled(_ENDS, interrupt)


def shielded(say: Callable[[str], None]) -> contextlib.AbstractContextManager[None]:
    """Within, Ctrl-C, SIGTERM and SIGHUP are answered with a line and change nothing."""

    def wait(_number: int, _frame: FrameType | None) -> None:
        say("putting back what was found; a moment, please")

    return _handled([signal.SIGINT, *_ENDS], wait)


@contextlib.contextmanager
def _handled(signals: list[signal.Signals], handler: Any) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # signals do not reach it
        return
    former = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, known in former.items():
            signal.signal(number, known)

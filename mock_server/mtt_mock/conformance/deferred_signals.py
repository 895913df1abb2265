"""Signals: one that ends a run ends it tidily, and none breaks into the putting back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import FrameType

from mtt_mock.server.signals import HANGUP_SIGNALS, handle_signals


def terminable() -> contextlib.AbstractContextManager[None]:
    """Within, SIGTERM and SIGHUP raise ``KeyboardInterrupt`` as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    return handle_signals(HANGUP_SIGNALS, interrupt)


def shielded(say: Callable[[str], None]) -> contextlib.AbstractContextManager[None]:
    """Within, Ctrl-C, SIGTERM and SIGHUP are answered with a line and change nothing."""

    def wait(_number: int, _frame: FrameType | None) -> None:
        say("putting back what was found; a moment, please")

    return handle_signals(["SIGINT", *HANGUP_SIGNALS], wait)

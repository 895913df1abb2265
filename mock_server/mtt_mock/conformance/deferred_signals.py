"""Handles signals during a run: they interrupt it, but not while it restores the state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType

from mtt_mock.server.signals import HANGUP_SIGNALS, handle_signals


def raise_on_sigterm() -> AbstractContextManager[None]:
    """Let SIGTERM and SIGHUP raise ``KeyboardInterrupt`` inside, as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    return handle_signals(HANGUP_SIGNALS, interrupt)


def defer_signals(say: Callable[[str], None]) -> AbstractContextManager[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP only print a line inside."""

    def wait(_number: int, _frame: FrameType | None) -> None:
        say("restoring the original state; please wait")

    return handle_signals(("SIGINT", *HANGUP_SIGNALS), wait)

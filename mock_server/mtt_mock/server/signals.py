"""Signal handlers that last as long as a ``with`` block, and waiting for signals and other things.

The only module that installs handlers and restores the former ones.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from types import FrameType
from typing import Any, Self

STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
HANGUP_SIGNALS = ("SIGTERM", "SIGHUP")  # sent by a supervisor, and by a closed terminal

Handler = Callable[[int, FrameType | None], object]


def existing(names: Iterable[str]) -> list[signal.Signals]:
    """Return the signals in ``names`` that this platform has."""
    return [signal.Signals[name] for name in names if name in signal.Signals.__members__]


def install_handler(names: Iterable[str], handler: Handler) -> dict[int, Any]:
    """Call ``handler`` for the named signals from now on; return the former handlers by number.

    A SIGHUP that is ignored stays so: nohup lets a program outlive its terminal.
    """
    return {
        number: signal.signal(number, handler)
        for number in existing(names)
        if number.name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN
    }


@contextmanager
def handle_signals(names: Iterable[str], handler: Handler) -> Iterator[None]:
    """Call ``handler`` for the named signals inside the block, then restore the former handlers.

    Only the main thread receives signals: in another thread the block runs unchanged. Names that
    this platform does not have are ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = install_handler(names, handler)
    try:
        yield
    finally:
        for number, former_handler in former.items():
            signal.signal(number, former_handler)


@contextmanager
def block_signals(names: Iterable[str]) -> Iterator[None]:
    """Block the named signals in this thread, and in processes started inside the block (POSIX)."""
    former = signal.pthread_sigmask(signal.SIG_BLOCK, existing(names))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


class SignalWaiter:
    """Collects ``STOP_SIGNALS`` while entered, and waits for them together with other objects."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._received: list[int] = []
        self._handlers = handle_signals(STOP_SIGNALS, self._record)

    def __enter__(self) -> Self:
        self._writer.settimeout(0)
        # Python may call a handler late: when the signal arrives just before a blocking call, or in
        # another thread. The byte written here ends the wait in every case.
        self._former_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._handlers.__enter__()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._handlers.__exit__(None, None, None)
        signal.set_wakeup_fd(self._former_fd)
        self._reader.close()
        self._writer.close()

    @property
    def received(self) -> bool:
        """Whether a signal arrived."""
        return bool(self._received)

    def count(self, number: int) -> int:
        """Return how often signal ``number`` arrived."""
        return self._received.count(number)

    def wait(self, others: Iterable[object], timeout: float | None) -> None:
        """Wait for a signal, for one of ``others`` to be ready, or ``timeout`` seconds."""
        if self._reader in wait([self._reader, *others], timeout):  # type: ignore[list-item]
            self._reader.recv(4096)

    def _record(self, number: int, _frame: FrameType | None) -> None:
        self._received.append(number)

"""Signals that one can wait for beside other things."""

from __future__ import annotations

import signal
import socket
from multiprocessing.connection import wait
from types import FrameType, TracebackType
from typing import Self

END = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """SIGINT and SIGTERM that came while this was entered."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._came: list[int] = []

    def __enter__(self) -> Self:
        self._writer.settimeout(0)
        # The interpreter calls handlers late when a signal comes between two steps, or to another
        # thread; what is written here ends a wait all the same.
        self._former_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._former = {number: signal.signal(number, self._note) for number in END}
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._former_fd)
        self._reader.close()
        self._writer.close()

    @property
    def came(self) -> bool:
        """Whether one came."""
        return bool(self._came)

    def count(self, number: int) -> int:
        """Return how often ``number`` came."""
        return self._came.count(number)

    def wait(self, others: list[object], timeout: float | None) -> None:
        """Wait for a signal, one of ``others`` or ``timeout`` seconds."""
        if self._reader in wait([self._reader, *others], timeout):  # type: ignore[list-item]
            self._reader.recv(4096)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(number)

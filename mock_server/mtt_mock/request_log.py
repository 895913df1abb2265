"""One line per request on a stream, written by a thread of its own.

A request only leaves its exchange here; lines are formatted and written in batches, so that a slow
terminal does not slow the fake.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from types import TracebackType
from typing import Self, TextIO

from mtt_mock.journal import Exchange

_LONGEST_LINE = 400
_MOST_WAITING = 100_000  # exchanges; older ones are dropped when nobody reads the stream
_PAUSE = 0.05  # seconds between batches


class RequestLog:
    """Prints exchanges on ``stream``: method, customer, outcome, milliseconds; then the notes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: deque[Exchange] = deque(maxlen=_MOST_WAITING)
        self._arrived = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mtt-mock log", daemon=True)

    def __call__(self, exchange: Exchange) -> None:
        """Take ``exchange`` to be printed soon."""
        self._waiting.append(exchange)
        if not self._arrived.is_set():
            self._arrived.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._arrived.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._arrived.wait()
            self._arrived.clear()
            self._write()
            self._closing.wait(_PAUSE)
        self._write()

    def _write(self) -> None:
        lines = []
        while self._waiting:
            lines += exchange_lines(self._waiting.popleft())
        # Where nobody reads our output any more, go on serving.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()


def exchange_lines(exchange: Exchange) -> list[str]:
    """Return what is printed of ``exchange``, one line and one for each note."""
    method, customer = exchange.method or "-", exchange.customer or "-"
    line = f"{method} {customer} {exchange.outcome} {exchange.ms:.1f} ms"
    return [_plain(line), *(_plain(f"  note: {note}") for note in exchange.notes())]


def _plain(text: str) -> str:
    """Return ``text`` on one short line, without what could steer a terminal."""
    cut = text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}…"
    if cut.isprintable():
        return cut
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)

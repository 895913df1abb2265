"""One line per request and per event on a stream, written by a thread of its own.

A request only leaves its exchange here; lines are formatted and written in batches, so that a slow
terminal does not slow the fake.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Self, TextIO

from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal import Exchange

_LONGEST_VALUE = 60
_LONGEST_LINE = 400
_MOST_WAITING = 8 * 1024 * 1024  # bytes of requests; more are not shown when nobody reads
_LAST_WORDS = 1.0  # seconds that a stream gets at the end to take what is waiting
_BASE_WEIGHT = 500  # bytes that an exchange weighs besides its request
_PAUSE = 0.05  # seconds between batches
_WHOLE = 4096  # bytes that a pipe takes in one piece (PIPE_BUF)


class RequestLog:
    """Prints on ``stream``: method, customer, outcome, milliseconds; then the notes.

    Of an event: its name, call and customer, what became of it, milliseconds. A text is printed as
    it is.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: deque[Exchange | Delivery | str] = deque()
        self._bytes = 0
        self._counting = threading.Lock()
        self._arrived = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mtt-mock log", daemon=True)

    def __call__(self, entry: Exchange | Delivery | str) -> None:
        """Take ``entry`` to be printed soon; when nobody reads the stream, drop it."""
        weight = _weight(entry)
        with self._counting:
            if self._bytes + weight > _MOST_WAITING:
                return
            self._bytes += weight
        self._waiting.append(entry)
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
        self._thread.join(_LAST_WORDS)

    @property
    def stuck(self) -> bool:
        """Whether the stream took no more when the log was closed."""
        return self._thread.is_alive()

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
            entry = self._waiting.popleft()
            with self._counting:
                self._bytes -= _weight(entry)
            lines += _lines(entry)
        # Where nobody reads our output any more, go on serving.
        with contextlib.suppress(OSError, ValueError):
            for text in _pieces(lines):
                self._stream.write(text)
                self._stream.flush()


def _weight(entry: Exchange | Delivery | str) -> int:
    return _BASE_WEIGHT + (entry.size if isinstance(entry, Exchange) else 0)


def _lines(entry: Exchange | Delivery | str) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    return exchange_lines(entry) if isinstance(entry, Exchange) else [delivery_line(entry)]


def _pieces(lines: list[str]) -> Iterator[str]:
    """Yield ``lines`` as texts, each small enough that a pipe takes it whole.

    So lines of workers that write into one pipe do not end up inside each other.
    """
    text, size = "", 0
    for line in lines:
        more = len(line.encode(errors="backslashreplace")) + 1
        if text and size + more > _WHOLE:
            yield text
            text, size = "", 0
        text, size = f"{text}{line}\n", size + more
    if text:
        yield text


def delivery_line(delivery: Delivery) -> str:
    """Return what is printed of an event."""
    callback = delivery.callback
    place = _value(delivery.url or callback.url)
    outcome = plain(delivery.outcome, _LONGEST_LINE)
    customer = _value(callback.customer)
    call = f"{callback.event} {customer} call {callback.call_id}"
    return f"{call} -> {place} {outcome} {delivery.ms:.1f} ms"


def exchange_lines(exchange: Exchange) -> list[str]:
    """Return what is printed of ``exchange``, one line and one for each note."""
    method, customer = _value(exchange.method), _value(exchange.customer)
    outcome = plain(exchange.outcome, _LONGEST_LINE)
    line = f"{method} {customer} {outcome} {exchange.ms:.1f} ms"
    return [line, *(f"  note: {plain(str(note), _LONGEST_LINE)}" for note in exchange.notes())]


def _value(text: str | None) -> str:
    """Return a value that a request chose, so that it cannot pass for the rest of the line."""
    if text is None:
        return "-"
    shown = plain(text, _LONGEST_VALUE)
    return shown if shown and " " not in shown else f'"{shown}"'


def plain(text: str, longest: int) -> str:
    """Return ``text`` cut, without what could steer a terminal."""
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    if cut.isprintable():
        return cut
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)

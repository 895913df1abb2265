"""Writes one line per request and per event to a stream, in a thread of its own.

A request only queues its journal entry; the thread formats and writes lines in batches, so that a
slow terminal does not slow the fake. ``logging.handlers.QueueHandler`` with ``QueueListener`` costs
a request 7 microseconds where this costs 0.5, bounds no bytes, and waits for ever at the end for a
stream that is not read.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterator
from typing import Self, TextIO

from mtt_mock.domain.sensitive import mask_url_secrets
from mtt_mock.domain.text import printable
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal import Exchange

MAX_QUEUED_BYTES = 8 * 1024 * 1024  # of requests; further lines are dropped
_ENTRY_BYTES = 500  # bytes of an entry besides its request
_FLUSH_INTERVAL = 0.05  # seconds between batches
_CLOSE_TIMEOUT = 1.0  # seconds the stream gets at the end to take the queued lines
_PIPE_BUF = 4096  # bytes that a pipe takes in one piece
_MAX_VALUE_CHARS = 60
_MAX_LINE_CHARS = 400

_Item = Exchange | Delivery | str


class RequestLog:
    """Prints lines on ``stream``: method, customer, outcome and milliseconds, then the notes.

    For an event: its name, call and customer, outcome and milliseconds. Text is printed as it is.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._queue: deque[_Item] = deque()
        self._queued_bytes = 0
        self._lock = threading.Lock()
        self._filled = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mtt-mock log", daemon=True)

    def __call__(self, item: _Item) -> None:
        """Queue ``item`` to be printed; drop it if the stream is not being read."""
        size = _size(item)
        with self._lock:
            if self._queued_bytes + size > MAX_QUEUED_BYTES:
                return
            self._queued_bytes += size
        self._queue.append(item)
        if not self._filled.is_set():
            self._filled.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._closing.set()
        self._filled.set()
        self._thread.join(_CLOSE_TIMEOUT)

    @property
    def stuck(self) -> bool:
        """Whether the stream was not read when the log was closed."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._filled.wait()
            self._filled.clear()
            self._flush()
            self._closing.wait(_FLUSH_INTERVAL)
        self._flush()

    def _flush(self) -> None:
        lines: list[str] = []
        while self._queue:
            item = self._queue.popleft()
            with self._lock:
                self._queued_bytes -= _size(item)
            lines += _lines(item)
        # If the stream is closed, go on serving.
        with contextlib.suppress(OSError, ValueError):
            for text in _chunks(lines):
                self._stream.write(text)
                self._stream.flush()


def _size(item: _Item) -> int:
    return _ENTRY_BYTES + (item.size if isinstance(item, Exchange) else 0)


def _lines(item: _Item) -> list[str]:
    if isinstance(item, str):
        return [item]
    return exchange_lines(item) if isinstance(item, Exchange) else [delivery_line(item)]


def _chunks(lines: list[str]) -> Iterator[str]:
    """Yield ``lines`` as texts that a pipe takes in one piece.

    So the lines of workers that share a pipe do not mix.
    """
    text, size = "", 0
    for line in lines:
        line_size = len(line.encode(errors="backslashreplace")) + 1
        if text and size + line_size > _PIPE_BUF:
            yield text
            text, size = "", 0
        text, size = f"{text}{line}\n", size + line_size
    if text:
        yield text


def delivery_line(delivery: Delivery) -> str:
    """Return the log line of an event."""
    callback = delivery.callback
    url = _value(delivery.url or callback.url)
    outcome = printable(delivery.outcome, _MAX_LINE_CHARS)
    customer = _value(callback.customer)
    call = f"{callback.event} {customer} call {callback.call_id}"
    return mask_url_secrets(f"{call} -> {url} {outcome} {delivery.ms:.1f} ms")


def exchange_lines(exchange: Exchange) -> list[str]:
    """Return the log lines of an exchange: its own, and one for each note."""
    method, customer = _value(exchange.method), _value(exchange.customer)
    outcome = printable(exchange.outcome, _MAX_LINE_CHARS)
    line = f"{method} {customer} {outcome} {exchange.ms:.1f} ms"
    notes = [f"  note: {printable(str(note), _MAX_LINE_CHARS)}" for note in exchange.notes()]
    return [mask_url_secrets(text) for text in (line, *notes)]


def _value(text: str | None) -> str:
    """Return a value from a request, quoted if it could be read as more than one value."""
    if text is None:
        return "-"
    shown = printable(text, _MAX_VALUE_CHARS)
    return shown if shown and " " not in shown else f'"{shown}"'

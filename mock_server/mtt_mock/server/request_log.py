"""Writes one line per request and per event to a stream, in a thread of its own.

A request formats its lines and queues them; the thread writes batches, so that a slow terminal does
not slow the fake. Formatting in the thread would take the GIL from the event loop for up to 5 ms.
Requests above a rate are counted and not formatted.
``logging.handlers.QueueHandler`` with ``QueueListener`` costs a request 7 microseconds more, bounds
no bytes, and at the end waits without a limit for a stream that is not read.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Self, TextIO

from mtt_mock.domain.text import printable
from mtt_mock.domain.url_secrets import mask_url_secrets
from mtt_mock.server.log_rate import LogRate
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal import Exchange

MAX_QUEUED_BYTES = 8 * 1024 * 1024  # of lines; further ones are dropped
_FLUSH_INTERVAL = 0.05  # seconds between batches
_SUMMARY_INTERVAL = 1.0  # seconds between summaries of omitted records
_CLOSE_TIMEOUT = 1.0  # seconds the stream gets at the end to take the queued lines
_PIPE_BUF = 4096  # bytes that a pipe takes in one piece
_MAX_WRITE_BYTES = 64 * 1024
_MAX_VALUE_CHARS = 60
_MAX_LINE_CHARS = 400

_Item = Exchange | Delivery | str


class RequestLog:
    """Prints lines on ``stream``: method, customer, outcome and milliseconds, then the notes.

    For an event: its name, call and customer, outcome and milliseconds. Text is printed as it is.

    Args:
        stream: Gets the lines.
        rate: Requests and events per second that are printed; 0 for all. Others are counted.
        is_shared: Whether other processes write to the stream too; their lines are not mixed.
    """

    def __init__(self, stream: TextIO, rate: int = 0, *, is_shared: bool = False) -> None:
        self._stream = stream
        # After each write the thread waits for the GIL, up to 5 ms, and slows the event loop.
        self._max_write_bytes = _PIPE_BUF if is_shared else _MAX_WRITE_BYTES
        self._rate: LogRate[Exchange | Delivery] = LogRate(rate, _kind, _kind_text)
        self._queue: list[tuple[str, int]] = []  # lines with their bytes
        self._queued_bytes = 0
        self._lock = threading.Lock()
        self._filled = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mtt-mock log", daemon=True)

    def __call__(self, item: _Item) -> None:
        """Queue ``item`` to be printed; drop it while nothing reads the stream."""
        if self._queued_bytes >= MAX_QUEUED_BYTES:
            return
        if isinstance(item, str):
            self._put([*self._summary(), item])
            return
        with self._lock:
            is_admitted = self._rate.admits(item)
        if is_admitted:
            self._put(exchange_lines(item) if isinstance(item, Exchange) else [delivery_line(item)])

    def _summary(self) -> list[str]:
        """Return the line that counts omitted items, if there are any."""
        with self._lock:
            summary = self._rate.summary()
        return [] if summary is None else [mask_url_secrets(summary)]

    def _put(self, lines: Iterable[str]) -> None:
        sized = [(line, _size(line)) for line in lines]
        with self._lock:
            self._queued_bytes += sum(size for _, size in sized)
            self._queue += sized
        # A busy event loop is slower while the thread waits for the GIL. Above the rate the thread
        # is not woken: it writes with the next summary.
        if not (self._rate.is_exceeded or self._filled.is_set()):
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
        summed_at = time.monotonic()
        while not self._closing.is_set():
            is_filled = self._filled.wait(None if self._rate.is_idle else _SUMMARY_INTERVAL)
            self._filled.clear()
            is_time = time.monotonic() - summed_at >= _SUMMARY_INTERVAL
            if is_time:
                summed_at = time.monotonic()
            self._flush(with_summary=is_time)
            if is_filled:
                self._closing.wait(_FLUSH_INTERVAL)
        self._flush(with_summary=True)

    def _flush(self, *, with_summary: bool) -> None:
        with self._lock:
            lines, self._queue = self._queue, []
            self._queued_bytes = 0
        if with_summary:
            lines += [(line, _size(line)) for line in self._summary()]
        # If the stream is closed, go on serving.
        with contextlib.suppress(OSError, ValueError):
            for text in _chunks(lines, self._max_write_bytes):
                self._stream.write(text)
                self._stream.flush()


def _size(line: str) -> int:
    """Return the bytes of ``line`` with its end."""
    return (len(line) if line.isascii() else len(line.encode(errors="backslashreplace"))) + 1


def _kind(item: Exchange | Delivery) -> tuple[object, ...]:
    """Return the kind of an omitted item; items of one kind are counted together."""
    if isinstance(item, Exchange):
        return item.method, item.error, item.status, item.is_refusal
    return item.callback.event, item.outcome


def _kind_text(item: Exchange | Delivery) -> str:
    name = item.method if isinstance(item, Exchange) else item.callback.event
    return f"{_value(name)} {printable(item.outcome, _MAX_VALUE_CHARS)}"


def _chunks(lines: Iterable[tuple[str, int]], max_bytes: int) -> Iterator[str]:
    """Yield ``lines`` as texts of ``max_bytes`` at most; a longer line is one text."""
    chunk: list[str] = []
    chunk_size = 0
    for line, size in lines:
        if chunk and chunk_size + size > max_bytes:
            yield "".join(chunk)
            chunk, chunk_size = [], 0
        chunk += (line, "\n")
        chunk_size += size
    if chunk:
        yield "".join(chunk)


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

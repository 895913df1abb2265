"""JournalWriter: appends journal entries in a thread, so that no answer waits."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.entries import MAX_JOURNAL_BYTES
from mtt_mock.service.journal.exchange import Exchange

_log = logging.getLogger("mtt_mock")
Record = Exchange | Delivery
BATCH_SIZE = 500  # records in one transaction
BATCH_INTERVAL = 0.01  # seconds between two transactions; the first record does not wait
MAX_QUEUED_RECORDS = 10_000
MAX_QUEUED_BYTES = 2 * MAX_JOURNAL_BYTES
FLUSH_TIMEOUT = 10.0  # seconds


class JournalWriter:
    """Writes records in batches, oldest first.

    The thread starts with the first record. While the database is unavailable, records are dropped
    and counted; the log says so once.

    Args:
        write: Writes a batch in one transaction. May raise ``StoreUnavailableError``.
    """

    def __init__(self, write: Callable[[Sequence[Record]], None]) -> None:
        self._write = write
        self._changed = threading.Condition()  # guards the fields below
        self._queue: deque[Record] = deque()
        self._queued_bytes = 0
        self._added = 0
        self._written = 0  # written or dropped
        self._missing = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def add(self, record: Record) -> None:
        """Queue ``record`` and return at once."""
        with self._changed:
            size = _size(record)
            if len(self._queue) >= MAX_QUEUED_RECORDS or self._queued_bytes > MAX_QUEUED_BYTES:
                self._drop(1, "the database is too slow")
                return
            self._queue.append(record)
            self._queued_bytes += size
            self._added += 1
            # A thread does not survive a fork.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="mtt-mock journal")
                self._thread.daemon = True
                self._thread.start()
            elif len(self._queue) == 1:
                self._changed.notify_all()

    def flush(self, timeout: float = FLUSH_TIMEOUT) -> None:
        """Wait until the records that are queued now are written or dropped."""
        with self._changed:
            target = self._added
            self._changed.notify_all()  # cuts the interval short
            self._changed.wait_for(lambda: self._written >= target, timeout)

    def discard(self) -> None:
        """Drop the queued records, and wait for the batch that is being written."""
        with self._changed:
            self._written += len(self._queue)
            self._queue.clear()
            self._queued_bytes = 0
        self.flush()

    def close(self, timeout: float) -> None:
        """Write the queued records and end the thread."""
        self.flush(timeout)
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        next_write = 0.0
        while (batch := self._next_batch(next_write)) is not None:
            problem = self._try_write(batch) if batch else None
            next_write = time.monotonic() + BATCH_INTERVAL
            with self._changed:
                if problem is not None:
                    self._drop(len(batch), problem)
                elif batch and self._missing:
                    missing, self._missing = self._missing, 0
                    _log.warning("the journal is stored again; %d entries are missing", missing)
                self._written += len(batch)
                self._changed.notify_all()

    def _next_batch(self, earliest: float) -> list[Record] | None:
        """Wait for records, and until ``earliest``; return them, ``None`` at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            if not self._queue:
                self._thread = None  # it ends in a moment and writes nothing
                return None
            pause = earliest - time.monotonic()
            if pause > 0 and not self._closed:
                self._changed.wait(pause)
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_SIZE))]
            self._queued_bytes -= sum(map(_size, batch))
            return batch

    def _try_write(self, batch: Sequence[Record]) -> str | None:
        try:
            self._write(batch)
        except StoreUnavailableError as error:
            return str(error)
        except Exception:  # noqa: BLE001 -- one bad record must not end the thread
            _log.exception("the journal could not be written")
            return "see above"
        return None

    def _drop(self, count: int, reason: str) -> None:
        if not self._missing:
            _log.warning("the journal is missing entries: %s", reason)
        self._missing += count


def _size(record: Record) -> int:
    return 0 if isinstance(record, Delivery) else record.size

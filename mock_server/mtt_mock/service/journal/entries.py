"""The storage of journal entries: its interface, and the implementation in memory."""

from __future__ import annotations

import heapq
import os
import threading
from collections import deque
from itertools import takewhile
from typing import NamedTuple, Protocol

from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.exchange import Exchange

MAX_JOURNAL_BYTES = 8 * 1024 * 1024  # of requests and answers; in memory up to 20 times that
MAX_PAGE_BYTES = 2 * 1024 * 1024  # of requests and answers in a page
MAX_PIECE_BYTES = 256 * 1024  # of requests and answers in a piece of a stream


class Entry(NamedTuple):
    """An exchange or a delivery; ``seq`` counts both from 1 since the last reset."""

    seq: int
    record: Exchange | Delivery


def first_bytes(entries: list[Entry], limit: int) -> list[Entry]:
    """Return the first entries of at most ``limit`` bytes together, one at least."""
    total = 0
    for count, (_, record) in enumerate(entries):
        total += record.size if isinstance(record, Exchange) else len(record.callback.url)
        if count and total > limit:
            return entries[:count]
    return entries


class Entries(Protocol):
    """The newest exchanges and deliveries, a limited number of each; safe to use from any thread.

    Requests and answers are also limited to 8 MiB in total. Where processes share the entries,
    every method may raise ``StoreUnavailableError``.
    """

    @property
    def generation(self) -> int:
        """The journal's generation: changes on reset, differs between journals."""
        ...

    @property
    def last(self) -> int:
        """The newest entry's ``seq``, 0 if none came since the last reset."""
        ...

    @property
    def first(self) -> int:
        """The oldest kept entry's ``seq``, the next entry's if none is kept."""
        ...

    def append(self, record: Exchange | Delivery) -> None:
        """Append ``record`` as the newest entry."""
        ...

    def after(self, seq: int, limit: int | None = None) -> list[Entry]:
        """Return the first ``limit`` entries with a higher ``seq``, oldest first."""
        ...

    def exchanges(self) -> list[Exchange]:
        """Return the exchanges, oldest first."""
        ...

    def exchange(self, index: int) -> Exchange:
        """Return the exchange at ``index``, -1 the newest; or raise ``IndexError``."""
        ...

    def count(self) -> int:
        """Return the number of exchanges."""
        ...

    def deliveries(self) -> list[Delivery]:
        """Return the deliveries, oldest first."""
        ...

    def resize(self, size: int) -> None:
        """Limit exchanges to ``size``, and deliveries to the same number."""
        ...

    def clear(self) -> None:
        """Delete all entries and count from 1 again."""
        ...


class MemoryEntries:
    """The entries of one process, in memory; see ``Entries`` for the methods."""

    def __init__(self) -> None:
        self._size = 0
        self._exchanges: deque[Entry] = deque()
        self._bytes = 0
        self._deliveries: deque[Entry] = deque()
        self._lock = threading.Lock()
        self.last = 0
        self.generation = int.from_bytes(os.urandom(4)) >> 1

    @property
    def first(self) -> int:
        with self._lock:
            oldest = [entries[0].seq for entries in (self._exchanges, self._deliveries) if entries]
            return min(oldest, default=self.last + 1)

    def append(self, record: Exchange | Delivery) -> None:
        with self._lock:
            self.last += 1
            if isinstance(record, Exchange):
                self._bytes += record.size
                self._exchanges.append(Entry(self.last, record))
            else:
                self._deliveries.append(Entry(self.last, record))
            self._trim()

    def after(self, seq: int, limit: int | None = None) -> list[Entry]:
        with self._lock:
            newer = [_after(entries, seq) for entries in (self._exchanges, self._deliveries)]
        return list(heapq.merge(*newer))[:limit]

    def exchanges(self) -> list[Exchange]:
        with self._lock:
            return [entry.record for entry in self._exchanges]  # type: ignore[misc]

    def exchange(self, index: int) -> Exchange:
        return self._exchanges[index].record  # type: ignore[return-value]

    def count(self) -> int:
        return len(self._exchanges)

    def deliveries(self) -> list[Delivery]:
        with self._lock:
            return [entry.record for entry in self._deliveries]  # type: ignore[misc]

    def resize(self, size: int) -> None:
        with self._lock:
            self._size = size
            self._trim()

    def clear(self) -> None:
        with self._lock:
            self._exchanges.clear()
            self._deliveries.clear()
            self._bytes = self.last = 0
            self.generation += 1

    def _trim(self) -> None:
        while len(self._exchanges) > self._size or self._bytes > MAX_JOURNAL_BYTES:
            self._bytes -= self._exchanges.popleft().record.size  # type: ignore[union-attr]
        while len(self._deliveries) > self._size:
            self._deliveries.popleft()


def _after(entries: deque[Entry], seq: int) -> list[Entry]:
    return [*takewhile(lambda entry: entry.seq > seq, reversed(entries))][::-1]

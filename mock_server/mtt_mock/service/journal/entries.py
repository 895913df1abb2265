"""Where the journal's entries are kept: one small interface, and this process's memory."""

from __future__ import annotations

import heapq
import secrets
import threading
from collections import deque
from itertools import takewhile
from typing import NamedTuple, Protocol

from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.exchange import Exchange

MOST_BYTES = 8 * 1024 * 1024  # parsed JSON takes up to twenty times as much memory


class Entry(NamedTuple):
    """An exchange or an event; ``seq`` counts both from 1 since the last reset."""

    seq: int
    what: Exchange | Delivery


class Entries(Protocol):
    """The last exchanges and events, at most so many of each; safe to use from any thread.

    Of requests that are large together only the newest are kept: 8 MiB of them at the most. Entries
    that others share may raise ``StoreUnavailableError`` from every method.
    """

    @property
    def generation(self) -> int:
        """A number that is another one after all was forgotten, and in another journal."""
        ...

    @property
    def last(self) -> int:
        """The newest entry's ``seq``, 0 when nothing came since the last reset."""
        ...

    @property
    def first(self) -> int:
        """The oldest kept entry's ``seq``, the next one's when nothing is kept."""
        ...

    def append(self, what: Exchange | Delivery) -> None:
        """Keep ``what`` as the newest."""
        ...

    def after(self, seq: int, limit: int | None = None) -> list[Entry]:
        """Return what has a higher ``seq``, oldest first: the first ``limit`` of it."""
        ...

    def exchanges(self) -> list[Exchange]:
        """Return the exchanges, oldest first."""
        ...

    def exchange(self, index: int) -> Exchange:
        """Return the exchange at ``index``, -1 the newest; or raise ``IndexError``."""
        ...

    def count(self) -> int:
        """Return how many exchanges are kept."""
        ...

    def deliveries(self) -> list[Delivery]:
        """Return what became of events, oldest first."""
        ...

    def resize(self, size: int) -> None:
        """Keep at most ``size`` exchanges, and as many events, from now on."""
        ...

    def clear(self) -> None:
        """Forget everything and count from 1 again."""
        ...


class MemoryEntries:
    """The entries of one process; gone with it."""

    def __init__(self) -> None:
        self._size = 0
        self._exchanges: deque[Entry] = deque()
        self._bytes = 0
        self._deliveries: deque[Entry] = deque()
        self._lock = threading.Lock()
        self.last = 0
        self.generation = secrets.randbelow(2**31)

    @property
    def first(self) -> int:
        """The oldest kept entry's ``seq``, the next one's when nothing is kept."""
        with self._lock:
            oldest = [kept[0].seq for kept in (self._exchanges, self._deliveries) if kept]
            return min(oldest, default=self.last + 1)

    def append(self, what: Exchange | Delivery) -> None:
        """Keep ``what`` as the newest."""
        with self._lock:
            self.last += 1
            if isinstance(what, Exchange):
                self._bytes += what.size
                self._exchanges.append(Entry(self.last, what))
            else:
                self._deliveries.append(Entry(self.last, what))
            self._trim()

    def after(self, seq: int, limit: int | None = None) -> list[Entry]:
        """Return what has a higher ``seq``, oldest first."""
        with self._lock:
            newest = [_above(kept, seq) for kept in (self._exchanges, self._deliveries)]
        return list(heapq.merge(*newest))[:limit]

    def exchanges(self) -> list[Exchange]:
        """Return the exchanges, oldest first."""
        with self._lock:
            return [entry.what for entry in self._exchanges]  # type: ignore[misc]

    def exchange(self, index: int) -> Exchange:
        """Return the exchange at ``index``, -1 the newest."""
        return self._exchanges[index].what  # type: ignore[return-value]

    def count(self) -> int:
        """Return how many exchanges are kept."""
        return len(self._exchanges)

    def deliveries(self) -> list[Delivery]:
        """Return what became of events, oldest first."""
        with self._lock:
            return [entry.what for entry in self._deliveries]  # type: ignore[misc]

    def resize(self, size: int) -> None:
        """Keep at most ``size`` exchanges, and as many events, from now on."""
        with self._lock:
            self._size = size
            self._trim()

    def clear(self) -> None:
        """Forget everything and count from 1 again."""
        with self._lock:
            self._exchanges.clear()
            self._deliveries.clear()
            self._bytes = self.last = 0
            self.generation += 1

    def _trim(self) -> None:
        while len(self._exchanges) > self._size or self._bytes > MOST_BYTES:
            self._bytes -= self._exchanges.popleft().what.size  # type: ignore[union-attr]
        while len(self._deliveries) > self._size:
            self._deliveries.popleft()


def _above(kept: deque[Entry], after: int) -> list[Entry]:
    return [*takewhile(lambda entry: entry.seq > after, reversed(kept))][::-1]

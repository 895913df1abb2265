"""The last exchanges and events of a fake, and questions about them."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from mtt_mock.events import Delivery
from mtt_mock.journal.asserting import check_called, check_not_called, differences
from mtt_mock.journal.exchange import Exchange

_MOST_BYTES = 8 * 1024 * 1024  # parsed JSON takes up to twenty times as much memory


class Entry(NamedTuple):
    """An exchange or an event; ``seq`` counts both from 1 since the last reset."""

    seq: int
    what: Exchange | Delivery


class Journal:
    """The last exchanges and events, at most ``size`` of each; safe to use from any thread.

    Of requests that are large together only the newest are kept: 8 MiB of them at the most. As a
    sequence it is the exchanges, oldest first.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._exchanges: deque[Entry] = deque()
        self._bytes = 0
        self._deliveries: deque[Entry] = deque()
        self._last = 0
        self._listeners: tuple[Callable[[Exchange | Delivery], None], ...] = ()
        self.era = 0  # how often all was forgotten
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        with self._lock:
            return iter([entry.what for entry in self._exchanges])  # type: ignore[misc]

    def __getitem__(self, index: int) -> Exchange:
        """Return the exchange at ``index``; -1 is the newest."""
        return self._exchanges[index].what  # type: ignore[return-value]

    @property
    def last(self) -> int:
        """The newest entry's ``seq``, 0 when nothing came since the last reset."""
        return self._last

    def add(self, exchange: Exchange) -> None:
        """Keep ``exchange`` and tell the listeners."""
        with self._lock:
            self._bytes += exchange.size
            self._append(self._exchanges, exchange)
        self._tell(exchange)

    @property
    def deliveries(self) -> list[Delivery]:
        """The events that were sent to callBackURLs, or that could not be, oldest first."""
        with self._lock:
            return [entry.what for entry in self._deliveries]  # type: ignore[misc]

    def add_delivery(self, delivery: Delivery) -> None:
        """Keep ``delivery`` and tell the listeners."""
        with self._lock:
            self._append(self._deliveries, delivery)
        self._tell(delivery)

    def requests(
        self, method: str | None = None, *, customer: str | None = None, **params: Any
    ) -> list[Exchange]:
        """Return the exchanges of ``method`` (any letter case), of ``customer``, with ``params``.

        ``params`` are MTT's own names and what must have been sent for them.
        """
        return [each for each in self if _is_asked_for(each, method, customer, params)]

    def problems(self) -> list[Exchange]:
        """Return the exchanges that failed, met a fault or have something to note."""
        return [each for each in self if each.is_problem]

    def assert_called(
        self, method: str, *, times: int | None = None, customer: str | None = None, **params: Any
    ) -> list[Exchange]:
        """Return the exchanges of ``method`` with ``params``: ``times`` of them, or at least one.

        Otherwise raises ``AssertionError``, which shows the closest request and how it differs.
        """
        found = self.requests(method, customer=customer, **params)
        wanted = params if customer is None else {"customer_name": customer, **params}
        check_called(list(self), found, method, wanted, times)
        return found

    def assert_not_called(self, method: str, *, customer: str | None = None, **params: Any) -> None:
        """Raise ``AssertionError`` when such a request came; it shows the first one."""
        check_not_called(self.requests(method, customer=customer, **params), method)

    def entries(self, after: int = 0, limit: int | None = None) -> list[Entry]:
        """Return what has a ``seq`` above ``after``, oldest first: the first ``limit`` of it."""
        with self._lock:
            newest = [_above(kept, after) for kept in (self._exchanges, self._deliveries)]
        return list(heapq.merge(*newest))[:limit]

    @property
    def first(self) -> int:
        """The oldest kept entry's ``seq``, the next one's when nothing is kept."""
        with self._lock:
            oldest = [kept[0].seq for kept in (self._exchanges, self._deliveries) if kept]
            return min(oldest, default=self._last + 1)

    def listen(self, listener: Callable[[Exchange | Delivery], None]) -> None:
        """Call ``listener`` with all that is to come, in the thread that it comes from."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def resize(self, size: int) -> None:
        """Keep at most ``size`` exchanges from now on."""
        with self._lock:
            self._size = size
            self._trim()

    def clear(self) -> None:
        """Forget exchanges and events and count from 1 again; listeners stay."""
        with self._lock:
            self._exchanges.clear()
            self._deliveries.clear()
            self._bytes = self._last = 0
            self.era += 1

    def _append(self, kept: deque[Entry], what: Exchange | Delivery) -> None:
        self._last += 1
        kept.append(Entry(self._last, what))
        self._trim()

    def _tell(self, what: Exchange | Delivery) -> None:
        for listener in self._listeners:
            listener(what)

    def _trim(self) -> None:
        while len(self._exchanges) > self._size or self._bytes > _MOST_BYTES:
            self._bytes -= self._exchanges.popleft().what.size  # type: ignore[union-attr]
        while len(self._deliveries) > self._size:
            self._deliveries.popleft()


def _above(kept: deque[Entry], after: int) -> list[Entry]:
    return [*takewhile(lambda entry: entry.seq > after, reversed(kept))][::-1]


def _is_asked_for(
    exchange: Exchange, method: str | None, customer: str | None, params: dict[str, Any]
) -> bool:
    if method is not None and (exchange.method or "").lower() != method.lower():
        return False
    if customer is not None and exchange.customer != customer:
        return False
    if not params:
        return True
    sent = exchange.params if isinstance(exchange.params, dict) else {}
    return all(
        name in sent and not any(differences(value, sent[name], name))
        for name, value in params.items()
    )

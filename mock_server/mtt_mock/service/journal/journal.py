"""The last exchanges and events of a fake, and questions about them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from mtt_mock.domain.json_diff import same_json
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.assertions import check_called, check_not_called
from mtt_mock.service.journal.entries import Entries, Entry, MemoryEntries
from mtt_mock.service.journal.exchange import Exchange


class Journal:
    """The last exchanges and events, at most ``size`` of each; safe to use from any thread.

    Of requests that are large together only the newest are kept: 8 MiB of them at the most. As a
    sequence it is the exchanges, oldest first. ``entries`` is where they are kept.
    """

    def __init__(self, size: int, entries: Entries | None = None) -> None:
        self._entries = entries or MemoryEntries()
        self._entries.resize(size)
        self._listeners: tuple[Callable[[Exchange | Delivery], None], ...] = ()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._entries.count()

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._entries.exchanges())

    def __getitem__(self, index: int) -> Exchange:
        """Return the exchange at ``index``; -1 is the newest."""
        return self._entries.exchange(index)

    @property
    def generation(self) -> int:
        """A number that is another one after all was forgotten, and in another journal."""
        return self._entries.generation

    @property
    def last(self) -> int:
        """The newest entry's ``seq``, 0 when nothing came since the last reset."""
        return self._entries.last

    @property
    def first(self) -> int:
        """The oldest kept entry's ``seq``, the next one's when nothing is kept."""
        return self._entries.first

    def add(self, what: Exchange | Delivery) -> None:
        """Keep ``what`` and tell the listeners."""
        self._entries.append(what)
        for listener in self._listeners:
            listener(what)

    @property
    def deliveries(self) -> list[Delivery]:
        """The events that were sent to callBackURLs, or that could not be, oldest first."""
        return self._entries.deliveries()

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
        kept = list(self)
        dropped = self.last - len(kept) - len(self.deliveries)
        check_called(kept, found, method, wanted, times, dropped)
        return found

    def assert_not_called(self, method: str, *, customer: str | None = None, **params: Any) -> None:
        """Raise ``AssertionError`` when such a request came; it shows the first one."""
        check_not_called(self.requests(method, customer=customer, **params), method)

    def entries(self, after: int = 0, limit: int | None = None) -> list[Entry]:
        """Return what has a ``seq`` above ``after``, oldest first: the first ``limit`` of it."""
        return self._entries.after(after, limit)

    def listen(self, listener: Callable[[Exchange | Delivery], None]) -> None:
        """Call ``listener`` with all that this process adds, in the thread that it comes from."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def resize(self, size: int) -> None:
        """Keep at most ``size`` exchanges from now on."""
        self._entries.resize(size)

    def clear(self) -> None:
        """Forget exchanges and events and count from 1 again; listeners stay."""
        self._entries.clear()


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
    return all(name in sent and same_json(value, sent[name]) for name, value in params.items())

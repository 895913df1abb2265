"""The journal of a fake: the newest exchanges and deliveries, with queries and assertions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from mtt_mock.domain.json_diff import same_json
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.entries import Entries, Entry, MemoryEntries
from mtt_mock.service.journal.exchange import Exchange


class Journal:
    """The newest exchanges and deliveries of a fake; safe to use from any thread.

    As a sequence it is the exchanges, oldest first.

    Args:
        size: The maximum number of exchanges, and of deliveries. Requests and answers are also
            limited to 8 MiB in total.
        entries: Stores the entries; in memory by default.
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
        """The journal's generation: changes on reset, differs between journals."""
        return self._entries.generation

    @property
    def last(self) -> int:
        """The newest entry's ``seq``, 0 if none came since the last reset."""
        return self._entries.last

    @property
    def first(self) -> int:
        """The oldest kept entry's ``seq``, the next entry's if none is kept."""
        return self._entries.first

    def add(self, record: Exchange | Delivery) -> None:
        """Append a record and call the listeners.

        Args:
            record: An exchange or a delivery.
        """
        self._entries.append(record)
        for listener in self._listeners:
            listener(record)

    @property
    def deliveries(self) -> list[Delivery]:
        """The deliveries of events to callBackURLs, failed ones included, oldest first."""
        return self._entries.deliveries()

    def requests(
        self, method: str | None = None, *, customer: str | None = None, **params: Any
    ) -> list[Exchange]:
        """Return the exchanges that match, oldest first.

        Args:
            method: The method's name in any letter case; ``None``: every method.
            customer: The customer_name; ``None``: every customer.
            **params: Values that the request must hold, by MTT's parameter names. 1, 1.0 and True
                are different values.

        Returns:
            The matching exchanges; empty if there are none.
        """
        return [exchange for exchange in self if _matches(exchange, method, customer, params)]

    def problems(self) -> list[Exchange]:
        """Return the exchanges that failed, triggered a fault or have warnings.

        Returns:
            The exchanges, oldest first.
        """
        return [exchange for exchange in self if exchange.is_problem]

    def assert_called(
        self, method: str, *, times: int | None = None, customer: str | None = None, **params: Any
    ) -> list[Exchange]:
        """Assert that the application called ``method`` with ``params``.

        Args:
            method: The method's name in any letter case.
            times: The exact number of such requests; ``None``: one or more.
            customer: The customer_name; ``None``: every customer.
            **params: Values that the request must hold, by MTT's parameter names.

        Returns:
            The exchanges that match.

        Raises:
            AssertionError: The number is another. The message shows the closest request and how it
                differs.
        """
        # Late: a served fake has no assertions.
        from mtt_mock.service.journal.assertions import check_called  # noqa: PLC0415

        matches: list[Exchange] = []
        others: list[Exchange] = []
        for exchange in self:
            is_match = _matches(exchange, method, customer, params)
            (matches if is_match else others).append(exchange)
        expected = params if customer is None else {"customer_name": customer, **params}
        dropped = self.last - len(matches) - len(others) - len(self.deliveries)
        check_called(matches, others, method, expected, times, dropped)
        return matches

    def assert_not_called(self, method: str, *, customer: str | None = None, **params: Any) -> None:
        """Assert that no such request came.

        Args:
            method: The method's name in any letter case.
            customer: The customer_name; ``None``: every customer.
            **params: Values that the request must hold, by MTT's parameter names.

        Raises:
            AssertionError: Such a request came. The message shows the first one.
        """
        from mtt_mock.service.journal.assertions import check_not_called  # noqa: PLC0415

        check_not_called(self.requests(method, customer=customer, **params), method)

    def entries(self, after: int = 0, limit: int | None = None) -> list[Entry]:
        """Return entries after a sequence number.

        Args:
            after: The ``seq`` to start after; 0 starts with the oldest.
            limit: The maximum number of entries; ``None`` for all.

        Returns:
            The entries, oldest first.
        """
        return self._entries.after(after, limit)

    def listen(self, listener: Callable[[Exchange | Delivery], None]) -> None:
        """Call a function with each record that this process adds.

        Args:
            listener: Receives an ``Exchange`` or ``Delivery`` in the thread that adds it.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def resize(self, size: int) -> None:
        """Limit the journal.

        Args:
            size: The maximum number of exchanges, and of deliveries.
        """
        self._entries.resize(size)

    def clear(self) -> None:
        """Delete all entries and count from 1 again; listeners stay."""
        self._entries.clear()


def _matches(
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

"""What was asked and what became of it, and the events that were sent; newest last."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mtt_contracts
from mtt_mock.events import Delivery
from mtt_mock.rpc import Call

_MOST_BYTES = 8 * 1024 * 1024  # parsed JSON takes up to twenty times as much memory


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer.

    ``at`` is seconds since the epoch, ``ms`` how long the whole HTTP request took, in
    milliseconds. ``method`` and ``customer`` are ``None`` when they could not be read. ``params``
    are the named ones. ``status`` is the HTTP status, ``size`` the request's in bytes (of a batch:
    this call's share). ``remarks`` are what the fake had to say beside the answer.
    ``fault`` is the fault that struck, as text; ``status`` is then 0 when nothing was answered.
    """

    at: float
    method: str | None
    customer: str | None
    params: Any
    result: Any
    error: tuple[int, str | None] | None
    status: int
    ms: float
    size: int
    remarks: tuple[mtt_contracts.Problem, ...] = ()
    fault: str | None = None

    @property
    def outcome(self) -> str:
        """Return what became of it, in a few words."""
        if self.fault is not None:
            return f"fault {self.fault}"
        if self.status == 401:  # noqa: PLR2004
            return "401 no or wrong credentials"
        if self.error:
            code, data = self.error
            return f"error {code} {data}" if data else f"error {code}"
        if isinstance(self.result, dict) and "error" in self.result:
            return f"refused: {self.result.get('error_description')}"
        return "ok"

    def notes(self) -> list[mtt_contracts.Problem]:
        """Return what was tolerated but is advised against (unknown fields, misspelt types, …)."""
        if self.error or not isinstance(self.params, dict):
            return []  # nothing was read, or the error says it all
        known = self.method in mtt_contracts.methods()
        noted = mtt_contracts.params_notes(str(self.method), self.params) if known else []
        return [*noted, *self.remarks]


class Journal:
    """The last exchanges and events, at most ``size`` of each; safe to use from any thread.

    Of requests that are large together only the newest are kept: 8 MiB of them at the most.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._exchanges: deque[Exchange] = deque()
        self._bytes = 0
        self._deliveries: deque[Delivery] = deque()
        self._listeners: tuple[Callable[[Exchange | Delivery], None], ...] = ()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        with self._lock:
            return iter(list(self._exchanges))

    def __getitem__(self, index: int) -> Exchange:
        """Return the exchange at ``index``; -1 is the newest."""
        return self._exchanges[index]

    def add(self, exchange: Exchange) -> None:
        """Keep ``exchange`` and tell the listeners."""
        with self._lock:
            self._exchanges.append(exchange)
            self._bytes += exchange.size
            self._trim()
        for listener in self._listeners:
            listener(exchange)

    @property
    def deliveries(self) -> list[Delivery]:
        """The events that were sent to callBackURLs, or that could not be, oldest first."""
        with self._lock:
            return list(self._deliveries)

    def add_delivery(self, delivery: Delivery) -> None:
        """Keep ``delivery`` and tell the listeners."""
        with self._lock:
            self._deliveries.append(delivery)
            self._trim()
        for listener in self._listeners:
            listener(delivery)

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
        """Forget exchanges and events; listeners stay."""
        with self._lock:
            self._exchanges.clear()
            self._deliveries.clear()
            self._bytes = 0

    def _trim(self) -> None:
        while len(self._exchanges) > self._size or self._bytes > _MOST_BYTES:
            self._bytes -= self._exchanges.popleft().size
        while len(self._deliveries) > self._size:
            self._deliveries.popleft()


def exchange_of(
    call: Call, *, at: float, status: int, ms: float, size: int, fault: str | None = None
) -> Exchange:
    """Return the journal's record of ``call``, whose request had ``size`` bytes."""
    customer = call.params.get("customer_name") if isinstance(call.params, dict) else None
    return Exchange(
        at=at,
        method=call.method if isinstance(call.method, str) else None,
        customer=customer if isinstance(customer, str) else None,
        params=call.params,
        result=call.result,
        error=(call.error.code, call.error.data) if call.error else None,
        status=status,
        ms=ms,
        size=size,
        remarks=tuple(call.notes),
        fault=fault,
    )

"""Where state lives: one small interface, and the store in this process's memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from mtt_mock.domain.followme import EMPTY, Followme


class Store(Protocol):
    """State per customer_name. Every method is atomic and safe to call from any thread."""

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset; ``EMPTY`` for a customer nobody has set anything for."""
        ...

    def change_followme(
        self, customer_name: str, change: Callable[[Followme], Followme]
    ) -> Followme:
        """Replace what is preset by ``change`` of it, and return the new value.

        No other change of the same customer happens in between. When ``change`` raises, nothing
        is changed and the exception goes on. ``change`` may be called again, so it must be pure.
        """
        ...

    def customers(self) -> list[str]:
        """Return the customers with something preset, in no promised order."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...


class MemoryStore:
    """The store of one process; gone with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followme: dict[str, Followme] = {}

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset for the customer."""
        return self._followme.get(customer_name, EMPTY)

    def change_followme(
        self, customer_name: str, change: Callable[[Followme], Followme]
    ) -> Followme:
        """Replace what is preset by ``change`` of it, atomically."""
        with self._lock:
            new = change(self._followme.get(customer_name, EMPTY))
            if new == EMPTY:
                self._followme.pop(customer_name, None)
            else:
                self._followme[customer_name] = new
            return new

    def customers(self) -> list[str]:
        """Return the customers with something preset."""
        return list(self._followme)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._followme.clear()

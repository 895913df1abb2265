"""ChangeLog: counts the changes of a store by part, and names the customers of the last ones."""

from __future__ import annotations

from collections import deque
from typing import Literal, get_args

Part = Literal["customers", "calls", "faults", "subscribers"]
PARTS: tuple[Part, ...] = get_args(Part)
_MAX_RETAINED = 1000  # changes


class ChangeLog:
    """The changes of one store. The caller holds a lock."""

    def __init__(self) -> None:
        self.revision = 0
        """The number of changes so far."""
        self.revisions = dict.fromkeys(PARTS, 0)
        """The revision of each part's last change."""
        self._recent: deque[tuple[int, str | None]] = deque(maxlen=_MAX_RETAINED)

    def add(self, *parts: Part, customer: str | None = None) -> None:
        """Count a change of ``parts``.

        Args:
            *parts: What changed.
            customer: The only customer that it concerns. ``None`` if it concerns several, or
                adds or removes a customer or a call.
        """
        self.revision += 1
        for part in parts:
            self.revisions[part] = self.revision
        if "customers" in parts or "calls" in parts:
            self._recent.append((self.revision, customer))

    def customers_since(self, revision: int) -> frozenset[str] | None:
        """Return the customers of the changes after ``revision``; ``None`` if not all are known."""
        if len(self._recent) == _MAX_RETAINED and self._recent[0][0] > revision + 1:
            return None  # changes before the first are not retained
        customers = set()
        for changed, customer in reversed(self._recent):
            if changed <= revision:
                break
            if customer is None:
                return None
            customers.add(customer)
        return frozenset(customers)

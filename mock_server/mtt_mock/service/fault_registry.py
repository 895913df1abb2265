"""The registry of faults of a fake: ``mtt_server.faults``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import mtt_contracts
from mtt_mock.domain.faults import (
    ActiveFault,
    Fault,
    Faults,
    TriggeredFault,
    parse_fault,
)
from mtt_mock.domain.store import Store

EVENT_NAMES = ("start_side_A", "start_side_B", "end_side_A", "end_side_B")


def load_fault(given: str | Fault) -> Fault:
    """Return a parsed fault. Raises ``ValueError``, also for an unknown method or event."""
    if not isinstance(given, str | Fault):
        raise ValueError(f"a fault must be a text, got {given!r}")  # noqa: TRY004
    fault = given if isinstance(given, Fault) else parse_fault(given)
    known = EVENT_NAMES if fault.is_event_fault else (*mtt_contracts.methods(), "upload")
    if fault.method is not None and fault.method.lower() not in map(str.lower, known):
        raise ValueError(
            f"{fault.name} applies to {', '.join(known)} or * (any of them), not {fault.method!r}"
        )
    return fault


def match_fault(
    store: Store, calls: list[tuple[str | None, Any, Any]], *, event: bool = False
) -> TriggeredFault | None:
    """Count ``calls`` (method, customer, params); return the first fault that one triggers."""
    triggers: list[TriggeredFault] = []

    def change(faults: Faults) -> Faults:
        triggers.clear()  # a store may repeat the change
        for method, customer, params in calls:
            faults, trigger = faults.trigger(method, customer, params, event=event)
            if trigger is not None:
                triggers.append(trigger)
        return faults

    store.change_faults(change)
    return triggers[0] if triggers else None


class FaultHandle(AbstractContextManager["FaultHandle"]):
    """One fault that is set; as a context manager it removes the fault at the end.

    Attributes:
        id: The id of the fault on the control API.
    """

    def __init__(self, store: Store, fault_id: int) -> None:
        self._store = store
        self.id = fault_id

    @property
    def active(self) -> ActiveFault | None:
        """The fault with its counters; ``None`` after its removal."""
        active = self._store.faults().active
        return next((fault for fault in active if fault.id == self.id), None)

    @property
    def triggered(self) -> int:
        """How many times the fault triggered; 0 after its removal."""
        active = self.active
        return active.triggered if active else 0

    def remove(self) -> None:
        """Remove the fault."""
        self._store.change_faults(lambda faults: faults.without(self.id))

    def __exit__(self, *_: object) -> None:
        self.remove()


class FaultRegistry:
    """The faults of a fake; iteration yields them with their counters."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store.faults().active)

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self._store.faults().active)

    def add(self, fault: str | Fault) -> FaultHandle:
        """Set a fault.

        Args:
            fault: A ``Fault`` or its text form, such as ``setCallBackFollowme:reset-after@2``.

        Returns:
            A handle with the counters of the fault.

        Raises:
            ValueError: The text is malformed, or the method or event is unknown.
        """
        loaded = load_fault(fault)
        ids: list[int] = []

        def change(faults: Faults) -> Faults:
            changed = faults.with_fault(loaded)
            ids.append(changed.made)
            return changed

        self._store.change_faults(change)
        return FaultHandle(self._store, ids[-1])

    def clear(self) -> None:
        """Remove all faults."""
        self._store.change_faults(lambda faults: Faults(made=faults.made))

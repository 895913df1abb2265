"""Setting faults on a store: what ``mtt_server.faults`` is."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import mtt_contracts
from mtt_mock.domain.faults import (
    NO_FAULTS,
    ActiveFault,
    Fault,
    Faults,
    TriggeredFault,
    parse_fault,
)
from mtt_mock.domain.store import Store

_EVENTS = tuple(f"{what}_side_{side}" for what in ("start", "end") for side in "AB")


def read_fault(given: str | Fault) -> Fault:
    """Return the fault that ``given`` says. Raises ``ValueError`` also for an unknown method."""
    fault = given if isinstance(given, Fault) else parse_fault(given)
    known = _EVENTS if fault.of_events else (*mtt_contracts.methods(), "upload")
    if fault.method is not None and fault.method.lower() not in map(str.lower, known):
        raise ValueError(
            f"{fault.name} strikes {', '.join(known)} or * (any of them), not {fault.method!r}"
        )
    return fault


def match_fault(
    store: Store, calls: list[tuple[str | None, Any]], *, event: bool = False
) -> TriggeredFault | None:
    """Count ``calls``, methods and customers, and return the first fault that strikes one."""
    found: list[TriggeredFault] = []

    def change(faults: Faults) -> Faults:
        found.clear()
        for method, customer in calls:
            faults, trigger = faults.trigger(method, customer, event=event)
            if trigger is not None:
                found.append(trigger)
        return faults

    store.change_faults(change)
    return found[0] if found else None


class FaultHandle:
    """One fault that was set; as a context manager it is removed at the end."""

    def __init__(self, store: Store, fault_id: int) -> None:
        self._store = store
        self.id = fault_id

    @property
    def active(self) -> ActiveFault | None:
        """The fault with its counters; ``None``: it is no longer set."""
        return next((one for one in self._store.faults().active if one.id == self.id), None)

    @property
    def triggered(self) -> int:
        """How often it triggered."""
        active = self.active
        return active.triggered if active else 0

    def remove(self) -> None:
        """Let it strike no more."""
        self._store.change_faults(lambda now: now.without(self.id))

    def __enter__(self) -> FaultHandle:  # noqa: PYI034
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.remove()


class FaultRegistry:
    """The faults of a store; iteration gives them with their counters."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store.faults().active)

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self._store.faults().active)

    def add(self, fault: str | Fault) -> FaultHandle:
        """Set a fault, such as ``setCallBackFollowme:reset-after@2``. Raises ``ValueError``."""
        read = read_fault(fault)
        ids: list[int] = []

        def change(now: Faults) -> Faults:
            new = now.with_fault(read)
            ids.append(new.made)
            return new

        self._store.change_faults(change)
        return FaultHandle(self._store, ids[-1])

    def clear(self) -> None:
        """Remove all faults."""
        self._store.change_faults(lambda now: Faults(NO_FAULTS.active, now.made))

"""Snapshot transfer: exports a store, imports into a store or a running fake."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtt_mock.domain.snapshot import Snapshot
from mtt_mock.domain.store import Store
from mtt_mock.service.fake import Fake
from mtt_mock.service.state import State
from mtt_mock.storage.snapshots.dumper import snapshot_to_dict
from mtt_mock.storage.snapshots.loader import ParsedSnapshot, read_file, read_snapshot
from mtt_mock.storage.snapshots.schema import SnapshotError

_MAX_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of an import.

    Attributes:
        customers: Number of imported customers.
        subscribers: Number of imported subscribers.
        faults: Number of imported faults.
        calls: Number of imported calls.
        notes: Tolerated values that are probably mistakes.
    """

    customers: int
    subscribers: int
    faults: int
    calls: int
    notes: list[str]

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        names = ("customers", "subscribers", "faults", "calls")
        return {name: getattr(self, name) for name in names}


def export_dict(
    store: Store, customers: Collection[str] | None = None, *, calls: bool = True
) -> dict[str, Any]:
    """Return the state of ``store`` as JSON values; all of it unless ``customers`` are given.

    Without ``calls`` it has no clock either. Raises ``SnapshotError`` for an unknown customer.
    """
    snapshot = store.snapshot(customers, calls=calls)
    values = snapshot_to_dict(snapshot)
    if customers is not None:
        known = {customer["customer_name"] for customer in values.get("customers", [])}
        known |= {saved.call.order.customer for saved in snapshot.calls}
        for name in customers:
            if name not in known:
                raise SnapshotError(f"there is no state of customer {name[:_MAX_SHOWN_CHARS]}")
    return values


def import_dict(
    into: Fake | State, given: bytes | dict[str, Any], *, replace: bool = False
) -> ImportResult:
    """Import a snapshot in one transaction. A running fake continues its calls at once.

    With ``replace``, clear the state first.

    Raises:
        SnapshotError: The snapshot is invalid.
        CallsTakenError: The state already holds calls with the same ids.
        ClockBusyError: The snapshot has events in flight, and the clock is being advanced.
    """
    return import_snapshot(into, read_snapshot(given), replace=replace)


def import_snapshot(
    into: Fake | State, read: ParsedSnapshot, *, replace: bool = False
) -> ImportResult:
    """Import a parsed snapshot as ``import_dict`` does."""
    snapshot = read.snapshot
    if isinstance(into, Fake):
        into.service.scheduler.restore(snapshot, replace=replace)
    else:
        _restore(into, snapshot, replace=replace)
    return ImportResult(
        customers=len(snapshot.customers),
        subscribers=len(snapshot.subscribers),
        faults=len(snapshot.faults),
        calls=len(snapshot.calls),
        notes=read.notes,
    )


def import_file(into: Fake | State, path: str | Path, *, replace: bool = False) -> ImportResult:
    """Import the file at ``path`` as ``import_dict`` does. Messages begin with the path."""
    try:
        return import_dict(into, read_file(path), replace=replace)
    except SnapshotError as error:
        text = str(error)
        raise SnapshotError(text if text.startswith(f"{path}") else f"{path}: {text}") from None


def _restore(state: State, snapshot: Snapshot, *, replace: bool) -> None:
    if not snapshot.in_flight():
        state.store.restore(snapshot, replace=replace)
        return
    # The leader hands off for a moment. With its next term it resumes the steps in flight.
    try:
        with state.lease.exclusive_advance():
            state.store.restore(snapshot, replace=replace)
    finally:
        state.lease.release()

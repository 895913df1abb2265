"""Exports and imports: between a store, or a running fake, and JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtt_mock.domain.snapshot import Snapshot
from mtt_mock.domain.store import Store
from mtt_mock.service.fake import Fake
from mtt_mock.service.state import State
from mtt_mock.storage.snapshots.dumper import snapshot_to_dict
from mtt_mock.storage.snapshots.loader import Read, read_file, read_snapshot
from mtt_mock.storage.snapshots.schema import SnapshotError

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Imported:
    """How much of what was taken in. ``notes``: what was tolerated but looks like a slip."""

    customers: int
    subscribers: int
    faults: int
    calls: int
    notes: list[str]

    def counts(self) -> dict[str, int]:
        """Return how much of what."""
        names = ("customers", "subscribers", "faults", "calls")
        return {name: getattr(self, name) for name in names}


def exported(
    store: Store, customers: Collection[str] | None = None, *, calls: bool = True
) -> dict[str, Any]:
    """Return what ``store`` keeps as JSON values.

    ``customers``: only what is kept for these. Raises ``SnapshotError`` for one of whom nothing is
    kept.
    """
    snapshot = store.snapshot(customers, calls=calls)
    values = snapshot_to_dict(snapshot)
    if customers is not None:
        known = {each["customer_name"] for each in values.get("customers", [])}
        known |= {each.call.order.customer for each in snapshot.calls}
        for name in customers:
            if name not in known:
                raise SnapshotError(f"nothing is kept of customer {name[:_SHOWN]}")
    return values


def import_dict(
    into: Fake | State, given: bytes | dict[str, Any], *, replace: bool = False
) -> Imported:
    """Take in what ``given`` says: a running fake goes on with its calls at once.

    What is not named stays; with ``replace`` everything is forgotten first. All of it happens or
    nothing. Raises ``SnapshotError``, ``CallsTakenError`` or ``ClockBusyError``.
    """
    return import_snapshot(into, read_snapshot(given), replace=replace)


def import_snapshot(into: Fake | State, read: Read, *, replace: bool = False) -> Imported:
    """Take in what was read, as ``import_dict`` does."""
    snapshot = read.snapshot
    restore = into.service.scheduler.restore if isinstance(into, Fake) else _restorer(into)
    restore(snapshot, replace=replace)
    return Imported(
        customers=len(snapshot.customers),
        subscribers=len(snapshot.subscribers),
        faults=len(snapshot.faults),
        calls=len(snapshot.calls),
        notes=read.notes,
    )


def import_file(into: Fake | State, path: str | Path, *, replace: bool = False) -> Imported:
    """Take in what the file at ``path`` says. Raises as above; messages begin with the path."""
    try:
        return import_dict(into, read_file(path), replace=replace)
    except SnapshotError as error:
        text = str(error)
        raise SnapshotError(text if text.startswith(f"{path}") else f"{path}: {text}") from None


def _restorer(state: State) -> Callable[..., None]:
    def restore(snapshot: Snapshot, *, replace: bool) -> None:
        if not snapshot.in_flight():
            state.store.restore(snapshot, replace=replace)
            return
        # Whoever drives lets go for a moment, and begins what is under way when it drives again.
        try:
            with state.lease.exclusive_advance():
                state.store.restore(snapshot, replace=replace)
        finally:
            state.lease.release()

    return restore

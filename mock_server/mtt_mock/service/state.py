"""Where everything of a fake lives that outlasts a request."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from mtt_mock.domain.clock import Clock, LocalClock
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.lease import Lease, LocalLease
from mtt_mock.domain.memory_store import MemoryStore
from mtt_mock.domain.store import Store
from mtt_mock.service.journal.entries import Entries, MemoryEntries


class StoreError(MttMockError, ValueError):
    """There is no such store, or this mtt-mock cannot use it; the message says why."""


def _no_trouble() -> str | None:
    return None


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class State:
    """The state of a fake: in this process's memory, or in a database that others share.

    ``secret`` signs the URLs of uploads and downloads. ``waits``: everything here may wait for a
    database, and raise ``StoreUnavailableError``. ``unavailable_reason()`` returns one sentence, or
    ``None`` while state can be read and written. ``close()`` closes connections.
    """

    store: Store
    clock: Clock
    lease: Lease
    entries: Entries
    secret: bytes
    waits: bool = False
    unavailable_reason: Callable[[], str | None] = _no_trouble
    close: Callable[[], None] = _nothing


def in_memory() -> State:
    """Return state of this process's own, gone with it."""
    clock = LocalClock()
    return State(MemoryStore(clock), clock, LocalLease(), MemoryEntries(), secrets.token_bytes(32))

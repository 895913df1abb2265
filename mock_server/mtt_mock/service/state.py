"""Persistent state of a fake."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

from mtt_mock.domain.clock import Clock, LocalClock
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.lease import Lease, LocalLease
from mtt_mock.domain.memory_store import MemoryStore
from mtt_mock.domain.store import Store
from mtt_mock.service.journal.entries import Entries, MemoryEntries
from mtt_mock.service.stubs.shared import StubDocuments


class StoreError(MttMockError, ValueError):
    """The store URL is invalid or the database is unusable. The message is the reason."""


class State(NamedTuple):
    """The state of a fake: in memory, or in a database that processes share.

    Attributes:
        store: Customers, subscribers, faults and calls.
        clock: The clock that calls follow.
        lease: Decides which process runs the call scheduler.
        entries: The journal's entries.
        secret: The key that signs upload and download URLs.
        stubs: Holds the stubs where processes share the state; ``None`` for this process's memory.
        waits: Whether methods may block on a database and raise ``StoreUnavailableError``.
        unavailable_reason: Returns one sentence, or ``None`` while the state is available.
        session: Returns a context in which this thread keeps one connection.
        close: Closes the connections.
    """

    store: Store
    clock: Clock
    lease: Lease
    entries: Entries
    secret: bytes
    stubs: StubDocuments | None = None
    waits: bool = False
    unavailable_reason: Callable[[], str | None] = lambda: None
    session: Callable[[], AbstractContextManager[None]] = nullcontext
    close: Callable[[], None] = lambda: None


def in_memory() -> State:
    """Return new state in this process's memory."""
    clock = LocalClock()
    return State(MemoryStore(clock), clock, LocalLease(), MemoryEntries(), os.urandom(32))

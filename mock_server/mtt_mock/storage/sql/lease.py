"""SqlLease: a lease that processes share, as a row that expires."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, select

from mtt_mock.domain.lease import ClockBusyError
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.storage.sql.transactions import Database

LEADER_POLL_INTERVAL = 0.1  # seconds
LEASE_SECONDS = 3.0  # a takeover follows at most five seconds after the leader's death
FOLLOWER_POLL_INTERVAL = 0.25  # seconds
HANDOFF_POLL_INTERVAL = 0.02  # seconds
HANDOFF_TIMEOUT = 30.0  # seconds
MAX_REQUEST_AGE_MS = 2000  # after which a handoff request is void


class SqlLease:
    """The ``Lease`` as one process sees it.

    It expires ``seconds`` after the last renewal, by the database's clock, or when this process
    has seen no renewal for ``seconds``: the database's clock may have been set back. After an
    outage of the database a process waits for the whole period again, because the holder could not
    renew the lease.

    A lost connection to PostgreSQL begins a new term, because a server that crashed may have lost
    the last steps that were claimed or completed.
    """

    shared = True

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._table = database.tables.lease
        self._seconds = seconds
        self._name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._renew_at = 0.0
        self._observed: tuple[Any, ...] | None = None  # holder, term, expires
        self._observed_at = 0.0  # the last change
        self._takeover_after = 0.0
        self._lost_connections = 0
        self._handoff_requested = False
        self._lock = threading.Lock()  # guards ``term``, ``_advancing`` and changes of the row
        self._advancing = False
        self.term = 0

    @property
    def pause(self) -> float:
        return LEADER_POLL_INTERVAL if self.term else min(FOLLOWER_POLL_INTERVAL, self._seconds / 4)

    def acquire_or_renew(self) -> int:
        try:
            with self._lock:
                row = self._database.read(self._read_row)
                self._handoff_requested = self._is_requested_by_other(row)
                if self._is_mine(row):
                    self.term = row.term  # a renewal whose outcome was unknown may have counted
                    if self._must_renew(row):
                        self._set_term(self._database.write(self._renew))
                elif self._may_acquire(row):
                    self._set_term(self._database.write(self._acquire))
                else:
                    self.term = 0
                return self.term
        except StoreUnavailableError:
            self._observed_at = time.monotonic()
            self._takeover_after = self._observed_at + self._seconds
            raise

    def _must_renew(self, row: Row[Any]) -> bool:
        return (
            time.monotonic() >= self._renew_at
            or row.is_advancing != self._advancing
            or self._database.lost_connections != self._lost_connections
        )

    def handoff_requested(self) -> bool:
        """Return whether another process waited for the lease at the last renewal."""
        return self._handoff_requested

    @contextmanager
    def exclusive_advance(self) -> Iterator[int]:
        give_up = time.monotonic() + HANDOFF_TIMEOUT
        while not (term := self._begin_advance()):
            if time.monotonic() > give_up:
                raise ClockBusyError("another process is busy delivering events; try again")
            time.sleep(HANDOFF_POLL_INTERVAL)
        try:
            yield term
        finally:
            with self._lock:
                self._advancing = False
                with suppress(StoreUnavailableError):  # the next renewal writes it
                    self._database.write(self._end_advance)

    def release(self) -> None:
        """Release the lease; a process that requested it acquires it first."""
        with self._lock:
            if self.term:
                self._database.write(self._release_row)
                self.term = 0

    def is_claimed(self) -> ColumnElement[bool]:
        """Return the condition that the process of a ``claim`` holds the lease."""
        return and_(
            self._table.c.holder == bindparam("lease_holder"),
            self._table.c.term == bindparam("lease_term"),
        )

    def claim(self) -> dict[str, Any]:
        """Return the statement parameters with this process's name and term."""
        return {"lease_holder": self._name, "lease_term": self.term}

    def is_held(self) -> ColumnElement[bool]:
        """Return the condition that this process holds the lease now."""
        return and_(self._table.c.holder == self._name, self._table.c.term == self.term)

    def select_held(self) -> Select[Any]:
        """Return a query for the lease's row, which is empty unless this process holds it now."""
        return select(self._table.c.id).where(self.is_held())

    def _read_row(self, connection: Connection) -> Row[Any]:
        return connection.execute(select(self._table, self._database.now().label("now"))).one()

    def _lock_row(self, connection: Connection) -> Row[Any]:
        connection.execute(select(self._table.c.id).with_for_update())
        return self._read_row(connection)

    def _is_mine(self, row: Row[Any]) -> bool:
        return bool(row.holder == self._name)

    def _may_acquire(self, row: Row[Any]) -> bool:
        now, version = time.monotonic(), (row.holder, row.term, row.expires)
        if version != self._observed:
            self._observed, self._observed_at = version, now
        is_free = (
            row.holder is None
            or (row.expires <= row.now and now >= self._takeover_after)
            or now >= self._observed_at + self._seconds
        )
        return is_free and not self._is_requested_by_other(row)

    def _is_requested_by_other(self, row: Row[Any]) -> bool:
        if row.requester in (None, self._name):
            return False
        return bool(row.now < row.request_expires <= row.now + MAX_REQUEST_AGE_MS)

    def _renew(self, connection: Connection) -> int:
        row = self._lock_row(connection)
        if not self._is_mine(row):
            return 0
        lost = self._database.lost_connections
        term: int = row.term + (lost != self._lost_connections)
        self._lost_connections = lost
        self._put(connection, term=term, expires=self._expiry(row), is_advancing=self._advancing)
        return term

    def _acquire(self, connection: Connection) -> int:
        row = self._lock_row(connection)
        if not self._may_acquire(row):
            return 0
        term: int = row.term + 1
        self._put(
            connection,
            holder=self._name,
            term=term,
            expires=self._expiry(row),
            is_advancing=False,
            requester=None,
        )
        return term

    def _begin_advance(self) -> int:
        """Return the term in which the clock may be advanced, 0 before the handoff."""
        with self._lock:
            term = self._database.write(self._request_advance)
            if term:
                self._advancing = True
                self._set_term(term)
            return term

    def _request_advance(self, connection: Connection) -> int:
        row = self._lock_row(connection)
        if self._is_mine(row) or self._may_acquire(row):
            term = row.term if self._is_mine(row) else self._acquire(connection)
            self._put(connection, is_advancing=True, expires=self._expiry(row))
            return term
        if row.is_advancing:
            raise ClockBusyError(
                "the clock is being advanced already, by another process or from inside an event; "
                "advance it from one place at a time"
            )
        if not self._is_requested_by_other(row):
            self._put(
                connection, requester=self._name, request_expires=row.now + MAX_REQUEST_AGE_MS
            )
        return 0

    def _end_advance(self, connection: Connection) -> None:
        connection.execute(self._table.update().where(self.is_held()).values(is_advancing=False))

    def _release_row(self, connection: Connection) -> None:
        connection.execute(
            self._table.update()
            .where(self.is_held())
            .values(holder=None, expires=0, is_advancing=False)
        )

    def _put(self, connection: Connection, **values: Any) -> None:
        connection.execute(self._table.update().values(**values))

    def _expiry(self, row: Row[Any]) -> int:
        return int(row.now + self._seconds * 1000)

    def _set_term(self, term: int) -> None:
        self.term = term
        self._renew_at = time.monotonic() + self._seconds / 4

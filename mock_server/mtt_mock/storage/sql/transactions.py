"""Database: runs transactions, with retries after conflicts and lost connections."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    cast,
    func,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionError

from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.storage.sql.tables import SHARDS, Tables, tables_of

BEGIN = "mtt_mock_begin"  # execution option: the statement that begins a transaction in SQLite
_T = TypeVar("_T")
RETRY_TIMEOUT = 10.0  # seconds, for all retries of a transaction
MIN_RETRY_INTERVAL = 0.002  # seconds; doubles with each retry
MAX_RETRY_INTERVAL = 0.25  # seconds
RECONNECT_INTERVAL = 0.2  # seconds between attempts to connect
_CONFLICTS = ("40001", "40P01")  # serialization failure, deadlock
# Missing schema, missing table, missing permission.
_GONE = ("3F000", "42P01", "42501")
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PRIMARY_CODE = 0xFF  # mask of SQLite's primary error code


class TransactionConflict(Exception):
    """Another transaction has changed the same data. Retry the transaction."""


class Database:
    """Runs functions of a connection as transactions. Thread-safe."""

    _AUTOCOMMIT: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT"}
    # SQLite cannot wait for the write lock after a read, so writers take the lock first.
    _WRITE: Mapping[str, Any] = {BEGIN: "BEGIN IMMEDIATE"}

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self.tables: Tables = tables_of(self.dialect)
        self._consistent: Mapping[str, Any] = {BEGIN: "BEGIN"}
        if self.dialect == "postgresql":
            self._consistent = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reconnect_at = 0.0
        self._connect_error = ""

    def read(self, ask: Callable[[Connection], _T]) -> _T:
        """Run ``ask`` in autocommit mode. Raises ``StoreUnavailableError``."""
        return self._run(ask, self._AUTOCOMMIT)

    def read_consistent(self, ask: Callable[[Connection], _T]) -> _T:
        """Run ``ask`` in one transaction with a consistent view."""
        return self._run(ask, self._consistent)

    def write(self, change: Callable[[Connection], _T]) -> _T:
        """Run ``change`` in a transaction, commit it and return its result.

        After a deadlock, a serialization failure or ``TransactionConflict`` it runs ``change``
        again, for at most ten seconds. Any other exception rolls back. After
        ``StoreUnavailableError`` the outcome of the commit is unknown.
        """
        return self._run(change, self._WRITE)

    def execute_autocommit(self, change: Callable[[Connection], _T]) -> _T:
        """Run one statement in autocommit mode, without a retry after a lost connection."""
        return self._run(change, self._AUTOCOMMIT, again=False)

    def insert(self, table: Any) -> Any:
        """Return the dialect's insert, which supports ``on_conflict_do_…``."""
        if self.dialect == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def now(self) -> ColumnElement[int]:
        """Return the database's time in ms since the epoch."""
        if self.dialect == "postgresql":
            seconds: Any = func.extract("epoch", func.clock_timestamp())
            return cast(seconds * 1000, BigInteger)
        days: Any = func.julianday("now") - 2440587.5
        return cast(func.round(days * 86_400_000), BigInteger)

    def async_commit(self) -> ColumnElement[bool]:
        """An always-true condition that disables synchronous_commit for this transaction.

        A crash of the server may then lose the transaction. A crash of this process does not.
        """
        if self.dialect == "postgresql":
            return func.set_config("synchronous_commit", "off", True) == "off"  # noqa: FBT003
        return true()

    def count_change(self, connection: Connection) -> None:
        """Increment the change counter; the last statement of a transaction."""
        changes = self.tables.changes
        connection.execute(
            changes.update()
            .where(changes.c.shard == random.randrange(SHARDS))  # noqa: S311
            .values({changes.c.count: changes.c.count + 1})
        )

    def unavailable_reason(self) -> str | None:
        """Return why the database is unavailable, ``None`` while it is available."""
        try:
            self.read(lambda connection: connection.execute(text("SELECT 1")))
        except StoreUnavailableError as error:
            return str(error)
        return None

    def _run(
        self, work: Callable[[Connection], _T], options: Mapping[str, Any], *, again: bool = True
    ) -> _T:
        pause = MIN_RETRY_INTERVAL
        give_up = time.monotonic() + RETRY_TIMEOUT
        was_lost = False
        while True:
            try:
                return self._run_once(work, options)
            except (DBAPIError, NoConnectionError, TransactionConflict, OSError) as error:
                # Retry only a transaction that certainly changed nothing.
                is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
                if is_lost and again and not was_lost:
                    was_lost = True  # a stale connection of the pool, perhaps
                    continue
                if not _is_conflict(error) or time.monotonic() > give_up:
                    raise _translated(error) from error
            except _InDoubtError as doubt:
                raise _translated(doubt.error) from doubt.error
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 -- jitter
            pause = min(pause * 2, MAX_RETRY_INTERVAL)

    def _run_once(self, work: Callable[[Connection], _T], options: Mapping[str, Any]) -> _T:
        with self._connect().execution_options(**options) as connection:
            result = work(connection)
            try:
                connection.commit()
            except DBAPIError as error:
                if error.connection_invalidated and options is self._WRITE:
                    raise _InDoubtError(error) from error
                raise
        return result

    def _connect(self) -> Connection:
        """Return a connection; fails at once for a moment after a failed attempt."""
        if time.monotonic() < self._reconnect_at:
            raise StoreUnavailableError(self._connect_error)
        try:
            return self.engine.connect()
        except OperationalError as error:
            if not _is_conflict(error):
                self._connect_error = str(_translated(error))
                self._reconnect_at = time.monotonic() + RECONNECT_INTERVAL
            raise


class _InDoubtError(Exception):
    """The connection was lost during a commit, whose outcome is unknown."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__(str(error))
        self.error = error


def _is_conflict(error: Exception) -> bool:
    if isinstance(error, TransactionConflict):
        return True
    cause = getattr(error, "orig", None)
    if isinstance(cause, sqlite3.OperationalError):
        # Errors of Python's module itself have no code.
        return (getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE) in _BUSY
    return getattr(cause, "sqlstate", None) in _CONFLICTS


def _translated(error: Exception) -> Exception:
    """Return ``StoreUnavailableError``, or ``error`` itself for a bug."""
    if _is_conflict(error):
        return StoreUnavailableError("the database is too busy: conflicting transactions")
    if isinstance(error, NoConnectionError):
        return StoreUnavailableError("the database is too busy: no connection is free")
    cause = getattr(error, "orig", None) or error
    if isinstance(error, ProgrammingError) and getattr(cause, "sqlstate", None) not in _GONE:
        return error
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    known = (OperationalError, InterfaceError, InternalError, ProgrammingError, OSError)
    # SQLite reports a damaged file as a plain DatabaseError.
    if not (gone or isinstance(error, known) or type(error) is DatabaseError):
        return error
    return StoreUnavailableError(f"the database does not answer: {reason_of(error)}")


def reason_of(error: BaseException) -> str:
    """Return the first line of the database's message."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return (lines[0] if lines else type(cause).__name__)[:300]

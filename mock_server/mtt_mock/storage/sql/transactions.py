"""Transactions: begun, tried again when the database says so, given up when it does not answer."""

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

BEGIN = "mtt_mock_begin"  # execution option: how SQLite begins the transaction, if at all
_T = TypeVar("_T")
_PATIENCE = 10.0  # seconds within which a transaction is begun again after a conflict
_PAUSE = 0.002  # seconds before the second try; twice as much before each more
_LONGEST_PAUSE = 0.25
_DOWN = 0.2  # seconds
_CONFLICTS = ("40001", "40P01")  # serialization failure, deadlock
# No such schema, no such table: somebody dropped them. No permission: somebody took it away.
_GONE = ("3F000", "42P01", "42501")
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PRIMARY = 0xFF  # the part of SQLite's error codes that says what kind it is


class TransactionConflict(Exception):
    """What was to be changed has been changed by another transaction: begin anew."""


class Database:
    """Runs functions of a connection as transactions; safe to use from any thread."""

    _ALONE: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT"}
    # A transaction that reads first and then writes cannot wait for SQLite's lock: take it at once.
    _WRITE: Mapping[str, Any] = {BEGIN: "BEGIN IMMEDIATE"}

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self.tables: Tables = tables_of(self.dialect)
        self._at_once: Mapping[str, Any] = {BEGIN: "BEGIN"}
        if self.dialect == "postgresql":
            self._at_once = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._down_until = 0.0
        self._why_down = ""

    def read(self, ask: Callable[[Connection], _T]) -> _T:
        """Return what ``ask`` returns, each statement of it a transaction of its own.

        Raises ``StoreUnavailableError``.
        """
        return self._tried(ask, self._ALONE)

    def read_consistent(self, ask: Callable[[Connection], _T]) -> _T:
        """Return what ``ask`` returns: all that it sees is of one moment."""
        return self._tried(ask, self._at_once)

    def write(self, change: Callable[[Connection], _T]) -> _T:
        """Run ``change`` in a transaction, commit it and return its result.

        After a deadlock, a serialization failure or ``TransactionConflict`` it runs ``change``
        again, for at most ten seconds. Any other exception rolls back. After
        ``StoreUnavailableError`` the outcome of the commit is unknown.
        """
        return self._tried(change, self._WRITE)

    def statement(self, change: Callable[[Connection], _T]) -> _T:
        """Return what ``change`` returns: one statement, which is a transaction by itself."""
        return self._tried(change, self._ALONE, again=False)

    def insert(self, table: Any) -> Any:
        """Return an insert that knows ``on_conflict_do_nothing`` and ``…_do_update``."""
        if self.dialect == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def now(self) -> ColumnElement[int]:
        """Return the database's time, ms since the epoch: the same for every process."""
        if self.dialect == "postgresql":
            seconds: Any = func.extract("epoch", func.clock_timestamp())
            return cast(seconds * 1000, BigInteger)
        days: Any = func.julianday("now") - 2440587.5
        return cast(func.round(days * 86_400_000), BigInteger)

    def lazily(self) -> ColumnElement[bool]:
        """Return a condition that is always true, and has a transaction on disk later than it says.

        A server that crashes then may lose it; a process that is killed does not.
        """
        if self.dialect == "postgresql":
            return func.set_config("synchronous_commit", "off", True) == "off"  # noqa: FBT003
        return true()

    def count_change(self, connection: Connection) -> None:
        """Count a change of anything; the last statement of a transaction."""
        changes = self.tables.changes
        connection.execute(
            changes.update()
            .where(changes.c.shard == random.randrange(SHARDS))  # noqa: S311
            .values({changes.c.made: changes.c.made + 1})
        )

    def unavailable_reason(self) -> str | None:
        """Return why the database does not answer, ``None`` when it does."""
        try:
            self.read(lambda connection: connection.execute(text("SELECT 1")))
        except StoreUnavailableError as error:
            return str(error)
        return None

    def _tried(
        self, work: Callable[[Connection], _T], options: Mapping[str, Any], *, again: bool = True
    ) -> _T:
        pause = _PAUSE
        give_up = time.monotonic() + _PATIENCE
        was_lost = False
        while True:
            try:
                return self._once(work, options)
            except (DBAPIError, NoConnectionError, TransactionConflict, OSError) as error:
                # Only what is certain to have changed nothing is begun again.
                is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
                if is_lost and again and not was_lost:
                    was_lost = True  # one that was kept open, perhaps; now comes a new one
                    continue
                if not _is_conflict(error) or time.monotonic() > give_up:
                    raise _translated(error) from error
            except _InDoubtError as doubt:
                raise _translated(doubt.error) from doubt.error
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 -- so that few meet again
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _once(self, work: Callable[[Connection], _T], options: Mapping[str, Any]) -> _T:
        with self._connected().execution_options(**options) as connection:
            result = work(connection)
            try:
                connection.commit()
            except DBAPIError as error:
                if error.connection_invalidated and options is self._WRITE:
                    raise _InDoubtError(error) from error
                raise
        return result

    def _connected(self) -> Connection:
        """Return a connection; for a moment after one could not be had, nobody waits for one."""
        if time.monotonic() < self._down_until:
            raise StoreUnavailableError(self._why_down)
        try:
            return self.engine.connect()
        except OperationalError as error:
            if not _is_conflict(error):
                self._why_down = str(_translated(error))
                self._down_until = time.monotonic() + _DOWN
            raise


class _InDoubtError(Exception):
    """The connection was lost while a transaction was committed: it may be, or not."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__(str(error))
        self.error = error


def _is_conflict(error: Exception) -> bool:
    if isinstance(error, TransactionConflict):
        return True
    cause = getattr(error, "orig", None)
    if isinstance(cause, sqlite3.OperationalError):
        # What Python's module says itself has no code.
        return (getattr(cause, "sqlite_errorcode", 0) & _PRIMARY) in _BUSY
    return getattr(cause, "sqlstate", None) in _CONFLICTS


def _translated(error: Exception) -> Exception:
    """Return what callers know: ``StoreUnavailableError``, or ``error`` for a defect of ours."""
    if _is_conflict(error):
        return StoreUnavailableError("the database is too busy: others change the same")
    if isinstance(error, NoConnectionError):
        return StoreUnavailableError("the database is too busy: no connection is free")
    cause = getattr(error, "orig", None) or error
    if isinstance(error, ProgrammingError) and getattr(cause, "sqlstate", None) not in _GONE:
        return error
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    known = (OperationalError, InterfaceError, InternalError, ProgrammingError, OSError)
    # SQLite says of a damaged file no more than that it is an error.
    if not (gone or isinstance(error, known) or type(error) is DatabaseError):
        return error
    return StoreUnavailableError(f"the database does not answer: {reason_of(error)}")


def reason_of(error: BaseException) -> str:
    """Return what the database said, in a line."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return (lines[0] if lines else type(cause).__name__)[:300]

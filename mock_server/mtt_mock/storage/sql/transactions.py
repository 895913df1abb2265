"""Database: runs transactions, with retries after conflicts and lost connections."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Row,
    bindparam,
    cast,
    event,
    false,
    func,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    NoResultFound,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.storage.sql.tables import SHARDS, Tables, tables_of

BEGIN = "mtt_mock_begin"  # execution option: the statement that begins a transaction
_T = TypeVar("_T")
RETRY_TIMEOUT = 10.0  # seconds, for all retries of a transaction
MIN_RETRY_INTERVAL = 0.002  # seconds; doubles with each retry
MAX_RETRY_INTERVAL = 0.25  # seconds
BUSY_TIMEOUT_MS = 10_000  # that SQLite waits for a lock
LOCKED_TIMEOUT_MS = 500  # the same after a wait of 10 seconds, and for the readiness check
MIN_FREE_BYTES = 1024 * 1024  # on SQLite's disk; a small write may succeed where a set fails
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

    # Connections are in autocommit mode. These options begin a transaction explicitly.
    # SQLite cannot wait for the write lock after a read, so writers take the lock first.
    _READ: Mapping[str, Any] = {BEGIN: None}
    _OPTIONS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
        "sqlite": ({BEGIN: "BEGIN IMMEDIATE"}, {BEGIN: "BEGIN"}),
        "postgresql": (
            {BEGIN: "BEGIN"},
            {BEGIN: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
        ),
    }

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self.tables: Tables = tables_of(self.dialect)
        self.lost_connections = 0
        self.secret: str | None = None  # of this store; another one means another database
        changes = self.tables.changes
        self._count_change = (
            changes.update()
            .where(changes.c.shard == bindparam("of_shard"))
            .values({changes.c.count: changes.c.count + 1})
        )
        self._write, self._consistent = self._OPTIONS[self.dialect]
        self._session = _Session()
        self._file = DatabaseFile(engine.url.database) if self.dialect == "sqlite" else None
        self._reconnect_at = 0.0
        self._connect_error = ""
        # A frozen process keeps SQLite's lock. One wait of ten seconds shows that; later ones are
        # short, until a transaction succeeds.
        self._is_locked = False
        if self.dialect == "sqlite":
            event.listen(engine, "checkout", self._prepare_sqlite)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Let the transactions of this thread use one connection until the end.

        A request has up to four transactions. A connection from the pool for each would take a
        tenth of its time.
        """
        self._session.is_open = True
        try:
            yield
        finally:
            self._session.is_open = False
            self._session.close()

    def read(self, ask: Callable[[Connection], _T]) -> _T:
        """Run ``ask`` in autocommit mode. Raises ``StoreUnavailableError``."""
        return self._run(ask)

    def rows(
        self, query: Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Return the rows of ``query``."""
        return self._run(lambda connection: connection.execute(query, values).all())

    def scalar(self, query: Executable, values: Mapping[str, Any] | None = None) -> Any:
        """Return the first value of ``query``; ``None`` without a row."""
        return self._run(lambda connection: connection.execute(query, values).scalar())

    def read_consistent(self, ask: Callable[[Connection], _T]) -> _T:
        """Run ``ask`` in one transaction with a consistent view."""
        return self._run(ask, self._consistent)

    def write(self, change: Callable[[Connection], _T]) -> _T:
        """Run ``change`` in a transaction, commit it and return its result.

        After a deadlock, a serialization failure or ``TransactionConflict`` it runs ``change``
        again, for at most ten seconds. Any other exception rolls back. After
        ``StoreUnavailableError`` the outcome of the commit is unknown.
        """
        return self._run(change, self._write)

    def execute_autocommit(self, change: Callable[[Connection], _T]) -> _T:
        """Run one statement in autocommit mode, without a retry after a lost connection."""
        return self._run(change, again=False)

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
        connection.execute(self._count_change, self.random_shard())

    def random_shard(self) -> dict[str, int]:
        """Return the parameter of a statement that increments the change counter."""
        return {"of_shard": random.randrange(SHARDS)}  # noqa: S311

    def counting(self, statement: Any, returned: Any) -> Any:
        """Return a statement for ``execute_and_count``.

        Args:
            statement: An insert or update of at most one row, without ``RETURNING``.
            returned: A column of the row.
        """
        changing = statement.returning(returned)
        if self.dialect != "postgresql":
            return changing
        # One statement, so that no lock outlasts it if this process freezes.
        changed = changing.cte("changed")
        counted = self._count_change.where(select(changed).exists()).returning(true())
        return select(changed).add_cte(counted.cte("counted"))

    def execute_and_count(self, statement: Any, values: dict[str, Any]) -> bool:
        """Run a statement of ``counting``; return whether it changed a row."""
        values = values | self.random_shard()

        def apply(connection: Connection) -> bool:
            is_changed = connection.execute(statement, values).first() is not None
            if is_changed and self.dialect != "postgresql":
                connection.execute(self._count_change, values)
            return is_changed

        if self.dialect == "postgresql":
            return self.execute_autocommit(apply)
        return self.write(apply)

    def unavailable_reason(self) -> str | None:
        """Return why a request would fail, ``None`` while it would work.

        Checks that all tables exist, hold the rows of this store, and are writable, and that SQLite
        has space on its disk.
        """
        documents, changes = self.tables.documents, self.tables.changes
        query = select(documents.c.body).where(documents.c.name == "secret")
        tables = select(
            *(
                select(func.count()).select_from(table).where(false()).scalar_subquery()
                for table in self.tables.metadata.sorted_tables
            )
        )
        probe = changes.update().where(changes.c.shard < 0).values(count=0)

        def check(connection: Connection) -> Any:
            if self.dialect == "sqlite":
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {LOCKED_TIMEOUT_MS}")
            connection.execute(tables)
            connection.execute(probe)
            return connection.execute(query).scalar_one()

        try:
            secret = self._run(check, again=True, timeout=0)
        except StoreUnavailableError as error:
            return str(error)
        if self.secret not in (None, secret):
            return "the database was replaced; restart mtt-mock"
        if self._file is not None and self._file.free_bytes() < MIN_FREE_BYTES:
            return f"the disk of the database has less than {MIN_FREE_BYTES:,} bytes left"
        return None

    def _run(
        self,
        work: Callable[[Connection], _T],
        options: Mapping[str, Any] | None = None,
        *,
        again: bool = True,
        timeout: float | None = None,
    ) -> _T:
        was_lost = False

        def run() -> _T:
            nonlocal was_lost
            while True:
                try:
                    return self._run_once(work, options)
                except DBAPIError as error:
                    self.lost_connections += error.connection_invalidated
                    if not error.connection_invalidated or not again or was_lost:
                        raise
                    was_lost = True  # a stale connection of the pool, perhaps

        return self.retry(run, timeout)

    def retry(self, work: Callable[[], _T], timeout: float | None = None) -> _T:
        """Run ``work`` again after each conflict, for at most ten seconds."""
        pause = MIN_RETRY_INTERVAL
        if timeout is None:
            timeout = 0.0 if self._is_locked else RETRY_TIMEOUT
        give_up = time.monotonic() + timeout
        while True:
            try:
                return work()
            except (DBAPIError, NoConnectionError, TransactionConflict, OSError) as error:
                # Retry only a transaction that certainly changed nothing.
                if not _is_conflict(error) or time.monotonic() > give_up:
                    self._is_locked |= _is_lock(error) and timeout == RETRY_TIMEOUT
                    raise _translated(error) from error
            except NoResultFound as error:
                raise StoreUnavailableError(
                    "the database's tables were emptied; restart mtt-mock"
                ) from error
            except _InDoubtError as doubt:
                self.lost_connections += 1
                raise _translated(doubt.error) from doubt.error
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 -- jitter
            pause = min(pause * 2, MAX_RETRY_INTERVAL)

    def _run_once(self, work: Callable[[Connection], _T], options: Mapping[str, Any] | None) -> _T:
        with self._connection(options or self._READ) as connection:
            result = work(connection)
            if options is None:
                return result
            try:
                connection.commit()
            except DBAPIError as error:
                if error.connection_invalidated and options is self._write:
                    raise _InDoubtError(error) from error
                raise
        if options is self._write:
            self._is_locked = False
        return result

    @contextmanager
    def _connection(self, options: Mapping[str, Any]) -> Iterator[Connection]:
        """Yield the session's connection, or one of the pool."""
        session = self._session
        if not session.is_open or session.is_busy:
            with self._connect() as connection:
                if options is not self._READ:
                    connection.execution_options(**options)
                yield connection
            return
        session.is_busy = True
        try:
            if session.connection is None:
                session.connection = self._connect()
            elif session.options is not options:
                session.connection.rollback()  # of what autocommit mode has written already
            if session.options is not options:
                session.connection.execution_options(**options)
                session.options = options
            yield session.connection
        except BaseException:
            session.close()
            raise
        finally:
            session.is_busy = False

    def _prepare_sqlite(
        self, connection: sqlite3.Connection, record: ConnectionPoolEntry, _proxy: object
    ) -> None:
        if self._file is not None:
            self._file.check_companions(record.info)
        timeout = LOCKED_TIMEOUT_MS if self._is_locked else BUSY_TIMEOUT_MS
        connection.execute(f"PRAGMA busy_timeout = {timeout}")

    def _connect(self) -> Connection:
        """Return a connection; fails at once for a moment after a failed attempt."""
        if time.monotonic() < self._reconnect_at:
            raise StoreUnavailableError(self._connect_error)
        if self._file is not None:
            self._file.check()
        try:
            return self.engine.connect()
        except OperationalError as error:
            if not _is_conflict(error):
                self.lost_connections += 1
                self._connect_error = str(_translated(error))
                self._reconnect_at = time.monotonic() + RECONNECT_INTERVAL
            raise


class _Session(threading.local):
    """The connection that a thread keeps for a request."""

    is_open = False
    is_busy = False  # a transaction is using the connection; one inside it takes another
    connection: Connection | None = None
    options: Mapping[str, Any] | None = None

    def close(self) -> None:
        """Return the connection to the pool."""
        connection, self.connection, self.options = self.connection, None, None
        if connection is not None:
            connection.close()


class DatabaseFile:
    """Detects that a SQLite file was deleted or replaced while it is open.

    SQLite itself would continue to write to the deleted file and lose all data. The same holds for
    the companions: ``-wal`` contains the latest transactions, ``-shm`` the locks.
    """

    def __init__(self, path: str | None) -> None:
        self._path = Path(path or "")
        self._identity: tuple[int, int] | None = None
        self._lost_companion = ""

    def check(self) -> None:
        """Raise ``StoreUnavailableError`` unless the path still names the first file."""
        if self._lost_companion:
            raise StoreUnavailableError(self._lost_companion)
        identity = _identity(self._path)
        if self._identity is None:
            self._identity = identity
        elif identity != self._identity:
            event = "replaced" if identity else "deleted"
            raise StoreUnavailableError(
                f"the database file {self._path.name} was {event}; put it back, or restart mtt-mock"
            )

    def free_bytes(self) -> int:
        """Return the free space on the file's disk."""
        return shutil.disk_usage(self._path.parent).free

    def check_companions(self, info: dict[str, Any]) -> None:
        """Raise ``StoreUnavailableError`` if a companion was deleted under an open connection.

        Args:
            info: The pool's data about the connection. SQLite itself deletes the companions only
                when the last connection is closed.
        """
        for suffix in ("-wal", "-shm"):
            path = self._path.with_name(self._path.name + suffix)
            identity = _identity(path)
            if info.setdefault(suffix, identity) is None:
                info[suffix] = identity
            elif identity != info[suffix]:
                # If the whole folder was moved, the companions return with the file.
                self.check()
                if _identity(path) == info[suffix]:
                    continue
                self._lost_companion = (
                    f"the database's file {path.name} was deleted; restart mtt-mock"
                )
                raise StoreUnavailableError(self._lost_companion)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and number of a file; ``None`` if it is missing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class _InDoubtError(Exception):
    """The connection was lost during a commit, whose outcome is unknown."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__(str(error))
        self.error = error


def _is_conflict(error: Exception) -> bool:
    cause = getattr(error, "orig", None)
    return (
        isinstance(error, TransactionConflict)
        or _is_lock(error)
        or getattr(cause, "sqlstate", None) in _CONFLICTS
    )


def _is_lock(error: Exception) -> bool:
    """Return whether another connection has locked the SQLite file."""
    # Errors of Python's module itself have no code.
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
    return (code & _PRIMARY_CODE) in _BUSY


def _translated(error: Exception) -> Exception:
    """Return ``StoreUnavailableError``, or ``error`` itself for a bug."""
    if _is_lock(error):
        return StoreUnavailableError(
            "the database is too busy: another connection keeps SQLite's lock; requests wait for "
            f"it for at most {BUSY_TIMEOUT_MS // 1000} seconds"
        )
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
    return StoreUnavailableError(f"the database does not answer: {database_message(error)}")


def database_message(error: BaseException) -> str:
    """Return the first line of the database's message."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return (lines[0] if lines else type(cause).__name__)[:300]

"""Opens state in a database from a URL."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.domain.text import printable
from mtt_mock.service.state import State, StoreError
from mtt_mock.storage.sql.clock import SqlClock
from mtt_mock.storage.sql.journal_entries import SqlEntries
from mtt_mock.storage.sql.lease import LEASE_SECONDS, SqlLease
from mtt_mock.storage.sql.migrate import migrate
from mtt_mock.storage.sql.store import SqlStore
from mtt_mock.storage.sql.transactions import (
    BEGIN,
    BUSY_TIMEOUT_MS,
    MIN_FREE_BYTES,
    Database,
    database_message,
)

MAX_CONNECTIONS = 10  # of one process
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_EXAMPLES = "sqlite:///file.db or postgresql+psycopg://host/database"
_MIN_SQLITE_VERSION = (3, 35)  # supports RETURNING
_OPEN_ERRORS = (StoreUnavailableError, SQLAlchemyError, TypeError, ValueError, OSError)
# Defaults for the URL. An unreachable server is detected within half a minute.
_POSTGRES: dict[str, Any] = {
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 10,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
    "options": "-c lock_timeout=10s -c statement_timeout=30s "
    "-c idle_in_transaction_session_timeout=2s",
}


def open_database(store: str, *, lease: float = LEASE_SECONDS) -> State:
    """Open the state in a database, and create missing tables.

    Another process takes over from a dead leader after ``lease`` seconds.

    Raises:
        StoreError: The URL is invalid, or the database is unusable.
        ModuleNotFoundError: The database driver is not installed.
    """
    url = _url(store)
    try:
        engine = _engine(url)
    except (SQLAlchemyError, TypeError, ValueError) as error:
        raise _unusable(url, error) from error
    database = Database(engine)
    try:
        _check_sessions(engine)
        database.read(_check)
        database.write(migrate)
        secret = database.write(partial(_secret, database))
    except BaseException as error:
        engine.dispose()
        # The driver reports an invalid option of the URL only when it connects.
        if isinstance(error, _OPEN_ERRORS) and not isinstance(error, StoreError):
            raise _unusable(url, error.__cause__ or error) from None
        raise
    sql_lease = SqlLease(database, lease)
    entries = SqlEntries(database)

    def close() -> None:
        entries.close()
        # Requests that are still running return their connections later, or take new ones.
        event.listen(engine, "checkin", _close_returned)
        engine.dispose()

    sql_store = SqlStore(database, sql_lease)
    return State(
        sql_store,
        SqlClock(database, sql_lease),
        sql_lease,
        entries,
        secret,
        stubs=sql_store,
        waits=True,
        unavailable_reason=database.unavailable_reason,
        session=database.session,
        close=close,
    )


def shown_store(store: str) -> str:
    """Return the URL without its password and query. Raises ``StoreError``."""
    return _shown(_url(store))


def _shown(url: URL) -> str:
    # The query may contain a password too.
    text = url.set(query={}).render_as_string()
    return printable(text, len(text))


def _unusable(url: URL, error: BaseException) -> StoreError:
    reason = database_message(error)
    if url.drivername == "sqlite" and (cause := _path_problem(Path(url.database or ""))):
        reason += f" ({cause})"
    return StoreError(f"the store {_shown(url)} cannot be used: {reason}")


def _path_problem(path: Path) -> str | None:
    """Return why SQLite cannot use ``path``; it tells a general error only."""
    folder = path.parent.absolute()
    if not folder.is_dir():
        return f"the folder {folder} does not exist"
    if path.is_dir():
        return "it is a folder"
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        return "the file and its folder must be writable"
    return "its disk is full" if shutil.disk_usage(folder).free < MIN_FREE_BYTES else None


def _url(store: str) -> URL:
    try:
        url = make_url(store)
    except (ArgumentError, ValueError):
        # An unparsable URL may contain a password anywhere.
        shown = "the store" if "@" in store or "=" in store else ascii(store[:60])
        raise StoreError(f"{shown} is not a database URL; write {_EXAMPLES}") from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise StoreError(f"unknown database {url.drivername}; write {_EXAMPLES}")
    if driver == "sqlite" and (url.database or ":memory:") == ":memory:":
        raise StoreError("SQLite needs a file: sqlite:///file.db")
    if driver == "sqlite" and url.query:
        raise StoreError("SQLite takes no options: write sqlite:///file.db without a query")
    if driver == "sqlite" and sqlite3.sqlite_version_info < _MIN_SQLITE_VERSION:
        minimum = ".".join(map(str, _MIN_SQLITE_VERSION))
        raise StoreError(
            f"Python has SQLite {sqlite3.sqlite_version} here; a store needs {minimum} or newer"
        )
    return url.set(drivername=driver)


def _engine(url: URL) -> Engine:
    options: dict[str, Any] = {
        "pool_size": MAX_CONNECTIONS,
        "max_overflow": 0,
        "pool_timeout": 10.0,
    }
    if url.drivername == "sqlite":
        _create_privately(url.database or "")
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
        return engine
    arguments = {name: value for name, value in _POSTGRES.items() if name not in url.query}
    engine = create_engine(url, connect_args=arguments, isolation_level="AUTOCOMMIT", **options)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkout", _replace_dropped)
    return engine


def _replace_dropped(connection: Any, _record: Any, _proxy: Any) -> None:
    """Let the pool replace a connection that the server has closed.

    An idle connection has nothing to read but its end. Nothing was sent on it, so the statement
    that comes next is safe to send on another one.
    """
    if connection.closed or _is_readable(connection.fileno()):
        raise DisconnectionError("the server has closed the connection")


def _is_readable(descriptor: int) -> bool:
    if not hasattr(select, "poll"):  # Windows, where select takes any descriptor
        return bool(select.select([descriptor], (), (), 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _close_returned(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.close()


def _create_privately(path: str) -> None:
    """Create a missing file with mode 0600; SQLite gives its other files the same mode."""
    with contextlib.suppress(OSError):  # SQLite reports the problem of the path
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Disables the implicit transactions of Python's module, which begin at the first change.
    connection.isolation_level = None
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    begin = connection.get_execution_options().get(BEGIN)
    if begin is not None:
        connection.exec_driver_sql(begin)


def _check_sessions(engine: Engine) -> None:
    """Raise ``StoreError`` for a pooler that gives a session away after each transaction.

    The driver's prepared statements would then be those of other sessions.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect() as first, engine.connect() as second:
            query = "SELECT pg_backend_pid()"
            backends = [item.exec_driver_sql(query).scalar_one() for item in (first, second)]
        if backends[0] == backends[1]:
            raise StoreError(
                "a pooler shares a session of the database among connections; let it pool by "
                "session (PgBouncer: pool_mode = session)"
            )


def _check(connection: Connection) -> None:
    """Raise ``StoreError`` for a database whose encoding cannot store any text."""
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StoreError(f"the database's encoding is {encoding}; it must be UTF8")


def _secret(database: Database, connection: Connection) -> bytes:
    """Return the secret that signs URLs. All processes share it."""
    documents = database.tables.documents
    insert = database.insert(documents).values(name="secret", body=secrets.token_hex(32))
    connection.execute(insert.on_conflict_do_nothing())
    query = documents.select().where(documents.c.name == "secret")
    database.secret = connection.execute(query).one().body
    return bytes.fromhex(database.secret)

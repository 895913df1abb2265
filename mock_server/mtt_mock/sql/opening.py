"""From a URL to state in a database."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.sql.clock import SqlClock
from mtt_mock.sql.database import WRITES, Database
from mtt_mock.sql.entries import SqlEntries
from mtt_mock.sql.lease import SqlLease
from mtt_mock.sql.schema import bring_up_to_date
from mtt_mock.sql.store import SqlStore
from mtt_mock.state import State, StoreError

CONNECTIONS = 10  # of one process, at the most
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_EXAMPLES = "sqlite:///file.db or postgresql+psycopg://user:password@host/database"
_BUSY_TIMEOUT = 10.0  # seconds that SQLite waits for its lock
_CONNECT_TIMEOUT = 5  # seconds
_LIMITS = "-c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"


def open_database(store: str, *, lease: float = 5.0) -> State:
    """Return the state in the database at the URL ``store``; its tables are made when they miss.

    ``lease``: seconds after which another process drives on when the one that did is gone. Raises
    ``StoreError``, and ``ModuleNotFoundError`` where a driver is missing.
    """
    url = _url(store)
    try:
        engine = _engine(url)
    except (SQLAlchemyError, TypeError, ValueError) as error:
        raise _unusable(url, error) from None
    database = Database(engine)
    try:
        database.write(bring_up_to_date)
        secret = database.write(partial(_secret, database))
    except StoreError:
        engine.dispose()
        raise
    except (StoreUnavailableError, SQLAlchemyError, TypeError, ValueError, OSError) as error:
        # What a URL asks for may be refused by the driver only when it connects.
        engine.dispose()
        raise _unusable(url, error) from None
    except BaseException:
        engine.dispose()
        raise
    driving = SqlLease(database, lease)
    return State(
        SqlStore(database, driving),
        SqlClock(database),
        driving,
        SqlEntries(database),
        secret,
        waits=True,
        trouble=database.trouble,
        close=engine.dispose,
    )


def shown_store(store: str) -> str:
    """Return the URL ``store`` without what nobody else should read. Raises ``StoreError``."""
    return _shown(_url(store))


def _shown(url: URL) -> str:
    # A driver takes a password from the query as well.
    text = url.set(query={}).render_as_string()
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _unusable(url: URL, error: Exception) -> StoreError:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    reason = lines[0] if lines else type(error).__name__
    return StoreError(f"the store {_shown(url)} cannot be used: {reason}")


def _url(store: str) -> URL:
    try:
        url = make_url(store)
    except (ArgumentError, ValueError):
        # It may have a password in it, and nothing says where.
        what = "the store" if "@" in store or "=" in store else ascii(store[:60])
        raise StoreError(f"{what} is not a database's URL; write {_EXAMPLES}") from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise StoreError(f"{url.drivername} is not a database that is known; write {_EXAMPLES}")
    if driver == "sqlite" and (url.database or ":memory:") == ":memory:":
        raise StoreError("SQLite needs a file to keep anything in: sqlite:///file.db")
    return url.set(drivername=driver)


def _engine(url: URL) -> Engine:
    options: dict[str, Any] = {"pool_size": CONNECTIONS, "max_overflow": 0, "pool_timeout": 10.0}
    if url.drivername == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    arguments: dict[str, Any] = {}
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = _CONNECT_TIMEOUT
    if "options" not in url.query:
        arguments["options"] = _LIMITS
    return create_engine(
        url,
        connect_args=arguments,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        **options,
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Python's module would begin transactions of its own, and not before the first change.
    connection.isolation_level = None
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes cannot wait for its lock: take it at once.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _secret(database: Database, connection: Connection) -> bytes:
    """Return the secret that signs URLs, the same for every process."""
    documents = database.tables.documents
    made = database.insert(documents).values(name="secret", body=secrets.token_hex(32))
    connection.execute(made.on_conflict_do_nothing())
    kept = documents.select().where(documents.c.name == "secret")
    return bytes.fromhex(connection.execute(kept).one().body)

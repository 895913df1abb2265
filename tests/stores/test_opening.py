"""Opening a store: usable databases, and the errors of others."""

from __future__ import annotations

import os
import sqlite3
import urllib.parse
from decimal import Decimal

import psycopg
import pytest

from mtt_mock.service.state import StoreError
from mtt_mock.storage.sql import engine, open_database
from mtt_mock.storage.stores import open_state


def why_not(store):
    with pytest.raises(StoreError) as refused:
        open_database(store)
    text = str(refused.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("store", "reason"),
    [
        ("", "'' is not a database URL; write sqlite:///file.db or "),
        ("state.db", "'state.db' is not a database URL; write "),
        ("mysql://127.0.0.1/a", "unknown database mysql; write "),
        ("postgresql+asyncpg://127.0.0.1/a", "unknown database postgresql+asyncpg"),
        (
            "postgresql://127.0.0.1:port/a",
            "'postgresql://127.0.0.1:port/a' is not a database URL",
        ),
        ("sqlite://", "SQLite needs a file: sqlite:///file.db"),
        ("sqlite:///:memory:", "SQLite needs a file: sqlite:///file.db"),
        (
            "sqlite:///state.db?mode=ro",
            "SQLite takes no options: write sqlite:///file.db without a query",
        ),
        ("sqlite:///file:state.db?uri=true", "SQLite takes no options: "),
        (
            "sqlite:////nowhere/at/all.db",
            "the store sqlite:////nowhere/at/all.db cannot be used: unable to open database file "
            "(the folder /nowhere/at does not exist)",
        ),
        (
            "postgresql://127.0.0.1:1/a",
            "the store postgresql+psycopg://127.0.0.1:1/a cannot be used",
        ),
        (
            "postgresql://127.0.0.1:1/a?colour=red",
            "the store postgresql+psycopg://127.0.0.1:1/a cannot be used: ",
        ),
    ],
)
def test_an_unusable_store_is_refused_with_a_reason(store, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert why_not(store).startswith(reason)


def test_a_folder_is_no_database_file(tmp_path):
    assert why_not(f"sqlite:///{tmp_path}").endswith(" (it is a folder)")


def test_an_unwritable_folder_is_the_reason(tmp_path, monkeypatch):
    (tmp_path / "state.db").write_bytes(b"not a database")
    monkeypatch.setattr(os, "access", lambda path, _mode: path != tmp_path)
    assert why_not(f"sqlite:///{tmp_path}/state.db").endswith(
        " (the file and its folder must be writable)"
    )


def test_a_full_disk_is_the_reason(tmp_path, monkeypatch):
    (tmp_path / "state.db").write_bytes(b"not a database")
    monkeypatch.setattr(engine, "MIN_FREE_BYTES", 1 << 60)
    assert why_not(f"sqlite:///{tmp_path}/state.db").endswith(" (its disk is full)")


def test_a_password_is_not_shown():
    assert "secret" not in why_not("postgresql://ann:secret@127.0.0.1:1/a")


@pytest.mark.parametrize("content", [b"not a database, whatever its name says" * 99, b"\0" * 4096])
def test_other_files_are_refused_and_unchanged(tmp_path, content):
    file = tmp_path / "state.db"
    file.write_bytes(content)
    assert why_not(f"sqlite:///{file}").startswith(f"the store sqlite:///{file} cannot be used: ")
    assert file.read_bytes() == content


def test_a_damaged_database_is_refused(tmp_path):
    file = tmp_path / "state.db"
    open_database(f"sqlite:///{file}").close()
    data = bytearray(file.read_bytes())
    data[100:] = b"\xff" * (len(data) - 100)
    file.write_bytes(data)
    assert "cannot be used: " in why_not(f"sqlite:///{file}")


def test_without_a_database_state_is_in_memory():
    state = open_state(None)
    assert (state.waits, state.unavailable_reason()) == (False, None)


def test_an_sqlite_that_is_too_old_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    assert why_not(f"sqlite:///{tmp_path}/state.db") == (
        "Python has SQLite 3.34.1 here; a store needs 3.35 or newer"
    )


def execute(url, *statements):
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_database_without_create_rights_is_refused(postgres_url):
    parts = urllib.parse.urlsplit(postgres_url)
    role = f"guest_{parts.path[1:]}"
    execute(postgres_url, f"CREATE ROLE {role} LOGIN PASSWORD 'p'")
    guest = parts._replace(netloc=f"{role}:p@{parts.hostname}:{parts.port}").geturl()
    try:
        assert why_not(guest).endswith(f"permission denied for database {parts.path[1:]}")
        # The role may not use tables that another role creates either.
        open_database(postgres_url).close()
        assert why_not(guest).endswith("permission denied for schema mtt_mock")
    finally:
        execute(postgres_url, f"DROP ROLE {role}")


def test_a_database_that_may_only_be_read_is_refused(postgres_url):
    name = urllib.parse.urlsplit(postgres_url).path[1:]
    execute(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "read-only transaction" in why_not(postgres_url)


def test_a_pooler_that_shares_sessions_is_refused(postgres_url):
    execute(postgres_url, "CREATE SCHEMA pooler")
    execute(
        postgres_url,
        "CREATE FUNCTION pooler.pg_backend_pid() RETURNS int LANGUAGE sql AS 'SELECT 7'",
    )
    name = urllib.parse.urlsplit(postgres_url).path[1:]
    execute(postgres_url, f"ALTER DATABASE {name} SET search_path = pooler, pg_catalog")
    assert "let it pool by session (PgBouncer: pool_mode = session)" in why_not(postgres_url)


def test_a_database_that_cannot_hold_every_text_is_refused(postgres_server):
    execute(
        postgres_server,
        "CREATE DATABASE mtt_test_latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    )
    parts = urllib.parse.urlsplit(postgres_server)
    try:
        text = why_not(parts._replace(path="/mtt_test_latin").geturl())
        assert text.endswith("the database's encoding is LATIN1; it must be UTF8")
    finally:
        execute(postgres_server, "DROP DATABASE mtt_test_latin WITH (FORCE)")


def test_dropped_tables_make_the_store_unavailable(
    postgres_url,
):
    state = open_database(postgres_url)
    execute(postgres_url, "DROP SCHEMA mtt_mock CASCADE")
    assert state.unavailable_reason() is None or "mtt_mock" in state.unavailable_reason()
    open_database(postgres_url).close()
    assert state.store.known_customers() == []
    state.close()


def test_a_new_sqlite_file_is_the_users_alone(tmp_path):
    former = os.umask(0)
    try:
        state = open_state(f"sqlite:///{tmp_path}/x.db")
        state.store.change_balance("1", lambda _balance: Decimal(1))
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        state.close()
    finally:
        os.umask(former)
    assert modes == {"x.db": 0o600, "x.db-wal": 0o600, "x.db-shm": 0o600}


def test_the_mode_of_an_existing_file_is_kept(tmp_path):
    file = tmp_path / "x.db"
    file.touch(mode=0o600)
    file.chmod(0o660)
    open_state(f"sqlite:///{file}").close()
    assert file.stat().st_mode & 0o777 == 0o660


def test_connections_that_outlast_the_close_are_closed(tmp_path):
    state = open_database(f"sqlite:///{tmp_path}/state.db")

    def close_meanwhile(connection):
        state.close()
        return use(connection)

    def use(connection):
        return connection.connection.dbapi_connection

    read = state.lease._database.read
    for used in (read(close_meanwhile), read(use)):
        with pytest.raises(sqlite3.ProgrammingError):  # it is closed
            used.execute("SELECT 1")

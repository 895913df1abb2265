"""Conflicting transactions: bounded retries, and the errors afterwards."""

from __future__ import annotations

import select
import socket
import sqlite3
import threading
import time

import psycopg
import pytest

from mtt_mock.domain.calls import Call, CallPlan, Order
from mtt_mock.domain.followme import Element, Followme
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.storage.sql import engine as engine_module
from mtt_mock.storage.sql import open_database
from mtt_mock.storage.sql import transactions as database_module
from mtt_mock.storage.sql.transactions import TransactionConflict

# Waits up to five seconds for the end of each connection.
END_OTHERS = """SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database()"""
PRESET = Followme((Element("Ringall", "A", {"redirect_number": "79000000001"}),))
ORDER = Order(
    "1", PRESET.elements, "79000000002", "79000000003", callback_url="http://127.0.0.1:9/"
)


@pytest.fixture
def impatient(monkeypatch):
    """Shortens the timeouts of retries and locks."""
    monkeypatch.setattr(database_module, "RETRY_TIMEOUT", 0.5)
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 200)


@pytest.fixture
def other(postgres_url):
    """A second connection to the database."""
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        yield connection


@pytest.fixture
def state(postgres_url):
    opened = open_database(postgres_url)
    yield opened
    opened.close()


def in_thread(work, *arguments):
    results = []

    def run():
        try:
            results.append(work(*arguments))
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def wait_for_a_blocked_lock(connection):
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    until = time.monotonic() + 10
    with psycopg.connect(connection.info.dsn, autocommit=True) as looking:
        while not looking.execute(asked).fetchone()[0]:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_a_deadlock_is_begun_again(state, other):
    for name in ("1", "2"):
        state.store.change_followme(name, lambda _: PRESET)
    database, customers = state.store._database, state.store._tables.customers
    tried = []

    def change(connection):
        tried.append(1)
        for name in ("1", "2"):
            connection.execute(
                customers.update().where(customers.c.customer == name).values(balance="7")
            )

    lock = "UPDATE mtt_mock.customers SET balance = '8' WHERE customer = %s"
    # The deadlock is detected in the store's connection, and not in this one.
    other.execute("SET deadlock_timeout = '60s'")
    other.execute(lock, ["2"])
    thread, results = in_thread(database.write, change)
    wait_for_a_blocked_lock(other)
    other.execute(lock, ["1"])
    other.rollback()
    thread.join(20)
    assert results == [None]
    assert len(tried) == 2
    assert [str(state.store.balance(name)) for name in ("1", "2")] == ["7", "7"]


def test_a_serialization_failure_is_begun_again(state):
    state.store.change_balance("1", lambda _: 1)
    database, customers = state.store._database, state.store._tables.customers
    tried = []

    def change(connection):
        tried.append(1)
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        row = connection.execute(customers.select()).one()
        if len(tried) == 1:
            state.store.change_balance("1", lambda _: 10)
        connection.execute(customers.update().values(balance=str(int(row.balance) + 1)))

    database.write(change)
    assert (len(tried), state.store.balance("1")) == (2, 11)


def test_permanent_conflicts_are_reported(databases, impatient):
    database, tried = databases.fresh().store._database, []

    def change(_connection):
        tried.append(1)
        raise TransactionConflict

    began = time.monotonic()
    with pytest.raises(StoreUnavailableError) as given_up:
        database.write(change)
    assert str(given_up.value) == "the database is too busy: conflicting transactions"
    assert len(tried) > 2
    assert 0.5 <= time.monotonic() - began < 5


def test_other_failures_are_not_retried(databases):
    database, tried = databases.fresh().store._database, []

    def change(connection):
        tried.append(1)
        connection.exec_driver_sql("SELECT nonsense")

    with pytest.raises(Exception, match="nonsense"):
        database.write(change)
    assert tried == [1]


def test_a_lock_timeout_is_an_unavailable_store(state, other):
    state.store.change_followme("1", lambda _: PRESET)
    other.execute("SELECT * FROM mtt_mock.customers FOR UPDATE")
    with state.store._database.engine.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '200ms'")
        connection.commit()
    with pytest.raises(StoreUnavailableError) as given_up:
        state.store.change_followme("1", lambda _: Followme())
    assert "lock timeout" in str(given_up.value)
    other.rollback()
    assert state.store.followme("1") == PRESET


def test_an_exhausted_pool_is_an_unavailable_store(state):
    engine = state.store._database.engine
    taken = [engine.connect() for _ in range(engine_module.MAX_CONNECTIONS)]
    engine.pool._timeout = 0.2
    with pytest.raises(StoreUnavailableError) as given_up:
        state.store.followme("1")
    assert str(given_up.value) == "the database is too busy: no connection is free"
    taken.pop().close()
    assert state.store.followme("1") == Followme()
    for connection in taken:
        connection.close()


def test_a_terminated_connection_is_replaced(state, other):
    state.store.followme("1")
    assert other.execute(END_OTHERS).fetchone()[0] >= 1
    assert state.store.followme("1") == Followme()
    assert state.store.change_followme("1", lambda _: PRESET) == PRESET


def test_a_set_outlives_a_connection_lost_before_its_write(state, other):
    other.autocommit = True  # pg_stat_activity is read at each statement
    tried = []

    def change(_now):
        tried.append(1)
        assert other.execute(END_OTHERS).fetchone()[0] >= 1
        return PRESET

    assert state.store.change_followme("1", change) == PRESET
    assert tried == [1]
    assert state.store.followme("1") == PRESET


def test_a_set_fails_when_its_write_loses_the_connection(state, other):
    other.autocommit = True
    database = state.store._database

    def terminated(connection):
        other.execute(
            "SELECT pg_terminate_backend(%s, 5000)",
            [connection.connection.driver_connection.info.backend_pid],
        )
        connection.exec_driver_sql("SELECT 1")

    # Whether a statement was executed that lost its connection, cannot be known.
    with pytest.raises(StoreUnavailableError, match="the database does not answer: "):
        database.execute_autocommit(terminated)
    assert state.store.followme("1") == Followme()


def test_polling_works_without_poll(monkeypatch):
    monkeypatch.delattr(select, "poll", raising=False)
    reader, writer = socket.socketpair()
    with reader:
        assert engine_module._is_readable(reader.fileno()) is False
        writer.close()
        assert engine_module._is_readable(reader.fileno()) is True


def test_a_connection_terminated_unnoticed_is_replaced(state, other):
    other.autocommit = True
    state.store.followme("1")
    other.execute(END_OTHERS)
    assert state.store.followme("1") == Followme()
    other.execute(END_OTHERS)
    assert state.store.change_followme("1", lambda _: PRESET) == PRESET
    assert state.store.followme("1") == PRESET


def test_a_foreign_writer_of_sqlite_is_waited_for(tmp_path):
    file = tmp_path / "state.db"
    state = open_database(f"sqlite:///{file}")
    foreign = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    foreign.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, foreign.rollback).start()
    began = time.monotonic()
    assert state.store.change_followme("1", lambda _: PRESET) == PRESET
    assert time.monotonic() - began > 0.4
    foreign.close()
    state.close()


@pytest.mark.slow
def test_a_long_sqlite_writer_is_an_unavailable_store(tmp_path, impatient):
    file = tmp_path / "state.db"
    state = open_database(f"sqlite:///{file}")
    foreign = sqlite3.connect(file, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError) as given_up:
        state.store.change_followme("1", lambda _: PRESET)
    assert str(given_up.value) == (
        "the database is too busy: another connection keeps SQLite's lock; requests wait for it "
        "for at most 10 seconds"
    )
    assert state.store.followme("1") == Followme()  # reads still succeed
    foreign.execute("ROLLBACK")
    assert state.store.change_followme("1", lambda _: PRESET) == PRESET
    foreign.close()
    state.close()


def test_claimed_steps_are_deleted_with_their_customer(state, other):
    call = state.store.add_call(
        lambda number: Call(str(1_000_000 + number), 1, ORDER, CallPlan((), {}, 0)),
        state.store.generation,
    )
    # The statements of a claim before its commit.
    other.execute("SELECT * FROM mtt_mock.calls FOR UPDATE")
    other.execute("UPDATE mtt_mock.calls SET next_step = 1, due = NULL")
    other.execute("INSERT INTO mtt_mock.in_flight VALUES (%s, 0, 1, 1)", [call.id])
    thread, results = in_thread(state.store.delete_customer, "1")
    wait_for_a_blocked_lock(other)
    other.commit()
    thread.join(20)
    assert results == [None]
    assert other.execute("SELECT count(*) FROM mtt_mock.in_flight").fetchone()[0] == 0
    assert state.store.calls() == []

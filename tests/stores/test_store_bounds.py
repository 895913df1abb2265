"""Bounds of the shared store: crashes, frozen processes, clock changes, lost databases."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import update

from mtt_mock import EventReceiver, Fake, Settings
from mtt_mock.domain.clock import MANUAL
from mtt_mock.domain.followme import Element, Followme
from mtt_mock.domain.lease import ClockBusyError
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.storage.sql import open_database, transactions
from mtt_mock.storage.sql.transactions import Database, DatabaseFile
from support.waiting import until

AUTH = "Basic bG9naW46cGFzc3dvcmQ="
BALANCE = b'{"jsonrpc":"2.0","id":1,"method":"getCustomerBalance","params":["1"]}'
CALL = (
    '{"jsonrpc":"2.0","id":1,"method":"makeCallBackCallFollowme","params":{'
    '"customer_name":"1","b_number":"79000010199","caller_id":"7495","callBackURL":"%s",'
    '"simpleCallBackFollowmeStruct":[{"type":"Ringall","redirect_number":"79000010099"}]}}'
)
EVENTS = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
PRESET = Followme((Element("Ringall", "A", {"type": "Ringall", "redirect_number": "7"}),))
HOUR = 3_600_000


@pytest.fixture
def states(database_url):
    """The states of two processes on one database, with a lease of 0.4 seconds."""
    opened = [open_database(database_url, lease=0.4) for _ in range(2)]
    yield opened
    for state in opened:
        state.close()


@pytest.fixture
def machine_clock(monkeypatch, states):
    """Returns a function that sets the machine's clock forward by milliseconds."""

    def set_forward(milliseconds):
        for state in states:
            database = state.clock._database
            monkeypatch.setattr(
                database, "now", lambda it=database: Database.now(it) + milliseconds
            )

    return set_forward


@pytest.mark.parametrize("jumps", [[-HOUR], [HOUR, 0], [-1500, -3000, -HOUR]])
def test_the_clock_never_moves_backwards(states, machine_clock, jumps):
    first, second = states
    first.clock.initialise(1.0)
    latest = second.clock.now()
    for jump in jumps:
        machine_clock(jump)
        for state in (first, second):
            assert state.clock.now() >= latest
            latest = state.clock.now()
    until(lambda: first.clock.now() > latest + 100, 5)
    assert second.clock.now() < latest + 10_000


def test_a_lease_expires_although_the_clock_is_set_back(states, machine_clock):
    first, second = states

    def first_holds_the_lease():
        # A machine that stands still for three seconds lets the lease expire in between.
        term = first.lease.acquire_or_renew()
        return term if second.lease.acquire_or_renew() == 0 else 0

    term = until(first_holds_the_lease, 30)
    machine_clock(-HOUR)
    assert until(second.lease.acquire_or_renew, 5) == term + 1
    assert first.lease.acquire_or_renew() == 0


def test_an_advance_without_the_lease_moves_no_clock(states, monkeypatch):
    first, second = states
    first.clock.reset(MANUAL)
    start, move_to = first.clock.now(), first.clock.move_to
    fake = Fake(Settings.of(clock="manual"), first)

    def overtake():
        database, table = second.lease._database, second.lease._table
        database.write(lambda connection: connection.execute(table.update().values(expires=0)))
        return second.lease.acquire_or_renew()

    def freeze_and_move_to(moment):
        until(overtake, 5)
        second.clock.move_to(start + 10_000)
        move_to(moment)

    monkeypatch.setattr(first.clock, "move_to", freeze_and_move_to)
    with pytest.raises(ClockBusyError, match="another process took over"):
        fake.service.scheduler.advance(10)
    assert second.clock.now() - start == 10_000
    fake.close()


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["completions", "claims and completions"])
def test_a_database_crash_repeats_no_event(database_url, lost):
    state = open_database(database_url)
    fake = Fake(Settings.of(clock="20x", callback_allow=["127.0.0.1"]), state)
    with EventReceiver() as receiver:
        fake.answer(AUTH, (CALL % receiver.url).encode())
        receiver.wait(2, 30)
        until(lambda: not state.store.in_flight(), 5)
        bring_back_first_step(state, claimed=lost == "completions")
        receiver.wait(4, 30)
        until(lambda: not state.store.in_flight() and state.store.next_due() is None, 5)
        assert [event.event for event in receiver.events] == EVENTS
    fake.close()


def bring_back_first_step(state, *, claimed):
    """Change the rows as a crash that loses the last transactions."""
    database = state.store._database
    tables = database.tables
    [call] = state.store.calls()
    if claimed:
        step = {"call_id": call.id, "step_index": 0, "due": call.steps()[0].at, "call_number": 1}
        statement = tables.in_flight.insert().values(**step)
    else:
        statement = update(tables.calls).values(next_step=0, due=call.steps()[0].at)
    database.write(lambda connection: connection.execute(statement))
    database.lost_connections += 1


def test_a_deleted_database_file_is_noticed_at_once(tmp_path):
    state = open_database(f"sqlite:///{tmp_path}/state.db")
    state.store.change_followme("1", lambda _: PRESET)
    (tmp_path / "state.db").unlink()
    reason = "the database file state.db was deleted; put it back, or restart mtt-mock"
    assert state.unavailable_reason() == reason
    with pytest.raises(StoreUnavailableError, match="was deleted"):
        state.store.change_followme("2", lambda _: PRESET)
    open_database(f"sqlite:///{tmp_path}/state.db").close()
    assert state.unavailable_reason() == reason.replace("deleted", "replaced")
    state.close()


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_a_deleted_companion_file_is_noticed(tmp_path, suffix):
    url = f"sqlite:///{tmp_path}/state.db"
    state = open_database(url)
    state.store.change_followme("1", lambda _: PRESET)
    (tmp_path / f"state.db{suffix}").unlink()
    with pytest.raises(StoreUnavailableError, match=f"state.db{suffix} was deleted; restart"):
        state.store.change_followme("2", lambda _: PRESET)
    assert state.unavailable_reason() is not None
    state.close()
    reopened = open_database(url)
    assert reopened.store.followme("1") == PRESET
    reopened.store.change_followme("2", lambda _: PRESET)
    reopened.close()


def test_a_folder_moved_during_a_check_is_usable_again(tmp_path, monkeypatch):
    folder, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    folder.mkdir()
    state = open_database(f"sqlite:///{folder}/state.db")
    state.store.change_followme("1", lambda _: PRESET)
    check_companions = DatabaseFile.check_companions

    def move_then_check(file, info):  # the check of the file itself has just passed
        monkeypatch.undo()
        folder.rename(elsewhere)
        check_companions(file, info)

    monkeypatch.setattr(DatabaseFile, "check_companions", move_then_check)
    with pytest.raises(StoreUnavailableError, match=r"state\.db was deleted; put it back"):
        state.store.followme("1")
    elsewhere.rename(folder)
    assert state.store.followme("1") == PRESET
    state.close()


def test_companions_deleted_by_sqlite_are_not_missed(tmp_path):
    state = open_database(f"sqlite:///{tmp_path}/state.db")
    state.store.change_followme("1", lambda _: PRESET)
    state.store._database.engine.dispose()  # SQLite deletes them with the last connection
    assert not (tmp_path / "state.db-wal").exists()
    state.store.change_followme("2", lambda _: PRESET)
    assert state.unavailable_reason() is None
    state.close()


def test_a_full_disk_is_not_ready(tmp_path, monkeypatch):
    state = open_database(f"sqlite:///{tmp_path}/state.db")
    free = {tmp_path: 1024 * 1024}
    monkeypatch.setattr(
        transactions.shutil, "disk_usage", lambda path: SimpleNamespace(free=free[path])
    )
    assert state.unavailable_reason() is None
    free[tmp_path] -= 1
    assert (
        state.unavailable_reason() == "the disk of the database has less than 1,048,576 bytes left"
    )
    state.close()


def test_one_dropped_table_is_not_ready(database_url):
    state = open_database(database_url)
    with state.store._database.engine.connect() as connection:
        state.store._database.tables.prompts.drop(connection)
        connection.commit()
    assert "prompts" in state.unavailable_reason()
    state.close()


def test_dropped_tables_are_not_ready(database_url):
    state = open_database(database_url)
    assert state.unavailable_reason() is None
    with state.store._database.engine.connect() as connection:
        state.store._database.tables.metadata.drop_all(connection)
        connection.commit()
    assert "the database does not answer: " in state.unavailable_reason()
    state.close()


def test_emptied_tables_are_not_ready(database_url):
    state = open_database(database_url)
    database = state.store._database
    database.write(lambda connection: connection.execute(database.tables.documents.delete()))
    reason = "the database's tables were emptied; restart mtt-mock"
    assert state.unavailable_reason() == reason
    with pytest.raises(StoreUnavailableError, match="were emptied"):
        state.store.faults()
    state.close()


def test_a_locked_database_is_not_ready_within_a_second(tmp_path):
    state = open_database(f"sqlite:///{tmp_path}/state.db")
    with locked(tmp_path / "state.db"):
        began = time.monotonic()
        assert "too busy" in state.unavailable_reason()
        assert time.monotonic() - began < 5
    assert state.unavailable_reason() is None
    state.close()


def test_an_answer_does_not_wait_for_the_journal(tmp_path):
    state = open_database(f"sqlite:///{tmp_path}/state.db")
    fake = Fake(Settings.of(clock="manual"), state)
    with locked(tmp_path / "state.db"):
        began = time.monotonic()
        assert fake.answer(AUTH, BALANCE).status == 200
        assert time.monotonic() - began < 5
    assert [exchange.method for exchange in fake.journal] == ["getCustomerBalance"]
    fake.close()


@contextlib.contextmanager
def locked(file):
    """Lock a SQLite file as a database browser does."""
    browser = sqlite3.connect(file, isolation_level=None)
    browser.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        browser.rollback()
        browser.close()


FROZEN = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
os.kill(os.getpid(), signal.SIGSTOP)
connection.execute("COMMIT")
"""


@pytest.mark.slow
@pytest.mark.process
def test_a_frozen_process_blocks_sqlite_requests_for_ten_seconds(tmp_path):
    state = open_database(f"sqlite:///{tmp_path}/state.db")
    state.store.change_balance("1", lambda _: 1)
    frozen = subprocess.Popen([sys.executable, "-c", FROZEN, str(tmp_path / "state.db")])
    os.waitpid(frozen.pid, os.WUNTRACED)  # it has the lock and has stopped

    def waited_for_refusal(number):
        began = time.monotonic()
        with pytest.raises(StoreUnavailableError, match="for at most 10 seconds"):
            state.store.change_balance(f"{number}", lambda _: 2)
        return time.monotonic() - began

    try:
        with ThreadPoolExecutor(8) as pool:
            waits = list(pool.map(waited_for_refusal, range(40)))
            assert state.store.balance("1") == 1
        assert max(waits) < 12
        assert sum(wait > 2 for wait in waits) == 8  # those that waited when nothing was known yet
        frozen.send_signal(signal.SIGCONT)
        assert frozen.wait(10) == 0
        state.store.change_balance("1", lambda balance: balance + 1)
        assert state.store.balance("1") == 2
    finally:
        frozen.kill()
        frozen.wait()
        state.close()


def test_the_wait_for_a_lock_is_short_until_it_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr(transactions, "BUSY_TIMEOUT_MS", 300)
    monkeypatch.setattr(transactions, "LOCKED_TIMEOUT_MS", 10)
    monkeypatch.setattr(transactions, "RETRY_TIMEOUT", 0.2)
    state = open_database(f"sqlite:///{tmp_path}/state.db")
    with locked(tmp_path / "state.db"):
        waits = []
        for _ in range(3):
            began = time.monotonic()
            with pytest.raises(StoreUnavailableError):
                state.store.change_balance("1", lambda _: 1)
            waits.append(time.monotonic() - began)
    assert waits[0] > 0.25 > max(waits[1:])
    state.store.change_balance("1", lambda _: 1)
    with locked(tmp_path / "state.db"):
        began = time.monotonic()
        with pytest.raises(StoreUnavailableError):
            state.store.change_balance("1", lambda _: 1)
        assert time.monotonic() - began > 0.25
    state.close()


def test_a_frozen_process_blocks_a_customer_for_two_seconds(postgres_url):
    frozen, state = open_database(postgres_url), open_database(postgres_url)
    state.store.change_balance("1", lambda _: 1)
    connection = frozen.store._database.engine.raw_connection()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM mtt_mock.customers FOR UPDATE")
        began = time.monotonic()
        assert state.store.change_balance("1", lambda balance: balance + 1) == 2
        assert 1 < time.monotonic() - began < 8
        with pytest.raises(psycopg.Error):
            cursor.execute("SELECT 1")
    connection.close()
    frozen.close()
    state.close()

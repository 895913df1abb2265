"""Outages of the database: responses meanwhile, and recovery."""

from __future__ import annotations

import logging
import sqlite3
import threading

import pytest
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from mtt_mock import LiveServer, create_app
from mtt_mock.domain.followme import Element, Followme
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.storage.sql import open_database

PRESET = Followme((Element("Ringall", "A", {"redirect_number": "79000000001"}),))
AUTH = "Basic bG9naW46cGFzc3dvcmQ="
BALANCE = b'{"jsonrpc":"2.0","id":1,"method":"getCustomerBalance","params":["1"]}'


@pytest.fixture
def folder(tmp_path):
    """The folder of the database; renaming it causes an outage."""
    here = tmp_path / "here"
    here.mkdir()
    return here


@pytest.fixture
def state(folder):
    opened = open_database(f"sqlite:///{folder}/state.db")
    yield opened
    opened.close()


@pytest.fixture
def away(folder, state):
    """Functions that start and end an outage."""
    elsewhere = folder.with_name("elsewhere")

    def take():
        state.close()  # connections that are open would go on
        folder.rename(elsewhere)

    return take, lambda: elsewhere.rename(folder)


def until_back(ask):
    """Repeat the request until it succeeds; reconnects are paused for a moment."""
    pause = threading.Event()
    for _ in range(100):
        try:
            return ask()
        except StoreUnavailableError:
            pause.wait(0.05)
    raise AssertionError


def test_the_store_recovers_without_reopening(state, away):
    take, bring_back = away
    assert state.unavailable_reason() is None
    take()
    assert (
        state.unavailable_reason()
        == "the database file state.db was deleted; put it back, or restart mtt-mock"
    )
    with pytest.raises(StoreUnavailableError):
        state.store.followme("1")
    bring_back()
    assert until_back(lambda: state.store.change_followme("1", lambda _: PRESET)) == PRESET
    assert state.unavailable_reason() is None


def test_an_outage_drops_entries_with_one_warning(state, away, caplog):
    from mtt_mock.service.journal import Exchange

    exchange = Exchange(0.0, "GET", None, None, None, None, 200, 0.0, 0)
    state.entries.resize(10)
    take, bring_back = away
    take()
    with caplog.at_level(logging.WARNING, "mtt_mock"):
        state.entries.append(exchange)
        state.entries.append(exchange)
        with pytest.raises(StoreUnavailableError):
            state.entries.count()
    assert [each.getMessage() for each in caplog.records] == [
        "the journal is missing entries: "
        "the database file state.db was deleted; put it back, or restart mtt-mock"
    ]
    bring_back()
    until_back(state.entries.count)
    with caplog.at_level(logging.WARNING, "mtt_mock"):
        state.entries.append(exchange)
        assert state.entries.count() == 1
    assert caplog.messages[1:] == ["the journal is stored again; 2 entries are missing"]


def test_a_commit_of_unknown_outcome_is_not_retried(state, monkeypatch):
    commit, tried = Connection.commit, []

    def lost(connection):
        commit(connection)
        error = OperationalError("COMMIT", None, sqlite3.OperationalError("connection lost"))
        error.connection_invalidated = True
        raise error

    def change(_now):
        tried.append(1)
        return PRESET

    monkeypatch.setattr(Connection, "commit", lost)
    with pytest.raises(
        StoreUnavailableError, match="the database does not answer: connection lost"
    ):
        state.store.change_followme("1", change)
    monkeypatch.undo()
    assert tried == [1]
    assert state.store.followme("1") == PRESET


def test_requests_get_503_during_an_outage_and_streams_wait(folder):
    import httpx2

    elsewhere = folder.with_name("elsewhere")
    with (
        LiveServer(create_app(store=f"sqlite:///{folder}/state.db")) as live,
        httpx2.Client(trust_env=False, timeout=30) as http,
    ):
        origin = live.url.removesuffix("/index.php")

        def ask():
            return http.post(live.url, content=BALANCE, headers={"Authorization": AUTH})

        with http.stream("GET", f"{origin}/_mtt/stream") as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": mtt-mock"
            pause = threading.Event()
            folder.rename(elsewhere)
            # Connections in use still work until they are closed.
            answers = []
            while [each.status_code for each in answers[-5:]] != [503] * 5:
                live.fake.state.close()
                answers.append(ask())
                pause.wait(0.12)
            assert answers[-1].json()["error"]["data"] == (
                "the database file state.db was deleted; put it back, or restart mtt-mock"
            )
            assert http.get(f"{origin}/_mtt/health/ready").status_code == 503
            assert http.get(f"{origin}/_mtt/health/alive").status_code == 200
            refused = http.get(f"{origin}/_mtt/stream")
            assert (refused.status_code, list(refused.json())) == (503, ["error"])
            elsewhere.rename(folder)
            while ask().status_code == 503:
                pause.wait(0.05)
            # The open stream reports later entries.
            assert next(line for line in lines if line == "event: entry")

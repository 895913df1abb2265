"""The statements of a request: few, and built once."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from mtt_mock import Fake, Settings

AUTHORIZATION = "Basic bG9naW46cGFzc3dvcmQ="
STRUCT = [
    {"type": "Ringall", "redirect_number": "79000000001", "timeout": 25, "order": 1},
    {"type": "file", "value": "hello.wav", "side": "B"},
]
PRESET = {
    "callBackFollowmeStruct": STRUCT,
    "caller_id": "79000012030",
    "defaultBNumber": "74951001010",
}
STEPS = {
    "set": ("setCallBackFollowme", PRESET),
    "refused set": ("setCallBackFollowme", PRESET),
    "get": ("getCallBackFollowme", {}),
    "delete": ("deleteCallBackFollowme", {}),
}


@pytest.fixture
def ask(databases):
    """Return a function that runs a step and returns the statements of its thread."""
    fake = Fake(Settings(clock="manual"), databases.fresh())
    thread, statements = threading.get_ident(), []

    def record(_connection, statement, *_):
        if threading.get_ident() == thread:
            statements.append(statement)

    def run(step):
        method, params = STEPS[step]
        params = params | {"customer_name": "883140500000000"}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        statements.clear()
        reply = fake.answer(AUTHORIZATION, json.dumps(body).encode())
        assert reply.status == 200, reply.body
        assert (b"not clear" in reply.body) is (step == "refused set")
        return [*statements]

    event.listen(Engine, "before_execute", record)
    yield run
    event.remove(Engine, "before_execute", record)
    fake.close()


def test_a_request_runs_few_statements(ask, databases):
    for step in STEPS:  # the first set also asks whether there is room for the customer
        ask(step)

    writes = 2 if databases.kind == "sqlite" else 1  # with the change counter
    assert {step: len(ask(step)) for step in STEPS} == {
        "set": 3 + writes,
        "refused set": 3,
        "get": 2,
        "delete": 2 + writes,
    }


def test_a_request_takes_one_connection_from_the_pool(ask):
    ask("delete")
    thread, taken = threading.get_ident(), []

    def count(*_):
        if threading.get_ident() == thread:
            taken.append(step)

    event.listen(Pool, "checkout", count)
    try:
        for step in STEPS:
            ask(step)
    finally:
        event.remove(Pool, "checkout", count)
    assert taken == [*STEPS]


def test_a_failed_transaction_gives_up_the_connection(databases):
    state = databases.fresh()
    try:
        database = state.store._database
        with state.session():
            first = database.read(lambda connection: connection)
            assert database.write(lambda connection: connection) is first
            with pytest.raises(ZeroDivisionError):
                database.write(lambda _connection: 1 / 0)
            assert database.read(lambda connection: connection) is not first
        assert database.engine.pool.checkedout() == 0
    finally:
        state.close()


def test_a_transaction_in_a_transaction_takes_another_connection(databases):
    state = databases.fresh()
    try:
        database = state.store._database
        with state.session():
            assert database.read(lambda outer: database.read(lambda inner: inner is not outer))
    finally:
        state.close()


def test_a_repeated_request_builds_no_statement(ask):
    for step in STEPS:
        ask(step)

    first = [statement for step in STEPS for statement in ask(step)]
    second = [statement for step in STEPS for statement in ask(step)]
    assert [*map(id, first)] == [*map(id, second)]

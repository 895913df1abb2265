"""The database journal against the memory journal: any operations give equal entries."""

from __future__ import annotations

import json

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace
from test_store_against_memory import texts, values

from mtt_contracts import Problem
from mtt_mock import Fake, Settings
from mtt_mock.service.callbacks import CallbackEvent, Delivery
from mtt_mock.service.journal.entries import MAX_JOURNAL_BYTES, Entry, MemoryEntries
from mtt_mock.service.journal.exchange import Exchange
from support.profiles import examples

EXCHANGE = Exchange(1.5, "setCallBackFollowme", "1", {}, {"success": 1}, None, 200, 0.25, 100)
DELIVERY = Delivery(
    CallbackEvent("1000001", "1", "start_side_A", "A", "http://127.0.0.1/", 7),
    None,
    None,
    None,
    1.5,
    0.5,
)
MEGABYTE = 1024 * 1024
FLOATS = st.floats(allow_nan=False, allow_infinity=False)

exchanges = st.builds(
    Exchange,
    at=FLOATS,
    method=st.none() | texts,
    customer=st.none() | texts,
    params=values,
    result=values,
    error=st.none() | st.tuples(st.integers(-32768, 0), st.none() | texts),
    status=st.sampled_from([0, 200, 401, 500]),
    ms=FLOATS,
    size=st.sampled_from(
        [0, 1, 3 * MEGABYTE, MAX_JOURNAL_BYTES - 1, MAX_JOURNAL_BYTES, MAX_JOURNAL_BYTES + 1]
    ),
    service_notes=st.lists(
        st.builds(Problem, texts, values, texts, texts, st.none() | texts, texts), max_size=2
    ).map(tuple),
    id=values,
    notification=st.booleans(),
    message=st.none() | texts,
    fault=st.none() | texts,
)
deliveries = st.builds(
    Delivery,
    st.builds(
        CallbackEvent, texts, texts, texts, st.sampled_from("AB"), texts, st.integers(0, 10**13)
    ),
    st.none() | texts,
    st.none() | st.integers(100, 599),
    st.none() | texts,
    FLOATS,
    FLOATS,
    st.none() | texts,
)


class Journals(RuleBasedStateMachine):
    def __init__(self, state):
        super().__init__()
        self.memory = MemoryEntries()
        self.entries = state.entries
        self.between = self.entries.generation - self.memory.generation

    # Above nine entries a database hides some, which reappear when the size grows.
    @initialize(size=st.integers(0, 9))
    def start(self, size):
        self.resize(size)

    @rule(size=st.integers(0, 9))
    def resize(self, size):
        self.memory.resize(size)
        self.entries.resize(size)

    @rule(what=exchanges | deliveries)
    def append(self, what):
        self.memory.append(what)
        self.entries.append(what)

    @rule(count=st.integers(1, 12), size=st.sampled_from([0, MEGABYTE]))
    def append_many(self, count, size):
        for number in range(count):
            self.append(replace(EXCHANGE, ms=number, size=size) if number % 3 else DELIVERY)

    @rule(seq=st.integers(0, 40), limit=st.none() | st.integers(0, 5))
    def after(self, seq, limit):
        assert self.entries.after(seq, limit) == self.memory.after(seq, limit)

    @rule()
    def clear(self):
        self.memory.clear()
        self.entries.clear()

    @invariant()
    def they_keep_the_same(self):
        memory, entries = self.memory, self.entries
        assert entries.after(0) == memory.after(0)
        assert (entries.first, entries.last) == (memory.first, memory.last)
        assert entries.exchanges() == memory.exchanges()
        assert entries.deliveries() == memory.deliveries()
        assert entries.count() == memory.count() == len(memory.exchanges())
        assert entries.generation - self.between == memory.generation
        for index in (-1, 0, memory.count() - 1):
            if memory.count():
                assert entries.exchange(index) == memory.exchange(index)
        with pytest.raises(IndexError):
            entries.exchange(memory.count())


def test_database_entries_match_the_memory_journal(databases):
    run_state_machine_as_test(
        lambda: Journals(databases.fresh()),
        settings=settings(
            max_examples=examples(20 if databases.kind == "sqlite" else 10),
            stateful_step_count=15,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )


def nested(depth):
    inner = 1
    for _ in range(depth // 2):
        inner = {"a": [inner]}
    return inner


@pytest.mark.parametrize(
    "params",
    [
        {"customer_name": "1", "odd": nested(506)},
        {"customer_name": "1", "odd": [2**63, 2**64 - 1, -(2**63), 1e300, 5e-324, -0.0, 0.1, 1.0]},
        {"customer_name": "a\0b", "odd": "\0\x1f\x7f\\u0000\u2028🙂"},
        {"customer_name": "1", "a\0": {"": None, "\\": True}},
    ],
    ids=["deep", "numbers", "texts", "names"],
)
@pytest.mark.parametrize("method", ["getCallBackFollowme", "setCallBackFollowme"])
def test_odd_requests_are_noted_as_they_came(stores, method, params):
    fake = Fake(Settings.of(clock="manual"), stores.fresh())
    try:
        request = {"jsonrpc": "2.0", "id": "\0", "method": method, "params": params}
        fake.answer("Basic bG9naW46cGFzc3dvcmQ=", json.dumps(request).encode())
        [exchange] = fake.journal
        assert repr((exchange.params, exchange.method, exchange.id)) == repr((params, method, "\0"))
    finally:
        fake.close()


def test_a_note_on_a_nested_value_is_stored(stores):
    entries = stores.fresh().entries
    entries.resize(1)
    exchange = replace(EXCHANGE, service_notes=(Problem("odd", nested(506), "type", "it is odd"),))
    entries.append(exchange)
    assert entries.exchanges() == [exchange]


def test_old_entries_are_deleted(databases):
    entries = databases.fresh().entries
    entries.resize(50)
    for number in range(120):
        entries.append(replace(EXCHANGE, ms=number))
        entries.append(DELIVERY)
    assert [each.ms for each in entries.exchanges()] == [*range(70, 120)]
    assert entries.count() == 50
    assert (entries.first, entries.last) == (141, 240)
    assert [each.seq for each in entries.after(0)] == [*range(141, 241)]
    assert entries.after(239) == [Entry(240, DELIVERY)]
    with entries._database.engine.connect() as connection:
        kept = len(connection.execute(entries._table.select()).all())
    assert 100 <= kept <= 110

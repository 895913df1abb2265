"""Imports into memory, SQLite and PostgreSQL: what they replace and what they leave."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest
from snapshot_examples import CALL, FULL, HEAD, HELLO, RING, TEAM, call, snapshot

from mtt_mock.domain.calls import Call, call_id
from mtt_mock.domain.snapshot import CallsTakenError
from mtt_mock.domain.subscribers import SubscriberRegistry
from mtt_mock.storage.snapshots import SnapshotError, dump_json, export_dict, import_dict
from mtt_mock.storage.sql.snapshots import SnapshotStore

CUSTOMER = "883140500000000"


def customers(state):
    return export_dict(state.store, calls=False).get("customers", [])


def test_an_import_is_exported_unchanged(state):
    import_dict(state, FULL)
    assert dump_json(export_dict(state.store)) == dump_json(FULL)


def test_an_empty_store_exports_the_header_only(state):
    assert export_dict(state.store, calls=False) == HEAD


def test_an_import_replaces_only_the_named_fields(state):
    import_dict(state, TEAM)
    import_dict(state, snapshot(customers=[{"customer_name": CUSTOMER, "balance": 12.5}]))
    [customer] = customers(state)
    assert customer == TEAM["customers"][0] | {"balance": "12.50"}


@pytest.mark.parametrize(
    ("given", "rounded"), [(0.125, "0.13"), (-0.125, "-0.13"), (0.135, "0.14")]
)
def test_half_a_kopeck_is_rounded_as_everywhere(state, given, rounded):
    import_dict(state, snapshot(customers=[{"customer_name": "1", "balance": given}]))
    assert customers(state)[0]["balance"] == rounded


def test_a_structure_is_replaced_as_a_whole(state):
    import_dict(state, TEAM)
    new = {"customer_name": CUSTOMER, "callBackFollowmeStruct": [RING]}
    import_dict(state, snapshot(customers=[new]))
    [customer] = customers(state)
    assert customer == new | {"balance": "950.00", "prompts": [HELLO]}


def test_a_preset_can_be_cleared(state):
    import_dict(state, TEAM)
    empty = {"customer_name": CUSTOMER, "callBackFollowmeStruct": [], "prompts": []}
    import_dict(state, snapshot(customers=[empty]))
    assert customers(state) == [{"customer_name": CUSTOMER, "balance": "950.00"}]
    assert state.store.customers() == []


def test_prompts_are_replaced_and_detected_again(state):
    import_dict(state, TEAM)
    wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="
    other = {"file_name": "other", "content": wav}
    import_dict(state, snapshot(customers=[{"customer_name": CUSTOMER, "prompts": [other]}]))
    [prompt] = state.store.prompt_metadata(CUSTOMER)
    assert (prompt.name, prompt.size, prompt.kind) == ("other", 44, "wav")


def test_other_customers_are_unchanged(state):
    import_dict(state, TEAM)
    import_dict(state, snapshot(customers=[{"customer_name": "other", "balance": "1"}]))
    assert [each["customer_name"] for each in customers(state)] == [CUSTOMER, "other"]
    assert state.store.known_customers() == [CUSTOMER, "other"]


def test_subscribers_are_upserted_in_order(state):
    import_dict(state, TEAM)
    new = [{"number": "+79000000001", "does": "rejects"}, {"number": "790*", "does": "answers"}]
    import_dict(state, snapshot(subscribers=new))
    assert [each["number"] for each in export_dict(state.store)["subscribers"]] == [
        "79000000001",
        "7900*",
        "790*",
    ]


def test_missing_faults_are_added(state):
    import_dict(state, snapshot(faults=["event-lost@3", "delay=2"]))
    state.store.change_faults(lambda now: now.with_enabled(1, enabled=False))
    came = {"fault": "event-twice", "enabled": False, "seen": 7, "triggered": 2}
    import_dict(state, snapshot(faults=["event-lost@3", came, "delay=2", "delay=2"]))
    assert export_dict(state.store)["faults"] == [
        {"fault": "event-lost@3", "enabled": False, "seen": 0, "triggered": 0},
        "delay=2",
        came,
        "delay=2",
    ]
    assert [one.id for one in state.store.faults().active] == [1, 2, 3, 4]


def test_a_replacing_import_clears_the_store_first(state):
    import_dict(state, FULL)
    generation = state.store.generation
    values = snapshot(customers=[{"customer_name": "other", "balance": "1.00"}])
    import_dict(state, values, replace=True)
    assert export_dict(state.store, calls=False) == values
    assert (state.store.calls(), state.store.next_due()) == ([], None)
    assert state.store.generation == generation + 1


def test_an_import_counts_as_a_change(state):
    before = state.store.revision
    import_dict(state, TEAM)
    assert state.store.revision > before


def test_a_duplicate_call_id_changes_nothing(state):
    import_dict(state, FULL)
    before = dump_json(export_dict(state.store))
    values = snapshot(
        customers=[{"customer_name": "other", "balance": "1"}],
        subscribers=[{"number": "*", "does": "busy"}],
        calls=[call(callBackCall_id="1000008"), call()],
        clock={"speed": "20x", "now": 0},
        calls_made=50,
    )
    with pytest.raises(CallsTakenError, match=r"1000007; replace .*--replace.*--without-calls"):
        import_dict(state, values)
    assert dump_json(export_dict(state.store)) == before
    import_dict(state, values, replace=True)
    assert [each.id for each in state.store.calls()] == ["1000007", "1000008"]


def test_a_failed_import_changes_nothing(state, monkeypatch):
    import_dict(state, TEAM)
    before, generation = dump_json(export_dict(state.store)), state.store.generation

    def broken(*_):
        raise ZeroDivisionError

    # The last statement in a database, and the first step in memory.
    monkeypatch.setattr(SnapshotStore, "_put_calls", broken)
    monkeypatch.setattr(SubscriberRegistry, "with_numbers", broken)
    with pytest.raises(ZeroDivisionError):
        import_dict(state, FULL, replace=True)
    monkeypatch.undo()
    assert dump_json(export_dict(state.store)) == before
    assert state.store.generation == generation


def test_calls_are_listed_in_order_of_their_start(state):
    import_dict(state, snapshot(calls=[call(callBackCall_id="1000003")]))
    early = call(callBackCall_id="1000002", pending_steps=[])
    import_dict(state, snapshot(calls=[call(), early]))
    assert [each.id for each in state.store.calls()] == ["1000002", "1000003", "1000007"]


def test_call_ids_continue_after_the_highest(state):
    import_dict(state, snapshot(calls=[call()]))
    [first] = state.store.calls()

    def next_id():
        made = state.store.add_call(
            lambda number: Call(call_id(number), first.started, first.order, first.plan), 0
        )
        return made.id

    assert next_id() == "1000008"
    import_dict(state, snapshot(calls_made=50))
    assert next_id() == "1000051"
    import_dict(state, snapshot(calls_made=3))
    assert next_id() == "1000052"


def test_in_flight_steps_are_imported_in_flight(state):
    # It was settled during the delivery of start_side_B.
    import_dict(state, snapshot(calls=[call(pending_steps=[1, 3, 4])]))
    assert [(due.step_index, due.step.event) for due in state.store.in_flight()] == [
        (1, "start_side_B")
    ]
    assert state.store.next_due() == (CALL["started"] + 36.5) * 1000
    [again] = export_dict(state.store)["calls"]
    assert again["pending_steps"] == [1, 3, 4]


def test_the_latest_settled_calls_are_retained(state):
    ids = ["1000001", "1000002", "1000003"]
    starts = [30, 10, 20]
    calls = [
        call(callBackCall_id=each, started=CALL["started"] + start, pending_steps=[])
        for each, start in zip(ids, starts, strict=True)
    ]
    import_dict(state, snapshot(calls=[*calls, call(pending_steps=[2, 3, 4])]))
    assert state.lease.acquire_or_renew()
    due = state.store.claim_next(10**14, 0)
    state.store.settle([due], lambda _call, balance: balance, 2)
    assert [each.id for each in state.store.calls()] == ["1000001", "1000007"]


def test_unretained_calls_still_send_their_events(state):
    import_dict(state, snapshot(calls=[call(pending_steps=[3, 4], retained=False)]))
    assert state.store.calls() == []
    assert export_dict(state.store)["calls"] == [call(pending_steps=[3, 4], retained=False)]
    assert state.lease.acquire_or_renew()
    due = state.store.claim_next(10**14, 0)
    assert due.step.event == "end_side_A"


def test_a_customers_export_excludes_shared_state(state):
    import_dict(state, FULL)
    import_dict(state, snapshot(customers=[{"customer_name": "other", "balance": "1.00"}]))
    assert export_dict(state.store, ["other"]) == snapshot(
        customers=[{"customer_name": "other", "balance": "1.00"}]
    )
    assert export_dict(state.store, [CUSTOMER]) == snapshot(
        customers=TEAM["customers"], calls=[CALL]
    )
    with pytest.raises(SnapshotError, match="there is no state of customer nobody"):
        export_dict(state.store, ["other", "nobody"])


def test_an_export_without_calls_has_no_clock(state):
    import_dict(state, FULL)
    assert export_dict(state.store, calls=False) == TEAM


def test_an_import_sets_clock_speed_and_never_goes_back(state):
    import_dict(state, snapshot(clock={"speed": "manual", "now": CALL["started"] + 100.5}))
    import_dict(state, snapshot(clock={"speed": "manual", "now": CALL["started"]}))
    assert (state.clock.speed, state.clock.now()) == (0, 1767225700500)
    import_dict(state, snapshot(clock={"speed": "manual", "now": 0}), replace=True)
    assert state.clock.now() == 1767225600000
    import_dict(state, snapshot(clock={"speed": "20x", "now": 0}))
    assert state.clock.speed == 20


def test_an_export_is_consistent(state):
    done = threading.Event()
    failed = []

    def writes():
        number = 0
        try:
            while not done.is_set():
                number += 1
                import_dict(state, at(number))
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    def at(number):
        return snapshot(
            customers=[{"customer_name": "1", "balance": str(number)}],
            subscribers=[{"number": "79", "does": "busy", "after": number % 1000}],
            calls_made=number,
        )

    import_dict(state, at(0))
    writer = threading.Thread(target=writes)
    writer.start()
    try:
        seen = [export_dict(state.store)]
        until = time.monotonic() + 30
        while (len(seen) < 60 or seen[-1] == seen[0]) and time.monotonic() < until:
            seen.append(export_dict(state.store))
    finally:
        done.set()
        writer.join()
    assert failed == []
    for values in seen:
        [customer], [subscriber] = values["customers"], values["subscribers"]
        number = Decimal(customer["balance"])
        assert (subscriber["after"], values.get("calls_made", 0)) == (number % 1000, number)
    assert seen[-1] != seen[0]

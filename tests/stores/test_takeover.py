"""Takeover: another process continues the calls when the scheduler dies, freezes or stops."""

from __future__ import annotations

import itertools
import signal
import threading

import pytest
from fake_processes import Fakes

from support.receiver import HeldReceiver
from support.waiting import until, until_equal

pytestmark = [pytest.mark.slow, pytest.mark.process]

EVENTS = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
A, B = "79000010001", "79000010101"  # answers at once; a second later, both talk for a second


def make(process, url, a=A, b=B):
    answer = process.call(
        "makeCallBackCallFollowme",
        simpleCallBackFollowmeStruct=[{"type": "Ringall", "redirect_number": a}],
        b_number=b,
        caller_id="74951001010",
        callBackURL=url,
    )
    return answer["callBackCall_id"]


def info(process, call_id):
    answer = process.call("getCallBackFollowmeCallInfo", callBackCall_id=call_id)
    return answer.get("callBackFollowmeCallInfoStruct")


def balance(process):
    return process.call("getCustomerBalance")["balance"]


def pair(fakes, database_url, **settings):
    """Start two processes, of which the first holds the lease."""
    settings = {"clock": "2x"} | settings
    [first] = fakes.start(database_url, **settings)
    [second] = fakes.start(database_url, **settings)
    return first, second


def deliveries(process):
    _, answer = process.control("events")
    return [(each["event"], each["status"]) for each in answer["events"]]


def test_a_call_continues_after_its_scheduler_is_killed(database_url, fakes):
    first, second = pair(fakes, database_url, clock="0.1x")  # ten seconds between two events
    with HeldReceiver() as receiver:
        call = make(first, receiver.url)
        until(lambda: deliveries(second))
        first.kill()
        assert second.control("clock", {"clock": "2x"})[0] == 200
        until_equal(lambda: len(receiver.names), 4)
        found = until(lambda: info(second, call))
        assert receiver.names == EVENTS
    assert (found["destination_A"], found["destination_B"]) == (A, B)
    assert found["call_back_charged_length_A"] == 2
    assert found["call_back_charged_length_B"] == 1
    assert found["call_back_cost"] == 0.08
    assert balance(second) == 999.92
    assert deliveries(second) == [(event, 200) for event in EVENTS]


def test_only_the_in_flight_event_is_repeated_after_a_kill(postgres_url, fakes):
    first, second = pair(fakes, postgres_url)
    killed = threading.Event()

    def heard(event, _call_id):
        if event == "start_side_B" and not killed.is_set():
            until(lambda: deliveries(second))  # a kill loses what the journal has not written
            first.kill()
            killed.set()

    with HeldReceiver(heard) as receiver:
        call = make(first, receiver.url)
        until_equal(lambda: len(receiver.names), 5)
        until(lambda: info(second, call))
        assert receiver.names == [EVENTS[0], EVENTS[1], *EVENTS[1:]]
        assert receiver.raised == []
    assert balance(second) == 999.92
    until_equal(lambda: deliveries(second), [(event, 200) for event in EVENTS])


# A process that is frozen in a transaction keeps its locks. PostgreSQL releases them after ten
# seconds, SQLite never. So the next two tests use PostgreSQL and a long timeout.
FROZEN_TIMEOUT = 60  # seconds


def test_a_frozen_scheduler_repeats_no_event_or_charge(postgres_url, fakes):
    first, second = pair(fakes, postgres_url, clock="0.1x")  # ten seconds between two events
    with HeldReceiver() as receiver:
        call = make(first, receiver.url)
        until(lambda: deliveries(second))  # the event is done, and the next one is not due
        first.send(signal.SIGSTOP)
        until(lambda: second.control("clock", {"clock": "2x"})[0] == 200, FROZEN_TIMEOUT)
        until_equal(lambda: len(receiver.names), 4, FROZEN_TIMEOUT)
        until(lambda: info(second, call), FROZEN_TIMEOUT)
        first.send(signal.SIGCONT)
        # A response shows that it is awake. The lease holder runs its new call.
        again = make(first, receiver.url)
        until_equal(lambda: len(receiver.names), 8, FROZEN_TIMEOUT)
        until(lambda: info(first, again), FROZEN_TIMEOUT)
        assert receiver.names == EVENTS * 2
    assert balance(first) == balance(second) == 999.84
    until_equal(lambda: deliveries(second), [(event, 200) for event in EVENTS * 2], FROZEN_TIMEOUT)


def test_queued_events_of_a_frozen_scheduler_are_sent_once(postgres_url, fakes):
    first, second = pair(fakes, postgres_url, event_timeout=30)
    frozen, go_on = threading.Event(), threading.Event()

    def heard(event, _call_id):
        if event == "start_side_A" and not frozen.is_set():
            frozen.set()
            go_on.wait(30)

    with HeldReceiver(heard) as receiver:
        call = make(first, receiver.url)
        frozen.wait(30)
        # All steps of the call are claimed meanwhile and wait behind its first event.
        until(lambda: first.control("clock")[1]["next_due"] is None, FROZEN_TIMEOUT)
        first.send(signal.SIGSTOP)
        until(lambda: len(receiver.names) >= 2, FROZEN_TIMEOUT)
        go_on.set()
        until_equal(lambda: len(receiver.names), 5, FROZEN_TIMEOUT)
        first.send(signal.SIGCONT)
        until(lambda: info(first, call), FROZEN_TIMEOUT)
        until_equal(lambda: len(deliveries(second)), 4, FROZEN_TIMEOUT)
        again = make(first, receiver.url)
        until(lambda: info(first, again), FROZEN_TIMEOUT)
        until_equal(lambda: len(deliveries(second)), 8, FROZEN_TIMEOUT)
        assert receiver.names == [EVENTS[0], *EVENTS, *EVENTS]
    assert balance(second) == 999.84
    assert deliveries(second) == [(event, 200) for event in EVENTS * 2]


def test_a_clean_stop_hands_over_at_once(postgres_url, fakes):
    first, second = pair(fakes, postgres_url, lease=60)
    with HeldReceiver() as receiver:
        call = make(first, receiver.url)
        until(lambda: receiver.names)
        assert first.stop() == 0
        until(lambda: info(second, call), 10)
        until_equal(lambda: len(receiver.names), 4)
        assert receiver.names == EVENTS
    assert balance(second) == 999.92


@pytest.fixture(scope="module")
def manual_pair(module_url):
    with Fakes() as fakes:
        yield pair(fakes, module_url, clock="manual")


@pytest.fixture
def manual(manual_pair):
    assert manual_pair[0].control("reset", {})[0] == 200
    return manual_pair


def test_the_clock_is_advanced_through_any_process(manual):
    _, second = manual
    with HeldReceiver() as receiver:
        call = make(second, receiver.url)
        status, clock = second.control("clock", {"advance": 1})
        assert (status, clock["now"], clock["next_due"]) == (200, 1767225601.0, 1767225602.0)
        assert receiver.names == EVENTS[:2]
        for process in manual * 2:
            assert process.control("clock", {"advance": 0.5})[0] == 200
        assert receiver.names == EVENTS
        assert {process.control("clock")[1]["now"] for process in manual} == {1767225603.0}
        assert all(info(process, call) for process in manual)
        assert second.control("clock", {"until": "idle"})[0] == 200


def test_one_of_two_concurrent_advances_is_refused(manual):
    first, second = manual
    answers = []

    def heard(event, _call_id):
        if event == "start_side_A":
            answers.extend(process.control("clock", {"advance": 1}) for process in manual)

    with HeldReceiver(heard) as receiver:
        make(first, receiver.url)
        assert second.control("clock", {"advance": 60})[0] == 200
        assert receiver.names == EVENTS
        assert receiver.raised == []
    assert [status for status, _ in answers] == [409, 409]
    assert all("the clock is being advanced already" in answer["error"] for _, answer in answers)
    assert first.control("clock")[1]["now"] == 1767225660.0


def test_a_reset_in_another_process_drops_queued_events(manual):
    first, second = manual
    answers = []

    def heard(event, _call_id):
        if event == "start_side_A":
            answers.append(second.control("reset", {}))

    with HeldReceiver(heard) as receiver:
        make(first, receiver.url)
        assert first.control("clock", {"advance": 60})[0] == 200
        assert first.control("clock", {"until": "idle"})[0] == 200
        assert receiver.names == ["start_side_A"]
        assert receiver.raised == []
    assert answers == [(200, {"reset": True})]
    for process in manual:
        assert process.control("clock")[1]["now"] == 1767225600.0
        assert process.control("calls")[1] == {"calls": [], "total": 0}
        assert deliveries(process) == []
        assert balance(process) == 1000.0


def test_a_reader_in_another_process_misses_no_entry(database_url, fakes):
    processes = fakes.start(database_url, 3, journal_size=10_000)
    writing, reader, failures = processes[:2], processes[2], []
    done = threading.Event()

    def write(number):
        try:
            with writing[number % 2].client() as client:
                for _ in range(25):
                    client.call("getCustomerBalance", customer_name=str(number))
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    read = []
    with reader.client() as client:
        for _ in itertools.count():
            if not any(thread.is_alive() for thread in threads):
                done.set()
            after = read[-1]["seq"] if read else 0
            _, page = client.ask("GET", f"/_mtt/journal?after={after}&limit=7")
            assert not page["dropped"]
            read += page["entries"]
            if done.is_set() and not page["entries"]:
                break
    assert failures == []
    assert [each["seq"] for each in read] == [*range(1, 201)]
    for number in range(8):
        assert sum(each["customer"] == str(number) for each in read) == 25

"""Leadership of the scheduler: which process runs the steps, and what a change of leader does."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from msgspec.structs import replace

from mtt_mock import EventReceiver, Fake, Settings
from mtt_mock.domain.clock import MANUAL, MANUAL_START
from mtt_mock.domain.lease import ClockBusyError
from mtt_mock.domain.memory_store import MemoryStore
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.service.callbacks import CallbackEvent, Delivery
from mtt_mock.service.scheduler.step_delivery import StepDelivery
from mtt_mock.service.state import in_memory
from mtt_mock.storage.sql import open_database
from support.receiver import HeldReceiver
from support.waiting import until, until_equal

AUTH = "Basic bG9naW46cGFzc3dvcmQ="
NOTICE = CallbackEvent("1000001", "1", "start_side_A", "A", "http://127.0.0.1/", 7)
NOT_SENT = Delivery(NOTICE, None, None, "not sent: the fake was reset", 1.0, 0.0)
SENT = replace(NOT_SENT, status=200, problem=None)
EVENTS = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]


class FailingStore:
    """A store whose methods in ``failing`` raise as during an outage.

    Methods in ``failing_late`` do their work first.
    """

    def __init__(self, store):
        self._store = store
        self.failing = set()
        self.failing_late = set()

    def __getattr__(self, name):
        found = None
        if name not in self.failing:
            found = getattr(self._store, name)
        if not callable(found) and name not in self.failing:
            return found
        if name == "generation":
            raise StoreUnavailableError("gone")

        def call(*arguments, **named):
            if name in self.failing:
                raise StoreUnavailableError("gone")
            result = found(*arguments, **named)
            if name in self.failing_late:
                self.failing_late.remove(name)
                raise StoreUnavailableError("gone")
            return result

        return call


@pytest.fixture
def receiver():
    with EventReceiver() as started:
        yield started


@pytest.fixture
def make_fake():
    """Returns a fake with a manual clock for a state, closed at the end."""
    made = []

    def make(state, **settings):
        values = {"clock": "manual", "callback_allow": ["127.0.0.1"]} | settings
        made.append(Fake(Settings.of(**values), state))
        return made[-1]

    yield make
    for fake in made:
        fake.close()


@pytest.fixture
def troubled(make_fake):
    """A fake in memory whose database can fail."""
    trouble = FailingStore(MemoryStore())
    fake = make_fake(in_memory()._replace(store=trouble, waits=True))
    return fake, trouble


@pytest.fixture
def pair(database_url):
    """The states of two processes on one database; the first holds the lease."""
    states = [open_database(database_url, lease=60) for _ in range(2)]
    assert [state.lease.acquire_or_renew() for state in states] == [1, 0]
    states[0].clock.reset(MANUAL)
    yield states
    for state in states:
        state.close()


def make_call(fake, url, number="79000010001"):
    request = (
        '{"jsonrpc":"2.0","id":1,"method":"makeCallBackCallFollowme","params":{'
        '"customer_name":"1","b_number":"79000009000","caller_id":"7495","callBackURL":"%s",'
        '"simpleCallBackFollowmeStruct":[{"type":"Ringall","redirect_number":"%s"}]}}'
    )
    body = fake.answer(AUTH, (request % (url, number)).encode()).body
    assert b'"callBackCall_id"' in body
    return body


def expire(state):
    """Let the lease expire, as for a frozen holder."""
    database = state.lease._database
    database.write(
        lambda connection: connection.execute(state.lease._table.update().values(expires=0))
    )


def delivery_of(claimed, state, reported, *, still_owner=True):
    return StepDelivery(
        claimed, state.store, reported.append, lambda: still_owner, lambda _seconds: False
    )


def take_first(state, url="http://127.0.0.1:9/"):
    fake = Fake(Settings.of(clock="manual"), state._replace(lease=in_memory().lease))
    make_call(fake, url, "79000009000")
    fake.service.scheduler.close()
    due = state.store.claim_next(10**15, state.store.generation)
    assert due is not None
    return due


def test_the_new_lease_holder_sends_unsent_events(pair):
    first, second = pair
    due, reported = take_first(first), []
    handle = delivery_of(due, first, reported)
    assert handle.should_send()
    expire(first)
    assert second.lease.acquire_or_renew() == 2
    assert not handle.should_send()
    handle.finish(NOT_SENT)
    assert (handle.done.is_set(), reported) == (True, [])
    [left] = second.store.in_flight()
    assert (left.call, left.step_index) == (due.call, due.step_index)
    assert delivery_of(left, second, reported).should_send()


def test_in_flight_deliveries_are_logged_once_after_takeover(pair):
    first, second = pair
    due, reported = take_first(first), []
    expire(first)
    assert second.lease.acquire_or_renew() == 2
    [left] = second.store.in_flight()
    delivery_of(due, first, reported).finish(SENT)
    again = delivery_of(left, second, reported)
    assert not again.should_send()
    again.finish(NOT_SENT)
    assert reported == [SENT]


def test_a_process_without_the_lease_claims_no_step(pair):
    first, second = pair
    take_first(first)
    expire(first)
    assert second.lease.acquire_or_renew() == 2
    assert first.store.claim_next(10**15, first.store.generation) is None
    assert second.store.claim_next(10**15, second.store.generation) is not None


def test_steps_of_a_dead_process_are_sent_by_the_next(pair, make_fake, receiver):
    first, second = pair
    take_first(first, receiver.url)
    expire(first)
    fake = make_fake(second)
    receiver.wait(1)
    until(lambda: fake.journal.deliveries)
    assert second.store.in_flight() == []
    assert receiver.names == ["start_side_A"]


def test_an_advance_fails_after_losing_the_lease(pair, make_fake):
    first, second = pair

    def heard(_event, _call_id):
        expire(first)
        second.lease.acquire_or_renew()

    fake = make_fake(first)
    with HeldReceiver(heard) as receiver:
        make_call(fake, receiver.url)
        with pytest.raises(ClockBusyError, match="another process took over"):
            fake.service.scheduler.advance(60)
        assert receiver.names == ["start_side_A"]
    assert second.lease.term == 2


def test_reading_the_leader_keeps_a_concurrent_advance(pair):
    first, _ = pair
    first.lease.release()
    lease, read = first.lease, first.lease._database.read
    turned = []

    def turn():
        with lease.exclusive_advance() as term:
            turned.append((term, lease.term))

    thread = threading.Thread(target=turn)

    def read_slowly(ask):
        row = read(ask)
        if not thread.is_alive():
            thread.start()
            thread.join(0.3)  # as far as it gets
        return row

    lease._database.read = read_slowly
    try:
        lease.acquire_or_renew()
    finally:
        lease._database.read = read
    thread.join()
    [(term, held)] = turned
    assert term == held == lease.term != 0


def test_an_advance_ends_although_its_release_fails(pair):
    first, second = pair
    write = first.lease._database.write

    def fail(_change):
        raise StoreUnavailableError("gone")

    with first.lease.exclusive_advance():
        first.lease._database.write = fail
    first.lease._database.write = write
    with pytest.raises(ClockBusyError):
        with second.lease.exclusive_advance():
            pass
    first.lease.acquire_or_renew()
    terms = []

    def turn():
        with second.lease.exclusive_advance() as term:
            terms.append(term)

    thread = threading.Thread(target=turn)
    thread.start()
    until(lambda: first.lease.acquire_or_renew() and first.lease.handoff_requested())
    first.lease.release()
    thread.join()
    assert terms == [2]


def test_advances_are_exclusive(pair):
    first, second = pair
    with first.lease.exclusive_advance():
        with pytest.raises(ClockBusyError, match="the clock is being advanced already"):
            with second.lease.exclusive_advance():
                pass


def test_a_claim_with_a_lost_response_is_executed(troubled, receiver):
    fake, trouble = troubled
    make_call(fake, receiver.url)
    trouble.failing_late = {"claim_next"}
    with pytest.raises(StoreUnavailableError):
        fake.service.scheduler.advance(60)
    fake.service.scheduler.advance(60)
    assert receiver.names == EVENTS


def test_an_event_waits_for_an_unreadable_fault(troubled, receiver):
    fake, trouble = troubled
    make_call(fake, receiver.url)
    trouble.failing = {"faults"}
    thread = threading.Thread(target=fake.service.scheduler.advance, args=(60,))
    thread.start()
    until(lambda: fake.service.scheduler._sender.pending)
    trouble.failing = set()
    thread.join(10)
    assert receiver.names == EVENTS


def test_an_outage_during_an_event_ends_the_advance(troubled, receiver):
    fake, trouble = troubled
    make_call(fake, receiver.url)
    trouble.failing = {"complete"}
    failed = []

    def advance():
        try:
            fake.service.scheduler.advance(60)
        except StoreUnavailableError as error:
            failed.append(str(error))

    thread = threading.Thread(target=advance)
    thread.start()
    receiver.wait(1)
    trouble.failing = {"complete", "generation"}
    thread.join(10)
    assert not thread.is_alive()
    assert failed == ["gone"]
    trouble.failing = set()
    until(lambda: fake.journal.deliveries)
    fake.service.scheduler.advance(60)
    assert receiver.names == EVENTS


def test_an_unsettled_call_delays_no_other(troubled, receiver, caplog):
    fake, trouble = troubled
    make_call(fake, receiver.url)
    make_call(fake, receiver.url)
    settle, failed = fake.store.settle, []

    def fail_first(due, charge, keep):
        if not failed:
            failed.append(due)
            raise ZeroDivisionError
        settle(due, charge, keep)

    trouble.settle = fail_first
    fake.service.scheduler.advance(60)
    assert sorted(receiver.names) == sorted(EVENTS * 2)
    assert [each.message for each in caplog.records] == ["a call could not be settled"]


def test_an_advance_delivers_every_event(database_url, make_fake, receiver):
    fake = make_fake(open_database(database_url))
    for _ in range(4):
        make_call(fake, receiver.url)
    fake.service.scheduler.advance(60)
    assert len(receiver.names) == len(fake.journal.deliveries) == 16
    assert [each.status for each in fake.journal.deliveries] == [200] * 16


def test_a_late_reset_resets_the_clock(stores, make_fake):
    fake = make_fake(stores.fresh())
    clock = fake.service.scheduler.clock

    def move_late(moment):
        fake.reset()
        clock.move_to(moment)

    fake.service.scheduler.clock = Clock(clock, move_late)
    fake.service.scheduler.advance(60)
    assert clock.now() == MANUAL_START


class Clock:
    """A clock with another ``move_to``."""

    def __init__(self, clock, move_to):
        self._clock = clock
        self.move_to = move_to

    def __getattr__(self, name):
        return getattr(self._clock, name)


def test_a_stopping_process_finishes_its_deliveries(database_url, make_fake):
    fakes = [make_fake(open_database(database_url, lease=1), clock="real") for _ in range(2)]
    until(lambda: any(fake.state.lease.term for fake in fakes))
    fakes.sort(key=lambda fake: fake.state.lease.term, reverse=True)
    slow = threading.Event()
    answered = []  # the events that had arrived before each answer

    def answer_late(_event, _call_id):
        slow.wait(2)
        answered.append(receiver.names)

    with HeldReceiver(answer_late) as receiver:
        make_call(fakes[0], receiver.url, "79000009000")
        until(lambda: receiver.names)
        fakes[0].service.scheduler.close()
        # It waited for the answer. The other process may have sent the next event since.
        assert answered[0] == ["start_side_A"]
        slow.set()
        until_equal(lambda: len(receiver.names), 2)
        assert receiver.names == ["start_side_A", "start_side_B"]


def test_close_ends_at_once_during_an_outage(troubled, receiver):
    fake, trouble = troubled
    make_call(fake, receiver.url)
    trouble.failing = {"is_in_flight"}
    thread = threading.Thread(target=lambda: _quietly(fake.service.scheduler.advance, 60))
    thread.start()
    until(lambda: fake.service.scheduler._sender.pending)
    fake.service.scheduler.close()
    thread.join(10)
    assert not thread.is_alive()
    assert receiver.names == []


def _quietly(work, *arguments):
    with suppress(StoreUnavailableError):
        work(*arguments)


def test_a_batch_claim_with_a_lost_response_is_executed(troubled, receiver):
    fake, trouble = troubled
    make_call(fake, receiver.url)
    trouble.failing_late = ["claim_batch"]
    fake.service.scheduler.set_speed(1000)
    until_equal(lambda: receiver.names, EVENTS)


def test_a_settlement_that_the_database_lost_is_done_later(troubled, receiver):
    fake, trouble = troubled
    make_call(fake, receiver.url)
    settle, failed = fake.store.settle, []

    def lose_first(claims, charge, keep):
        if not failed:
            failed.append(claims)
            raise StoreUnavailableError("gone")
        settle(claims, charge, keep)

    trouble.settle = lose_first
    with pytest.raises(StoreUnavailableError):
        fake.service.scheduler.advance(60)
    fake.service.scheduler.advance(60)
    assert receiver.names == EVENTS
    assert [call.id for call in fake.store.in_flight()] == []


def test_a_call_that_fails_to_settle_affects_no_other(troubled, receiver, caplog):
    fake, trouble = troubled
    make_call(fake, receiver.url)
    make_call(fake, receiver.url)
    settle, settled = fake.store.settle, []

    def fail_together(claims, charge, keep):
        if len(claims) > 1 or claims[0].call.id == "1000001":
            raise ZeroDivisionError
        settled.append(claims[0].call.id)
        settle(claims, charge, keep)

    trouble.settle = fail_together
    fake.service.scheduler.set_speed(1000)
    until(lambda: settled)
    assert settled == ["1000002"]


def test_the_loop_continues_after_a_failure(troubled, receiver, caplog):
    fake, trouble = troubled
    make_call(fake, receiver.url)
    claim, failed = fake.store.claim_batch, []

    def fail_first(*arguments):
        if not failed:
            failed.append(1)
            raise ZeroDivisionError
        return claim(*arguments)

    trouble.claim_batch = fail_first
    fake.service.scheduler.set_speed(1000)
    until_equal(lambda: receiver.names, EVENTS)
    assert "a step of a call failed" in [record.message for record in caplog.records]

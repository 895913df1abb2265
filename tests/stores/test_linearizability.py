"""Presets, clock and events are linearizable while processes are killed, frozen and restarted."""

from __future__ import annotations

import json
import random
import signal
import threading
import time

import pytest
from fake_processes import Fakes, Unanswered
from histories import (
    EVENTS,
    UNKNOWN,
    History,
    clock_step,
    event_problem,
    is_linearizable,
    preset_step,
)

from mtt_mock import Fake, Settings
from mtt_mock.domain.followme import EMPTY_FOLLOWME
from mtt_mock.domain.memory_store import MemoryStore
from mtt_mock.service.state import in_memory
from support.receiver import HeldReceiver
from support.waiting import until

CHAOS_SECONDS = 4.0
CUSTOMERS = ["883140500000000", "883140500000001"]
RING = {"type": "Ringall", "redirect_number": "79000010001"}


class Team:
    """Processes on one store, of which any may be killed, frozen or started."""

    def __init__(self, fakes, store, **settings):
        self._fakes, self._store, self._settings = fakes, store, settings
        self.alive = fakes.start(store, 3, **settings)

    def any(self, drawn):
        return drawn.choice(self.alive)

    def hurt(self, drawn):
        """Kill a process and start another, or freeze one for a moment."""
        victim = self.any(drawn)
        if drawn.random() < 0.6:
            self.alive = [process for process in self.alive if process is not victim]
            victim.kill()
            self.alive += self._fakes.start(self._store, **self._settings)
        else:
            victim.send(signal.SIGSTOP)
            time.sleep(drawn.uniform(0.2, 1.5))
            victim.send(signal.SIGCONT)


class Clients:
    """Threads that work until the chaos is over; what they raise fails the test."""

    def __init__(self, *works):
        self._over = threading.Event()
        self._failures = []
        self._threads = [
            threading.Thread(target=self._run, args=(work, n)) for n, work in enumerate(works)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()
        assert self._failures == []

    def _run(self, work, number):
        drawn = random.Random(number)
        try:
            while not self._over.is_set():
                work(drawn)
                time.sleep(0.01)
        except BaseException as error:  # noqa: BLE001 -- reported in the test's thread
            self._failures.append(error)


def call(team, drawn, method, **params):
    try:
        answer = team.any(drawn).call(method, timeout=15, **params)
    except Unanswered:
        return UNKNOWN
    if isinstance(answer, dict) and answer.get("code") == -32603 and "database" in str(answer):
        return UNKNOWN
    return answer


def preset_work(history, customer, ask):
    """Return a client that sets, gets and deletes the preset of ``customer`` through ``ask``."""
    numbers = iter(range(10**9))
    lock = threading.Lock()

    def work(drawn):
        kind = drawn.choice(["set", "set", "get", "get", "delete"])
        with lock:
            number = next(numbers) if kind == "set" else None

        def set_preset():
            element = RING | {"name": f"n{number}"}
            answer = ask(drawn, "setCallBackFollowme", customer, callBackFollowmeStruct=[element])
            return answer if answer is UNKNOWN else "won" if answer == {"success": 1} else "refused"

        def get_preset():
            answer = ask(drawn, "getCallBackFollowme", customer)
            if answer is UNKNOWN:
                return UNKNOWN
            elements = answer.get("callBackFollowmeStruct")
            return None if elements is None else int(elements[0]["name"][1:])

        def delete_preset():
            answer = ask(drawn, "deleteCallBackFollowme", customer)
            return answer if answer is UNKNOWN else "done"

        history.do(
            kind, number, {"set": set_preset, "get": get_preset, "delete": delete_preset}[kind]
        )

    return work


def clock_work(history, control):
    """Return a client that advances and reads the clock; ``control`` returns status and time."""

    def work(drawn):
        milliseconds = drawn.choice([0, 1000, 2500])
        values = {"advance": milliseconds / 1000} if milliseconds else None
        now = UNKNOWN

        def ask():
            nonlocal now
            status, now = control(drawn, values)
            if status == 200:
                return "done" if milliseconds else now
            return "busy" if status == 409 else UNKNOWN

        answer = history.do("advance" if milliseconds else "get", milliseconds, ask)
        if answer == "done":  # an advance reads the clock when it has ended
            history.add_read(now)

    return work


@pytest.mark.slow
@pytest.mark.process
def test_presets_and_the_clock_have_one_order(database_url):
    presets, clock = [History() for _ in CUSTOMERS], History()
    with Fakes() as fakes:
        team = Team(fakes, database_url, clock="manual")
        _, answer = team.alive[0].control("clock")
        initial = round(answer["now"] * 1000)

        def ask(drawn, method, customer, **params):
            return call(team, drawn, method, customer_name=customer, **params)

        def control(drawn, values):
            try:
                status, answer = team.any(drawn).control("clock", values, timeout=15)
            except Unanswered:
                return None, None
            return status, round(answer["now"] * 1000) if status == 200 else None

        works = [
            preset_work(history, customer, ask)
            for history, customer in zip(presets, CUSTOMERS, strict=True)
            for _ in range(2)
        ]
        chaos = random.Random(22)
        with Clients(*works, clock_work(clock, control), clock_work(clock, control)):
            over = time.monotonic() + CHAOS_SECONDS
            while time.monotonic() < over:
                time.sleep(chaos.uniform(0.1, 0.5))
                team.hurt(chaos)
    for history in presets:
        assert history.answered > 20
        assert is_linearizable(history, preset_step, None)
    assert clock.answered > 10
    assert is_linearizable(clock, clock_step, initial)


@pytest.mark.slow
@pytest.mark.process
def test_events_stay_ordered_when_processes_die(database_url):
    ids = []
    with Fakes() as fakes, HeldReceiver() as receiver:
        team = Team(fakes, database_url, clock="2x")

        def make(drawn):
            answer = call(
                team, drawn, "makeCallBackCallFollowme", simpleCallBackFollowmeStruct=[RING],
                b_number="79000010101", caller_id="74951001010", callBackURL=receiver.url,
            )  # fmt: skip
            if answer is not UNKNOWN:
                ids.append(answer["callBackCall_id"])
            time.sleep(0.1)

        chaos = random.Random(22)
        with Clients(make):
            over = time.monotonic() + CHAOS_SECONDS / 2
            while time.monotonic() < over:
                time.sleep(chaos.uniform(0.3, 1.0))
                team.hurt(chaos)
        assert len(ids) > 5

        def names_of(call_id):
            return [name for known, name in receiver.events if known == call_id]

        until(lambda: all("end_side_B" in names_of(call_id) for call_id in ids), 60)
        problems = [event_problem(names_of(call_id)) for call_id in ids]
    assert [problem for problem in problems if problem] == []


# Faults that are sown into a store: the check must find each.


class LosesSets(MemoryStore):
    count = 0

    def change_followme(self, customer_name, change):
        self.count += 1
        if self.count % 7 == 0:
            return change(self.followme(customer_name))
        return super().change_followme(customer_name, change)


class AllowsTwoWinners(MemoryStore):
    def change_followme(self, customer_name, change):
        time.sleep(0.002)
        return super().change_followme(customer_name, lambda _current: change(EMPTY_FOLLOWME))


class ReadsStale(MemoryStore):
    former = EMPTY_FOLLOWME

    def followme(self, customer_name):
        former, self.former = self.former, super().followme(customer_name)
        return former


class ResurrectsDeleted(MemoryStore):
    deleted = EMPTY_FOLLOWME

    def change_followme(self, customer_name, change):
        current = super().followme(customer_name)
        if current == EMPTY_FOLLOWME and self.deleted != EMPTY_FOLLOWME:
            new = super().change_followme(customer_name, lambda _current: self.deleted)
            self.deleted = EMPTY_FOLLOWME
            return new
        new = super().change_followme(customer_name, change)
        if new == EMPTY_FOLLOWME:
            self.deleted = current
        return new


class TearsSets(MemoryStore):
    def change_followme(self, customer_name, change):
        new = change(super().followme(customer_name))
        super().change_followme(customer_name, lambda _current: EMPTY_FOLLOWME)
        time.sleep(0.002)
        return super().change_followme(customer_name, lambda _current: new)


def history_of(store):
    fake = Fake(Settings(clock="manual"), in_memory()._replace(store=store))

    def ask(_drawn, method, customer, **params):
        request = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {"customer_name": customer, **params},
        }
        answer = json.loads(fake.answer("Basic YTpi", json.dumps(request).encode()).body)
        return answer.get("result", answer.get("error"))

    history = History()
    with Clients(*(preset_work(history, CUSTOMERS[0], ask) for _ in range(3))):
        until(lambda: history.answered > 150)
    fake.close()
    return history


@pytest.mark.parametrize(
    ("store", "explained"),
    [
        (MemoryStore, True),
        (LosesSets, False),
        (AllowsTwoWinners, False),
        (ReadsStale, False),
        (ResurrectsDeleted, False),
        (TearsSets, False),
    ],
)
def test_the_check_finds_planted_store_errors(store, explained):
    assert is_linearizable(history_of(store()), preset_step, None) is explained


@pytest.mark.parametrize(
    ("moved", "explained"),
    [
        (lambda now, by: now + by, True),
        (lambda now, _by: now, False),
        (lambda now, by: now + 2 * by, False),
    ],
)
def test_the_check_finds_an_unexpected_clock_move(moved, explained):
    history, now = History(), 0
    for by in (1000, 2500, 1000):
        now = moved(now, by)
        history.do("advance", by, lambda: "done")
        history.add_read(now)
    assert is_linearizable(history, clock_step, 0) is explained


def test_an_operation_without_an_answer_may_count_or_not():
    history = History()
    history.do("advance", 1000, lambda: UNKNOWN)
    history.do("get", None, lambda: 0)
    history.do("get", None, lambda: 1000)
    assert is_linearizable(history, clock_step, 0)
    history.do("get", None, lambda: 0)
    assert not is_linearizable(history, clock_step, 0)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (EVENTS, None),
        ([EVENTS[0], *EVENTS], None),
        ([*EVENTS, EVENTS[1]], "out of order"),
        ([EVENTS[1], EVENTS[0], *EVENTS[2:]], "out of order"),
        ([EVENTS[0], EVENTS[2], EVENTS[3]], "out of order"),
        (EVENTS[:3], "missing"),
    ],
)
def test_the_check_finds_events_out_of_order(names, problem):
    found = event_problem(names)
    assert found is None if problem is None else found.startswith(problem)

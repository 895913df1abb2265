"""Crashes: kills lose no acknowledged change and leave no partial one."""

from __future__ import annotations

import random
import threading
import time

import pytest
from fake_processes import Unanswered
from test_takeover import EVENTS, info, make

from support.receiver import HeldReceiver
from support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.process]

CLIENTS = 6
WON = {"success": 1}
NOT_CLEAR = {"error": 1, "error_description": "Side A not clear. Delete before insert"}
NOT_FOUND = {
    "code": -32603,
    "message": "Internal error",
    "data": "Callback followme structure not found",
}
NOTHING = None


class Customer:
    """One customer, its only writing client, and the structures that may be stored.

    A request without a response may have been applied or not. The next read may still see the
    former state; the next write does not.
    """

    def __init__(self, name, serving):
        self.name = name
        self.possible = {NOTHING}
        self.acknowledged = self.unanswered = self.made = 0
        self.slowest = 0.0
        self._serving = serving  # returns a process to ask

    def preset(self, number):
        return {
            "callBackFollowmeStruct": [
                {"type": "Ringall", "redirect_number": f"7{number}{place}", "name": self.name}
                for place in range(20)
            ],
            "caller_id": f"8{number}",
        }

    def ask(self, method, **params):
        began = time.monotonic()
        try:
            return self._serving().call(method, customer_name=self.name, **params)
        except Unanswered:
            self.unanswered += 1
            time.sleep(0.02)
            return None
        finally:
            self.slowest = max(self.slowest, time.monotonic() - began)

    def set(self):
        self.made += 1
        answer = self.ask("setCallBackFollowme", **self.preset(self.made))
        if answer == WON:
            assert NOTHING in self.possible, "a set won though the side was not clear"
            self.possible = {self.made}
            self.acknowledged += 1
        elif answer == NOT_CLEAR:
            self.possible.discard(NOTHING)
            assert self.possible, "a set was refused though nothing was preset"
        else:
            self.has_no_answer(answer)
            if NOTHING in self.possible:
                self.possible.add(self.made)

    def delete(self):
        answer = self.ask("deleteCallBackFollowme")
        if answer == WON:
            self.possible = {NOTHING}
        else:
            self.has_no_answer(answer)
            self.possible.add(NOTHING)

    def get(self):
        answer = self.ask("getCallBackFollowme")
        if answer == NOT_FOUND:
            assert NOTHING in self.possible, "what was acknowledged is gone"
        elif answer is not None and "callBackFollowmeStruct" in answer:
            assert answer in [self.preset(each) for each in self.possible if each is not NOTHING]
        else:
            self.has_no_answer(answer)

    def has_no_answer(self, answer):
        assert answer is None or answer["code"] <= -32000, answer


class Load:
    """Clients that set, get and delete until they are stopped."""

    def __init__(self, serving):
        self.customers = [Customer(f"88314050000000{number}", serving) for number in range(CLIENTS)]
        self._failures = []
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(customer,)) for customer in self.customers
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        assert self._failures == []

    def _run(self, customer):
        drawn = random.Random(customer.name)
        try:
            while not self._stopped.is_set():
                drawn.choice([customer.set, customer.get, customer.delete])()
        except BaseException as error:  # noqa: BLE001 -- reported in the test's thread
            self._failures.append(error)

    @property
    def acknowledged(self):
        return sum(each.acknowledged for each in self.customers)

    def wait_for_progress(self):
        """Wait until every client has one more acknowledged request."""
        before = [each.acknowledged for each in self.customers]
        until(
            lambda: (
                self._failures
                or all(
                    each.acknowledged > former
                    for each, former in zip(self.customers, before, strict=True)
                )
            )
        )

    def check(self):
        """Compare the stored state with the acknowledged requests, after all clients stopped."""
        assert self.acknowledged > 10
        for customer in self.customers:
            asked = customer.unanswered
            customer.get()
            customer.delete()
            customer.get()
            customer.set()
            customer.get()
            assert customer.unanswered == asked
            assert len(customer.possible) == 1


def test_kills_lose_no_acknowledged_change(database_url, fakes):
    up = fakes.start(database_url, 2, lease=1)
    with Load(lambda: random.choice(up)) as load:
        for _ in range(2):
            load.wait_for_progress()
            up[0].kill()
            up[0] = fakes.start(database_url, 1, lease=1)[0]
        load.wait_for_progress()
        for process in up:
            process.kill()
        up[:] = fakes.start(database_url, 2, lease=1)
        load.wait_for_progress()
    load.check()
    assert sum(each.unanswered for each in load.customers) > 0


@pytest.mark.parametrize("how", ["restarted", "killed"])
def test_a_database_restart_under_load_loses_no_change(postgres_cluster, fakes, how):
    up = fakes.start(postgres_cluster.url(), 2, lease=1)
    with HeldReceiver() as receiver, Load(lambda: random.choice(up)) as load:
        load.wait_for_progress()
        call = make(up[0], receiver.url)
        if how == "killed":
            postgres_cluster.kill()
            postgres_cluster.start()
        else:
            postgres_cluster.restart("fast")
        load.wait_for_progress()
        until(lambda: "balance" in up[1].call("getCustomerBalance"))  # progress may be the other's
        again = make(up[1], receiver.url)
        until(lambda: info(up[0], again) and info(up[1], call) and len(set(receiver.events)) == 8)
    assert sorted(receiver.events) == sorted(
        (each, name) for each in (call, again) for name in EVENTS
    )
    load.check()
    assert max(each.slowest for each in load.customers) < 20


def test_fakes_stop_cleanly_while_the_database_is_down(postgres_cluster, fakes):
    up = fakes.start(postgres_cluster.url(), 2, lease=1)
    with HeldReceiver() as receiver:
        make(up[0], receiver.url)
        until(lambda: receiver.names)
        postgres_cluster.stop("immediate")
        assert [process.stop() for process in up] == [0, 0]

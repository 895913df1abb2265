"""Concurrent sets: of many for one customer exactly one succeeds, across processes."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from fake_processes import CUSTOMER, Fakes

pytestmark = [pytest.mark.slow, pytest.mark.process]

PROCESSES, CLIENTS, ROUNDS = 4, 32, 4
WON = {"success": 1}
LOST = {"error": 1, "error_description": "Side A not clear. Delete before insert"}


def preset(number):
    return [
        {"type": "ringall", "redirect_number": f"7{number}", "name": "first"},
        {"type": "linal", "redirect_number": f"7{number}", "name": "second"},
    ]


@pytest.fixture(scope="module")
def processes(module_url):
    with Fakes() as fakes:
        yield fakes.start(module_url, PROCESSES, journal_size=100)


def test_one_client_of_four_processes_sets_each_round(processes):
    count = PROCESSES * CLIENTS
    barrier = threading.Barrier(count)
    rounds = [[None] * count for _ in range(ROUNDS)]
    seen, failures = [None] * ROUNDS, []

    def work(number):
        try:
            with processes[number % PROCESSES].client() as client:
                for round_ in range(ROUNDS):
                    barrier.wait(120)
                    rounds[round_][number] = client.call(
                        "setCallBackFollowme",
                        callBackFollowmeStruct=preset(number),
                        caller_id=f"8{number}",
                    )
                    if barrier.wait(120) == 0:
                        seen[round_] = client.call("getCallBackFollowme")
                        assert client.call("deleteCallBackFollowme") == WON
        except BaseException as error:  # noqa: BLE001 -- reported below, in the test's thread
            failures.append(error)
            barrier.abort()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for results, kept in zip(rounds, seen, strict=True):
        counted = Counter(map(str, results))
        assert counted == {str(WON): 1, str(LOST): count - 1}
        winner = results.index(WON)
        assert kept == {"callBackFollowmeStruct": preset(winner), "caller_id": f"8{winner}"}


def test_concurrent_sets_and_deletes_succeed_alternately(processes):
    won, halves, failures = Counter(), [], []

    def work(number):
        try:
            with processes[number % PROCESSES].client() as client:
                for _ in range(6):
                    answer = client.call(
                        "setCallBackFollowme", callBackFollowmeStruct=preset(number)
                    )
                    assert answer in (WON, LOST), answer
                    won[number] += answer == WON
                    kept = client.call("getCallBackFollowme")
                    if "callBackFollowmeStruct" in kept:
                        names = [each["name"] for each in kept["callBackFollowmeStruct"]]
                        numbers = {
                            each["redirect_number"] for each in kept["callBackFollowmeStruct"]
                        }
                        halves.append((names, len(numbers)))
                    # Only the client whose set succeeded deletes, so successes equal structures.
                    if answer == WON:
                        assert client.call("deleteCallBackFollowme") == WON
        except BaseException as error:  # noqa: BLE001 -- reported below, in the test's thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert won.total() > 0
    assert all(each == (["first", "second"], 1) for each in halves)
    _, state = processes[0].control("state")
    assert CUSTOMER not in [each["customer"] for each in state["customers"]]

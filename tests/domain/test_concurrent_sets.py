"""Concurrent sets: of many for one customer exactly one succeeds, in threads and over sockets."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections import Counter

import pytest

from mtt_mock import Fake, LiveServer, create_app
from mtt_mock.domain.followme import Element, Followme
from mtt_mock.domain.memory_store import MemoryStore

AUTH = "Basic bG9naW46cGFzc3dvcmQ="
ROUNDS = 20
WON = {"success": 1}
LOST = {"error": 1, "error_description": "Side A not clear. Delete before insert"}


@pytest.fixture(autouse=True)
def _eager_threads():
    # Threads take turns every few microseconds, so that a missing lock shows.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def at_once(count, work):
    """Run ``work(number)`` in ``count`` threads that start at one instant; return the results."""
    barrier = threading.Barrier(count)
    results, failures = [None] * count, []

    def run(number):
        try:
            barrier.wait(30)
            results[number] = work(number)
        except BaseException as error:  # noqa: BLE001 -- reported below, in the test's thread
            failures.append(error)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return results


def set_request(customer, number):
    return json.dumps(
        {
            "jsonrpc": "2.0",
            "method": "setCallBackFollowme",
            "id": number + 1,
            "params": {
                "customer_name": customer,
                "callBackFollowmeStruct": [
                    {"type": "ringall", "redirect_number": f"7{number}", "name": "first"},
                    {"type": "linal", "redirect_number": f"7{number}", "name": "second"},
                ],
                "caller_id": f"8{number}",
            },
        }
    ).encode()


def assert_one_winner(results, fake, customer):
    counted = Counter(json.dumps(result, sort_keys=True) for result in results)
    assert counted == {
        json.dumps(WON, sort_keys=True): 1,
        json.dumps(LOST, sort_keys=True): len(results) - 1,
    }
    winner = results.index(WON)
    stored = fake.followme(customer)
    assert [element.fields["redirect_number"] for element in stored.elements] == [f"7{winner}"] * 2
    assert [element.fields["name"] for element in stored.elements] == ["first", "second"]
    assert stored.caller_id == f"8{winner}"


def test_concurrent_changes_are_all_stored():
    store = MemoryStore()

    def work(number):
        def change(current):
            time.sleep(0)  # gives the turn to another thread between reading and writing
            element = Element("Ringall", "A", {"order": number})
            return Followme((*current.elements, element))

        for _ in range(5):
            store.change_followme("1", change)

    at_once(32, work)
    orders = [element.fields["order"] for element in store.followme("1").elements]
    assert sorted(orders) == sorted(list(range(32)) * 5)


def test_one_of_32_concurrent_threads_sets():
    fake = Fake()
    for round_ in range(ROUNDS):
        customer = str(round_)

        def ask(number, customer=customer):
            reply = fake.answer(AUTH, set_request(customer, number))
            return json.loads(reply.body)["result"]

        assert_one_winner(at_once(32, ask), fake, customer)
    assert len(fake.store.customers()) == ROUNDS


def test_one_of_16_concurrent_clients_sets():
    with LiveServer(create_app()) as live:
        for round_ in range(ROUNDS):
            customer = str(round_)

            def ask(number, customer=customer):
                body = set_request(customer, number)
                head = (
                    f"POST /index.php HTTP/1.1\r\nHost: mtt\r\nAuthorization: {AUTH}\r\n"
                    f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                with (
                    socket.create_connection((live.host, live.port), timeout=20) as connection,
                    connection.makefile("rb") as reader,
                ):
                    connection.sendall(head.encode() + body)
                    answer = reader.read()
                assert answer.startswith(b"HTTP/1.1 200 ")
                envelope = json.loads(answer.partition(b"\r\n\r\n")[2])
                assert envelope["id"] == number + 1
                return envelope["result"]

            assert_one_winner(at_once(16, ask), live.fake, customer)


def test_concurrent_sets_of_different_customers_succeed():
    fake = Fake()

    def ask(number):
        return json.loads(fake.answer(AUTH, set_request(str(number), number)).body)["result"]

    assert at_once(32, ask) == [WON] * 32
    assert len(fake.store.customers()) == 32


def test_concurrent_sets_and_deletes_are_atomic():
    # A set and a delete of one thread may meet those of others, but no preset is ever incomplete.
    fake = Fake()
    delete = (
        b'{"jsonrpc":"2.0","method":"deleteCallBackFollowme","params":{"customer_name":"1"},"id":1}'
    )
    get = b'{"jsonrpc":"2.0","method":"getCallBackFollowme","params":{"customer_name":"1"},"id":1}'

    def ask(number):
        seen = []
        for _ in range(20):
            fake.answer(AUTH, set_request("1", number))
            answer = json.loads(fake.answer(AUTH, get).body)
            if "result" in answer:
                preset = answer["result"]
                names = [element["name"] for element in preset["callBackFollowmeStruct"]]
                numbers = {each["redirect_number"] for each in preset["callBackFollowmeStruct"]}
                seen.append((names, len(numbers), preset["caller_id"][1:] in str(numbers)))
            fake.answer(AUTH, delete)
        return seen

    seen = [each for part in at_once(8, ask) for each in part]
    assert seen
    assert all(each == (["first", "second"], 1, True) for each in seen)
    assert fake.store.customers() == []


def test_two_applications_share_nothing():
    first, second = create_app(), create_app(error_status=200)
    headers = {"Authorization": AUTH}
    one, two = first.test_client(), second.test_client()
    for client in (one, two):
        reply = client.post("/index.php", data=set_request("1", 1), headers=headers)
        assert reply.json["result"] == WON
    delete = '{"jsonrpc":"2.0","method":"deleteCallBackFollowme","params":["1"],"id":1}'
    one.post("/index.php", data=delete, headers=headers)
    get = '{"jsonrpc":"2.0","method":"getCallBackFollowme","params":["1"],"id":1}'
    gone = one.post("/index.php", data=get, headers=headers)
    kept = two.post("/index.php", data=get, headers=headers)
    assert (gone.status_code, gone.json["error"]["code"]) == (500, -32603)
    assert kept.json["result"]["caller_id"] == "81"
    assert two.post("/index.php", data="{", headers=headers).status_code == 200

"""The event stream: server-sent events, read from a socket."""

import json
from contextlib import contextmanager
from decimal import Decimal

import httpx2
import pytest

import mtt_mock
from mtt_client import MttClient, Ringall, Text
from mtt_mock.server.handles import serve


@contextmanager
def stream(origin, **options):
    with httpx2.Client(trust_env=False, verify=False, timeout=30) as http:
        with http.stream("GET", f"{origin}/_mtt/stream", **options) as answer:
            yield answer


def events(answer):
    """Yield (event, id, data) as they come."""
    event = seq = None
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            event = value
        elif name == "id":
            seq = int(value.partition("-")[2])
        elif name == "data":
            yield event, seq, json.loads(value)
            seq = None


def test_entries_are_streamed_as_they_happen(origin, mtt_client):
    with stream(origin) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        received = events(answer)
        mtt_client.set_callback_followme([Ringall("79000000001")])
        first = next(received)
        assert first == (
            "changed",
            None,
            {"parts": ["state"], "customers": None},
        )
        event, seq, entry = next(received)
        assert (event, seq, entry["seq"], entry["method"]) == ("entry", 1, 1, "setCallBackFollowme")


def test_advances_of_the_clock_are_streamed(origin, mtt_clock):
    with stream(origin) as answer:
        received = events(answer)
        mtt_clock.advance(7)
        assert next(received) == ("changed", None, {"parts": ["clock", "calls"], "customers": None})


def changes(received):
    return (data for event, _, data in received if event == "changed")


def test_a_change_names_its_parts_and_customers(origin, mtt_client, mtt_server):
    mtt_client.set_callback_followme([Ringall("79000000001")])
    with stream(origin) as answer:
        received = changes(events(answer))
        mtt_client.set_callback_followme([Text("Hold", side="B")])
        assert next(received) == {"parts": ["state"], "customers": ["883140500000000"]}
        mtt_server.subscribers["7900*"] = mtt_mock.Busy()
        assert next(received) == {"parts": ["subscribers"], "customers": []}
        mtt_server.stubs.add("getCustomerBalance", http=[503])
        assert next(received) == {"parts": ["stubs"], "customers": []}
        mtt_client.make_callback_call_followme(b_number="79000000001", caller_id="7495")
        assert next(received) == {"parts": ["clock", "state", "calls"], "customers": None}
        mtt_server.faults.add("delay=1@9")
        assert next(received) == {"parts": ["faults"], "customers": []}


def test_of_many_changed_customers_none_is_named(origin, mtt_server):
    fake = mtt_server.live.fake

    def spend(customers):
        for customer in customers:
            fake.store.change_balance(customer, lambda _: Decimal(7))

    customers = [f"8831405{number:08}" for number in range(51)]
    spend(customers)
    with stream(origin) as answer:
        received = changes(events(answer))
        spend(customers)
        seen = next(received)["customers"]
        while seen is not None:  # the changes may come in several messages
            spend(customers)
            seen = next(received)["customers"]


def test_a_masked_stream_names_no_customer(origin, mtt_client):
    mtt_client.set_callback_followme([Ringall("79000000001")])
    with stream(origin, params={"mask": "1"}) as answer:
        received = changes(events(answer))
        mtt_client.set_callback_followme([Text("Hold", side="B")])
        assert next(received) == {"parts": ["state"], "customers": None}


def test_it_resumes_after_the_last_event_id(origin, mtt_client):
    for _ in range(3):
        mtt_client.delete_callback_followme()
    with stream(origin, headers={"Last-Event-ID": "1"}) as answer:
        received = events(answer)
        assert [next(received)[1], next(received)[1]] == [2, 3]


def test_entries_after_a_reset_are_streamed(origin, mtt_client, mtt_server, control):
    mtt_client.delete_callback_followme()
    before = control.get("journal")
    mtt_server.reset()
    mtt_client.delete_callback_followme()
    mtt_client.get_customer_balance()
    last = f"{before['generation']}-{before['last']}"
    with stream(origin, headers={"Last-Event-ID": last}) as answer:
        received = events(answer)
        assert [next(received)[1], next(received)[1]] == [1, 2]
    now = control.get("journal")
    assert now["generation"] != before["generation"]
    with stream(origin, headers={"Last-Event-ID": f"{now['generation']}-1"}) as answer:
        assert next(events(answer))[1] == 2


def test_a_too_high_last_event_id_is_ignored(origin, mtt_client):
    mtt_client.delete_callback_followme()
    with stream(origin, headers={"Last-Event-ID": "1000"}) as answer:
        assert next(events(answer))[1] == 1


def test_without_a_last_event_id_it_starts_now(origin, mtt_client):
    mtt_client.delete_callback_followme()
    with stream(origin) as answer:
        received = events(answer)
        mtt_client.get_customer_balance()
        assert [data["method"] for event, _, data in [next(received)] if event == "entry"] == [
            "getCustomerBalance"
        ]


def test_a_reset_is_streamed_and_restarts_ids(origin, mtt_client, mtt_server):
    mtt_client.delete_callback_followme()
    with stream(origin) as answer:
        received = events(answer)
        mtt_server.reset()
        mtt_client.delete_callback_followme()
        # The state may be reported a moment before the journal, because both are polled in turn.
        assert (
            next(each for each in received if "journal" in each[2].get("parts", ()))[0] == "changed"
        )
        assert next(each for each in received if each[0] == "entry")[1] == 1


def test_numbers_are_masked_on_request(origin, mtt_client):
    with stream(origin, params={"mask": "1"}) as answer:
        received = events(answer)
        mtt_client.set_callback_followme([Ringall("79000000001")])
        entry = next(data for event, _, data in received if event == "entry")
        assert "79000000001" not in json.dumps(entry)


def test_a_stop_ends_open_streams_at_once():
    with serve(clock="manual") as server:
        with stream(server.url.removesuffix("/index.php")) as answer:
            lines = answer.iter_lines()
            assert next(lines) == ": mtt-mock"
            server.live.stop()
            assert list(lines) == [""]


def test_the_token_counts_in_the_header_only():
    with serve(clock="manual", control_token="s3cret") as server:
        origin = server.url.removesuffix("/index.php")
        with stream(origin) as answer:
            assert answer.status_code == 401
        with stream(origin, headers={"Authorization": "Bearer s3cret"}) as answer:
            assert answer.status_code == 200
        # A token in the address would end in logs.
        with stream(origin, params={"token": "s3cret"}) as answer:
            assert answer.status_code == 401
        state = httpx2.get(f"{origin}/_mtt/state?token=s3cret", trust_env=False)
        assert state.status_code == 401


@pytest.mark.unmeasured
def test_ten_thousand_entries_are_streamed_in_order():
    with serve(clock="manual", journal_size=10_000) as server:
        fake = server.live.fake
        for _ in range(10_000):
            fake.record_unmatched_request("GET /x", 404)
        with stream(
            server.url.removesuffix("/index.php"), headers={"Last-Event-ID": "0"}
        ) as answer:
            received = events(answer)
            assert [next(received)[1] for _ in range(10_000)] == list(range(1, 10_001))


@pytest.mark.parametrize("after", ["x", "-1", "1-", "1-2-3", "9" * 30, "²"])
def test_an_invalid_last_event_id_is_accepted(origin, mtt_client, after):
    with stream(origin, headers=[(b"Last-Event-ID", after.encode())]) as answer:
        assert answer.status_code == 200


def test_an_unread_stream_blocks_no_request(origin, mtt_server):
    login, password = mtt_server.credentials
    with stream(origin), MttClient(mtt_server.url, login, password, "8831405") as client:
        for _ in range(50):
            client.delete_callback_followme()

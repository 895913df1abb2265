"""The event receiver of the pytest plugin."""

from __future__ import annotations

import http.client
import threading
import time
from urllib.parse import urlsplit

import httpx2
import pytest
from raw_receiver import callback

from mtt_mock.testing.receiver import EventReceiver, ReceivedEvent


@pytest.fixture
def ask(receiver):
    """Return a function that requests a path of the receiver: status, headers."""

    def ask(path, method="GET"):
        parts = urlsplit(receiver.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        connection.request(method, path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders())

    return ask


def test_it_collects_requests_on_any_path(receiver, ask):
    assert ask("/a%20b/%D1%8F?x=1&x=2&y=&event=start_side_A&id=7")[0] == 200
    assert ask("/?event=old&id=0&event=end_side_A&id=7")[0] == 200
    assert receiver.events == [
        ReceivedEvent("start_side_A", "7", "/a b/я", "x=1&x=2&y=&event=start_side_A&id=7", "GET"),
        ReceivedEvent("end_side_A", "7", "/", "event=old&id=0&event=end_side_A&id=7", "GET"),
    ]
    assert receiver.names == ["start_side_A", "end_side_A"]
    assert receiver.events[0].query == {
        "x": ["1", "2"], "y": [""], "event": ["start_side_A"], "id": ["7"],
    }  # fmt: skip


def test_its_url_is_on_this_machine_and_free(receiver):
    parts = urlsplit(receiver.url)
    assert (parts.scheme, parts.hostname, parts.path) == ("http", "127.0.0.1", "/events")
    with EventReceiver() as other:
        assert other.url != receiver.url


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "DELETE", "OPTIONS"])
def test_other_methods_are_recorded_and_refused(receiver, ask, method):
    status, headers = ask("/events?event=start_side_A&id=7", method)
    assert (status, headers["allow"]) == (405, "GET")
    assert [each.method for each in receiver.events] == [method]


def test_it_waits_for_a_number_of_events(receiver, sender):
    threading.Thread(
        target=lambda: [sender.send(callback(receiver.url, name)) for name in ("a", "b", "c")]
    ).start()
    assert [each.event for each in receiver.wait(3, timeout=30)] == ["a", "b", "c"]
    assert len(receiver.wait()) == 3


def test_a_timeout_lists_the_received_events(receiver, ask):
    with pytest.raises(AssertionError) as missing:
        receiver.wait(timeout=0)
    assert str(missing.value) == (
        "1 event did not come within 0 s; received: nothing. On a manual clock, advance it first: "
        "mtt_clock.run_until_idle(); mtt_server.events has what was sent"
    )
    ask("/events?event=start_side_A&id=7")
    ask("/favicon.ico")
    ask("/events?event=end_side_A&id=7", "POST")
    with pytest.raises(AssertionError) as missing:
        receiver.wait(4, timeout=0.01)
    assert str(missing.value) == (
        "4 events did not come within 0.01 s; received:\n"
        "  start_side_A of call 7\n"
        "  GET /favicon.ico\n"
        "  POST /events?event=end_side_A&id=7"
    )


def test_a_long_list_is_cut(receiver, sender):
    for each in range(23):
        sender.send(callback(receiver.url, f"e{each}"))
    receiver.wait(23, timeout=30)
    with pytest.raises(AssertionError) as missing:
        receiver.wait(24, timeout=0)
    lines = str(missing.value).splitlines()
    assert lines[1] == "  e0 of call 1000001"
    assert lines[20:] == ["  e19 of call 1000001", "  ... and 3 more"]


def test_it_waits_for_an_event(receiver, sender):
    threading.Thread(
        target=lambda: [
            sender.send(callback(receiver.url, name, call_id)).result(30)
            for name, call_id in (("start_side_A", "1"), ("start_side_A", "2"), ("end_side_A", "1"))
        ]
    ).start()
    assert receiver.wait_for("end_side_A", timeout=30).id == "1"
    assert receiver.wait_for("start_side_A").id == "1"
    assert receiver.wait_for("start_side_A", "2").id == "2"


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (("end_side_A",), "end_side_A did not come within 0 s; received:\n  end_side_B of call 7"),
        (("end_side_B", "8"), "end_side_B of call 8 did not come within 0 s; received:\n  end_side_B of call 7"),
    ],
)  # fmt: skip
def test_a_missing_event_lists_the_received_events(receiver, ask, wanted, sentence):
    ask("/?event=end_side_B&id=7")
    with pytest.raises(AssertionError) as missing:
        receiver.wait_for(*wanted, timeout=0)
    assert str(missing.value) == sentence


def test_it_responds_with_the_configured_status(receiver, ask):
    receiver.respond_with(500)
    assert [ask("/")[0] for _ in range(2)] == [500, 500]
    receiver.respond_with(204, after=2)
    assert [ask("/")[0] for _ in range(4)] == [200, 200, 204, 204]
    assert len(receiver.events) == 6


def test_it_answers_after_the_delay(receiver, ask):
    receiver.respond_with(200, delay=0.05)
    ask("/")
    assert time.monotonic() - receiver.events[0].at >= 0.05
    receiver.clear()
    ask("/")
    assert time.monotonic() - receiver.events[0].at < 0.05


def test_it_redirects_when_configured(receiver, sender):
    receiver.respond_with(302)
    delivery = sender.send(callback(receiver.url)).result(30)
    assert delivery.problem == f"HTTP 302, and the redirect to {receiver.url} was not followed"
    assert len(receiver.events) == 1
    receiver.respond_with(307, location="https://example.com/")
    assert sender.send(callback(receiver.url)).result(30).problem == (
        "HTTP 307, and the redirect to https://example.com/ was not followed"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"status": 199}, "status must be from 200 to 599, got 199"),
        ({"status": 600}, "status must be from 200 to 599, got 600"),
        ({"status": 500, "after": -1}, "after must not be negative, got -1"),
        ({"status": 200, "delay": -1}, "delay must be finite and not negative, got -1"),
        (
            {"status": 200, "delay": float("inf")},
            "delay must be finite and not negative, got inf",
        ),
    ],
)
def test_impossible_answers_are_refused(receiver, arguments, sentence):
    with pytest.raises(ValueError) as refused:
        receiver.respond_with(**arguments)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("status", [200, 204, 205, 299, 304, 404, 418, 500, 599])
def test_any_status_is_answered(receiver, status):
    receiver.respond_with(status)
    assert httpx2.get(receiver.url, trust_env=False).status_code == status


def test_clear_deletes_events_and_restores_200(receiver, ask):
    receiver.respond_with(500, after=1)
    ask("/")
    receiver.clear()
    assert receiver.events == []
    assert [ask("/")[0] for _ in range(2)] == [200, 200]


def test_only_the_latest_events_are_retained(monkeypatch, sender):
    monkeypatch.setattr("mtt_mock.testing.receiver.MAX_EVENTS", 3)
    with EventReceiver() as receiver:
        for each in range(5):
            sender.send(callback(receiver.url, f"e{each}")).result(30)
        assert receiver.names == ["e2", "e3", "e4"]


def test_waiting_for_more_than_the_limit_is_refused(receiver):
    with pytest.raises(ValueError) as refused:
        receiver.wait(10_001)
    assert str(refused.value) == "count must be at most 10000, got 10001"


def test_events_can_be_read_after_the_receiver_stopped(sender):
    receiver = EventReceiver()
    receiver.start()
    sender.send(callback(receiver.url)).result(30)
    began = time.monotonic()
    receiver.stop()
    receiver.stop()
    assert time.monotonic() - began < 4  # a kept connection does not hold it up
    assert receiver.names == ["start_side_A"]
    assert "Connection refused" in sender.send(callback(receiver.url)).result(30).problem

"""Events of calls: what callBackURLs receive, and what receivers can do meanwhile."""

from __future__ import annotations

import threading
from collections import defaultdict

import httpx2
import pytest
from generated_calls import Telephone

from mtt_mock import MttServer, create_app
from mtt_mock.domain.lease import ClockBusyError
from mtt_mock.server.live_server import LiveServer
from mtt_mock.service.callbacks import Delivery

ALL_FOUR = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]


def outcomes(server):
    return [(each.callback.event, each.status) for each in server.events]


def test_the_scheme_defaults_to_http_and_queries_are_verbatim(
    wire, mtt_server, mtt_clock, mtt_receiver
):
    place = mtt_receiver.url.removeprefix("http://")
    call = wire.make("79000010001", callBackURL=f"{place}/5?b=1&a=%2F&b=%20x&id=7&c#part")
    mtt_clock.advance(1)
    first = mtt_receiver.events[0]
    assert first.path == "/events/5"
    assert first.query_string == f"b=1&a=%2F&b=%20x&id=7&c&event=start_side_A&id={call}"
    assert mtt_receiver.names == ALL_FOUR
    assert outcomes(mtt_server) == [(event, 200) for event in ALL_FOUR]
    assert mtt_server.events[0].url == f"http://{place}/5?{first.query_string}"


def test_an_unreachable_receiver_does_not_stop_the_call(wire, mtt_server, mtt_clock):
    call = wire.make("79000010001", callBackURL="http://127.0.0.1:1/")
    mtt_clock.advance(1)
    assert wire.info(call)["call_back_real_length_A"] == 1
    assert outcomes(mtt_server) == [(event, None) for event in ALL_FOUR]
    assert not any(each.delivered for each in mtt_server.events)
    assert all(each.problem for each in mtt_server.events)


@pytest.mark.parametrize("status", [204, 301, 302, 307, 308, 404, 500, 503])
def test_an_event_is_one_request_for_any_status(wire, mtt_server, mtt_clock, mtt_receiver, status):
    mtt_receiver.respond_with(status)
    call = wire.make("79000010001", callBackURL=mtt_receiver.url)
    mtt_clock.advance(1)
    assert mtt_receiver.names == ALL_FOUR
    assert outcomes(mtt_server) == [(event, status) for event in ALL_FOUR]
    assert [each.delivered for each in mtt_server.events] == [status == 204] * 4
    assert wire.info(call)["call_back_status"] == "answered"


@pytest.mark.mtt(event_timeout=0.1)
def test_an_unresponsive_receiver_times_out(wire, mtt_server, mtt_clock, listener):
    enough = threading.Event()
    slow = listener(lambda _event, _call: enough.wait(20))
    try:
        wire.make("79000010001", callBackURL=slow.url)
        mtt_clock.advance(1)
    finally:
        enough.set()
    assert outcomes(mtt_server) == [(event, None) for event in ALL_FOUR]
    assert all("0.1 s" in each.problem for each in mtt_server.events)
    assert all(each.ms < 10_000 for each in mtt_server.events)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "203.0.113.5/",
        "http://[2001:db8::1]/",
        "http://0.0.0.0/",
        "http://2130706433.1.1.1/",
    ],
)
def test_events_stay_in_private_networks_by_default(wire, mtt_server, mtt_clock, url):
    call = wire.make("79000010001", callBackURL=url)
    mtt_clock.advance(1)
    assert outcomes(mtt_server) == [(event, None) for event in ALL_FOUR]
    assert all(each.problem for each in mtt_server.events)
    assert wire.info(call)["call_back_status"] == "answered"


@pytest.mark.mtt(callback_allow="none")
def test_disallowed_events_are_still_recorded(wire, mtt_server, mtt_clock, mtt_receiver):
    wire.make("79000010001", callBackURL=mtt_receiver.url)
    mtt_clock.advance(1)
    assert mtt_receiver.events == []
    assert outcomes(mtt_server) == [(event, None) for event in ALL_FOUR]


def test_simultaneous_events_follow_the_order_of_calls(wire, mtt_server, mtt_clock, mtt_receiver):
    for _ in range(3):
        wire.make("79000010001", callBackURL=mtt_receiver.url)
    mtt_clock.advance(1)
    expected = [
        (event, call)
        for second in (ALL_FOUR[:2], ALL_FOUR[2:])
        for call in ("1000001", "1000002", "1000003")
        for event in second
    ]
    assert [(each.event, each.id) for each in mtt_receiver.events] == expected
    assert [(each.callback.event, each.callback.call_id) for each in mtt_server.events] == expected


@pytest.mark.mtt(journal_size=3)
def test_the_journal_retains_the_latest_events(wire, mtt_server, mtt_clock, mtt_receiver):
    wire.make("79000010001", callBackURL=mtt_receiver.url)
    mtt_clock.advance(1)
    assert mtt_receiver.names == ALL_FOUR
    assert [event for event, _ in outcomes(mtt_server)] == ALL_FOUR[1:]


# A reset in the middle


def test_a_reset_stops_the_events_of_calls(wire, mtt_server, mtt_clock, mtt_receiver):
    old = wire.make("79000010330", callBackURL=mtt_receiver.url)
    mtt_clock.advance(5)
    assert mtt_receiver.names == ALL_FOUR[:2]
    mtt_server.reset()
    assert wire.why_not(old) == (-32603, "Call not found")
    mtt_clock.advance(1000)
    assert mtt_receiver.names == ALL_FOUR[:2]
    assert (mtt_server.events, mtt_server.calls()) == ([], [])
    assert wire.result("getCustomerBalance") == {"balance": 1000.0, "currency": "RUB"}
    mtt_server.reset()
    assert wire.make("79000010001", callBackURL=mtt_receiver.url) == "1000001"
    mtt_clock.advance(1)
    assert mtt_receiver.names == [*ALL_FOUR[:2], *ALL_FOUR]


def test_a_reset_during_an_event_ends_the_advance(
    wire, mtt_server, mtt_clock, mtt_receiver, listener
):
    def heard(_event, _call):
        mtt_server.reset()
        heard_so_far.append(_event)

    heard_so_far = []
    wire.make("79000010330", callBackURL=listener(heard).url)
    mtt_clock.advance(60)
    assert heard_so_far == ["start_side_A"]
    assert (mtt_server.events, mtt_server.calls()) == ([], [])
    assert mtt_clock.now.isoformat() == "2026-01-01T00:00:00+00:00"
    wire.make("79000010001", callBackURL=mtt_receiver.url)
    mtt_clock.advance(1)
    assert mtt_receiver.names == ALL_FOUR


@pytest.mark.mtt(clock="200x")
def test_a_reset_drops_queued_events(wire, mtt_server, mtt_receiver, listener):
    def heard(event, _call):
        heard_so_far.append(event)
        in_flight.set()
        go_on.wait(20)

    heard_so_far, in_flight, go_on = [], threading.Event(), threading.Event()
    slow = listener(heard)
    wire.make("79000010001", callBackURL=slow.url)
    # It is due after the first call's last event, when all events of the first call are queued.
    wire.make("79000010002", callBackURL=mtt_receiver.url)
    try:
        assert in_flight.wait(20)
        mtt_receiver.wait(4)
        mtt_server.reset()
        mtt_receiver.clear()
    finally:
        go_on.set()
    # The call has the same id as the first: a reset restarts the ids.
    assert wire.make("79000010001", callBackURL=mtt_receiver.url) == "1000001"
    mtt_receiver.wait(4)
    assert mtt_receiver.names == ALL_FOUR
    assert heard_so_far == ["start_side_A"]


# Receivers that call the fake back


def test_a_receiver_can_query_and_start_calls_during_an_advance(
    wire, mtt_server, mtt_clock, listener
):
    def heard(event, call):
        heard_so_far.append((call, event))
        if (call, event) == ("1000001", "start_side_A"):
            answers.append(wire.why_not(call))
            wire.make("79000010102", callBackURL=server.url)
        if (call, event) == ("1000001", "end_side_A"):
            answers.append(wire.info(call)["call_back_real_length_A"])
            answers.append(wire.result("getCustomerBalance")["balance"])

    heard_so_far, answers = [], []
    server = listener(heard)
    wire.make("79000010310", callBackURL=server.url)
    mtt_clock.advance(13)
    assert server.raised == []
    assert answers == [(-32603, "Call is not ended"), 10, 999.4]
    assert [
        (each.callback.call_id, each.callback.event, each.callback.due / 1000 - 1767225600)
        for each in mtt_server.events
    ] == [
        ("1000001", "start_side_A", 3),
        ("1000001", "start_side_B", 3),
        ("1000002", "start_side_A", 4),
        ("1000002", "start_side_B", 4),
        ("1000002", "end_side_A", 6),
        ("1000002", "end_side_B", 6),
        ("1000001", "end_side_A", 13),
        ("1000001", "end_side_B", 13),
    ]
    assert [event for _, event in heard_so_far] == [event for event, _ in outcomes(mtt_server)]
    assert wire.result("getCustomerBalance")["balance"] == 999.4


def test_a_receiver_cannot_advance_the_clock(wire, mtt_server, mtt_clock, listener):
    def heard(_event, _call):
        answer = wire.control("clock", {"advance": 1})
        answers.append((answer.status_code, list(answer.json())))
        with pytest.raises(ClockBusyError, match="being advanced"):
            mtt_clock.advance(1)
        with pytest.raises(ClockBusyError, match="being advanced"):
            mtt_clock.run_until_idle()

    answers = []
    server = listener(heard)
    call = wire.make("79000010001", callBackURL=server.url)
    mtt_clock.advance(30)
    assert server.raised == []
    assert answers == [(409, ["error"])] * 4
    assert wire.info(call)["call_back_real_length_A"] == 1
    mtt_clock.advance(1)
    assert mtt_clock.now.isoformat() == "2026-01-01T00:00:31+00:00"


def test_concurrent_advances_raise_clock_busy(wire, mtt_clock, listener):
    def heard(event, _call):
        if event == "start_side_A":
            in_flight.set()
            go_on.wait(20)

    in_flight, go_on = threading.Event(), threading.Event()
    server = listener(heard)
    call = wire.make("79000010001", callBackURL=server.url)
    first = threading.Thread(target=mtt_clock.advance, args=(5,))
    first.start()
    try:
        assert in_flight.wait(20)
        with pytest.raises(ClockBusyError, match="in another thread"):
            mtt_clock.advance(1)
        assert wire.control("clock", {"until": "idle"}).status_code == 409
        assert wire.why_not(call) == (-32603, "Call is not ended")
    finally:
        go_on.set()
        first.join()
    assert mtt_clock.now.isoformat() == "2026-01-01T00:00:05+00:00"
    assert wire.info(call)["call_back_real_length_A"] == 1


def test_an_advance_ends_although_receivers_start_calls(wire, mtt_server, mtt_clock, listener):
    def heard(event, _call):
        if event == "end_side_A":
            wire.make("79000010001", callBackURL=server.url)

    server = listener(heard)
    wire.make("79000010001", callBackURL=server.url)
    mtt_clock.advance(5)
    assert server.raised == []
    assert [each.started / 1000 - 1767225600 for each in mtt_server.calls()] == [0, 1, 2, 3, 4, 5]
    assert len(mtt_server.events) == 5 * 4 + 2


# A clock that runs


@pytest.mark.mtt(clock="200x")
def test_calls_proceed_on_a_running_clock(wire, mtt_receiver):
    call = wire.make("79000010102", callBackURL=mtt_receiver.url)
    assert [each.event for each in mtt_receiver.wait(4)] == ALL_FOUR
    info = wire.info(call)
    assert (info["waiting_period_A"], info["call_back_real_length_A"]) == (1, 2)


def test_a_manual_clock_can_be_set_running(wire, mtt_clock, mtt_receiver):
    wire.make("79000010102", callBackURL=mtt_receiver.url)
    mtt_clock.advance(1)
    assert mtt_receiver.names == ALL_FOUR[:2]
    mtt_clock.speed = "200x"
    assert [each.event for each in mtt_receiver.wait(4)] == ALL_FOUR


@pytest.mark.mtt(clock="200x")
def test_a_running_clock_can_be_advanced_too(wire, mtt_clock, mtt_receiver):
    wire.make("79000009000", callBackURL=mtt_receiver.url)
    mtt_receiver.wait(2)
    mtt_clock.advance(3600)
    assert [each.event for each in mtt_receiver.wait(4)] == ALL_FOUR


def test_events_stay_ordered_when_a_running_clock_is_advanced():
    telephone = Telephone(clock="1000x")
    came = threading.Semaphore(0)
    telephone.fake.journal.listen(lambda each: isinstance(each, Delivery) and came.release())
    params = {
        "customer_name": "883140500000000",
        "b_number": "79000009000",
        "caller_id": "7495",
        "callBackURL": "http://127.0.0.1:1/",
        "simpleCallBackFollowmeStruct": [{"type": "linal", "redirect_number": "79000010000"}],
    }
    try:
        for _ in range(50):
            telephone.ask("makeCallBackCallFollowme", **params)
            telephone.advance(0.001)
        assert all(came.acquire(timeout=20) for _ in range(200))
        events = defaultdict(list)
        for call, event, _ in telephone.delivered():
            events[call].append(event)
        assert list(events.values()) == [ALL_FOUR] * 50
    finally:
        telephone.close()


def test_two_fakes_share_neither_calls_nor_clocks(wire, mtt_server, mtt_clock, mtt_receiver):
    with LiveServer(create_app(clock="manual")) as live:
        other = MttServer(live)
        request = (
            b'{"jsonrpc": "2.0", "id": 1, "method": "makeCallBackCallFollowme", "params": '
            b'{"customer_name": "883140500000000", "b_number": "79000009000", "caller_id": "7", '
            b'"simpleCallBackFollowmeStruct": [{"type": "linal", "redirect_number": "79000010001"}]}}'
        )
        with httpx2.Client(trust_env=False) as http:
            answer = http.post(other.url, content=request, auth=("login", "password"))
        assert answer.json()["result"] == {"callBackCall_id": "1000001"}
        mtt_clock.advance(100)
        assert wire.why_not("1000001") == (-32603, "Call not found")
        assert other.clock.now.isoformat() == "2026-01-01T00:00:00+00:00"
        assert (len(other.calls()), mtt_server.calls()) == (1, [])

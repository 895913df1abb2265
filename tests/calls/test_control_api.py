"""The control API of the fake: JSON under /_mtt/, for tests in any language."""

from __future__ import annotations

import json

import httpx2
import pytest

CUSTOMER = "883140500000000"
START = {"now": 1767225600.0, "time": "2026-01-01T00:00:00.000+00:00"}


def json_of(answer, status=200):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


def test_the_clock_can_be_read_and_advanced(wire):
    assert json_of(wire.control("clock")) == {"clock": "manual", **START, "next_due": None}
    call = wire.make("79000010330", callBackURL="http://127.0.0.1:1/")
    assert json_of(wire.control("clock"))["next_due"] == 1767225603.0
    assert json_of(wire.control("clock", {"advance": 3})) == {
        "clock": "manual",
        "now": 1767225603.0,
        "time": "2026-01-01T00:00:03.000+00:00",
        "next_due": 1767225633.0,
    }
    assert json_of(wire.control("clock", {"advance": 0.5}))["now"] == 1767225603.5
    assert json_of(wire.control("clock", {"until": "idle"}))["next_due"] is None
    assert wire.info(call)["call_back_real_length_A"] == 30


def test_the_clock_can_be_started_and_stopped(wire, mtt_receiver):
    wire.make("79000010102", callBackURL=mtt_receiver.url)
    assert json_of(wire.control("clock", {"clock": "200x"}))["clock"] == "200x"
    mtt_receiver.wait(4)
    assert json_of(wire.control("clock", {"clock": "manual"}))["clock"] == "manual"
    now = json_of(wire.control("clock"))["now"]
    assert json_of(wire.control("clock"))["now"] == now


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"advance": -1},
        {"advance": "5"},
        {"advance": None},
        {"advance": True},
        {"advance": 1e308},
        {"advance": 10**30},
        {"advance": [1]},
        {"advance": 1, "clock": "manual"},
        {"clock": "fast"},
        {"clock": "0x"},
        {"clock": "-1x"},
        {"clock": "nanx"},
        {"clock": "1e999x"},
        {"clock": None},
        {"clock": 5},
        {"clock": []},
        {"until": "noon"},
        {"until": None},
        {"until": {}},
        {"later": 1},
    ],
)
def test_invalid_clock_commands_are_refused(wire, values):
    assert list(json_of(wire.control("clock", values), 400)) == ["error"]
    assert json_of(wire.control("clock")) == {"clock": "manual", **START, "next_due": None}


@pytest.mark.unmeasured
def test_the_clock_stops_at_its_maximum(wire):
    years = 10 * 366 * 24 * 3600
    answers = [wire.control("clock", {"advance": years}) for _ in range(900)]
    assert {answer.status_code for answer in answers} == {200, 400}
    assert json_of(wire.control("clock"))["time"].startswith("99")
    assert json_of(wire.control("clock", {"advance": years}), 400)


def test_subscribers_can_be_set_and_unset(wire, mtt_clock):
    busy = {"number": "+79000000001", "does": "busy"}
    json_of(wire.control("subscribers", busy))
    answers = {"number": "7900*", "does": "answers", "after": 1, "talks_for": None}
    assert json_of(wire.control("subscribers", answers)) == {
        "set": {
            "79000000001": {"does": "busy", "after": 1.0},
            "7900*": {"does": "answers", "after": 1, "talks_for": None, "waits_for": None},
        },
        "settings": {},
    }
    call = wire.make("79000000001")
    mtt_clock.advance(1)
    assert wire.why_not(call) == (-32603, "Call ended by cancel on side A")
    answer = wire.http.delete(f"{wire.origin}/_mtt/subscribers/7900*")
    assert list(json_of(answer)["set"]) == ["79000000001"]
    answer = wire.http.delete(f"{wire.origin}/_mtt/subscribers/+79000000001")
    assert json_of(answer)["set"] == {}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"number": "7"},
        {"does": "busy"},
        {"number": 7, "does": "busy"},
        {"number": None, "does": "busy"},
        {"number": "seven", "does": "busy"},
        {"number": "7" * 100, "does": "busy"},
        {"number": "7", "does": "sleeps"},
        {"number": "7", "does": ["busy"]},
        {"number": "7", "does": "busy", "talks_for": 1},
        {"number": "7", "does": "busy", "after": -1},
        {"number": "7", "does": "busy", "after": "1"},
        {"number": "7", "does": "busy", "after": None},
        {"number": "7", "does": "answers", "talks_for": 1e300},
        {"number": "7", "does": "answers", "": 1},
        {"number": "7", "does": "never_answers", "after": 1},
    ],
)
def test_invalid_subscribers_are_refused(wire, values):
    assert list(json_of(wire.control("subscribers", values), 400)) == ["error"]
    assert json_of(wire.control("subscribers")) == {"set": {}, "settings": {}}


def test_a_balance_can_be_read_and_set(wire):
    assert json_of(wire.control(f"balance/{CUSTOMER}")) == {"customer": CUSTOMER, "balance": 1000.0}
    expected = {"customer": CUSTOMER, "balance": -0.5}
    assert json_of(wire.control(f"balance/{CUSTOMER}", {"balance": "-0.5"})) == expected
    assert wire.result("getCustomerBalance") == {"balance": -0.5, "currency": "RUB"}
    assert json_of(wire.control("balance/883140500000001"))["balance"] == 1000.0


@pytest.mark.parametrize("amount", [None, True, "", "much", "NaN", "Infinity", 1e300, [], {}])
def test_an_invalid_balance_is_refused(wire, amount):
    json_of(wire.control(f"balance/{CUSTOMER}", {"balance": amount}), 400)
    assert json_of(wire.control(f"balance/{CUSTOMER}"))["balance"] == 1000.0


def test_calls_list_their_timeline_so_far(wire, mtt_clock):
    assert json_of(wire.control("calls")) == {"calls": [], "total": 0}
    wire.make("79000010310")
    wire.make("79000009001")
    mtt_clock.advance(2)
    first, second = json_of(wire.control("calls"))["calls"]
    assert (first["id"], first["customer"], first["started"]) == ("1000001", CUSTOMER, 1767225600.0)
    assert (first["state"], second["state"]) == ("running", "cancel on side A")
    assert all(each["at"] <= 2 for each in first["timeline"])
    mtt_clock.advance(30)
    (over, _) = json_of(wire.control("calls"))["calls"]
    assert over["state"] == "joined"
    assert max(each["at"] for each in over["timeline"]) == 13
    assert json_of(wire.control("calls/1000001")) == over
    for unknown in ("1000003", "x", "%00", "x" * 3000):
        assert list(json_of(wire.control(f"calls/{unknown}"), 404)) == ["error"]


def test_events_list_their_delivery_outcome(wire, mtt_clock, mtt_receiver):
    assert json_of(wire.control("events")) == {"events": []}
    wire.make("79000010001", callBackURL=mtt_receiver.url)
    mtt_receiver.respond_with(503, after=3)
    mtt_clock.advance(1)
    first, *_, last = json_of(wire.control("events"))["events"]
    assert isinstance(first.pop("ms"), float)
    assert isinstance(first.pop("at"), float)
    assert first == {
        "kind": "event",
        "side": "A",
        "problem": None,
        "call": "1000001",
        "customer": CUSTOMER,
        "event": "start_side_A",
        "due": 1767225600.0,
        "url": f"{mtt_receiver.url}?event=start_side_A&id=1000001",
        "status": 200,
        "outcome": "HTTP 200",
    }
    assert (last["event"], last["status"], last["outcome"]) == ("end_side_B", 503, "HTTP 503")


def test_a_reset_deletes_all_state(wire, mtt_clock):
    wire.make("79000010310", callBackURL="http://127.0.0.1:1/")
    json_of(wire.control("subscribers", {"number": "7", "does": "busy"}))
    json_of(wire.control(f"balance/{CUSTOMER}", {"balance": 5}))
    mtt_clock.advance(5)
    assert json_of(wire.control("reset", {})) == {"reset": True}
    assert json_of(wire.control("calls")) == {"calls": [], "total": 0}
    assert json_of(wire.control("events")) == {"events": []}
    assert json_of(wire.control("subscribers"))["set"] == {}
    assert json_of(wire.control(f"balance/{CUSTOMER}"))["balance"] == 1000.0
    assert json_of(wire.control("clock")) == {"clock": "manual", **START, "next_due": None}


@pytest.mark.parametrize("path", ["clock", "subscribers", f"balance/{CUSTOMER}", "reset"])
def test_changes_must_be_sent_as_json(wire, path):
    wire.make("79000009000")
    before = json_of(wire.control("clock"))
    url = f"{wire.origin}/_mtt/{path}"
    body = json.dumps({"advance": 5}).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = wire.http.post(url, content=body, headers={"Content-Type": kind})
        assert list(json_of(answer, 415)) == ["error"]
    for garbage in (b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b"{} {}", b"[" * 10_000, b"NaN"):
        answer = wire.http.post(url, content=garbage, headers={"Content-Type": "application/json"})
        assert list(json_of(answer, 400)) == ["error"]
    large = b'{"advance":' + b" " * 100_000 + b"1}"
    answer = wire.http.post(url, content=large, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 413)
    assert json_of(wire.control("clock")) == before
    assert len(json_of(wire.control("calls"))["calls"]) == 1


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_and_paths_change_nothing(wire, verb):
    wire.make("79000009000")
    for path in ("clock", "calls", "reset", "events", "nothing", "", "balance/", "../_mtt/reset"):
        answer = wire.http.request(verb, f"{wire.origin}/_mtt/{path}", json={"advance": 1})
        assert answer.status_code in (200, 404, 405)
        assert "Traceback" not in answer.text
    assert json_of(wire.control("clock"))["now"] == 1767225600.0
    assert len(json_of(wire.control("calls"))["calls"]) == 1


@pytest.mark.mtt(control_token="open sesame")
def test_every_control_path_requires_the_token(wire):
    paths = ["clock", "subscribers", f"balance/{CUSTOMER}", "calls", "calls/1", "events"]
    wrong = [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer open"},
        {"Authorization": "Basic bG9naW46cGFzc3dvcmQ="},
        {"Authorization": "open sesame"},
        {"Authorization": "Bearer откройся".encode()},
    ]
    for headers in wrong:
        for path in paths:
            json_of(wire.control(path, headers=headers), 401)
        for path in ("clock", "subscribers", "reset", f"balance/{CUSTOMER}"):
            json_of(wire.control(path, {"advance": 1}, headers=headers), 401)
        answer = wire.http.delete(f"{wire.origin}/_mtt/subscribers/7", headers=headers)
        json_of(answer, 401)
    right = {"Authorization": "Bearer open sesame"}
    assert json_of(wire.control("clock", headers=right))["now"] == 1767225600.0
    assert json_of(wire.control("reset", {}, headers=right)) == {"reset": True}
    # MTT's endpoint does not require it.
    assert wire.make("79000009000") == "1000001"


def test_unknown_paths_and_verbs_are_answered_in_json(mtt_server):
    base = mtt_server.url.replace("/index.php", "")
    unknown = httpx2.get(f"{base}/_mtt/nothing", trust_env=False)
    assert (unknown.status_code, unknown.json()) == (404, {"error": "404 Not Found"})
    wrong = httpx2.delete(f"{base}/_mtt/clock", trust_env=False)
    assert (wrong.status_code, wrong.json()) == (405, {"error": "405 Method Not Allowed"})
    assert "POST" in wrong.headers["allow"]


def test_a_customer_name_may_contain_a_slash(mtt_server):
    base = mtt_server.url.replace("/index.php", "")
    answer = httpx2.get(f"{base}/_mtt/balance/a%2Fb", trust_env=False)
    assert answer.json() == {"customer": "a/b", "balance": 1000.0}

"""The request log under load: the first lines, then counts."""

import io
import json

import pytest

from mtt_mock import Fake
from mtt_mock.server import request_log
from mtt_mock.server.log_rate import LogRate
from mtt_mock.server.request_log import RequestLog
from support.waiting import until

AUTH = "Basic bG9naW46cGFzc3dvcmQ="
SET = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "setCallBackFollowme",
        "params": {"customer_name": "8831405"},
    }
).encode()


def call(method):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method}).encode()


def logged(*bodies, rate=1):
    """Return the lines of a log that prints 20 requests at once."""
    stream, fake = io.StringIO(), Fake()
    with RequestLog(stream, rate) as log:
        fake.journal.listen(log)
        for body in bodies:
            fake.answer(AUTH, body)
        log("mtt-mock stopped.")
    return [line for line in stream.getvalue().splitlines() if not line.startswith("  note:")]


def test_requests_above_the_rate_are_counted():
    lines = logged(*[b""] * 23)
    assert [line.rpartition(" ")[0].rpartition(" ")[0] for line in lines[:20]] == [
        "- - error -32700"
    ] * 20
    assert lines[20:] == ["… 3 more (--log-rate 1): 3 - error -32700", "mtt-mock stopped."]


def test_the_summary_names_the_commonest_outcomes():
    lines = logged(*[b""] * 20, SET, call("m1"), call("m2"), call("m3"), SET, b"", b"")
    assert lines[-2] == (
        "… 7 more (--log-rate 1): 2 setCallBackFollowme error -32602 callBackFollowmeStruct not "
        "found; 2 - error -32700; 1 m1 error -32601; 2 others"
    )


def test_the_rate_zero_prints_every_request():
    assert len(logged(*[b""] * 3000, rate=0)) == 3001


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_the_rate_holds_over_a_minute():
    clock = Clock()
    rate = LogRate(50, str, str, clock)
    printed = 0
    for _ in range(60_000):
        clock.now += 0.001
        printed += rate.admits("ok")
    assert printed == pytest.approx(1000 + 60 * 50, abs=1)


def test_the_lines_of_a_flood_are_spread_over_the_second():
    clock = Clock()
    rate = LogRate(2, str, str, clock)
    assert [rate.admits("ok") for _ in range(41)] == [True] * 40 + [False]
    printed = []
    for tenth in range(1, 21):
        clock.now = 1000 + tenth / 10
        printed.append(rate.admits("ok"))
    assert [tenth for tenth, is_printed in enumerate(printed, 1) if is_printed] == [5, 10, 15, 20]


def test_a_quiet_time_allows_fifty_lines_at_once_and_twice_the_rate():
    clock = Clock()
    rate = LogRate(50, str, str, clock)
    assert [rate.admits("ok") for _ in range(51)] == [True] * 50 + [False]
    seconds = []
    for _ in range(21):
        printed = 0
        for _ in range(1000):
            clock.now += 0.001
            printed += rate.admits("ok")
        seconds.append(printed)
    assert seconds == [100] * 19 + [50] * 2


def test_a_quiet_time_allows_the_lines_of_twenty_seconds():
    clock = Clock()
    rate = LogRate(2, str, str, clock)
    assert rate.is_idle
    assert [rate.admits("ok") for _ in range(41)] == [True] * 40 + [False]
    assert not rate.is_idle
    clock.now += 1
    assert [rate.admits("ok") for _ in range(3)] == [True, True, False]
    clock.now += 1000
    assert not rate.is_idle  # the omitted record is not reported yet
    rate.summary()
    assert rate.summary() is None
    assert rate.is_idle
    assert [rate.admits("ok") for _ in range(41)] == [True] * 40 + [False]


def exceeded_rate():
    """Return a rate whose next records are omitted."""
    rate = LogRate(1, str, str, Clock())
    for _ in range(20):
        assert rate.admits("ok")
    return rate


def test_a_summary_counts_since_the_last_one():
    rate = exceeded_rate()
    rate.admits("ok")
    rate.admits("ok")
    assert rate.summary() == "… 2 more (--log-rate 1): 2 ok"
    assert rate.summary() is None


def test_the_kinds_of_a_flood_are_counted_by_a_sample():
    rate = exceeded_rate()
    for number in range(4000):
        rate.admits("rare" if number < 8 else "ok" if number % 2 else "refused")
    assert rate.summary() == (
        "… 4,000 more (--log-rate 1): about 2,009 refused; about 1,992 ok; about 8 rare"
    )
    rate.admits("ok")
    assert rate.summary() == "… 1 more (--log-rate 1): 1 ok"


def test_the_rate_counts_as_exceeded_for_one_more_summary():
    rate = exceeded_rate()
    assert not rate.is_exceeded
    rate.admits("ok")
    states = []
    for _ in range(2):
        rate.summary()
        states.append(rate.is_exceeded)
    assert states == [True, False]


def test_a_running_log_prints_summaries_and_more_lines(monkeypatch):
    monkeypatch.setattr(request_log, "_SUMMARY_INTERVAL", 0.01)
    stream, fake = io.StringIO(), Fake()

    def later():
        fake.answer(AUTH, call("later"))
        return "later - error -32601" in stream.getvalue()

    with RequestLog(stream, 20) as log:
        fake.journal.listen(log)
        for _ in range(500):
            fake.answer(AUTH, b"")
        until(lambda: " more (--log-rate 20): " in stream.getvalue())
        until(later)


def test_many_kinds_of_requests_take_little_memory():
    rate = exceeded_rate()
    for number in range(1000):
        rate.admits(f"m{number}")
        assert len(rate._kinds) <= 64
    assert rate.summary() == "… 1,000 more (--log-rate 1): 1 m0; 1 m1; 1 m2; 997 others"


def test_the_summary_cannot_steer_a_terminal():
    lines = logged(*[b""] * 20, call("\x1b[2J\u202ex"))
    assert lines[-2] == "… 1 more (--log-rate 1): 1 �[2J�x error -32601"


def test_the_summary_masks_secrets_of_urls():
    lines = logged(*[b""] * 20, call("http://ann:pw@host/"))
    assert lines[-2] == "… 1 more (--log-rate 1): 1 http://***@host/ error -32601"

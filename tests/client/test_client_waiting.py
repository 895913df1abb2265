"""Waiting for a call: polling intervals and timeouts, without sleeping."""

import asyncio
import threading
import time

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import AsyncKit, Script, SyncKit, Time, failure, result
from test_client_calls import STRUCT

from mtt_client import (
    AuthenticationError,
    CallEndedError,
    CallNotEndedError,
    CallNotFoundError,
    CallTimeoutError,
    HttpError,
    MttTimeoutError,
    ProtocolError,
    RefusedError,
    RequestContractError,
    RpcError,
)

GOING = "Call is not ended"


def finished(request_id):
    return result(request_id, {"callBackFollowmeCallInfoStruct": STRUCT})


def running(count):
    return [failure(number, GOING) for number in range(1, count + 1)]


class Taking:
    """Answers like ``handler``; each answer takes ``seconds``."""

    def __init__(self, clock, seconds, handler):
        self.clock, self.seconds, self.handler = clock, seconds, handler
        self.asked = []

    def __call__(self, request):
        self.asked.append(self.clock.now - 1000.0)
        self.clock.now += self.seconds
        return self.handler(request)


def test_it_polls_at_once_then_every_5_seconds(kit):
    clock = Time()
    script = Script(*running(3), finished(4))
    info = kit.on_time(script, clock).wait_for_call("1000001")
    assert info.status == "answered"
    assert clock.sleeps == [5.0, 5.0, 5.0]
    assert script.called == ["getCallBackFollowmeCallInfo"] * 4
    assert script.sent[3]["params"] == {
        "customer_name": "883140500000000",
        "callBackCall_id": "1000001",
    }


def test_a_finished_call_returns_at_once(kit):
    clock = Time()
    kit.on_time(Script(finished(1)), clock).wait_for_call("1000001")
    assert clock.sleeps == []


def test_it_times_out_after_5_minutes_with_a_last_poll(kit):
    clock = Time()
    script = Script(*running(61))
    with pytest.raises(CallTimeoutError) as caught:
        kit.on_time(script, clock).wait_for_call("1000001")
    assert clock.sleeps == [5.0] * 60
    assert script.answers == []
    error = caught.value
    assert (error.call_id, error.seconds) == ("1000001", 300.0)
    assert type(error.last) is CallNotEndedError
    assert error.__cause__ is error.last
    assert str(error) == (
        "call 1000001 was not over after 300 s: getCallBackFollowmeCallInfo failed:"
        " Internal error (-32603): Call is not ended"
    )


def test_the_last_sleep_is_cut_to_the_deadline(kit):
    clock = Time()
    with pytest.raises(CallTimeoutError) as caught:
        kit.on_time(Script(*running(4)), clock).wait_for_call("1000001", timeout=12, interval=5)
    assert clock.sleeps == [5, 5, 2]
    assert caught.value.seconds == 12


def test_an_interval_beyond_the_timeout_is_shortened(kit):
    clock = Time()
    with pytest.raises(CallTimeoutError):
        kit.on_time(Script(*running(2)), clock).wait_for_call("1000001", timeout=3, interval=10)
    assert clock.sleeps == [3]


def test_response_time_counts_towards_the_timeout(kit):
    clock = Time()
    handler = Taking(clock, 1.0, Script(*running(3)))
    with pytest.raises(CallTimeoutError) as caught:
        kit.on_time(handler, clock).wait_for_call("1000001", timeout=10, interval=5)
    assert clock.sleeps == [5.0, 3.0]
    assert handler.asked == [0.0, 6.0, 10.0]
    assert caught.value.seconds == 11.0


def test_a_response_beyond_the_timeout_ends_polling(kit):
    clock = Time()
    handler = Taking(clock, 10.0, Script(httpx2.ReadTimeout("slow")))
    with pytest.raises(CallTimeoutError) as caught:
        kit.on_time(handler, clock).wait_for_call("1000001", timeout=8, interval=5)
    assert clock.sleeps == []
    assert type(caught.value.last) is MttTimeoutError
    assert caught.value.seconds == 10.0


def test_the_last_poll_can_succeed(kit):
    clock = Time()
    kit.on_time(Script(*running(2), finished(3)), clock).wait_for_call("1", timeout=10)
    assert clock.sleeps == [5.0, 5.0]


def test_a_sleep_on_another_clock_counts_as_requested(kit):
    elsewhere = Time()
    client = kit.client(Script(*running(4)), sleep=kit.sleep_of(elsewhere), clock=lambda: 7.0)
    with pytest.raises(CallTimeoutError):
        client.wait_for_call("1000001", timeout=15)
    assert elsewhere.sleeps == [5.0, 5.0, 5.0]


def test_a_longer_sleep_counts_in_full(kit):
    clock = Time()

    class Late(Time):
        def sleep(self, seconds):
            super().sleep(seconds)
            clock.now += seconds + 1

    late = Late()
    client = kit.client(Script(*running(4)), sleep=kit.sleep_of(late), clock=clock)
    with pytest.raises(CallTimeoutError) as caught:
        client.wait_for_call("1000001", timeout=15)
    assert late.sleeps == [5.0, 5.0, 3.0]
    assert caught.value.seconds == 16.0


@given(
    timeout=st.floats(0.01, 1000),
    interval=st.floats(0.01, 1000),
    answer=st.floats(0, 20),
    kit=st.sampled_from([SyncKit(), AsyncKit()]),
)
def test_it_polls_at_the_deadline_and_never_after(timeout, interval, answer, kit):
    interval = max(interval, timeout / 100)
    clock = Time()
    requests = []

    def handler(request):
        requests.append(request)
        return httpx2.Response(200, content=failure(len(requests), "unknown"))

    timed = Taking(clock, answer, handler)
    with pytest.raises(CallTimeoutError) as caught:
        kit.on_time(timed, clock).wait_for_call("1", timeout=timeout, interval=interval)
    assert timed.asked[0] == 0
    assert max(timed.asked) <= timeout + 1e-6
    # Without a poll at the deadline, a response was pending at that time.
    before = timed.asked[-1] + answer
    assert timed.asked[-1] >= timeout - 1e-6 or before >= timeout - 1e-6
    assert all(0 < pause <= interval + 0.001 for pause in clock.sleeps)
    assert [pause for pause in clock.sleeps[:-1] if pause != interval] == []
    assert caught.value.seconds >= timeout - 1e-6


@pytest.mark.parametrize(
    "hiccup",
    [
        failure(1, "Call is not ended"),
        failure(1, "Sorry, still ringing"),
        failure(1, None),
        failure(1, "odd", code=-1),
        (500, failure(1, "Call is not ended")),
        (404, failure(1, "odd", code=5)),
        (500, b""),
        (502, b"<html>Bad Gateway</html>"),
        (503, b""),
        httpx2.ReadTimeout("slow"),
        httpx2.ConnectTimeout("slow"),
        httpx2.ReadError("reset"),
        httpx2.ConnectError("refused"),
        httpx2.RemoteProtocolError("garbled"),
    ],
)
def test_it_polls_again_after_transient_errors(kit, hiccup):
    clock = Time()
    info = kit.on_time(Script(hiccup, finished(2)), clock).wait_for_call("1000001")
    assert info.raw == STRUCT
    assert clock.sleeps == [5.0]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (failure(2, "Call ended by cancel on side A"), CallEndedError),
        (failure(2, "Call ended by timeout on side B"), CallEndedError),
        (failure(2, "Call not found"), CallNotFoundError),
        (failure(2, None, code=-32700), RpcError),
        (failure(2, None, code=-32600), RpcError),
        (failure(2, None, code=-32601), RpcError),
        (failure(2, "callBackCall_id not found", code=-32602), RpcError),
        ((401, b""), AuthenticationError),
        ((403, b""), HttpError),
        ((404, b"Not Found"), HttpError),
        ((429, b""), HttpError),
        ((302, b""), HttpError),
        (b"<html>Login</html>", ProtocolError),
        (failure(99, GOING), ProtocolError),
        (result(2, {}), ProtocolError),
        (result(2, {"error": 1, "error_description": "No"}), RefusedError),
    ],
)
def test_it_raises_permanent_errors(kit, answer, kind):
    clock = Time()
    script = Script(failure(1, GOING), answer)
    with pytest.raises(kind) as caught:
        kit.on_time(script, clock).wait_for_call("1000001")
    assert type(caught.value) is kind
    assert len(script.requests) == 2


def test_an_invalid_call_id_is_not_sent(kit):
    script = Script()
    with pytest.raises(RequestContractError):
        kit.on_time(script, Time()).wait_for_call(None)
    assert script.requests == []


@pytest.mark.parametrize("name", ["timeout", "interval"])
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (0, ValueError),
        (-1, ValueError),
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        (10**400, ValueError),
        ("5", TypeError),
        (None, TypeError),
        (True, TypeError),
    ],
)
def test_invalid_seconds_are_refused_before_sending(kit, name, value, kind):
    script = Script()
    with pytest.raises(kind, match=f"^{name} must be ") as caught:
        kit.on_time(script, Time()).wait_for_call("1000001", **{name: value})
    assert type(caught.value) is kind
    assert script.requests == []


def test_the_default_sleeps_are_pythons(kit, monkeypatch):
    clock = Time()
    here, sleep, sleep_async = threading.get_ident(), time.sleep, asyncio.sleep

    def replaced(seconds):
        (clock.sleep if threading.get_ident() == here else sleep)(seconds)

    async def replaced_async(seconds):
        # A server of the session has an event loop in another thread, and sleeps for real.
        mine = threading.get_ident() == here
        await (clock.sleep_async if mine else sleep_async)(seconds)

    monkeypatch.setattr(time, "sleep", replaced)
    monkeypatch.setattr(asyncio, "sleep", replaced_async)
    kit.client(Script(*running(1), finished(2))).wait_for_call("1000001", interval=0.25)
    assert clock.sleeps == [0.25]


def test_errors_of_the_sleep_propagate(kit):
    def stop(seconds):
        raise KeyboardInterrupt

    client = kit.client(Script(*running(1)), sleep=stop, clock=Time())
    with pytest.raises(KeyboardInterrupt):
        client.wait_for_call("1000001")

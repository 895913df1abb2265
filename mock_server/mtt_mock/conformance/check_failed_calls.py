"""Checks calls that fail: to a busy number, and to a number that never answers."""

from __future__ import annotations

from typing import Any

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.observations import amount_of, error_value, side_template, whole_seconds
from mtt_mock.conformance.outcomes import CheckFailed, Inconclusive, expect
from mtt_mock.conformance.probe_client import ProbeClient

_CALLER_ID = "74951001010"
MAX_CALL_SECONDS = 600
POLL_INTERVAL = 5  # seconds
_TIMEOUT = 10  # seconds, of an element


@fact("info.timeout_a", needs="calls")
def no_answer_on_side_a_is_a_timeout(probe: ProbeClient) -> None:
    _check_timeout(probe, "A", _end(probe, _silent(probe), _answering(probe))["error"])


@fact("info.timeout_b", needs="calls")
def no_answer_on_side_b_is_a_timeout(probe: ProbeClient) -> None:
    _check_timeout(probe, "B", _end(probe, _answering(probe), _silent(probe))["error"])


@fact("info.cancel", needs="calls")
def a_busy_number_is_a_cancel(probe: ProbeClient) -> None:
    busy, answering = _busy(probe), _answering(probe)
    on_a, on_b = _end(probe, busy, answering), _end(probe, answering, busy)
    value = side_template(error_value(on_a["error"]), error_value(on_b["error"]))
    timeouts = [probe.observed.get(f"info.timeout_{side}") for side in "ab"]
    if value is not None and error_value(on_a["error"]) not in timeouts:
        probe.observe("info.cancel", value)
    for side, end in (("A", on_a), ("B", on_b)):
        expect(end["error"]["data"], f"Call ended by cancel on side {side}", f"data, {side} busy")


@fact("ring.timeout.default", needs="calls")
def an_element_without_a_timeout_rings_for_30_seconds(probe: ProbeClient) -> None:
    silent, answering = _silent(probe), _answering(probe)
    elements = [{"type": "Ringall", "redirect_number": silent}]
    # An equal call, which was asked about less often, tells when to begin.
    former = probe.ended_calls.get((silent, answering), {"seconds": 0})["seconds"]
    first = max(1, former - 2 * POLL_INTERVAL)
    seconds = _call(probe, elements, answering, interval=1, first=first)["seconds"]
    probe.observe("ring.timeout.default", seconds)
    expect(seconds, 30, "seconds until the call was over")


@fact("ring.failed", needs="calls")
def a_side_of_which_one_number_rang_out_is_a_timeout(probe: ProbeClient) -> None:
    silent, busy = _silent(probe), _busy(probe)
    error = _end(probe, [busy, silent], _answering(probe))["error"]
    timeout = _end(probe, silent, _answering(probe))["error"]
    cancel = _end(probe, busy, _answering(probe))["error"]
    if timeout == cancel:
        raise Inconclusive("the errors of a timeout and of a cancel are the same")
    if error in (timeout, cancel):
        probe.observe("ring.failed", "any" if error == timeout else "all")
    expect(error, timeout, "error when one number rang out and one was busy")


def _linear_call(probe: ProbeClient) -> dict[str, Any]:
    """Return how a call to a silent and then an answering number ended; it is made once."""
    if ("linear",) not in probe.ended_calls:
        silent, answering = _silent(probe), _answering(probe)
        elements = [
            {"type": "Linear", "redirect_number": number, "order": order, "timeout": _TIMEOUT}
            for order, number in enumerate((silent, answering), 1)
        ]
        probe.ended_calls[("linear",)] = _call(probe, elements, answering)
    return probe.ended_calls[("linear",)]


def linear_rings_at_once(probe: ProbeClient) -> bool:
    """Return whether the second of two Linear numbers rings before the first has rung out."""
    info = _linear_call(probe)["info"]
    return info is not None and whole_seconds(info["waiting_period_A"]) < _TIMEOUT


@fact("ring.linear", needs="calls")
def linear_numbers_ring_one_after_another(probe: ProbeClient) -> None:
    at_once = linear_rings_at_once(probe)
    probe.observe("ring.linear", "at once" if at_once else "one after another")
    expect(at_once, expected=False, where="both numbers ring at once")


@fact("ring.ringall", needs="calls")
def ringall_numbers_ring_at_once(probe: ProbeClient) -> None:
    silent, answering = _silent(probe), _answering(probe)
    elements = [
        {"type": "Ringall", "redirect_number": number, "order": order, "timeout": _TIMEOUT}
        for order, number in enumerate((silent, answering), 1)
    ]
    info = _call(probe, elements, answering)["info"]
    if info is None:
        raise Inconclusive("the call was not joined")
    at_once = whole_seconds(info["waiting_period_A"]) < _TIMEOUT
    probe.observe("ring.ringall", "at once" if at_once else "one after another")
    expect(at_once, expected=True, where="the second number rings with the first")


@fact("ring.timeout", needs="calls")
def a_timeout_bounds_the_ringing(probe: ProbeClient) -> None:
    elements = [{"type": "Ringall", "redirect_number": _silent(probe), "timeout": 5}]
    bounds = _call(probe, elements, _answering(probe))["seconds"] <= _TIMEOUT
    probe.observe("ring.timeout", "seconds" if bounds else "ignored")
    expect(bounds, expected=True, where="over after a timeout of 5 s")


@fact("ring.timeout.from", needs="calls")
def a_timeout_counts_from_the_ringing(probe: ProbeClient) -> None:
    if linear_rings_at_once(probe):
        raise Inconclusive("Linear numbers ring at once")
    error = _linear_call(probe)["error"]
    probe.observe("ring.timeout.from", "ringing" if error is None else "request")
    expect(error, None, "error of a call to a second number after a timeout of 10 s")


@fact("event.failed", needs="calls")
def the_side_that_answered_sends_start_and_end(probe: ProbeClient) -> None:
    events = _end(probe, _answering(probe), _silent(probe))["events"]
    if events is None:
        raise Inconclusive("needs --events-url, where the service can send events")
    values = {
        ("start_side_A", "end_side_A"): "start and end",
        ("start_side_A",): "start",
    }
    seen = tuple(dict.fromkeys(events))
    if seen in values:
        probe.observe("event.failed", values[seen])
    expect(list(seen), ["start_side_A", "end_side_A"], "events of a call that side B missed")


@fact("balance.charged", needs="calls")
def an_answered_leg_of_a_failed_call_is_charged(probe: ProbeClient) -> None:
    charged = _end(probe, _answering(probe), _silent(probe))["charged"]
    if charged is None:
        raise Inconclusive("getCustomerBalance shows no amount")
    probe.observe("balance.charged", "answered legs" if charged else "joined calls")
    expect(charged, expected=True, where="the balance is less after the call")


def _check_timeout(probe: ProbeClient, side: str, error: dict[str, Any]) -> None:
    probe.observe(f"info.timeout_{side.lower()}", error_value(error))
    expect(error["data"], f"Call ended by timeout on side {side}", "data")


def _end(probe: ProbeClient, a_numbers: str | list[str], b_number: str) -> dict[str, Any]:
    """Return how a call ended: error, seconds, events and whether the balance is less.

    Each pair of numbers is called once in a run.
    """
    numbers = [a_numbers] if isinstance(a_numbers, str) else a_numbers
    key = (*numbers, b_number)
    if key not in probe.ended_calls:
        elements = [{"type": "Ringall", "redirect_number": number} for number in numbers]
        probe.ended_calls[key] = _call(probe, elements, b_number)
    return probe.ended_calls[key]


def _call(
    probe: ProbeClient,
    elements: list[dict[str, Any]],
    b_number: str,
    *,
    interval: int = POLL_INTERVAL,
    first: int = POLL_INTERVAL,
) -> dict[str, Any]:
    receiver = probe.options.get("receiver")
    before = amount_of(probe.of_customer("getCustomerBalance"))
    count = len(receiver.events) if receiver else 0
    probe.fill(*elements)
    made = probe.of_customer(
        "makeCallBackCallFollowme",
        b_number=b_number,
        caller_id=probe.options.get("caller_id") or _CALLER_ID,
        callBackURL=probe.options.get("events_url"),
        recordEnable=0,
        direction=0,
    )
    error, seconds, info = _wait(probe, str(made.result["callBackCall_id"]), interval, first)
    after = amount_of(probe.of_customer("getCustomerBalance"))
    name = probe.observed.get("event.query", {}).get("event", "event")
    events = receiver.events[count:] if receiver else []
    known = {seen: name for name, seen in probe.observed.get("event.names", {}).items()}
    names = [event.query.get(name, [""])[-1] for event in events]
    return {
        "error": error,
        "info": info,
        "seconds": seconds,
        "events": [known.get(name, name) for name in names] if receiver else None,
        "charged": None if before is None or after is None else after < before,
    }


def _wait(
    probe: ProbeClient, call_id: str, interval: int, first: int
) -> tuple[dict[str, Any] | None, int, dict[str, Any] | None]:
    """Poll the info until the call is over; return its error, the seconds and the info.

    ``first`` seconds lie between the first two requests, ``interval`` seconds between the others.
    The error is the first that differs from that at once after the call; ``None``: it was joined.
    """
    running = None
    for seconds in (0, *range(first, MAX_CALL_SECONDS, interval)):
        info = probe.of_customer("getCallBackFollowmeCallInfo", callBackCall_id=call_id)
        if "result" in info.envelope:
            return None, seconds, info.result["callBackFollowmeCallInfoStruct"]
        if running is None:
            running = info.error
        elif info.error != running:
            return info.error, seconds, None
        probe.options["sleep"](interval if seconds else first)
    raise CheckFailed(running, "the end of the call", "info after 10 minutes")


def _answering(probe: ProbeClient) -> str:
    numbers = probe.options.get("numbers", ())
    if not numbers:
        raise Inconclusive("needs --number, a number that may be rung")
    return str(numbers[0])


def _busy(probe: ProbeClient) -> str:
    return _option(probe, "busy_number", "needs --busy-number, a number that is busy")


def _silent(probe: ProbeClient) -> str:
    return _option(probe, "silent_number", "needs --silent-number, a number that never answers")


def _option(probe: ProbeClient, name: str, why: str) -> str:
    number = probe.options.get(name)
    if not number:
        raise Inconclusive(why)
    return str(number)

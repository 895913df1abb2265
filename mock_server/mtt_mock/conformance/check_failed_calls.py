"""Checks calls that fail: to a busy number, and to a number that never answers."""

from __future__ import annotations

from typing import Any

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.observations import error_value, side_template
from mtt_mock.conformance.outcomes import Inconclusive, expect
from mtt_mock.conformance.probe_calls import ProbeCall, call_once, event_names, events_of
from mtt_mock.conformance.probe_client import ProbeClient

_TIMEOUT = 10  # seconds, of an element


@fact("info.timeout_a", needs="calls")
def no_answer_on_side_a_is_a_timeout(probe: ProbeClient) -> None:
    _check_timeout(probe, "A", _end(probe, _silent(probe), probe.numbers[0]).error)


@fact("info.timeout_b", needs="calls")
def no_answer_on_side_b_is_a_timeout(probe: ProbeClient) -> None:
    _check_timeout(probe, "B", _end(probe, probe.numbers[0], _silent(probe)).error)


@fact("info.cancel", needs="calls")
def a_busy_number_is_a_cancel(probe: ProbeClient) -> None:
    busy, answering = _busy(probe), probe.numbers[0]
    on_a, on_b = _end(probe, busy, answering).error, _end(probe, answering, busy).error
    value = side_template(error_value(on_a), error_value(on_b))
    timeouts = [probe.observed.get(f"info.timeout_{side}") for side in "ab"]
    if value is not None and error_value(on_a) not in timeouts:
        probe.observe("info.cancel", value)
    for side, error in (("A", on_a), ("B", on_b)):
        expect(error["data"], f"Call ended by cancel on side {side}", f"data, {side} busy")


@fact("ring.timeout.default", needs="calls")
def an_element_without_a_timeout_rings_for_30_seconds(probe: ProbeClient) -> None:
    element = {"type": "Ringall", "redirect_number": _silent(probe)}
    call = call_once(probe, element, b_number=probe.numbers[0], interval=1)
    probe.expect_value("ring.timeout.default", call.seconds)


@fact("ring.failed", needs="calls")
def a_side_of_which_one_number_rang_out_is_a_timeout(probe: ProbeClient) -> None:
    silent, busy, answering = _silent(probe), _busy(probe), probe.numbers[0]
    error = _end(probe, [busy, silent], answering).error
    timeout, cancel = _end(probe, silent, answering).error, _end(probe, busy, answering).error
    if timeout == cancel:
        raise Inconclusive("the errors of a timeout and of a cancel are the same")
    if error in (timeout, cancel):
        probe.observe("ring.failed", "any" if error == timeout else "all")
    expect(error, timeout, "error when one number rang out and one was busy")


def _call_both(probe: ProbeClient, kind: str) -> ProbeCall:
    """Return a call to a silent and an answering number, elements of one type."""
    numbers = (_silent(probe), probe.numbers[0])
    elements = [
        {"type": kind, "redirect_number": number, "order": order, "timeout": _TIMEOUT}
        for order, number in enumerate(numbers, 1)
    ]
    return call_once(probe, *elements, b_number=probe.numbers[0])


def _answers_in_time(call: ProbeCall) -> bool:
    """Return whether the answering number rang before the silent one had rung out."""
    return call.sides("waiting_period")[0] < _TIMEOUT


def linear_rings_at_once(probe: ProbeClient) -> bool:
    """Return whether the second of two Linear numbers rings before the first has rung out."""
    call = _call_both(probe, "Linear")
    return call.error is None and _answers_in_time(call)


@fact("ring.linear", needs="calls")
def linear_numbers_ring_one_after_another(probe: ProbeClient) -> None:
    at_once = linear_rings_at_once(probe)
    probe.expect_value("ring.linear", "at once" if at_once else "one after another")


@fact("ring.ringall", needs="calls")
def ringall_numbers_ring_at_once(probe: ProbeClient) -> None:
    at_once = _answers_in_time(_call_both(probe, "Ringall"))
    probe.expect_value("ring.ringall", "at once" if at_once else "one after another")


@fact("ring.timeout", needs="calls")
def a_timeout_bounds_the_ringing(probe: ProbeClient) -> None:
    element = {"type": "Ringall", "redirect_number": _silent(probe), "timeout": 5}
    call = call_once(probe, element, b_number=probe.numbers[0])
    probe.expect_value("ring.timeout", "seconds" if call.seconds <= _TIMEOUT else "ignored")


@fact("ring.timeout.from", needs="calls")
def a_timeout_counts_from_the_ringing(probe: ProbeClient) -> None:
    if linear_rings_at_once(probe):
        raise Inconclusive("Linear numbers ring at once")
    error = _call_both(probe, "Linear").error
    probe.expect_value("ring.timeout.from", "ringing" if error is None else "request")


@fact("event.failed", needs="calls")
def the_side_that_answered_sends_start_and_end(probe: ProbeClient) -> None:
    events = events_of(probe, _end(probe, probe.numbers[0], _silent(probe)))
    values = {("start_side_A", "end_side_A"): "start and end", ("start_side_A",): "start"}
    seen = tuple(dict.fromkeys(event_names(probe, events)))
    if seen in values:
        probe.observe("event.failed", values[seen])
    expect(list(seen), ["start_side_A", "end_side_A"], "events of a call that side B missed")


@fact("balance.charged", needs="calls")
def an_answered_leg_of_a_failed_call_is_charged(probe: ProbeClient) -> None:
    is_charged = _end(probe, probe.numbers[0], _silent(probe)).is_charged
    if is_charged is None:
        raise Inconclusive("getCustomerBalance shows no amount")
    probe.expect_value("balance.charged", "answered legs" if is_charged else "joined calls")


def _check_timeout(probe: ProbeClient, side: str, error: dict[str, Any]) -> None:
    probe.observe(f"info.timeout_{side.lower()}", error_value(error))
    expect(error["data"], f"Call ended by timeout on side {side}", "data")


def _end(probe: ProbeClient, a_numbers: str | list[str], b_number: str) -> ProbeCall:
    """Return a call between numbers, of which one does not answer."""
    numbers = [a_numbers] if isinstance(a_numbers, str) else a_numbers
    elements = [{"type": "Ringall", "redirect_number": number} for number in numbers]
    return call_once(probe, *elements, b_number=b_number, is_measured=True)


def _busy(probe: ProbeClient) -> str:
    return str(probe.option("busy_number", "--busy-number, a number that is busy"))


def _silent(probe: ProbeClient) -> str:
    return str(probe.option("silent_number", "--silent-number, a number that never answers"))

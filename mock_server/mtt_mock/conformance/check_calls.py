"""Checks makeCallBackCallFollowme, getCallBackFollowmeCallInfo and getCustomerBalance.

Where calls are allowed, the checks share one call, and poll its info until it is over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http import HTTPStatus
from itertools import takewhile
from typing import Any

import mtt_contracts
from mtt_mock.conformance.check_failed_calls import linear_rings_at_once
from mtt_mock.conformance.check_followme import prompt_side
from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.observations import charging_step, error_value, info_shape, refusal_reason
from mtt_mock.conformance.outcomes import CheckFailed, Inconclusive, expect
from mtt_mock.conformance.probe_calls import (
    CALLER_ID,
    ProbeCall,
    call_info,
    call_once,
    event_names,
    events_of,
    follow,
    request_call,
    sent_names,
)
from mtt_mock.conformance.probe_client import ProbeClient, ProbeResponse, is_url

_PROMPT = {"type": "text", "value": "Hello", "side": "A"}
_GREETING = {"type": "text", "value": "This is a test call, please wait for it to end", "side": "B"}
_DURATION, _PLAIN_DURATION = 10, 7  # seconds
_MAY_BE_EMPTY = frozenset(
    ("callDescription", "call_back_status", "call_back_record_URL_A", "call_back_record_URL_B")
)
_ROUNDING = 1  # second: lengths and periods are rounded up


@fact("balance.exists")
def the_balance_method_exists(probe: ProbeClient) -> None:
    response = probe.of_customer("getCustomerBalance")
    unknown = probe.of_customer("noSuchMethod")
    exists = response.envelope.get("error") != unknown.envelope.get("error")
    probe.expect_value("balance.exists", exists)
    error = probe.call("getCustomerBalance", {"no": 1}).error
    expect(error["data"], "customer_name not found", "data without customer_name")


@fact("balance.shape")
def the_balance_is_a_number_of_roubles(probe: ProbeClient) -> None:
    result = probe.of_customer("getCustomerBalance").result
    expect(sorted(result), ["balance", "currency"], "keys")
    expect(isinstance(result["balance"], int | float), expected=True, where="balance is a number")
    expect(result["currency"], "RUB", "currency")


@fact("info.unknown")
def an_unknown_call_is_an_error(probe: ProbeClient) -> None:
    call_info(probe, "1").expect_error(-32603, "Call not found")


@fact("info.id")
def a_call_may_be_named_by_an_integer(probe: ProbeClient) -> None:
    text, number = call_info(probe, "1"), call_info(probe, 1)
    probe.expect_value("info.id", "text or number" if number.error == text.error else "text")


@fact("call.struct.none", needs="calls")
def with_no_structure_a_call_fails(probe: ProbeClient) -> None:
    probe.clear()
    response = request_call(probe, b_number=probe.numbers[1], caller_id=CALLER_ID)
    response.expect_error(-32603, "Callback followme structure not found")


@fact("call.struct.no_number", needs="calls")
def with_prompts_only_a_call_fails(probe: ProbeClient) -> None:
    probe.fill(_PROMPT)
    response = request_call(probe, b_number=probe.numbers[1], caller_id=CALLER_ID)
    response.expect_error(-32603, "Side A has no number to call")


@fact("call.b_number.none", needs="calls")
def without_a_b_number_a_call_fails(probe: ProbeClient) -> None:
    probe.fill(_element(probe))
    request_call(probe, caller_id=CALLER_ID).expect_error(-32603, "B number not set")


@fact("call.caller_id", needs="calls")
def without_a_caller_id_a_call_fails(probe: ProbeClient) -> None:
    probe.fill(_element(probe))
    response = request_call(probe, b_number=probe.numbers[1])
    is_refused = "error" in response.envelope
    probe.observe("call.caller_id", "required" if is_refused else "optional")
    if not is_refused:
        follow(probe, ProbeCall(response))
        raise CheckFailed(response.envelope, "an error", "a call without caller_id")


def _need_caller_id(probe: ProbeClient) -> None:
    if probe.observed.get("call.caller_id") == "optional":
        raise Inconclusive("a call needs no caller_id")


@fact("call.caller_id.none", needs="calls")
def a_missing_caller_id_is_named_in_the_error(probe: ProbeClient) -> None:
    _need_caller_id(probe)
    probe.fill(_element(probe))
    response = request_call(probe, b_number=probe.numbers[1])
    response.expect_error(-32603, "caller_id not set")


@fact("call.client_caller_id", needs="calls")
def client_caller_id_does_not_replace_caller_id(probe: ProbeClient) -> None:
    _need_caller_id(probe)
    probe.fill(_element(probe))
    b_number = probe.numbers[1]
    without = request_call(probe, b_number=b_number).error
    response = request_call(probe, b_number=b_number, client_caller_id=CALLER_ID)
    if "result" in response.envelope:
        probe.observe("call.client_caller_id", "both sides")
        follow(probe, ProbeCall(response))
    elif response.error == without:
        probe.observe("call.client_caller_id", "side A")
    expect(response.error, without, "error of a call with client_caller_id only")


@fact("event.url.invalid", needs="calls")
def another_scheme_in_call_back_url_is_refused(probe: ProbeClient) -> None:
    # A structure without numbers, so that no phone rings if the service accepts the URL.
    probe.fill(_PROMPT)
    params = {"callBackURL": "ftp://example.com/x", "caller_id": CALLER_ID}
    response = request_call(probe, **params)
    if "error" in response.envelope:
        sent = {"customer_name": probe.customer, "recordEnable": 0, "direction": 0, **params}
        reason = refusal_reason("makeCallBackCallFollowme", sent)
        probe.observe("event.url.invalid", error_value(response.error, reason=reason))
    expect(response.error["code"], -32602, "code")


@fact("call.id", needs="calls")
def a_call_is_answered_with_its_id_as_text(probe: ProbeClient) -> None:
    result = _shared_call(probe).response.result
    mark = "{id}" if isinstance(result["callBackCall_id"], str) else "{id_number}"
    probe.observe("call.id", result | {"callBackCall_id": mark})
    expect(sorted(result), ["callBackCall_id"], "keys")
    expect(
        isinstance(result["callBackCall_id"], str), expected=True, where="callBackCall_id is text"
    )


@fact("call.id.form", needs="calls")
def the_id_of_a_call_is_digits(probe: ProbeClient) -> None:
    is_decimal = _shared_call(probe).id.isdecimal()
    expect(is_decimal, expected=True, where="callBackCall_id is digits")


@fact("call.struct.preset", needs="calls")
def the_preset_is_called(probe: ProbeClient) -> None:
    is_called = "result" in _shared_call(probe).response.envelope
    expect(is_called, expected=True, where="a call with a preset")


@fact("info.running", needs="calls")
def until_a_call_is_over_its_info_is_an_error(probe: ProbeClient) -> None:
    first = _first(probe)
    expect("error" in first.envelope, expected=True, where="an error at once after the call")


@fact("info.running.text", needs="calls")
def the_info_of_a_running_call_is_an_error(probe: ProbeClient) -> None:
    _first(probe).expect_error(-32603, "Call is not ended")


@fact("info.shape", needs="calls")
def the_info_has_its_fields(probe: ProbeClient) -> None:
    info = _shared_call(probe).info
    shape = info_shape(info)
    # A missing field may be an empty one that the service leaves out.
    if shape is not None and shape.keys() >= _MAY_BE_EMPTY:
        probe.observe("info.shape", shape)
    seen = mtt_contracts.validate_result(
        "getCallBackFollowmeCallInfo", {"callBackFollowmeCallInfoStruct": info}
    )
    expect([str(problem) for problem in seen], [], "problems of the contract")


@fact("info.complete", needs="calls")
def every_field_of_the_info_is_there(probe: ProbeClient) -> None:
    schema = mtt_contracts.method("getCallBackFollowmeCallInfo").result_schema
    struct = schema["properties"]["callBackFollowmeCallInfoStruct"]["properties"]
    info = _shared_call(probe).info
    others = [name for name in struct if name not in info and name not in _MAY_BE_EMPTY]
    if "" in [value for name, value in info.items() if name in struct]:
        probe.observe("info.complete", "complete")
    elif len(info) < len(struct) and not others:
        probe.observe("info.complete", "empty left out")
    empty: dict[str, Any] = {"array": [], "object": {}}
    url = info.get("call_back_record_URL_A", "")
    record = next((name for name, value in empty.items() if value == url), "text")
    probe.observe("info.record.content", record)
    expect(sorted(info), sorted(struct), "fields")


@fact("info.seconds", needs="calls")
def lengths_and_periods_are_whole_seconds(probe: ProbeClient) -> None:
    texts = [str(value) for value in _seconds(probe).values()]
    exact = any("." in text for text in texts)
    a, b = _shared_call(probe).sides("call_back_real_length")
    # A length that a duration bounds is whole in any case.
    if exact or b not in (a, _DURATION):
        probe.observe("info.seconds", "thousandths" if exact else "whole")
    for name, value in _seconds(probe).items():
        whole = isinstance(value, int) or (isinstance(value, str) and value.isdecimal())
        expect(whole, expected=True, where=f"{name} is whole seconds")


@fact("info.seconds.type", needs="calls")
def lengths_and_periods_are_numbers(probe: ProbeClient) -> None:
    for name, value in _seconds(probe).items():
        expect(type(value).__name__, "int", f"type of {name}")


@fact("info.currency", needs="calls")
def the_currency_is_the_rouble(probe: ProbeClient) -> None:
    expect(_shared_call(probe).info["call_back_currency"], "RUB", "call_back_currency")


@fact("info.status", needs="calls")
def the_status_of_a_joined_call_is_answered(probe: ProbeClient) -> None:
    expect(_shared_call(probe).info["call_back_status"], "answered", "call_back_status")


@fact("info.destination", needs="calls")
def the_destinations_are_the_numbers_that_answered(probe: ProbeClient) -> None:
    info = _shared_call(probe).info
    keeps_plus = str(info["destination_A"]).startswith("+")
    probe.observe("info.destination", "as set" if keeps_plus else "digits")
    seen = [str(info[f"destination_{side}"]).lstrip("+") for side in "AB"]
    expect(seen, [number.lstrip("+") for number in probe.numbers], "destinations")


@fact("call.description", needs="calls")
def the_description_comes_back(probe: ProbeClient) -> None:
    description = _shared_call(probe).info.get("callDescription")
    if description is None and "callDescription" not in probe.observed.get("info.shape", {}):
        raise Inconclusive("the info has no callDescription")
    returned = description == "mtt-mock verify"
    probe.observe_members("call.description", {"returned": returned})
    expect(description, "mtt-mock verify", "callDescription")


@fact("info.length", needs="calls")
def a_real_length_counts_from_the_answer(probe: ProbeClient) -> None:
    call = _shared_call(probe)
    a, b = call.sides("call_back_real_length")
    waiting_a, waiting_b = call.sides("waiting_period")
    if not waiting_b:
        raise Inconclusive("side B answered at once")
    probe.observe("info.length", "join" if a == b else "answer")
    expect(a > b, expected=True, where="side A, which answered first, is longer")
    if waiting_a > _ROUNDING:
        # B's waiting period includes A's, or not; each number is rounded up.
        from_request = waiting_b > a - b + _ROUNDING
        probe.observe("info.waiting", "request" if from_request else "ringing")


@fact("info.waiting", needs="calls")
def a_waiting_period_counts_from_the_ringing(probe: ProbeClient) -> None:
    a, b = _shared_call(probe).sides("call_back_real_length")
    waiting_b = _shared_call(probe).sides("waiting_period")[1]
    if a == b:
        raise Inconclusive("the lengths do not tell when side B was rung")
    expect(abs(waiting_b - (a - b)) <= _ROUNDING, expected=True, where="B waited while A listened")


@fact("call.duration", needs="calls")
def a_duration_bounds_the_talk(probe: ProbeClient) -> None:
    talk = min(_plain_call(probe).sides("call_back_real_length"))
    if talk < _PLAIN_DURATION:
        raise Inconclusive("the talk ended before its duration")
    is_bounded = talk <= _PLAIN_DURATION + _ROUNDING
    probe.expect_value("call.duration", "seconds" if is_bounded else "ignored")


@fact("call.record", needs="calls")
def a_call_is_recorded_unless_it_says_otherwise(probe: ProbeClient) -> None:
    info = _plain_call(probe).info
    url = info.get("call_back_record_URL_A")
    if url is None and "call_back_record_URL_A" not in probe.observed.get("info.shape", {}):
        raise Inconclusive("the info has no record URL")
    if isinstance(url, dict) and url:
        template = {name: "{url}" if is_url(value) else value for name, value in url.items()}
        probe.observe("info.record", template)
    elif is_url(url):
        probe.observe("info.record", "{url}")
    probe.expect_value("call.record", bool(url))


@fact("call.direction", needs="calls")
def side_a_is_called_first(probe: ProbeClient) -> None:
    a, b = _plain_call(probe).sides("call_back_real_length")
    if a == b:
        raise Inconclusive("the lengths do not tell which side was called first")
    probe.expect_value("call.direction", "A" if a > b else "B")


@fact("event.scheme", needs="calls")
def an_url_without_a_scheme_is_http(probe: ProbeClient) -> None:
    usual = _events(probe)
    if not usual or not str(probe.options.get("events_url")).startswith("http://"):
        raise Inconclusive("needs a receiver that got the events of another call over http")
    came = bool(events_of(probe, _plain_call(probe)))
    probe.expect_value("event.scheme", "http" if came else "https")


def _plain_call(probe: ProbeClient) -> ProbeCall:
    """Return a call without direction and recordEnable, and with a URL without scheme."""
    return call_once(
        probe,
        _element(probe),
        b_number=probe.numbers[1],
        duration=_PLAIN_DURATION,
        callBackURL=(probe.options.get("events_url") or "").removeprefix("http://") or None,
        recordEnable=None,
        direction=None,
    )


@fact("call.duration.from", needs="calls")
def a_duration_counts_from_the_join(probe: ProbeClient) -> None:
    if probe.observed.get("call.duration") == "ignored":
        raise Inconclusive("a duration is ignored")
    a, b = _shared_call(probe).sides("call_back_real_length")
    waiting_b = _shared_call(probe).sides("waiting_period")[1]
    from_answer = a != b or not waiting_b
    # B hears a prompt before the join. Real lengths count from the answer, or from the join.
    if b == _DURATION:
        if prompt_side(probe) != "named":
            raise Inconclusive("side B hears no prompt")
        start = "answer" if from_answer else "join"
    elif (b > _DURATION) is from_answer:
        start = "join" if from_answer else "answer"
    else:
        raise Inconclusive("the talk ended before its duration")
    probe.observe_members("call.duration.from", {"from": start})
    expect(start, "join", "the duration counts from")


@fact("info.length.charged", needs="calls")
def a_charged_length_is_the_real_one(probe: ProbeClient) -> None:
    calls = [_shared_call(probe)]
    with contextlib.suppress(Inconclusive):
        calls.append(_second_call(probe))
    real, charged = (
        [length for call in calls for length in call.sides(f"call_back_{kind}_length")]
        for kind in ("real", "charged")
    )
    step = charging_step(real, charged)
    if step is not None:
        probe.observe("info.length.charged", step)
    expect(charged, real, "charged lengths")


@fact("info.cost", needs="calls")
def the_cost_is_a_number_with_two_decimals(probe: ProbeClient) -> None:
    cost = _shared_call(probe).info["call_back_cost"]
    probe.observe("info.cost", {"type": "text" if isinstance(cost, str) else "number"})
    expect(isinstance(cost, int | float), expected=True, where="call_back_cost is a number")


@fact("event.get", needs="calls")
def events_come_by_get_with_event_and_id(probe: ProbeClient) -> None:
    call_id = _shared_call(probe).id
    if events := _events(probe):
        probe.observe("event.get", events[0].method)
    for event in _events(probe):
        expect(event.method, "GET", "the HTTP method")
        expect(event.id, call_id, f"id of {event.event}")


def _observe_names(probe: ProbeClient) -> None:
    """Observe the names of the two starts, and of the ends if they tell their side."""
    names = list(dict.fromkeys(sent_names(probe, _events(probe))))
    if len(names) < 2:
        return
    value = {"start_side_A": names[0], "start_side_B": names[1]}
    ends = names[2:]
    for side, start in zip("AB", names[:2], strict=True):
        other = names[1] if side == "A" else names[0]
        own = [end for end in ends if _likeness(end, start) > _likeness(end, other)]
        if len(own) == 1:
            value[f"end_side_{side}"] = own[0]
    probe.observe("event.names", value)


def _likeness(text: str, other: str) -> int:
    """Return the length of the common end of two texts."""
    pairs = zip(reversed(text), reversed(other), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@fact("event.names", needs="calls")
def a_side_starts_before_it_ends_and_a_before_b(probe: ProbeClient) -> None:
    names = [event.event for event in _events(probe)]
    _observe_names(probe)
    known = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
    expect([name for name in names if name not in known], [], "unknown events")
    expect(names[:2], known[:2], "the first two events")


@fact("event.end", needs="calls")
def both_sides_send_their_end(probe: ProbeClient) -> None:
    names = [event.event for event in _events(probe)]
    expect(sorted(names[2:]), ["end_side_A", "end_side_B"], "events after the join")
    if probe.options.get("hangs_up"):
        expect(names[2], f"end_side_{probe.options['hangs_up']}", "the side that hung up")


@fact("event.once", needs="calls")
def each_event_comes_once(probe: ProbeClient) -> None:
    names = event_names(probe, _events(probe))
    if names:
        probe.observe("event.once", names.count(names[0]))
    expect(sorted(set(names)), sorted(names), "events")


@fact("event.order", needs="calls")
def an_event_waits_for_the_answer_to_the_former(probe: ProbeClient) -> None:
    delay = probe.option("event_delay", "a receiver that answers late")
    events = events_of(probe, _second_call(probe))
    names = event_names(probe, events)
    ends = [event.at for event, name in zip(events, names, strict=True) if name.startswith("end")]
    if len(ends) < 2:
        raise Inconclusive("the call sent fewer than two ends")
    waits = ends[1] - ends[0] > delay / 2
    probe.expect_value("event.order", "one after another" if waits else "at once")


@fact("ring.order", needs="calls")
def elements_without_order_come_last(probe: ProbeClient) -> None:
    numbers = _three_numbers(probe)
    if probe.options.get("silent_number") and linear_rings_at_once(probe):
        raise Inconclusive("Linear numbers ring at once")
    called = _second_call(probe).info["destination_A"].lstrip("+")
    probe.expect_value("ring.order", "first" if called == numbers[1].lstrip("+") else "last")


@fact("ring.sequence", needs="calls")
def side_b_is_rung_after_the_prompts_of_side_a(probe: ProbeClient) -> None:
    a, b = _second_call(probe).sides("call_back_real_length")
    waiting = _second_call(probe).sides("waiting_period")[1]
    if probe.observed.get("info.waiting") != "ringing":
        raise Inconclusive("the lengths do not tell when side B was rung")
    waits = a - b > waiting + _ROUNDING
    probe.expect_value("ring.sequence", "after the prompts" if waits else "at the answer")


@fact("event.end", needs="calls")
def the_side_that_hangs_up_ends_first(probe: ProbeClient) -> None:
    if probe.options.get("hangs_up") != "B":
        raise Inconclusive("needs --hangs-up B: the called side B hangs up first")
    events = events_of(probe, _second_call(probe))
    ends = [name for name in event_names(probe, events) if name.startswith("end")]
    values = {
        ("end_side_B", "end_side_A"): "hung up first",
        ("end_side_A", "end_side_B"): "A first",
        ("end_side_B",): "hung up only",
    }
    seen = tuple(dict.fromkeys(ends))
    if seen in values:
        probe.observe("event.end", values[seen])
    expect(list(seen), ["end_side_B", "end_side_A"], "ends of a call that side B hung up")


def _second_call(probe: ProbeClient) -> ProbeCall:
    """Return a joined call to the first of two numbers, whose events are answered late."""
    first, second, b_number = _three_numbers(probe)
    with _late_answers(probe):
        call = call_once(
            probe,
            {"type": "Linear", "redirect_number": first, "order": 5, "timeout": 25},
            {"type": "Linear", "redirect_number": second, "timeout": 25},
            {**_GREETING, "side": "A"},
            b_number=b_number,
        )
    call.info  # noqa: B018 -- raises unless it was joined
    return call


@contextlib.contextmanager
def _late_answers(probe: ProbeClient) -> Iterator[None]:
    """Let the receiver answer events after ``event_delay`` seconds, until no more arrive."""
    receiver, delay = probe.options.get("receiver"), probe.options.get("event_delay")
    if receiver is None or not delay:
        yield
        return
    receiver.respond_with(HTTPStatus.OK, delay=delay)
    seen = len(receiver.events)
    try:
        yield
        while seen < len(receiver.events):
            seen = len(receiver.events)
            probe.options["sleep"](2 * delay)
    finally:
        receiver.respond_with(HTTPStatus.OK)


def _three_numbers(probe: ProbeClient) -> list[str]:
    numbers = probe.options.get("numbers", ())
    if len(numbers) < 3:
        raise Inconclusive("needs --number three times: two of side A, one of side B")
    return [numbers[0], numbers[1], numbers[-1]]


def _events(probe: ProbeClient) -> list[Any]:
    call = _shared_call(probe)
    call.info  # noqa: B018 -- a call that was not joined has fewer events
    return events_of(probe, call)


def _element(probe: ProbeClient) -> dict[str, Any]:
    number = f"+{probe.numbers[0].lstrip('+')}"
    return {"type": "Ringall", "redirect_number": number, "timeout": 25, "name": "a"}


def _shared_call(probe: ProbeClient) -> ProbeCall:
    """Return the call that most checks are about."""
    return call_once(
        probe,
        _element(probe),
        _GREETING,
        b_number=probe.numbers[1],
        duration=_DURATION,
        callDescription="mtt-mock verify",
    )


def _first(probe: ProbeClient) -> ProbeResponse:
    first = _shared_call(probe).first
    if first is None:
        raise Inconclusive("no response about the call arrived")
    return first


def _seconds(probe: ProbeClient) -> dict[str, Any]:
    info = _shared_call(probe).info
    return {name: info[name] for name in info if "length" in name or "waiting_period" in name}

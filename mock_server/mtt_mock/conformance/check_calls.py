"""Checks makeCallBackCallFollowme, getCallBackFollowmeCallInfo and getCustomerBalance.

Where calls are allowed, the checks share one call, and poll its info until it is over.
"""

from __future__ import annotations

import re
from typing import Any

import mtt_contracts
from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.outcomes import CheckFailed, Inconclusive, expect
from mtt_mock.conformance.probe_client import ProbeClient, ProbeResponse

_PROMPT = {"type": "text", "value": "Hello", "side": "A"}
_CALLER_ID = "74951001010"
_NOT_FOUND = -32601
MAX_POLLS = 60
POLL_INTERVAL = 5.0  # seconds; a public client polls alike, and gives up after 5 minutes too
_ENDINGS = re.compile(r"Call ended by (timeout|cancel) on side [AB]")


@fact("balance.exists")
def the_balance_method_exists(probe: ProbeClient) -> None:
    response = probe.of_customer("getCustomerBalance")
    if response.envelope.get("error", {}).get("code") == _NOT_FOUND:
        raise CheckFailed(response.envelope, "a method that exists", "getCustomerBalance")
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
    error = _info(probe, "1").error
    expect([error["code"], error["data"]], [-32603, "Call not found"], "code and data")


@fact("info.id")
def a_call_may_be_named_by_an_integer(probe: ProbeClient) -> None:
    text, number = _info(probe, "1"), _info(probe, 1)
    expect(number.error, text.error, "error for the integer")


@fact("call.struct.none", needs="calls")
def with_no_structure_a_call_fails(probe: ProbeClient) -> None:
    probe.clear()
    response = _make(probe, b_number=_numbers(probe)[1], caller_id=_CALLER_ID)
    _expect_failed(response, "Callback followme structure not found")


@fact("call.struct.no_number", needs="calls")
def with_prompts_only_a_call_fails(probe: ProbeClient) -> None:
    probe.fill(_PROMPT)
    response = _make(probe, b_number=_numbers(probe)[1], caller_id=_CALLER_ID)
    _expect_failed(response, "Side A has no number to call")


@fact("call.b_number.none", needs="calls")
def without_a_b_number_a_call_fails(probe: ProbeClient) -> None:
    probe.fill(_element(probe))
    _expect_failed(_make(probe, caller_id=_CALLER_ID), "B number not set")


@fact("call.caller_id", needs="calls")
def without_a_caller_id_a_call_fails(probe: ProbeClient) -> None:
    probe.fill(_element(probe))
    response = _make(probe, b_number=_numbers(probe)[1])
    if "error" not in response.envelope:
        raise CheckFailed(response.envelope, "an error", "a call without caller_id")


@fact("call.caller_id.none", needs="calls")
def the_error_without_a_caller_id_says_so(probe: ProbeClient) -> None:
    probe.fill(_element(probe))
    _expect_failed(_make(probe, b_number=_numbers(probe)[1]), "caller_id not set")


@fact("event.url.invalid", needs="calls")
def another_scheme_in_call_back_url_is_refused(probe: ProbeClient) -> None:
    # A structure without numbers, so that no phone rings if the service accepts the URL.
    probe.fill(_PROMPT)
    response = _make(probe, callBackURL="ftp://example.com/x", caller_id=_CALLER_ID)
    expect(response.error["code"], -32602, "code")


@fact("call.id", needs="calls")
def a_call_is_answered_with_its_id_as_text(probe: ProbeClient) -> None:
    result = _shared_call(probe)["made"].result
    expect(sorted(result), ["callBackCall_id"], "keys")
    expect(
        isinstance(result["callBackCall_id"], str), expected=True, where="callBackCall_id is text"
    )


@fact("call.id.form", needs="calls")
def the_id_of_a_call_is_digits(probe: ProbeClient) -> None:
    call_id = str(_shared_call(probe)["made"].result["callBackCall_id"])
    expect(call_id.isdecimal(), expected=True, where="callBackCall_id is digits")


@fact("call.struct.preset", needs="calls")
def the_preset_is_called(probe: ProbeClient) -> None:
    expect(
        "result" in _shared_call(probe)["made"].envelope,
        expected=True,
        where="a call with a preset",
    )


@fact("info.running", needs="calls")
def until_a_call_is_over_its_info_is_an_error(probe: ProbeClient) -> None:
    first = _first(probe)
    expect("error" in first.envelope, expected=True, where="an error at once after the call")


@fact("info.running.text", needs="calls")
def the_error_says_that_the_call_is_not_ended(probe: ProbeClient) -> None:
    error = _first(probe).error
    expect([error["code"], error["data"]], [-32603, "Call is not ended"], "code and data")


@fact("info.shape", needs="calls")
def the_info_has_its_fields(probe: ProbeClient) -> None:
    info = _info_of_call(probe)
    seen = mtt_contracts.validate_result(
        "getCallBackFollowmeCallInfo", {"callBackFollowmeCallInfoStruct": info}
    )
    expect([str(problem) for problem in seen], [], "what breaks the contract")


@fact("info.complete", needs="calls")
def every_field_of_the_info_is_there(probe: ProbeClient) -> None:
    schema = mtt_contracts.method("getCallBackFollowmeCallInfo").result_schema
    struct = schema["properties"]["callBackFollowmeCallInfoStruct"]["properties"]
    expect(sorted(_info_of_call(probe)), sorted(struct), "fields")


@fact("info.seconds", needs="calls")
def lengths_and_periods_are_whole_seconds(probe: ProbeClient) -> None:
    for name, value in _seconds(probe).items():
        whole = isinstance(value, int) or (isinstance(value, str) and value.isdecimal())
        expect(whole, expected=True, where=f"{name} is whole seconds")


@fact("info.seconds.type", needs="calls")
def lengths_and_periods_are_numbers(probe: ProbeClient) -> None:
    for name, value in _seconds(probe).items():
        expect(type(value).__name__, "int", f"type of {name}")


@fact("info.currency", needs="calls")
def the_currency_is_the_rouble(probe: ProbeClient) -> None:
    expect(_info_of_call(probe)["call_back_currency"], "RUB", "call_back_currency")


@fact("info.status", needs="calls")
def the_status_of_a_joined_call_is_answered(probe: ProbeClient) -> None:
    expect(_info_of_call(probe)["call_back_status"], "answered", "call_back_status")


@fact("info.destination", needs="calls")
def the_destinations_are_the_numbers_that_answered(probe: ProbeClient) -> None:
    info = _info_of_call(probe)
    seen = [str(info[f"destination_{side}"]).lstrip("+") for side in "AB"]
    expect(seen, [number.lstrip("+") for number in _numbers(probe)], "destinations")


@fact("call.description", needs="calls")
def the_description_comes_back(probe: ProbeClient) -> None:
    expect(_info_of_call(probe)["callDescription"], "mtt-mock verify", "callDescription")


@fact("event.get", needs="calls")
def events_come_by_get_with_event_and_id(probe: ProbeClient) -> None:
    call_id = _shared_call(probe)["made"].result["callBackCall_id"]
    for event in _events(probe):
        expect(event.id, call_id, f"id of {event.event}")


@fact("event.names", needs="calls")
def a_side_starts_before_it_ends_and_a_before_b(probe: ProbeClient) -> None:
    names = [event.event for event in _events(probe)]
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
    names = [event.event for event in _events(probe)]
    expect(sorted(set(names)), sorted(names), "events")


def _events(probe: ProbeClient) -> list[Any]:
    receiver = probe.options.get("receiver")
    if receiver is None:
        raise Inconclusive("needs --events-url, where the service can send events")
    _info_of_call(probe)  # a call that was not joined has fewer events
    return list(receiver.events)


def _numbers(probe: ProbeClient) -> list[str]:
    numbers = list(probe.options.get("numbers", ()))
    if not numbers:
        raise Inconclusive("needs --number, a number that may be rung")
    return [numbers[0], numbers[-1]]


def _element(probe: ProbeClient) -> dict[str, Any]:
    return {"type": "Ringall", "redirect_number": _numbers(probe)[0], "timeout": 25}


def _make(probe: ProbeClient, **params: Any) -> ProbeResponse:
    return probe.of_customer("makeCallBackCallFollowme", recordEnable=0, **params)


def _info(probe: ProbeClient, call_id: Any) -> ProbeResponse:
    return probe.of_customer("getCallBackFollowmeCallInfo", callBackCall_id=call_id)


def _expect_failed(response: ProbeResponse, data: str) -> None:
    error = response.error
    expect([error["code"], error["data"]], [-32603, data], "code and data")


def _shared_call(probe: ProbeClient) -> dict[str, ProbeResponse]:
    """Return the responses about the shared call, and start it first: made, first and last info.

    A call is requested once, even if it fails. Raises ``Inconclusive`` if no response arrived.
    """
    if not probe.call_requested:
        start = len(probe.endpoint.exchanges)
        try:
            _start_call(probe)
        finally:
            probe.call_exchanges = probe.endpoint.exchanges[start:]
    if "made" not in probe.call_responses:
        raise Inconclusive("a call was requested, and no response arrived")
    return probe.call_responses


def _start_call(probe: ProbeClient) -> None:
    probe.fill(_element(probe))
    probe.call_requested = True
    made = _make(
        probe,
        b_number=_numbers(probe)[1],
        caller_id=probe.options.get("caller_id") or _CALLER_ID,
        duration=10,
        callDescription="mtt-mock verify",
        callBackURL=probe.options.get("events_url"),
    )
    probe.call_responses["made"] = made
    if "result" in made.envelope:
        _follow(probe, made.result["callBackCall_id"])


def _first(probe: ProbeClient) -> ProbeResponse:
    first: ProbeResponse | None = _shared_call(probe).get("first")
    if first is None:
        raise Inconclusive("no response about the call arrived")
    return first


def _follow(probe: ProbeClient, call_id: Any) -> None:
    sleep = probe.options["sleep"]
    response = probe.call_responses["first"] = _info(probe, call_id)
    for _ in range(MAX_POLLS):
        if "result" in response.envelope or _ENDINGS.fullmatch(str(response.error["data"])):
            break
        sleep(POLL_INTERVAL)
        response = _info(probe, call_id)
    probe.call_responses["last"] = response


def _info_of_call(probe: ProbeClient) -> dict[str, Any]:
    last = _shared_call(probe).get("last")
    if last is None:
        raise Inconclusive("the call was refused")
    if "result" not in last.envelope:
        raise Inconclusive(f"the call was not joined: {last.error['data']}")
    info: dict[str, Any] = last.result["callBackFollowmeCallInfoStruct"]
    return info


def _seconds(probe: ProbeClient) -> dict[str, Any]:
    info = _info_of_call(probe)
    return {name: info[name] for name in info if "length" in name or "waiting_period" in name}

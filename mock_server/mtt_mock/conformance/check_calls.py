"""makeCallBackCallFollowme, getCallBackFollowmeCallInfo, getCustomerBalance.

One call is placed, where calls are allowed, and asked about until it is over.
"""

from __future__ import annotations

import re
from typing import Any

import mtt_contracts
from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.outcomes import CheckFailed, Inconclusive, expect
from mtt_mock.conformance.probe_client import Answer, Ask

_PROMPT = {"type": "text", "value": "Hello", "side": "A"}
_CALLER_ID = "74951001010"
_NOT_FOUND = -32601
_POLLS = 60
_PAUSE = 5.0  # seconds, as a public client does it; it gives up after 5 minutes too
_ENDINGS = re.compile(r"Call ended by (timeout|cancel) on side [AB]")


@fact("balance.exists")
def the_balance_can_be_asked_for(ask: Ask) -> None:
    answer = ask.of_customer("getCustomerBalance")
    if answer.envelope.get("error", {}).get("code") == _NOT_FOUND:
        raise CheckFailed(answer.envelope, "a method that exists", "getCustomerBalance")
    error = ask.call("getCustomerBalance", {"no": 1}).error
    expect(error["data"], "customer_name not found", "data without customer_name")


@fact("balance.shape")
def the_balance_is_a_number_of_roubles(ask: Ask) -> None:
    result = ask.of_customer("getCustomerBalance").result
    expect(sorted(result), ["balance", "currency"], "keys")
    expect(isinstance(result["balance"], int | float), expected=True, where="balance is a number")
    expect(result["currency"], "RUB", "currency")


@fact("info.unknown")
def an_unknown_call_is_an_error(ask: Ask) -> None:
    error = _info(ask, "1").error
    expect([error["code"], error["data"]], [-32603, "Call not found"], "code and data")


@fact("info.id")
def a_call_may_be_named_by_an_integer(ask: Ask) -> None:
    text, number = _info(ask, "1"), _info(ask, 1)
    expect(number.error, text.error, "error for the integer")


@fact("call.struct.none", needs="calls")
def with_no_structure_a_call_fails(ask: Ask) -> None:
    ask.clear()
    answer = _make(ask, b_number=_numbers(ask)[1], caller_id=_CALLER_ID)
    _expect_failed(answer, "Callback followme structure not found")


@fact("call.struct.no_number", needs="calls")
def with_prompts_only_a_call_fails(ask: Ask) -> None:
    ask.fill(_PROMPT)
    answer = _make(ask, b_number=_numbers(ask)[1], caller_id=_CALLER_ID)
    _expect_failed(answer, "Side A has no number to call")


@fact("call.b_number.none", needs="calls")
def without_a_b_number_a_call_fails(ask: Ask) -> None:
    ask.fill(_element(ask))
    _expect_failed(_make(ask, caller_id=_CALLER_ID), "B number not set")


@fact("call.caller_id", needs="calls")
def without_a_caller_id_a_call_fails(ask: Ask) -> None:
    ask.fill(_element(ask))
    answer = _make(ask, b_number=_numbers(ask)[1])
    if "error" not in answer.envelope:
        raise CheckFailed(answer.envelope, "an error", "a call without caller_id")


@fact("call.caller_id.none", needs="calls")
def the_error_without_a_caller_id_says_so(ask: Ask) -> None:
    ask.fill(_element(ask))
    _expect_failed(_make(ask, b_number=_numbers(ask)[1]), "caller_id not set")


@fact("event.url.invalid", needs="calls")
def another_scheme_in_call_back_url_is_refused(ask: Ask) -> None:
    # A structure without numbers: should the URL be taken, nobody is rung.
    ask.fill(_PROMPT)
    answer = _make(ask, callBackURL="ftp://example.com/x", caller_id=_CALLER_ID)
    expect(answer.error["code"], -32602, "code")


@fact("call.id", needs="calls")
def a_call_is_answered_with_its_id_as_text(ask: Ask) -> None:
    result = _placed(ask)["made"].result
    expect(sorted(result), ["callBackCall_id"], "keys")
    expect(
        isinstance(result["callBackCall_id"], str), expected=True, where="callBackCall_id is text"
    )


@fact("call.id.form", needs="calls")
def the_id_of_a_call_is_digits(ask: Ask) -> None:
    call_id = str(_placed(ask)["made"].result["callBackCall_id"])
    expect(call_id.isdecimal(), expected=True, where="callBackCall_id is digits")


@fact("call.struct.preset", needs="calls")
def the_preset_is_called(ask: Ask) -> None:
    expect("result" in _placed(ask)["made"].envelope, expected=True, where="a call with a preset")


@fact("info.running", needs="calls")
def until_a_call_is_over_its_info_is_an_error(ask: Ask) -> None:
    first = _first(ask)
    expect("error" in first.envelope, expected=True, where="an error at once after the call")


@fact("info.running.text", needs="calls")
def a_call_that_goes_on_is_said_not_to_be_ended(ask: Ask) -> None:
    error = _first(ask).error
    expect([error["code"], error["data"]], [-32603, "Call is not ended"], "code and data")


@fact("info.shape", needs="calls")
def the_info_has_its_fields(ask: Ask) -> None:
    info = _info_of_call(ask)
    seen = mtt_contracts.validate_result(
        "getCallBackFollowmeCallInfo", {"callBackFollowmeCallInfoStruct": info}
    )
    expect([str(problem) for problem in seen], [], "what breaks the contract")


@fact("info.complete", needs="calls")
def every_field_of_the_info_is_there(ask: Ask) -> None:
    schema = mtt_contracts.method("getCallBackFollowmeCallInfo").result_schema
    struct = schema["properties"]["callBackFollowmeCallInfoStruct"]["properties"]
    expect(sorted(_info_of_call(ask)), sorted(struct), "fields")


@fact("info.seconds", needs="calls")
def lengths_and_periods_are_whole_seconds(ask: Ask) -> None:
    for name, value in _seconds(ask).items():
        whole = isinstance(value, int) or (isinstance(value, str) and value.isdecimal())
        expect(whole, expected=True, where=f"{name} is whole seconds")


@fact("info.seconds.type", needs="calls")
def lengths_and_periods_are_numbers(ask: Ask) -> None:
    for name, value in _seconds(ask).items():
        expect(type(value).__name__, "int", f"type of {name}")


@fact("info.destination", needs="calls")
def the_destinations_are_the_numbers_that_answered(ask: Ask) -> None:
    info = _info_of_call(ask)
    seen = [str(info[f"destination_{side}"]).lstrip("+") for side in "AB"]
    expect(seen, [number.lstrip("+") for number in _numbers(ask)], "destinations")


@fact("call.description", needs="calls")
def the_description_comes_back(ask: Ask) -> None:
    expect(_info_of_call(ask)["callDescription"], "mtt-mock verify", "callDescription")


@fact("event.get", needs="calls")
def events_come_by_get_with_event_and_id(ask: Ask) -> None:
    call_id = _placed(ask)["made"].result["callBackCall_id"]
    for event in _events(ask):
        expect(event.id, call_id, f"id of {event.event}")


@fact("event.names", needs="calls")
def a_side_starts_before_it_ends_and_a_before_b(ask: Ask) -> None:
    names = [event.event for event in _events(ask)]
    known = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
    expect([name for name in names if name not in known], [], "unknown events")
    expect(names[:2], known[:2], "the first two events")


@fact("event.end", needs="calls")
def both_ends_are_told(ask: Ask) -> None:
    names = [event.event for event in _events(ask)]
    expect(sorted(names[2:]), ["end_side_A", "end_side_B"], "events after the join")
    if ask.given.get("hangs_up"):
        expect(names[2], f"end_side_{ask.given['hangs_up']}", "the side that hung up")


@fact("event.once", needs="calls")
def each_event_comes_once(ask: Ask) -> None:
    names = [event.event for event in _events(ask)]
    expect(sorted(set(names)), sorted(names), "events")


def _events(ask: Ask) -> list[Any]:
    receiver = ask.given.get("receiver")
    if receiver is None:
        raise Inconclusive("needs --events-url, where the service can tell of events")
    _info_of_call(ask)  # a call that was not joined tells less
    return list(receiver.events)


def _numbers(ask: Ask) -> list[str]:
    numbers = list(ask.given.get("numbers", ()))
    if not numbers:
        raise Inconclusive("needs --number, a number that may be rung")
    return [numbers[0], numbers[-1]]


def _element(ask: Ask) -> dict[str, Any]:
    return {"type": "Ringall", "redirect_number": _numbers(ask)[0], "timeout": 25}


def _make(ask: Ask, **params: Any) -> Answer:
    return ask.of_customer("makeCallBackCallFollowme", recordEnable=0, **params)


def _info(ask: Ask, call_id: Any) -> Answer:
    return ask.of_customer("getCallBackFollowmeCallInfo", callBackCall_id=call_id)


def _expect_failed(answer: Answer, data: str) -> None:
    error = answer.error
    expect([error["code"], error["data"]], [-32603, data], "code and data")


def _placed(ask: Ask) -> dict[str, Answer]:
    """Return the answers of the one call: made, first info, last info; place it when there is none.

    It is asked for once, whatever comes of that. Raises ``Inconclusive`` when no answer came.
    """
    if not ask.asked_for_call:
        start = len(ask.endpoint.exchanges)
        try:
            _place(ask)
        finally:
            ask.call_exchanges = ask.endpoint.exchanges[start:]
    if "made" not in ask.made_call:
        raise Inconclusive("a call was asked for, and no answer came")
    return ask.made_call


def _place(ask: Ask) -> None:
    ask.fill(_element(ask))
    ask.asked_for_call = True
    made = _make(
        ask,
        b_number=_numbers(ask)[1],
        caller_id=ask.given.get("caller_id") or _CALLER_ID,
        duration=10,
        callDescription="mtt-mock verify",
        callBackURL=ask.given.get("events_url"),
    )
    ask.made_call["made"] = made
    if "result" in made.envelope:
        _follow(ask, made.result["callBackCall_id"])


def _first(ask: Ask) -> Answer:
    first: Answer | None = _placed(ask).get("first")
    if first is None:
        raise Inconclusive("nothing was answered about the call")
    return first


def _follow(ask: Ask, call_id: Any) -> None:
    sleep = ask.given["sleep"]
    answer = ask.made_call["first"] = _info(ask, call_id)
    for _ in range(_POLLS):
        if "result" in answer.envelope or _ENDINGS.fullmatch(str(answer.error["data"])):
            break
        sleep(_PAUSE)
        answer = _info(ask, call_id)
    ask.made_call["last"] = answer


def _info_of_call(ask: Ask) -> dict[str, Any]:
    last = _placed(ask).get("last")
    if last is None:
        raise Inconclusive("the call was refused")
    if "result" not in last.envelope:
        raise Inconclusive(f"the call was not joined: {last.error['data']}")
    info: dict[str, Any] = last.result["callBackFollowmeCallInfoStruct"]
    return info


def _seconds(ask: Ask) -> dict[str, Any]:
    info = _info_of_call(ask)
    return {name: info[name] for name in info if "length" in name or "waiting_period" in name}

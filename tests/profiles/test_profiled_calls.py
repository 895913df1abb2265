"""A fake with a profile of calls, events and call info: each fact changes the wire."""

from __future__ import annotations

import json

import pytest
from test_profiled_fake import Client

from mtt_mock import Answers, NeverAnswers
from mtt_mock.service.profile import Profile, ProfileError

SET, MAKE = "setCallBackFollowme", "makeCallBackCallFollowme"
A = {"type": "ringall", "redirect_number": "79000000001", "order": 1, "timeout": 20}
SECOND = {**A, "redirect_number": "79000000003", "order": 2}
PROMPT = {"type": "text", "value": "hello", "side": "A"}
CALL = {
    "customer_name": "1", "b_number": "79000000002", "caller_id": "74951001010",
    "simpleCallBackFollowmeStruct": [A],
}  # fmt: skip
SILENT = {"79000000001": NeverAnswers(), "*": Answers(after=1, talks_for=5)}
WHOLE = {"*": Answers(after=1.25, talks_for=5)}
NO_CALLER = {key: value for key, value in CALL.items() if key != "caller_id"}


def info(facts, call=CALL, **values):
    """Return the info of a call that is over."""
    client = Client(facts, **values)
    call_id = client.result(MAKE, **call)["callBackCall_id"]
    client.fake.service.scheduler.advance(5000)
    return client.info(call_id)["result"]["callBackFollowmeCallInfoStruct"]


def linear(*elements):
    return CALL | {
        "simpleCallBackFollowmeStruct": [{**item, "type": "linear"} for item in elements]
    }


# Fact, value, call, subscribers, the fields of the info that show it.
ROWS = [
    ("call.caller_id", "optional", NO_CALLER, {}, {"destination_A": "79000000001"}),
    ("call.direction", "B", CALL, {}, {"call_back_real_length_A": 5, "call_back_real_length_B": 6}),
    ("call.direction", "B", CALL | {"direction": 0}, {}, {"call_back_real_length_A": 6, "call_back_real_length_B": 5}),
    ("call.record", False, CALL, {}, {"call_back_record_URL_A": ""}),
    ("call.duration", "ignored", CALL | {"duration": 2}, {}, {"call_back_real_length_B": 5}),
    ("call.duration", "seconds", CALL | {"duration": 2}, {}, {"call_back_real_length_B": 2}),
    ("ring.ringall", "one after another", CALL | {"simpleCallBackFollowmeStruct": [A, SECOND]}, SILENT, {"waiting_period_A": 21}),
    ("ring.ringall", "at once", CALL | {"simpleCallBackFollowmeStruct": [A, SECOND]}, SILENT, {"waiting_period_A": 1}),
    ("ring.linear", "at once", linear(A, SECOND), SILENT, {"waiting_period_A": 1}),
    ("ring.linear", "one after another", linear(A, SECOND), SILENT, {"waiting_period_A": 21}),
    ("ring.timeout", "ignored", linear(A, SECOND), SILENT, {"waiting_period_A": 31}),
    ("info.seconds", "thousandths", CALL, WHOLE, {"waiting_period_A": 1.25, "call_back_real_length_A": 6.25}),
    ("info.seconds", "whole", CALL, WHOLE, {"waiting_period_A": 2, "call_back_real_length_A": 7}),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "value", "call", "subscribers", "fields"), ROWS)
def test_a_fact_of_calls_changes_the_info(fact, value, call, subscribers, fields):
    values = {"subscribers": subscribers} if subscribers else {}
    shown = info({fact: value}, call, **values)
    assert {name: shown[name] for name in fields} == fields


def test_seconds_as_text_have_three_decimals_too():
    facts = {"info.seconds": "thousandths", "info.seconds.type": "text"}
    assert info(facts, subscribers=WHOLE)["waiting_period_A"] == "1.250"


@pytest.mark.fact("info.shape")
def test_fields_of_the_info_are_a_template():
    shape = {"cost": "{call_back_cost}", "destination_A": "{destination_A}", "note": "none"}
    shown = info({"info.shape": shape})
    assert json.dumps(shown) == '{"cost": 0.28, "destination_A": "79000000001", "note": "none"}'


@pytest.mark.fact("info.record")
@pytest.mark.parametrize(
    ("value", "member"), [("{url}", None), ({"url": "{url}", "kind": "wav"}, "url")]
)
def test_a_record_url_has_the_form_of_the_profile(value, member):
    shown = info({"info.record": value})["call_back_record_URL_A"]
    url = shown if member is None else shown[member]
    assert url.startswith("http://localhost/record/")
    assert shown == (url if member is None else {"url": url, "kind": "wav"})


@pytest.mark.fact("call.id")
def test_the_id_of_a_call_may_be_a_number_beside_others():
    client = Client({"call.id": {"callBackCall_id": "{id_number}", "state": "queued"}})
    result = client.result(MAKE, **CALL)
    assert result == {"callBackCall_id": 1000001, "state": "queued"}
    assert client.info(1000001)["error"]["data"] == "Call is not ended"


@pytest.mark.fact("call.b_number")
@pytest.mark.parametrize(
    ("value", "number"), [("preset first", "79000000009"), ("call first", "79000000002")]
)
def test_the_b_number_of_the_preset_may_win(value, number):
    client = Client({"call.b_number": value})
    preset = {"callBackFollowmeStruct": [A], "defaultBNumber": "79000000009"}
    client.result(SET, customer_name="1", **preset)
    client.result(MAKE, **CALL)
    [call] = client.fake.store.calls()
    assert call.order.b_number == number


@pytest.mark.fact("call.struct.preset")
@pytest.mark.parametrize(
    ("value", "shown"),
    [("preset first", "Side A has no number to call"), ("passed first", None)],
)
def test_the_structure_of_the_preset_may_win(value, shown):
    client = Client({"call.struct.preset": value})
    client.result(SET, customer_name="1", callBackFollowmeStruct=[PROMPT])
    assert client.send(MAKE, **CALL).json.get("error", {}).get("data") == shown


@pytest.mark.fact("event.names")
@pytest.mark.fact("event.scheme")
@pytest.mark.parametrize(
    ("facts", "names", "scheme"),
    [
        ({"event.names": {"start_side_A": "began"}}, ["began", "start_side_B", "end_side_A", "end_side_B"], "http"),
        ({"event.scheme": "https"}, ["start_side_A", "start_side_B", "end_side_A", "end_side_B"], "https"),
    ],
)  # fmt: skip
def test_events_have_the_names_and_scheme_of_the_profile(facts, names, scheme):
    client = Client(facts)
    client.result(MAKE, **CALL, callBackURL="127.0.0.1:1/hook")
    client.fake.service.scheduler.advance(100)
    urls = [delivery.url for delivery in client.fake.journal.deliveries]
    assert urls == [f"{scheme}://127.0.0.1:1/hook?event={name}&id=1000001" for name in names]


@pytest.mark.fact("event.get")
def test_events_may_be_posted(mtt_receiver):
    client = Client({"event.get": "POST"})
    client.result(MAKE, **CALL, callBackURL=mtt_receiver.url)
    client.fake.service.scheduler.advance(100)
    assert [event.method for event in mtt_receiver.wait(4)] == ["POST"] * 4
    assert mtt_receiver.names[0] == "start_side_A"


def test_the_info_of_a_running_call_is_refused_with_the_reason():
    with pytest.raises(ProfileError, match=r"^info\.running cannot be set: an answer before"):
        Profile({"info.running": "info"})

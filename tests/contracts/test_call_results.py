"""Results of calls, prompts, call info and balance; the fake reproduces the examples."""

from __future__ import annotations

import base64
import json

import pytest

from mtt_contracts import examples, validate_result
from mtt_mock import Fake, FakeClock, Settings

INFO = examples()["call_info_success"].response["result"]["callBackFollowmeCallInfoStruct"]


def problems_of_info(**changes):
    result = {"callBackFollowmeCallInfoStruct": INFO | changes}
    return [str(each) for each in validate_result("getCallBackFollowmeCallInfo", result)]


def test_the_info_of_a_call_has_fourteen_fields():
    assert list(INFO) == [
        "callDescription",
        "destination_A",
        "destination_B",
        "waiting_period_A",
        "waiting_period_B",
        "call_back_charged_length_A",
        "call_back_charged_length_B",
        "call_back_real_length_A",
        "call_back_real_length_B",
        "call_back_cost",
        "call_back_currency",
        "call_back_status",
        "call_back_record_URL_A",
        "call_back_record_URL_B",
    ]


@pytest.mark.parametrize("field", list(INFO))
def test_every_field_of_the_info_is_required(field):
    struct = {name: value for name, value in INFO.items() if name != field}
    result = {"callBackFollowmeCallInfoStruct": struct}
    (problem,) = validate_result("getCallBackFollowmeCallInfo", result)
    assert str(problem) == f"callBackFollowmeCallInfoStruct.{field} is required"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("waiting_period_A", [0, 35, 35.0, "0", "35"]),
        ("call_back_real_length_B", [0, "35"]),
        ("call_back_cost", [0, 1.85, -1, "0", "1.85", "-1.50"]),
        ("call_back_status", ["answered", "", 1]),
        ("call_back_record_URL_A", ["", {"downloadURL": "http://a/b"}]),
        ("call_back_record_URL_B", [{"downloadURL": "HTTPS://a.example/b?c", "more": 1}]),
        ("callDescription", ["", "order 5"]),
    ],
)
def test_every_form_of_a_field_is_accepted(field, values):
    for value in values:
        assert problems_of_info(**{field: value}) == []


RECORD = "must be the empty string, or an object with the downloadURL of a recording, got"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("waiting_period_A", -1, " must be at least 0, got -1"),
        ("waiting_period_A", 1.5, " must be an integer or a string, got number 1.5"),
        ("waiting_period_A", "", ' must be whole seconds as a number or in digits, got ""'),
        ("waiting_period_A", "1.5", ' must be whole seconds as a number or in digits, got "1.5"'),
        ("call_back_cost", "1,85", ' must be an amount as a number or in digits, got "1,85"'),
        ("call_back_cost", None, " must be a number or a string, got null"),
        (
            "destination_A",
            79684881033,
            ' must be a string, got number 79684881033 (send it as a JSON string: "79684881033")',
        ),
        ("call_back_record_URL_A", "http://a/b", f' {RECORD} "http://a/b"'),
        ("call_back_record_URL_A", None, " must be a string or an object, got null"),
        ("call_back_record_URL_A", {}, ".downloadURL is required"),
        (
            "call_back_record_URL_A",
            {"downloadURL": "/record/1"},
            '.downloadURL must be an http or https URL, got "/record/1"',
        ),
        (
            "call_back_record_URL_A",
            {"downloadURL": None},
            ".downloadURL must be a string, got null",
        ),
    ],
)
def test_an_invalid_field_is_explained(field, value, sentence):
    path = f"callBackFollowmeCallInfoStruct.{field}"
    assert problems_of_info(**{field: value}) == [f"{path}{sentence}"]


@pytest.mark.parametrize(
    ("method", "result", "sentences"),
    [
        ("setCallBackPrompt", {"uploadURL": "http://127.0.0.1:8082/upload/x"}, []),
        ("setCallBackPrompt", {}, ["uploadURL is required"]),
        (
            "setCallBackPrompt",
            {"uploadURL": "https://"},
            ['uploadURL must be an http or https URL, got "https://"'],
        ),
        ("makeCallBackCallFollowme", {"callBackCall_id": "1000001"}, []),
        (
            "makeCallBackCallFollowme",
            {"callBackCall_id": ""},
            ["callBackCall_id must not be empty"],
        ),
        (
            "makeCallBackCallFollowme",
            {"callBackCall_id": 1000001},
            [
                "callBackCall_id must be a string, got number 1000001 "
                '(send it as a JSON string: "1000001")'
            ],
        ),
        ("getCustomerBalance", {"balance": 0, "currency": "RUB"}, []),
        ("getCustomerBalance", {"balance": "-3.50", "currency": "RUB"}, []),
        (
            "getCustomerBalance",
            {"balance": "1 000"},
            [
                "currency is required",
                'balance must be an amount as a number or in digits, got "1 000"',
            ],
        ),
        ("getCallBackFollowmeCallInfo", {}, ["callBackFollowmeCallInfoStruct is required"]),
    ],
)
def test_a_result_is_accepted_or_explained(method, result, sentences):
    assert [str(each) for each in validate_result(method, result)] == sentences


# the fake reproduces the examples


class Caller:
    def __init__(self):
        self.fake = Fake(Settings(clock="manual"))
        self.clock = FakeClock(self.fake)

    def answer(self, request):
        credentials = "Basic " + base64.b64encode(b"login:password").decode()
        reply = self.fake.answer(credentials, json.dumps(request).encode(), "https://example.com")
        return json.loads(reply.body)

    def check(self, name):
        """Compare the fake's answer with the example's; URLs up to their last part."""
        example = examples()[name]
        assert without_tokens(self.answer(example.request)) == without_tokens(example.response)


@pytest.fixture
def caller():
    caller = Caller()
    yield caller
    caller.fake.close()


def without_tokens(value):
    if isinstance(value, dict):
        return {key: without_tokens(item) for key, item in value.items()}
    if isinstance(value, str) and value.startswith("https://example.com/"):
        return value.rpartition("/")[0]
    return value


def test_the_call_examples_match_the_fake(caller):
    for name in ("prompt_success", "balance_success", "set_documented_success", "make_success"):
        caller.check(name)
    caller.check("call_info_running")
    caller.clock.advance(60)
    caller.check("call_info_success")


def test_the_example_without_a_structure_matches_the_fake(caller):
    caller.check("make_nothing_preset")


def test_the_example_of_an_unanswered_call_matches_the_fake(caller):
    caller.check("set_documented_success")
    caller.check("make_success")
    make = examples()["make_success"].request
    caller.answer(make | {"params": make["params"] | {"b_number": "79000009002"}})
    caller.clock.advance(60)
    caller.check("call_info_timeout_side_b")

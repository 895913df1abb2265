"""The explaining and the compiled validator accept and refuse the same values."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mtt_contracts import examples, methods, strategies, validate_params, validate_result

FAST = {
    name: jsonschema_rs.Draft7Validator(method.params_schema) for name, method in methods().items()
}

FAST_RESULTS = {
    name: jsonschema_rs.Draft7Validator(method.result_schema) for name, method in methods().items()
}
EXAMPLES = ("prompt_success", "make_success", "call_info_success", "balance_success")
# A field of a result of a method -> a valid result that has it.
RESULTS = {
    (each.method, field): each.response["result"]
    for each in map(examples().get, EXAMPLES)
    for field in each.response["result"]
}
INFO = "getCallBackFollowmeCallInfo"
STRUCT = "callBackFollowmeCallInfoStruct"
RESULTS |= {(INFO, STRUCT, field): RESULTS[INFO, STRUCT] for field in RESULTS[INFO, STRUCT][STRUCT]}

ODD = [None, True, False, 0, 1, 1.0, -1, -0.0, 10**30, 10**400, "", "1", "1\n", "٧", "A", [], {}]

numbers = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [0, -0.0, 0.0, 1.0, -1.0, 10**30, -(10**30), 10**400, 2**63, 2**64, 5e-324, -5e-324, 1e308]
    ),
)
strings = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            "",
            "79",
            "+79",
            "79\n",
            "79\r",
            "79\u2028",
            "\n79",
            "+",
            "++7",
            " 79",
            "٧٩",
            "７９",
            "7९",
            "²",
            "A",
            "B",
            "A\n",
            "А",
            "В",
            "a",
            "ringall",
            "RINGALL\n",
            "ringal",
            "linal",
            "lineral",
            "lınear",
            "LİNAL",
            "text",
            "TEXT\n",
            "file",
            "ﬁle",
            "x\x00",
        ]
    ),
    st.from_regex(r"\+?[0-9]{1,12}\n?", fullmatch=True),
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | strings,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3),
    max_leaves=8,
)
ring = st.fixed_dictionaries(
    {"type": st.sampled_from(["ringall", "Linear", "linal"]), "redirect_number": strings}
)
prompt = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "FILE"]), "value": strings, "side": strings}
)
optional_fields = st.fixed_dictionaries(
    {}, optional={"order": numbers, "timeout": numbers, "name": strings, "side": strings}
)
damage = st.dictionaries(
    st.sampled_from(
        ["order", "timeout", "redirect_number", "type", "name", "side", "value", "other"]
    ),
    json_values,
    max_size=1,
)


@st.composite
def near_elements(draw):
    element = {**draw(ring | prompt), **draw(optional_fields), **draw(damage)}
    if draw(st.integers(0, 5)) == 0:
        element.pop(draw(st.sampled_from(sorted(element))))
    return element


@st.composite
def near_params(draw):
    params = {
        "customer_name": draw(strings),
        "callBackFollowmeStruct": draw(st.lists(near_elements(), max_size=3)),
        "caller_id": draw(strings | st.none()),
        "defaultBNumber": draw(strings | st.none()),
    }
    params |= draw(
        st.dictionaries(
            st.sampled_from([*params, "junk", "customer_name\n"]), json_values, max_size=1
        )
    )
    if draw(st.integers(0, 5)) == 0:
        params.pop(draw(st.sampled_from(sorted(params))))
    return params


# Characters that a URL may and may not contain, and white space on which regex engines differ.
url_pieces = st.sampled_from(
    [
        *("http", "HTTPS", "ftp", ":", "//", "/", "\\", "@", "[", "]", "::1", "example.com", "рф"),
        *(".", "?a=1", "#", "%", "80", "999999", "{x}", "<", '"', "|", "٣", "\U0001f600", "\xad"),
        *(" ", "\t", "\n", "\r", "\x00", "\x1c", "\x1f", "\x7f", "\x85", "\x9f", "\xa0", "\u1680"),
        *("\u180e", "\u2000", "\u200b", "\u2028", "\u202f", "\u3000", "\ufeff"),
    ]
)
near_urls = st.one_of(
    st.lists(url_pieces, max_size=7).map("".join),
    st.builds("http://{}".format, st.lists(url_pieces, max_size=5).map("".join)),
    st.builds("{}{}".format, strategies.call_back_urls(), url_pieces),
    st.integers(1990, 2010).map(lambda length: "http://x/".ljust(length, "\U0001f600")),
)
digits = st.integers(-1, 100_000).map(str) | st.from_regex(r"[0-9]{1,7}\n?", fullmatch=True)
long_texts = st.sampled_from([255, 256, 1000, 1001]).flatmap(
    lambda length: st.sampled_from(["x", "я", "\U0001f600"]).map(lambda letter: letter * length)
)
call_to_dict = {
    "b_number": strings,
    "caller_id": strings,
    "callBackURL": near_urls,
    "simpleCallBackFollowmeStruct": st.lists(near_elements(), max_size=2),
    "recordEnable": numbers | strings | st.booleans() | st.sampled_from([1, "1", "0", "01"]),
    "duration": numbers | digits | st.floats(-1, 86402) | st.integers(-1, 86402),
    "client_caller_id": strings,
    "direction": numbers | strings | st.booleans() | st.sampled_from([1, "1", "0", "1.0"]),
    "callDescription": strings | long_texts,
}


@st.composite
def near_call_params(draw):
    params = draw(strategies.make_call_params())
    for name in draw(st.lists(st.sampled_from(sorted(call_to_dict)), max_size=2)):
        params[name] = draw(call_to_dict[name] | json_values)
    if draw(st.integers(0, 9)) == 0:
        params.pop("customer_name")
    return params


def assert_agree(name, params):
    assert FAST[name].is_valid(params) == (validate_params(name, params) == []), params


@given(st.sampled_from(sorted(FAST)), json_values)
def test_they_agree_on_arbitrary_values(name, params):
    assert_agree(name, params)


@given(near_params())
@example({"customer_name": "1\n", "callBackFollowmeStruct": [], "caller_id": "79\n"})
@example({"customer_name": "1", "callBackFollowmeStruct": [{"type": "text\n"}]})
@example({"customer_name": "1", "callBackFollowmeStruct": [{"type": "text", "timeout": -0.0}]})
def test_they_agree_on_nearly_valid_params(params):
    for name in FAST:
        assert_agree(name, params)


@given(near_call_params())
@example({"customer_name": "1", "callBackURL": "example.com\n"})
@example({"customer_name": "1", "duration": "60\n"})
@example({"customer_name": "1", "duration": 86400.0, "direction": 1.0, "recordEnable": -0.0})
@example({"customer_name": "1", "simpleCallBackFollowmeStruct": [{"type": "text\n"}]})
def test_they_agree_on_nearly_valid_params_of_a_call(params):
    assert_agree("makeCallBackCallFollowme", params)


@given(near_urls)
def test_they_agree_on_urls(url):
    assert_agree("makeCallBackCallFollowme", {"customer_name": "1", "callBackURL": url})


@given(strings | near_urls | long_texts | st.text() | strategies.prompt_names())
@example("a\n")
@example("\x9f")
def test_they_agree_on_file_names(name):
    assert_agree("setCallBackPrompt", {"customer_name": "1", "file_name": name})


@given(strings | numbers | json_values)
def test_they_agree_on_call_ids(call_id):
    params = {"customer_name": "1", "callBackCall_id": call_id}
    assert_agree("getCallBackFollowmeCallInfo", params)


@pytest.mark.parametrize("field", ["redirect_number", "order", "timeout", "side", "value", "type"])
@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:12])
def test_they_agree_on_odd_values_of_fields(field, value):
    for element in (
        {"type": "ringall", "redirect_number": "79"},
        {"type": "text", "value": "x", "side": "B"},
    ):
        params = {"customer_name": "1", "callBackFollowmeStruct": [element | {field: value}]}
        assert_agree("setCallBackFollowme", params)


@pytest.mark.parametrize("field", sorted(call_to_dict))
@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:12])
def test_they_agree_on_odd_values_of_call_parameters(field, value):
    assert_agree("makeCallBackCallFollowme", {"customer_name": "1", field: value})


def with_value(result, path, value):
    first, *rest = path
    return result | {first: with_value(result[first], rest, value) if rest else value}


def assert_agree_on_result(field, value):
    name, *path = field
    result = with_value(RESULTS[field], path, value)
    assert FAST_RESULTS[name].is_valid(result) == (validate_result(name, result) == []), result


records = st.fixed_dictionaries({"downloadURL": near_urls | json_values})


@given(st.sampled_from(sorted(RESULTS)), strings | numbers | digits | records | json_values)
@example((INFO, STRUCT, "call_back_cost"), "1\n")
@example((INFO, STRUCT, "call_back_record_URL_A"), "\n")
@example((INFO, STRUCT, "waiting_period_A"), -0.0)
def test_they_agree_on_nearly_valid_results_of_a_call(field, value):
    assert_agree_on_result(field, value)


@pytest.mark.unmeasured
@pytest.mark.parametrize("field", sorted(RESULTS), ids=lambda field: field[-1])
@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:12])
def test_they_agree_on_odd_values_of_call_results(field, value):
    assert_agree_on_result(field, value)


@pytest.mark.parametrize("depth", [1, 50, 120])
@pytest.mark.parametrize(
    "place", ["junk", "customer_name", "callBackFollowmeStruct", "simpleCallBackFollowmeStruct"]
)
def test_they_agree_on_deep_nesting(depth, place):
    deep = json.loads("[" * depth + "]" * depth)
    params = {"customer_name": "1", "callBackFollowmeStruct": [], place: deep}
    assert_agree("setCallBackFollowme", params)
    assert_agree("getCallBackFollowme", params)
    assert_agree("makeCallBackCallFollowme", params)


@pytest.mark.parametrize("depth", [254, 300, 500])
def test_deep_nesting_in_unknown_fields_is_ignored(depth):
    from mtt_mock.service.params_validation import params_validator
    from mtt_mock.service.profile import Profile

    deep = json.loads("[" * depth + "]" * depth)
    element = {"type": "ringall", "redirect_number": "79", "junk": deep}
    params = {"customer_name": "1", "callBackFollowmeStruct": [element]}
    validate = params_validator("setCallBackFollowme", Profile())
    assert validate(params) == []
    del element["redirect_number"]
    assert [problem.path for problem in validate(params)] == [
        "callBackFollowmeStruct[0].redirect_number"
    ]


def test_they_agree_on_the_examples():
    for each in examples().values():
        assert FAST[each.method].is_valid(each.request["params"])
        assert validate_params(each.method, each.request["params"]) == []

"""Followme methods (section 3 of the wire facts) over the wire: set, get, delete."""

# ruff: noqa: UP031 -- JSON is full of braces

from __future__ import annotations

import json

import pytest

DOCUMENTED = r"""{
  "id": "1",
  "jsonrpc": "2.0",
  "method": "setCallBackFollowme",
  "params": {
    "customer_name": "883140500000000",
    "callBackFollowmeStruct": [
      {"order": 1, "timeout": 25, "redirect_number": "79684881033", "type": "ringall", "name": "sales"},
      {"order": 2, "timeout": 25, "redirect_number": "79522222222", "type": "ringall", "name": "sales"},
      {"order": 3, "timeout": 25, "redirect_number": "79152323233", "type": "ringall", "name": "sales"},
      {"order": 4, "timeout": 15, "redirect_number": "79636793312", "type": "linal", "name": "sales_chief"},
      {"order": 5, "type": "text", "value": " ", "side": "A"},
      {"order": 6, "type": "file", "value": "for_all_sales", "side": "B"}
    ],
    "caller_id": "74951001010",
    "defaultBNumber": "79511234567"
  }
}"""
RING = '{"type":"ringall","redirect_number":"79684881033"}'
TEXT_A = '{"type":"text","value":"hi","side":"A"}'
TEXT_B = '{"type":"text","value":"hi","side":"B"}'
CONFLICT_A = {"error": 1, "error_description": "Side A not clear. Delete before insert"}
CONFLICT_B = {"error": 1, "error_description": "Side B not clear. Delete before insert"}
SUCCESS = {"success": 1}


def put(post, *elements, more=""):
    body = (
        '{"jsonrpc":"2.0","method":"setCallBackFollowme","id":1,"params":'
        '{"customer_name":"1","callBackFollowmeStruct":[%s]%s}}'
    )
    return post(body % (",".join(elements), more))


def fetch(post, customer="1"):
    return post(
        '{"jsonrpc":"2.0","method":"getCallBackFollowme","id":2,"params":{"customer_name":"%s"}}'
        % customer
    )


def delete(post):
    return post(
        '{"jsonrpc":"2.0","method":"deleteCallBackFollowme","id":3,"params":{"customer_name":"1"}}'
    )


def test_the_documented_request_succeeds_as_documented(post):
    answer = post(DOCUMENTED)
    assert answer.status == 200
    assert answer.json == {"jsonrpc": "2.0", "id": "1", "result": {"success": 1}}


def test_a_repeated_set_is_refused_inside_result(post):
    post(DOCUMENTED)
    answer = post(DOCUMENTED)
    assert answer.status == 200
    assert answer.json == {
        "jsonrpc": "2.0",
        "id": "1",
        "result": {"error": 1, "error_description": "Side A not clear. Delete before insert"},
    }


def test_get_returns_the_structure_as_sent(post):
    post(DOCUMENTED)
    sent = json.loads(DOCUMENTED)["params"]
    del sent["customer_name"]
    assert fetch(post, "883140500000000").json["result"] == sent


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        ([RING], [RING], CONFLICT_A),
        ([RING], [TEXT_A], CONFLICT_A),
        ([TEXT_A], [RING], CONFLICT_A),
        ([TEXT_B], [TEXT_B], CONFLICT_B),
        ([RING, TEXT_B], [TEXT_B, RING], CONFLICT_A),
        ([TEXT_B], [RING, TEXT_B], CONFLICT_B),
        ([RING], [TEXT_B], SUCCESS),
        ([TEXT_B], [RING, TEXT_A], SUCCESS),
        ([], [RING, TEXT_B], SUCCESS),
        ([RING, TEXT_B], [], SUCCESS),
    ],
)
def test_a_side_must_be_clear_before_a_set(post, first, second, result):
    assert put(post, *first).json["result"] == SUCCESS
    answer = put(post, *second)
    assert (answer.status, answer.json["result"]) == (200, result)


def test_a_refused_set_changes_nothing(post):
    put(post, TEXT_B, more=',"caller_id":"71"')
    put(post, RING, TEXT_B, more=',"caller_id":"72","defaultBNumber":"73"')
    assert fetch(post).json["result"] == {
        "callBackFollowmeStruct": [{"type": "text", "value": "hi", "side": "B"}],
        "caller_id": "71",
    }


def test_a_set_for_a_clear_side_adds_elements(post):
    put(post, TEXT_B, more=',"caller_id":"71","defaultBNumber":"72"')
    put(post, RING, more=',"caller_id":"73"')
    assert fetch(post).json["result"] == {
        "callBackFollowmeStruct": [
            {"type": "text", "value": "hi", "side": "B"},
            {"type": "ringall", "redirect_number": "79684881033"},
        ],
        "caller_id": "73",
        "defaultBNumber": "72",
    }


def test_delete_clears_both_sides_and_both_numbers(post):
    put(post, RING, TEXT_B, more=',"caller_id":"71","defaultBNumber":"72"')
    assert delete(post).json["result"] == SUCCESS
    assert put(post, TEXT_B).json["result"] == SUCCESS
    assert fetch(post).json["result"] == {
        "callBackFollowmeStruct": [{"type": "text", "value": "hi", "side": "B"}]
    }


def test_delete_without_a_structure_succeeds(post):
    answer = delete(post)
    assert answer.json == {"jsonrpc": "2.0", "result": {"success": 1}, "id": 3}


def test_get_without_a_structure_is_an_error(post):
    put(post, RING)
    delete(post)
    answer = fetch(post)
    assert answer.status == 500
    assert answer.json["error"] == {
        "code": -32603,
        "message": "Internal error",
        "data": "Callback followme structure not found",
    }


def test_customers_do_not_disturb_each_other(post):
    put(post, RING)
    assert post(DOCUMENTED).json["result"] == SUCCESS


@pytest.mark.parametrize(
    "word",
    ["Ringall", "ringall", "RINGALL", "Linear", "linear", "linal", "lineral", "LiNeRaL"],
)
def test_observed_queue_words_are_stored_as_sent(post, word):
    assert put(post, '{"type":"%s","redirect_number":"79"}' % word).json["result"] == SUCCESS
    assert fetch(post).json["result"]["callBackFollowmeStruct"] == [
        {"type": word, "redirect_number": "79"}
    ]


@pytest.mark.parametrize("word", ["text", "TEXT", "file", "File"])
def test_prompt_words_are_stored_as_sent(post, word):
    element = '{"type":"%s","value":"x","side":"B","timeout":5}' % word
    assert put(post, element).json["result"] == SUCCESS
    assert fetch(post).json["result"]["callBackFollowmeStruct"] == [json.loads(element)]


def test_numbers_belong_to_side_a_for_any_side(post):
    put(post, '{"type":"ringall","redirect_number":"79","side":"B"}')
    assert put(post, TEXT_B).json["result"] == SUCCESS
    assert put(post, RING).json["result"] == CONFLICT_A


def test_repeated_orders_and_missing_names_are_normal(post):
    one = '{"order":1,"type":"ringall","redirect_number":"%s"}'
    assert put(post, one % "79", one % "+78", one % "79").json["result"] == SUCCESS
    stored = fetch(post).json["result"]["callBackFollowmeStruct"]
    assert [each["redirect_number"] for each in stored] == ["79", "+78", "79"]


def test_unknown_element_fields_are_dropped(post):
    put(post, '{"type":"ringall","redirect_number":"79","colour":{"a":[1]},"Order":7}')
    assert fetch(post).json["result"]["callBackFollowmeStruct"] == [
        {"type": "ringall", "redirect_number": "79"}
    ]


@pytest.mark.parametrize(
    ("element", "data"),
    [
        ('{"type":"text","value":"x"}', '.side is required when type is "text"'),
        ('{"type":"file","side":"A"}', '.value is required when type is "file"'),
        ('{"type":"ringall"}', '.redirect_number is required when type is "ringall"'),
        ('{"redirect_number":"79"}', ".type is required"),
        ("{}", ".type is required"),
        (
            '{"type":"text","value":"x","side":"А"}',
            '.side must be "A" or "B", got "А" (А is Cyrillic U+0410; type the Latin letter A)',
        ),
        (
            '{"type":"text","value":"x","side":"В"}',
            '.side must be "A" or "B", got "В" (В is Cyrillic U+0412; type the Latin letter B)',
        ),
        ("7", " must be an object, got number 7"),
        ("null", " must be an object, got null"),
        ('"x"', ' must be an object, got string "x"'),
    ],
)
def test_an_invalid_element_is_named_in_data(wire, element, data):
    answer = put(wire.post, RING, element)
    assert answer.status == 500
    assert answer.json["error"] == {
        "code": -32602,
        "message": "Invalid params",
        "data": f"callBackFollowmeStruct[1]{data}",
    }
    assert wire.fake.followme("1").elements == ()


def test_data_lists_at_most_five_problems(post):
    answer = put(post, *["{}"] * 7)
    assert answer.json["error"]["data"] == (
        "callBackFollowmeStruct[0].type is required; callBackFollowmeStruct[1].type is required; "
        "callBackFollowmeStruct[2].type is required; callBackFollowmeStruct[3].type is required; "
        "callBackFollowmeStruct[4].type is required; and more"
    )


@pytest.mark.parametrize(
    ("customer", "data"),
    [
        ("7", "customer_name must be a string, got number 7"),
        ("null", "customer_name must be a string, got null"),
        ('""', "customer_name must not be empty"),
        ("[]", "customer_name must be a string, got array []"),
    ],
)
def test_an_invalid_customer_name_is_named_in_data(post, customer, data):
    answer = post(
        '{"jsonrpc":"2.0","method":"getCallBackFollowme","params":[%s],"id":1}' % customer
    )
    assert answer.json["error"]["code"] == -32602
    assert answer.json["error"]["data"].split(" (")[0] == data


def test_null_and_empty_numbers_mean_none_given(post):
    put(post, TEXT_B, more=',"caller_id":null,"defaultBNumber":""')
    assert set(fetch(post).json["result"]) == {"callBackFollowmeStruct"}


def test_whole_numbers_are_returned_without_a_fraction(post):
    put(post, '{"type":"ringall","redirect_number":"79","order":1.0,"timeout":25.5}')
    assert b'"order":1,"timeout":25.5' in fetch(post).body

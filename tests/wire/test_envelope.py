"""Envelopes (section 2 of the wire facts): literal bytes in, literal JSON out."""

# ruff: noqa: UP031 -- JSON is full of braces

from __future__ import annotations

import json

import pytest

from mtt_mock import Settings

SET = (
    '"method":"setCallBackFollowme","params":{"customer_name":"1",'
    '"callBackFollowmeStruct":[{"type":"ringall","redirect_number":"79"}]}'
)
GET = '"method":"getCallBackFollowme","params":{"customer_name":"1"}'
DELETE = '"method":"deleteCallBackFollowme","params":{"customer_name":"1"}'


def error(code, message, data=None, call_id=None):
    return {
        "jsonrpc": "2.0",
        "id": call_id,
        "error": {"code": code, "message": message, "data": data},
    }


PARSE = error(-32700, "Parse error")
INVALID = error(-32600, "Invalid Request")


def test_success_holds_jsonrpc_result_and_id(post):
    answer = post('{"jsonrpc":"2.0",%s,"id":1}' % DELETE)
    assert answer.status == 200
    assert answer.json == {"jsonrpc": "2.0", "result": {"success": 1}, "id": 1}


def test_success_is_the_number_1(post):
    assert b'"success":1}' in post('{"jsonrpc":"2.0",%s,"id":1}' % DELETE).body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", PARSE),
        (b" \r\n\t", PARSE),
        (b"null", PARSE),
        (b" null ", PARSE),
        (b"{", PARSE),
        (b'{"jsonrpc":"2.0","method":"x","id":1', PARSE),
        (b'{"jsonrpc":"2.0","method":"x","id":1,}', PARSE),
        (b"{'jsonrpc':'2.0'}", PARSE),
        (b"customer_name=1&x=2", PARSE),
        (b'{"jsonrpc":"2.0"} {"jsonrpc":"2.0"}', PARSE),
        (b"[]", INVALID),
        (b" [ ] ", INVALID),
        (b"{}", INVALID),
        (b"1", INVALID),
        (b"0", INVALID),
        (b"1.5", INVALID),
        (b"true", INVALID),
        (b"false", INVALID),
        (b'""', INVALID),
        (b'"text"', INVALID),
        (b'{"method":"getCallBackFollowme","id":7}', INVALID | {"id": 7}),
        (b'{"jsonrpc":"1.0","method":"getCallBackFollowme","id":7}', INVALID | {"id": 7}),
        (b'{"jsonrpc":"2.1","method":"getCallBackFollowme","id":7}', INVALID | {"id": 7}),
        (b'{"jsonrpc":1.0,"method":"getCallBackFollowme","id":7}', INVALID | {"id": 7}),
        (b'{"jsonrpc":false,"method":"getCallBackFollowme","id":7}', INVALID | {"id": 7}),
        (b'{"jsonrpc":null,"method":"getCallBackFollowme","id":7}', INVALID | {"id": 7}),
        (b'{"jsonrpc":["2.0"],"method":"getCallBackFollowme","id":7}', INVALID | {"id": 7}),
    ],
)
def test_unreadable_requests_are_refused(post, body, expected):
    answer = post(body)
    assert (answer.status, answer.json) == (500, expected)


@pytest.mark.parametrize(
    "method",
    [
        "",
        '"method":null,',
        '"method":"",',
        '"method":7,',
        '"method":["getCallBackFollowme"],',
        '"method":{},',
        '"method":"nothing",',
        '"method":"getCallBackFollowme ",',
        '"method":"getCallBackFollowme\\u0000",',
        '"method":"deleteCallBac\\u212aFollowme",',
    ],
)
def test_a_missing_or_unknown_method_is_not_found(post, method):
    answer = post('{"jsonrpc":"2.0",%s"params":{"customer_name":"1"},"id":7}' % method)
    assert (answer.status, answer.json) == (500, error(-32601, "Method not found", None, 7))


@pytest.mark.parametrize("scalar", ['""', '"1"', "0", "1", "1.5", "true", "false"])
def test_scalar_params_are_invalid_without_a_reason(post, scalar):
    answer = post('{"jsonrpc":"2.0","method":"getCallBackFollowme","params":%s,"id":7}' % scalar)
    assert (answer.status, answer.json) == (500, error(-32602, "Invalid params", None, 7))


@pytest.mark.parametrize(
    ("method", "params", "data"),
    [
        ("getCallBackFollowme", '"params":{},', "customer_name not found"),
        ("getCallBackFollowme", '"params":{"Customer_name":"1"},', "customer_name not found"),
        ("deleteCallBackFollowme", '"params":{"x":1},', "customer_name not found"),
        ("setCallBackFollowme", '"params":{"x":1},', "customer_name not found"),
        (
            "setCallBackFollowme",
            '"params":{"customer_name":"1"},',
            "callBackFollowmeStruct not found",
        ),
        ("getCallBackFollowme", "", "Empty required params"),
        ("getCallBackFollowme", '"params":null,', "Empty required params"),
        ("setCallBackFollowme", "", "Empty required params"),
        ("deleteCallBackFollowme", "", "Empty required params"),
        (
            "getCallBackFollowme",
            '"params":[],',
            "Check numbers of required params (got 0, expected 1)",
        ),
        (
            "setCallBackFollowme",
            '"params":[],',
            "Check numbers of required params (got 0, expected 2)",
        ),
        (
            "setCallBackFollowme",
            '"params":["1"],',
            "Check numbers of required params (got 1, expected 2)",
        ),
    ],
)
def test_missing_params_are_named_in_data(post, method, params, data):
    answer = post('{"jsonrpc":"2.0","method":"%s",%s"id":7}' % (method, params))
    assert (answer.status, answer.json) == (500, error(-32602, "Invalid params", data, 7))


def test_error_data_is_a_plain_string(post):
    answer = post('{"jsonrpc":"2.0",%s,"id":7}' % GET)
    expected = error(-32603, "Internal error", "Callback followme structure not found", 7)
    assert (answer.status, answer.json) == (500, expected)


def test_version_then_method_then_params_are_checked(post):
    assert post('{"jsonrpc":"1","method":"x","params":"","id":1}').json["error"]["code"] == -32600
    assert post('{"jsonrpc":"2.0","method":"x","params":"","id":1}').json["error"]["code"] == -32601


# ids


@pytest.mark.parametrize(
    "call_id",
    [
        "7",
        "0",
        "-1",
        '"3"',
        "1.5",
        '"101"',
        '" "',
        '"00"',
        '"0.0"',
        '"false"',
        "true",
        "[1]",
        '{"a":[1,null]}',
        "9007199254740993",
        "9223372036854775807",
        "-9223372036854775808",
        "[[[]]]",
    ],
)
def test_an_id_is_echoed_with_its_type(post, call_id):
    answer = post('{"jsonrpc":"2.0",%s,"id":%s}' % (DELETE, call_id))
    assert (answer.status, answer.json["result"]) == (200, {"success": 1})
    assert f'"id":{call_id}'.encode() in answer.body


@pytest.mark.parametrize("call_id", ["7", '"3"', "1.5", "0"])
def test_an_error_echoes_the_id_with_its_type(post, call_id):
    assert f'"id":{call_id},'.encode() in post('{"jsonrpc":"2.0",%s,"id":%s}' % (GET, call_id)).body


NO_IDS = ["", ',"id":null', ',"id":""', ',"id":"0"', ',"id":false', ',"id":0.0', ',"id":-0.0']


@pytest.mark.parametrize("no_id", [*NO_IDS, ',"id":0e5', ',"id":[]'])
def test_a_notification_is_executed_and_answered_with_nothing(wire, no_id):
    answer = wire.post('{"jsonrpc":"2.0",%s%s}' % (SET, no_id))
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"] == "application/json"
    assert len(wire.fake.followme("1").elements) == 1


@pytest.mark.parametrize(
    ("no_id", "echoed"),
    [
        ("", "null"),
        (',"id":null', "null"),
        (',"id":""', '""'),
        (',"id":"0"', '"0"'),
        (',"id":false', "false"),
        (',"id":0.0', "0"),
    ],
)
def test_a_failed_notification_returns_its_id(post, no_id, echoed):
    answer = post('{"jsonrpc":"2.0",%s%s}' % (GET, no_id))
    assert answer.status == 500
    assert answer.json["error"] == {
        "code": -32603,
        "message": "Internal error",
        "data": "Callback followme structure not found",
    }
    assert f'"id":{echoed},'.encode() in answer.body


def test_a_conflict_in_a_notification_is_not_answered(wire):
    wire.post('{"jsonrpc":"2.0",%s}' % SET)
    answer = wire.post('{"jsonrpc":"2.0",%s}' % SET)
    assert (answer.status, answer.body) == (200, b"")
    assert len(wire.fake.followme("1").elements) == 1


# batches


def test_a_batch_is_answered_in_order_without_its_notifications(post):
    body = '[{"jsonrpc":"2.0",%s,"id":1},{"jsonrpc":"2.0",%s},{"jsonrpc":"2.0",%s,"id":"2"}]'
    answer = post(body % (SET, DELETE, SET))
    assert answer.status == 200
    assert answer.json == [
        {"jsonrpc": "2.0", "result": {"success": 1}, "id": 1},
        {"jsonrpc": "2.0", "result": {"success": 1}, "id": "2"},
    ]


def test_a_batch_of_one_returns_an_array(post):
    answer = post('[{"jsonrpc":"2.0",%s,"id":1}]' % DELETE)
    assert answer.json == [{"jsonrpc": "2.0", "result": {"success": 1}, "id": 1}]


def test_a_batch_of_notifications_is_answered_with_nothing(wire):
    answer = wire.post('[{"jsonrpc":"2.0",%s},{"jsonrpc":"2.0",%s,"id":"0"}]' % (DELETE, SET))
    assert (answer.status, answer.body) == (200, b"")
    assert len(wire.fake.followme("1").elements) == 1


def test_invalid_batch_members_are_answered_each(post):
    answer = post('[1,null,[],{},"x",{"jsonrpc":"2.0","method":"x","id":9}]')
    assert answer.status == 200
    assert answer.json == [INVALID] * 5 + [error(-32601, "Method not found", None, 9)]


def test_a_failing_notification_in_a_batch_is_answered(post):
    answer = post('[{"jsonrpc":"2.0",%s},{"jsonrpc":"2.0",%s}]' % (GET, DELETE))
    assert answer.status == 200
    expected = error(-32603, "Internal error", "Callback followme structure not found")
    assert answer.json == [expected]


def test_equal_ids_in_a_batch_are_both_answered(post):
    body = '[{"jsonrpc":"2.0",%s,"id":1},{"jsonrpc":"2.0",%s,"id":1}]' % (DELETE, DELETE)
    assert [each["id"] for each in post(body).json] == [1, 1]


# leniency


@pytest.mark.parametrize("version", ["2.0", "2", "2e0", '"2.0"'])
def test_jsonrpc_as_a_number_is_accepted(post, version):
    assert post('{"jsonrpc":%s,%s,"id":1}' % (version, DELETE)).json["result"] == {"success": 1}


@pytest.mark.parametrize(
    "method", ["deleteCallBackFollowme", "DELETECALLBACKFOLLOWME", "deletecallbackfollowme"]
)
def test_method_names_are_found_in_any_letter_case(post, method):
    answer = post('{"jsonrpc":"2.0","method":"%s","params":["1"],"id":1}' % method)
    assert answer.json["result"] == {"success": 1}


def test_unknown_members_and_parameters_are_ignored(post):
    answer = post(
        '{"jsonrpc":"2.0","method":"deleteCallBackFollowme","auth":{"x":1},"id":1,'
        '"params":{"customer_name":"1","unknown":[1,2],"":null}}'
    )
    assert answer.json == {"jsonrpc": "2.0", "result": {"success": 1}, "id": 1}


def test_positional_parameters_follow_the_service_map(wire):
    answer = wire.post(
        '{"jsonrpc":"2.0","method":"setCallBackFollowme","id":1,"params":'
        '["1",[{"type":"linal","redirect_number":"79"}],"74951001010","79511234567"]}'
    )
    assert answer.json["result"] == {"success": 1}
    answer = wire.post('{"jsonrpc":"2.0","method":"getCallBackFollowme","params":["1"],"id":2}')
    assert answer.json["result"] == {
        "callBackFollowmeStruct": [{"type": "linal", "redirect_number": "79"}],
        "caller_id": "74951001010",
        "defaultBNumber": "79511234567",
    }


def test_surplus_positional_parameters_are_ignored(post):
    answer = post('{"jsonrpc":"2.0","method":"deleteCallBackFollowme","params":["1",2,3],"id":1}')
    assert answer.json["result"] == {"success": 1}


def test_optional_parameters_can_be_omitted(post):
    for params in ('["1",[]]', '{"customer_name":"1","callBackFollowmeStruct":[]}'):
        body = '{"jsonrpc":"2.0","method":"setCallBackFollowme","params":%s,"id":1}' % params
        assert post(body).json["result"] == {"success": 1}


def test_of_duplicate_keys_the_last_wins(post):
    answer = post('{"jsonrpc":"1.0","jsonrpc":"2.0",%s,"id":1,"id":2}' % DELETE)
    assert answer.json == {"jsonrpc": "2.0", "result": {"success": 1}, "id": 2}


# HTTP status of errors


@pytest.mark.parametrize("status", [200, 400, 599])
def test_the_status_of_an_error_can_be_switched(wire, status):
    wire.fake.reset(Settings(error_status=status))
    assert wire.post("{").status == status
    assert wire.post('{"jsonrpc":"2.0",%s,"id":1}' % GET).status == status
    assert wire.post('{"jsonrpc":"2.0",%s}' % GET).status == status
    assert wire.post('{"jsonrpc":"2.0",%s,"id":1}' % DELETE).status == 200
    assert wire.post("[1]").status == 200


def test_answers_are_compact_ascii_json(post):
    answer = post('{"jsonrpc":"2.0",%s,"id":"я"}' % DELETE)
    assert answer.body == b'{"jsonrpc":"2.0","result":{"success":1},"id":"\\u044f"}'
    assert json.loads(answer.body)["id"] == "я"

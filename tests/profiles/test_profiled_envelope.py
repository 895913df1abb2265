"""A fake with a profile of the envelope: each fact changes the bytes on the wire."""

from __future__ import annotations

import json

import httpx2
import pytest

from mtt_mock import AppTransport, create_app, fake_of
from mtt_mock.service.profile import Profile

BALANCE = {
    "jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance", "params": {"customer_name": "1"},
}  # fmt: skip
NO_METHOD = {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod"}
RESULT = rb'{"balance":1000,"currency":"RUB"}'
CUSTOM = {"code": -32099, "message": "Refused", "data": "try again"}
SHOWN = b'{"code":-32099,"message":"Refused","data":"try again"}'


def failed(error, call_id=b"1"):
    return b'{"jsonrpc":"2.0","id":' + call_id + b',"error":' + error + b"}"


def standard(code, message, data=b"null"):
    return b'{"code":%d,"message":"%s","data":%s}' % (code, message, data)


NOT_FOUND = standard(-32601, b"Method not found")
INVALID = standard(-32602, b"Invalid params")
PARSE = failed(standard(-32700, b"Parse error"), b"null")
INVALID_REQUEST = failed(standard(-32600, b"Invalid Request"))


def balance(call_id=b"1"):
    return b'{"jsonrpc":"2.0","result":' + RESULT + b',"id":' + call_id + b"}"


def with_id(text):
    return json.dumps(NO_METHOD).replace("1", text)


def nested(depth):
    return json.dumps(NO_METHOD)[:-1] + f', "params": {"[" * (depth - 1)}{"]" * (depth - 1)}}}'


# Fact, value, request, status, answer.
ROWS = [
    ("rpc.success", {"v": 1}, BALANCE, 200, b'{"result":' + RESULT + b',"id":1,"v":1}'),
    ("rpc.error", "when set", NO_METHOD, 500, failed(b'{"code":-32601,"message":"Method not found"}')),
    ("rpc.id.echo", "text", with_id("1.50"), 500, failed(NOT_FOUND, b'"1.5"')),
    ("rpc.id.echo", "text", with_id("7"), 500, failed(NOT_FOUND, b'"7"')),
    ("rpc.json.escapes", {"slashes": False}, with_id('"a/я"'), 500, failed(NOT_FOUND, b'"a/\\u044f"')),
    ("rpc.json.escapes", {"unicode": False}, with_id('"\u2028я\u2029"'), 500, failed(NOT_FOUND, '"\\u2028я\\u2029"'.encode())),
    ("rpc.json.escapes", {"unicode": False}, with_id('"a/я"'), 500, failed(NOT_FOUND, '"a\\/я"'.encode())),
    ("rpc.json.floats", "kept", with_id("1e3"), 500, failed(NOT_FOUND, b"1000.0")),
    ("rpc.json.floats", "kept", with_id("1e17"), 500, failed(NOT_FOUND, b"1.0e+17")),
    ("rpc.json.big_integers", "digits", with_id("9223372036854775808"), 500, failed(NOT_FOUND, b"9223372036854775808")),
    ("rpc.json.big_integers", "digits", with_id("9" * 30), 500, failed(NOT_FOUND, b"9" * 30)),
    ("rpc.json.big_integers", "digits", with_id("9" * 5000), 500, failed(NOT_FOUND, b"1.7976931348623157e+308")),
    ("rpc.json.empty", "array", with_id('[{}, {"a": {}}]'), 500, failed(NOT_FOUND, b'[[],{"a":[]}]')),
    (
        "rpc.json.key_order", {"success": ["id", "result", "jsonrpc"]}, BALANCE, 200,
        b'{"id":1,"result":' + RESULT + b',"jsonrpc":"2.0"}',
    ),
    (
        "rpc.json.key_order", {"failure": ["id"], "error": ["data", "code", "message"]}, NO_METHOD, 500,
        b'{"id":1,"jsonrpc":"2.0","error":{"data":null,"code":-32601,"message":"Method not found"}}',
    ),
    ("rpc.notification", {"ids": ["0"], "status": 202}, BALANCE | {"id": 0}, 202, b""),
    ("rpc.notification", {"ids": ["0"]}, BALANCE | {"id": None}, 200, balance(b"null")),
    ("rpc.notification", {"status": 204}, BALANCE | {"id": "0"}, 204, b""),
    ("rpc.notification.error", "silent", NO_METHOD | {"id": ""}, 200, b""),
    ("rpc.batch", "refuse", [BALANCE], 500, failed(standard(-32600, b"Invalid Request"), b"null")),
    ("rpc.version.number", "refuse", BALANCE | {"jsonrpc": 2}, 500, INVALID_REQUEST),
    ("rpc.version.number", "refuse", BALANCE | {"jsonrpc": "2"}, 200, balance()),
    ("rpc.version.loose", "refuse", BALANCE | {"jsonrpc": "2"}, 500, INVALID_REQUEST),
    ("rpc.version.loose", "refuse", BALANCE | {"jsonrpc": True}, 500, INVALID_REQUEST),
    ("rpc.version.loose", "refuse", BALANCE | {"jsonrpc": 2.0}, 200, balance()),
    ("rpc.method.case", "exact", BALANCE | {"method": "getcustomerbalance"}, 500, failed(NOT_FOUND)),
    ("rpc.method.case", "exact", BALANCE, 200, balance()),
    (
        "rpc.params.named", "refuse", BALANCE | {"params": {"customer_name": "1", "colour": "red"}}, 500,
        failed(standard(-32602, b"Invalid params", b'"unknown parameter colour"')),
    ),
    ("rpc.params.named", "refuse", BALANCE, 200, balance()),
    ("rpc.params.positional", "refuse", BALANCE | {"params": ["1"]}, 500, failed(INVALID)),
    ("rpc.error.parse", CUSTOM, "{", 500, failed(SHOWN, b"null")),
    ("rpc.error.parse.depth", 20, nested(20), 500, failed(NOT_FOUND)),
    ("rpc.error.parse.depth", 20, nested(21), 500, PARSE),
    ("rpc.error.parse.nul_name", "accept", with_id(r'{"\u0000a": 1}'), 500, failed(NOT_FOUND, rb'{"\u0000a":1}')),
    ("rpc.error.invalid_request", CUSTOM, "7", 500, failed(SHOWN, b"null")),
    ("rpc.error.invalid_request", CUSTOM, BALANCE | {"jsonrpc": "1"}, 500, failed(SHOWN)),
    ("rpc.error.method", CUSTOM, NO_METHOD, 500, failed(SHOWN)),
    ("rpc.error.params.scalar", CUSTOM, BALANCE | {"params": 7}, 500, failed(SHOWN)),
    (
        "rpc.error.params.named_missing", {"code": -32602, "data": "send {name}"}, BALANCE | {"params": {"a": 1}}, 500,
        failed(standard(-32602, b"Invalid params", b'"send customer_name"')),
    ),
    ("rpc.error.params.empty", {"code": -32602}, {**NO_METHOD, "method": "getCustomerBalance"}, 500, failed(INVALID)),
    (
        "rpc.error.params.count", {"code": 1, "data": "{got}/{expected}"}, BALANCE | {"params": []}, 500,
        failed(standard(1, b"Internal error", rb'"0\/1"')),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "value", "request_body", "status", "body"), ROWS)
def test_a_fact_of_the_envelope_changes_the_answer(fact, value, request_body, status, body):
    assert post({fact: value}, request_body) == (status, body)


def post(facts, body):
    """Return status and body of the answer of a fake with ``facts``."""
    app = create_app(clock="manual", profile=Profile(facts))
    content = body if isinstance(body, str) else json.dumps(body)
    try:
        # Not Flask's client: the fast way of the endpoint must obey too.
        with httpx_client(app) as client:
            answer = client.post("/index.php", content=content.encode())
    finally:
        fake_of(app).close()
    return answer.status_code, answer.content


def httpx_client(app):
    return httpx2.Client(
        transport=AppTransport(app), base_url="http://mtt.invalid", auth=("ann", "secret")
    )


@pytest.mark.fact("rpc.error.method_failed")
def test_errors_of_other_codes_share_a_message():
    facts = {"rpc.error.method_failed": "Failure", "rpc.error.method": {"code": -32001}}
    assert post(facts, NO_METHOD) == (500, failed(standard(-32001, b"Failure")))


def test_the_limit_of_a_batch_is_refused_with_the_same_error():
    facts = {"rpc.batch.limit": 1, "rpc.error.invalid_request": CUSTOM}
    assert post(facts, [BALANCE, BALANCE]) == (500, failed(SHOWN, b"null"))


def test_a_silent_notification_is_left_out_of_a_batch():
    facts = {"rpc.notification.error": "silent"}
    batch = [NO_METHOD | {"id": None}, BALANCE]
    assert post(facts, batch) == (200, b"[" + balance() + b"]")


@pytest.mark.parametrize(
    ("fact", "value", "call_id", "wrong"),
    [
        ("rpc.json.big_integers", "digits", b"9" * 30, b"1" + b"0" * 30),
        ("rpc.json.escapes", {"slashes": False, "unicode": False}, '"ж/"', '"not ж/"'.encode()),
        ("rpc.error.parse.nul_name", "accept", b'{"\\u0000":1}', b"\"not {'\\\\x00': 1}\""),
    ],
)
def test_a_fault_alters_an_answer_by_the_rules_of_the_profile(fact, value, call_id, wrong):
    app = create_app(profile=Profile({fact: value}), faults=["wrong-id"])
    text = call_id if isinstance(call_id, bytes) else call_id.encode()
    request = json.dumps(BALANCE).encode().replace(b"1", text, 1)
    with httpx2.Client(transport=AppTransport(app), auth=("a", "b")) as client:
        answer = client.post("http://fake.invalid/index.php", content=request)
    assert answer.content == balance(wrong)

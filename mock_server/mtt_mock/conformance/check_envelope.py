"""Checks the JSON-RPC envelope, as MTT's library reads and writes it."""

from __future__ import annotations

from typing import Any

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.observations import find_limit
from mtt_mock.conformance.outcomes import CheckFailed, expect
from mtt_mock.conformance.probe_client import ProbeClient, ProbeResponse

_A = {"type": "Ringall", "redirect_number": "79000000001"}
_MESSAGES = {
    -32700: "Parse error",
    -32600: "Invalid Request",
    -32601: "Method not found",
    -32602: "Invalid params",
    -32603: "Internal error",
}
_NO_DATA: Any = object()


def _expect_error(
    response: ProbeResponse, code: int, data: Any = _NO_DATA, call_id: Any = None
) -> None:
    error = response.error
    expect([error.get("code"), error.get("message")], [code, _MESSAGES[code]], "error")
    if data is not _NO_DATA:
        expect(error.get("data"), data, "error.data")
    expect(response.envelope.get("id"), call_id, "id")


@fact("rpc.success", needs="change")
def success_holds_jsonrpc_result_and_id(probe: ProbeClient) -> None:
    envelope = probe.of_customer("deleteCallBackFollowme").envelope
    expect(sorted(envelope), ["id", "jsonrpc", "result"], "keys")
    expect([envelope["jsonrpc"], envelope["id"]], ["2.0", 1], "jsonrpc and id")


@fact("rpc.error")
def an_error_holds_code_message_and_data_as_plain_text_or_null(probe: ProbeClient) -> None:
    for method, params in (("noSuchMethod", {}), ("getCallBackFollowme", {"no": 1})):
        response = probe.call(method, params)
        expect(sorted(response.envelope), ["error", "id", "jsonrpc"], "keys")
        expect(sorted(response.error), ["code", "data", "message"], "keys of error")
        if not isinstance(response.error["data"], str | None):
            raise CheckFailed(response.error["data"], "text or null", "error.data")


@fact("rpc.id.echo")
def the_id_is_echoed_with_its_type(probe: ProbeClient) -> None:
    for call_id in (7, "3", 1.5):
        envelope = probe.call("noSuchMethod", call_id=call_id).envelope
        expect(envelope.get("id"), call_id, "id of an error")


@fact("rpc.id.echo", needs="change")
def the_id_of_a_result_is_echoed_with_its_type(probe: ProbeClient) -> None:
    probe.fill(_A)
    for call_id in (7, "3", 1.5):
        params = {"customer_name": probe.customer}
        envelope = probe.call("getCallBackFollowme", params, call_id).envelope
        expect(envelope.get("id"), call_id, "id of a result")


def _expect_echo(probe: ProbeClient, sent: str, echoed: str) -> None:
    """Expect the bytes ``echoed`` for the id ``sent``, both JSON text."""
    call = '{"jsonrpc": "2.0", "id": %s, "method": "noSuchMethod"}'
    body = probe.endpoint.post(call % sent).body
    if b'"id":%s,' % echoed.encode() not in body:
        raise CheckFailed(body.decode("utf-8", "replace"), f'"id":{echoed}', f"id {sent}")


@fact("rpc.json.escapes")
def slashes_and_other_letters_are_escaped(probe: ProbeClient) -> None:
    _expect_echo(probe, '"a/я"', r'"a\/\u044f"')
    _expect_echo(probe, '"\U0001f600é"', r'"\ud83d\ude00\u00e9"')


@fact("rpc.json.floats")
def a_float_loses_an_empty_fraction(probe: ProbeClient) -> None:
    for sent, echoed in (("1.0", "1"), ("1e3", "1000"), ("1e17", "1.0e+17"), ("2.50", "2.5")):
        _expect_echo(probe, sent, echoed)


@fact("rpc.json.big_integers")
def an_integer_beyond_64_bits_is_a_float(probe: ProbeClient) -> None:
    _expect_echo(probe, "9223372036854775807", "9223372036854775807")
    _expect_echo(probe, "9223372036854775808", "9.223372036854776e+18")


@fact("rpc.json.empty")
def empty_arrays_and_objects_keep_their_type(probe: ProbeClient) -> None:
    _expect_echo(probe, '{"a": [], "b": {}}', '{"a":[],"b":{}}')


@fact("rpc.json.key_order")
def the_keys_of_an_error_are_in_order(probe: ProbeClient) -> None:
    response = probe.call("noSuchMethod")
    expect(list(response.envelope), ["jsonrpc", "id", "error"], "keys")
    expect(list(response.error), ["code", "message", "data"], "keys of error")


@fact("rpc.json.key_order", needs="change")
def the_keys_of_a_result_are_in_order(probe: ProbeClient) -> None:
    envelope = probe.of_customer("deleteCallBackFollowme").envelope
    expect(list(envelope), ["jsonrpc", "result", "id"], "keys")


@fact("rpc.notification", needs="change")
def calls_without_an_id_are_executed_and_not_answered(probe: ProbeClient) -> None:
    params = {"customer_name": probe.customer, "callBackFollowmeStruct": [_A]}
    envelope = {"jsonrpc": "2.0", "method": "setCallBackFollowme", "params": params}
    probe.clear()
    response = probe.endpoint.post(envelope)
    expect((response.status, response.body), (200, b""), "status and body without an id")
    expect(probe.stored(), [_A], "what the notification stored")
    for call_id in (None, "", "0", False, 0.0):
        response = probe.call("getCallBackFollowme", {"customer_name": probe.customer}, call_id)
        expect((response.status, response.body), (200, b""), f"status and body with id {call_id!r}")


@fact("rpc.notification", needs="change")
def the_integer_0_is_an_id(probe: ProbeClient) -> None:
    response = probe.call("deleteCallBackFollowme", {"customer_name": probe.customer}, 0)
    expect(response.envelope.get("id"), 0, "id")


@fact("rpc.notification.empty_list", needs="change")
def an_empty_list_is_no_id_and_others_are(probe: ProbeClient) -> None:
    params = {"customer_name": probe.customer}
    body = probe.call("deleteCallBackFollowme", params, []).body
    probe.observe("rpc.notification.empty_list", "answered" if body else "notification")
    expect(body, b"", "body with id []")
    for call_id in ([1], {"a": 1}, {}):
        response = probe.call("deleteCallBackFollowme", params, call_id)
        expect(response.envelope.get("id"), call_id, "id")


@fact("rpc.notification.error")
def a_notification_that_fails_is_answered(probe: ProbeClient) -> None:
    for call_id in (None, "", "0"):
        response = probe.call("noSuchMethod", call_id=call_id)
        _expect_error(response, -32601, call_id=call_id)
    response = probe.endpoint.post({"jsonrpc": "2.0", "method": "noSuchMethod"})
    _expect_error(response, -32601)


@fact("rpc.batch")
def a_batch_is_answered_with_a_batch(probe: ProbeClient) -> None:
    calls = [{"jsonrpc": "2.0", "id": call_id, "method": "noSuchMethod"} for call_id in (1, "b")]
    responses = probe.endpoint.post(calls).json
    if not isinstance(responses, list):
        raise CheckFailed(responses, "a list", "body")
    expect([envelope.get("id") for envelope in responses], [1, "b"], "ids")


@fact("rpc.batch", needs="change")
def notifications_are_left_out_of_a_batch(probe: ProbeClient) -> None:
    params = {"customer_name": probe.customer}
    quiet = {"jsonrpc": "2.0", "method": "deleteCallBackFollowme", "params": params}
    responses = probe.endpoint.post([quiet, quiet | {"id": 5}]).json
    expect([envelope.get("id") for envelope in responses], [5], "ids")
    expect(probe.endpoint.post([quiet, quiet]).body, b"", "body of notifications alone")


@fact("rpc.batch")
def an_empty_batch_is_an_invalid_request(probe: ProbeClient) -> None:
    _expect_error(probe.endpoint.post("[]"), -32600)


@fact("rpc.batch.limit", needs="large")
def a_batch_of_more_than_100_is_an_invalid_request(probe: ProbeClient) -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod"}
    limit = find_limit(
        lambda size: isinstance(probe.endpoint.post([request] * size).json, list), 100, most=4096
    )
    if limit is None:
        raise CheckFailed("4096 calls are taken", "a refusal", "a large batch")
    probe.observe("rpc.batch.limit", limit)
    expect(limit, 100, "calls in the largest batch")
    _expect_error(probe.endpoint.post([request] * 101), -32600)
    expect(len(probe.endpoint.post([request] * 100).json), 100, "responses to a batch of 100")


@fact("rpc.version.number")
def the_version_may_be_a_number(probe: ProbeClient) -> None:
    response = probe.endpoint.post('{"jsonrpc": 2.0, "id": 1, "method": "noSuchMethod"}')
    _expect_error(response, -32601, call_id=1)


@fact("rpc.version.loose")
def the_version_is_compared_loosely(probe: ProbeClient) -> None:
    call = '{"jsonrpc": %s, "id": 1, "method": "noSuchMethod"}'
    for version in ("2", "true", '"2"', '" 2.00"', '"+2.0"', '"20e-1"'):
        _expect_error(probe.endpoint.post(call % version), -32601, call_id=1)
    for version in ('"2.0.0"', '"2,0"', '""', "[2]", "{}", "false", "null", "3"):
        _expect_error(probe.endpoint.post(call % version), -32600, call_id=1)


@fact("rpc.method.case")
def letter_case_of_methods_does_not_matter(probe: ProbeClient) -> None:
    for name in ("getcallbackfollowme", "GETCALLBACKFOLLOWME"):
        error = probe.call(name, {"no": 1}).error
        expect([error["code"], error["data"]], [-32602, "customer_name not found"], name)


@fact("rpc.params.named", needs="change")
def unknown_params_are_ignored_and_defaults_filled_in(probe: ProbeClient) -> None:
    probe.clear()
    expect(probe.set(_A, no_such_param=1).result, {"success": 1}, "result")
    expect(probe.stored(), [_A], "what is stored")


@fact("rpc.params.positional", needs="change")
def params_may_be_positional(probe: ProbeClient) -> None:
    probe.clear()
    given = [probe.customer, [_A], "74951001010", "79000000009", "surplus"]
    expect(probe.call("setCallBackFollowme", given).result, {"success": 1}, "result")
    result = probe.call("getCallBackFollowme", [probe.customer]).result
    expect(result.get("callBackFollowmeStruct"), [_A], "structure")
    seen = [result.get("caller_id"), result.get("defaultBNumber")]
    expect(seen, ["74951001010", "79000000009"], "caller_id and defaultBNumber")


@fact("rpc.error.parse")
def broken_json_is_a_parse_error(probe: ProbeClient) -> None:
    for body in ("{", "", "null", "{'a': 1}"):
        _expect_error(probe.endpoint.post(body), -32700, None)


@fact("rpc.error.parse.depth")
def nesting_is_read_to_a_depth_of_511(probe: ProbeClient) -> None:
    call = '{"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod", "params": %s}'
    for depth, code, call_id in ((510, -32601, 1), (511, -32700, None)):
        body = call % ("[" * depth + "]" * depth)
        _expect_error(probe.endpoint.post(body), code, None, call_id)


@fact("rpc.error.parse.nul_name")
def a_name_that_begins_with_nul_is_a_parse_error(probe: ProbeClient) -> None:
    call = '{"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod", "params": {"%s": 1}}'
    _expect_error(probe.endpoint.post(call % r"\u0000a"), -32700, None)
    _expect_error(probe.endpoint.post(call % r"a\u0000"), -32601, None, 1)


@fact("rpc.error.parse.strict")
def json_that_php_refuses_is_a_parse_error(probe: ProbeClient) -> None:
    call = '{"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod", "params": {"a": %s}}'
    bodies: list[str | bytes] = [call % each for each in ("NaN", "1e999", r'"\ud800"')]
    bodies += [
        b"\xef\xbb\xbf" + (call % 1).encode(),
        (call % '"x"').encode().replace(b"x", b"\xff"),
    ]
    responses = [probe.endpoint.post(body) for body in bodies]
    skipped = responses[3].envelope.get("error", {}).get("code") != -32700
    probe.observe("rpc.error.parse.strict", "skip" if skipped else "refuse")
    for response in responses:
        _expect_error(response, -32700, None)
    twice = '{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "noSuchMethod"}'
    expect(probe.endpoint.post(twice).envelope.get("id"), 2, "id given twice")


@fact("rpc.error.invalid_request")
def other_json_is_an_invalid_request(probe: ProbeClient) -> None:
    for body in ("7", '"text"', "true", "[]"):
        _expect_error(probe.endpoint.post(body), -32600, None)
    for version in ({}, {"jsonrpc": "1.0"}, {"jsonrpc": None}):
        response = probe.endpoint.post(version | {"id": 1, "method": "getCallBackFollowme"})
        _expect_error(response, -32600, None, 1)


@fact("rpc.error.method")
def an_unknown_method_is_not_found(probe: ProbeClient) -> None:
    for method in ("noSuchMethod", 7, None):
        _expect_error(probe.call(method), -32601, None, 1)
    _expect_error(probe.endpoint.post({"jsonrpc": "2.0", "id": 1}), -32601, None, 1)


@fact("rpc.error.params.scalar")
def scalar_params_are_invalid(probe: ProbeClient) -> None:
    for params in ("", "text", 7, True):
        _expect_error(probe.call("getCallBackFollowme", params), -32602, None, 1)


@fact("rpc.error.params.named_missing")
def a_missing_param_is_named(probe: ProbeClient) -> None:
    response = probe.call("getCallBackFollowme", {"no": 1})
    _expect_error(response, -32602, "customer_name not found", 1)
    response = probe.call("setCallBackFollowme", {"customer_name": probe.customer})
    _expect_error(response, -32602, "callBackFollowmeStruct not found", 1)


@fact("rpc.error.params.empty")
def missing_params_are_reported_as_empty(probe: ProbeClient) -> None:
    _expect_error(probe.call("getCallBackFollowme"), -32602, "Empty required params", 1)


@fact("rpc.error.params.count")
def too_few_params_are_counted(probe: ProbeClient) -> None:
    text = "Check numbers of required params (got {}, expected {})"
    _expect_error(probe.call("getCallBackFollowme", []), -32602, text.format(0, 1), 1)
    given = [probe.customer]
    _expect_error(probe.call("setCallBackFollowme", given), -32602, text.format(1, 2), 1)


@fact("rpc.error.method_failed", needs="change")
def a_failing_method_is_an_internal_error_with_a_reason(probe: ProbeClient) -> None:
    probe.clear()
    error = probe.get().error
    code = error["code"]
    expect(error["message"], _MESSAGES.get(code, "Internal error"), f"message of {code}")
    expect(isinstance(error["data"], str), expected=True, where="data is text")

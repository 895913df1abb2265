"""JSON-RPC as MTT's library speaks it."""

from __future__ import annotations

from typing import Any

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.outcomes import CheckFailed, expect
from mtt_mock.conformance.probe_client import Answer, Ask

_A = {"type": "Ringall", "redirect_number": "79000000001"}
_MESSAGES = {
    -32700: "Parse error",
    -32600: "Invalid Request",
    -32601: "Method not found",
    -32602: "Invalid params",
    -32603: "Internal error",
}
_NO_DATA: Any = object()


def _expect_error(answer: Answer, code: int, data: Any = _NO_DATA, call_id: Any = None) -> None:
    error = answer.error
    expect([error.get("code"), error.get("message")], [code, _MESSAGES[code]], "error")
    if data is not _NO_DATA:
        expect(error.get("data"), data, "error.data")
    expect(answer.envelope.get("id"), call_id, "id")


@fact("rpc.success", needs="change")
def success_holds_jsonrpc_result_and_id(ask: Ask) -> None:
    envelope = ask.of_customer("deleteCallBackFollowme").envelope
    expect(sorted(envelope), ["id", "jsonrpc", "result"], "keys")
    expect([envelope["jsonrpc"], envelope["id"]], ["2.0", 1], "jsonrpc and id")


@fact("rpc.error")
def an_error_holds_code_message_and_data_as_plain_text_or_null(ask: Ask) -> None:
    for method, params in (("noSuchMethod", {}), ("getCallBackFollowme", {"no": 1})):
        answer = ask.call(method, params)
        expect(sorted(answer.envelope), ["error", "id", "jsonrpc"], "keys")
        expect(sorted(answer.error), ["code", "data", "message"], "keys of error")
        if not isinstance(answer.error["data"], str | None):
            raise CheckFailed(answer.error["data"], "text or null", "error.data")


@fact("rpc.id.echo")
def the_id_is_echoed_with_its_type(ask: Ask) -> None:
    for call_id in (7, "3", 1.5):
        envelope = ask.call("noSuchMethod", call_id=call_id).envelope
        expect(envelope.get("id"), call_id, "id of an error")


@fact("rpc.id.echo", needs="change")
def the_id_of_a_result_is_echoed_with_its_type(ask: Ask) -> None:
    ask.fill(_A)
    for call_id in (7, "3", 1.5):
        params = {"customer_name": ask.customer}
        envelope = ask.call("getCallBackFollowme", params, call_id).envelope
        expect(envelope.get("id"), call_id, "id of a result")


@fact("rpc.notification", needs="change")
def calls_without_an_id_are_executed_and_not_answered(ask: Ask) -> None:
    params = {"customer_name": ask.customer, "callBackFollowmeStruct": [_A]}
    envelope = {"jsonrpc": "2.0", "method": "setCallBackFollowme", "params": params}
    ask.clear()
    answer = ask.endpoint.post(envelope)
    expect((answer.status, answer.body), (200, b""), "status and body without an id")
    expect(ask.stored(), [_A], "what the notification stored")
    for call_id in (None, "", "0", False, 0.0):
        answer = ask.call("getCallBackFollowme", {"customer_name": ask.customer}, call_id)
        expect((answer.status, answer.body), (200, b""), f"status and body with id {call_id!r}")


@fact("rpc.notification", needs="change")
def the_integer_0_is_an_id(ask: Ask) -> None:
    answer = ask.call("deleteCallBackFollowme", {"customer_name": ask.customer}, 0)
    expect(answer.envelope.get("id"), 0, "id")


@fact("rpc.notification.empty_list", needs="change")
def an_empty_list_is_no_id_and_others_are(ask: Ask) -> None:
    params = {"customer_name": ask.customer}
    expect(ask.call("deleteCallBackFollowme", params, []).body, b"", "body with id []")
    for call_id in ([1], {"a": 1}, {}):
        answer = ask.call("deleteCallBackFollowme", params, call_id)
        expect(answer.envelope.get("id"), call_id, "id")


@fact("rpc.notification.error")
def a_notification_that_fails_is_answered(ask: Ask) -> None:
    for call_id in (None, "", "0"):
        answer = ask.call("noSuchMethod", call_id=call_id)
        _expect_error(answer, -32601, call_id=call_id)
    answer = ask.endpoint.post({"jsonrpc": "2.0", "method": "noSuchMethod"})
    _expect_error(answer, -32601)


@fact("rpc.batch")
def a_batch_is_answered_with_a_batch(ask: Ask) -> None:
    calls = [{"jsonrpc": "2.0", "id": each, "method": "noSuchMethod"} for each in (1, "b")]
    answers = ask.endpoint.post(calls).json
    if not isinstance(answers, list):
        raise CheckFailed(answers, "a list", "body")
    expect([each.get("id") for each in answers], [1, "b"], "ids")


@fact("rpc.batch", needs="change")
def notifications_are_left_out_of_a_batch(ask: Ask) -> None:
    params = {"customer_name": ask.customer}
    quiet = {"jsonrpc": "2.0", "method": "deleteCallBackFollowme", "params": params}
    answers = ask.endpoint.post([quiet, quiet | {"id": 5}]).json
    expect([each.get("id") for each in answers], [5], "ids")
    expect(ask.endpoint.post([quiet, quiet]).body, b"", "body of notifications alone")


@fact("rpc.batch")
def an_empty_batch_is_an_invalid_request(ask: Ask) -> None:
    _expect_error(ask.endpoint.post("[]"), -32600)


@fact("rpc.batch.limit", needs="large")
def a_batch_of_more_than_100_is_an_invalid_request(ask: Ask) -> None:
    one = {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod"}
    _expect_error(ask.endpoint.post([one] * 101), -32600)
    expect(len(ask.endpoint.post([one] * 100).json), 100, "answers to a batch of 100")


@fact("rpc.version.number")
def the_version_may_be_a_number(ask: Ask) -> None:
    answer = ask.endpoint.post('{"jsonrpc": 2.0, "id": 1, "method": "noSuchMethod"}')
    _expect_error(answer, -32601, call_id=1)


@fact("rpc.method.case")
def letter_case_of_methods_does_not_matter(ask: Ask) -> None:
    for name in ("getcallbackfollowme", "GETCALLBACKFOLLOWME"):
        error = ask.call(name, {"no": 1}).error
        expect([error["code"], error["data"]], [-32602, "customer_name not found"], name)


@fact("rpc.params.named", needs="change")
def unknown_params_are_ignored_and_defaults_filled_in(ask: Ask) -> None:
    ask.clear()
    expect(ask.set(_A, no_such_param=1).result, {"success": 1}, "result")
    expect(ask.stored(), [_A], "what is stored")


@fact("rpc.params.positional", needs="change")
def params_may_be_given_by_place(ask: Ask) -> None:
    ask.clear()
    given = [ask.customer, [_A], "74951001010", "79000000009", "surplus"]
    expect(ask.call("setCallBackFollowme", given).result, {"success": 1}, "result")
    result = ask.call("getCallBackFollowme", [ask.customer]).result
    expect(result.get("callBackFollowmeStruct"), [_A], "structure")
    seen = [result.get("caller_id"), result.get("defaultBNumber")]
    expect(seen, ["74951001010", "79000000009"], "caller_id and defaultBNumber")


@fact("rpc.error.parse")
def broken_json_is_a_parse_error(ask: Ask) -> None:
    for body in ("{", "", "null", "{'a': 1}"):
        _expect_error(ask.endpoint.post(body), -32700, None)


@fact("rpc.error.parse.strict")
def what_php_takes_for_broken_json_is_a_parse_error(ask: Ask) -> None:
    call = '{"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod", "params": {"a": %s}}'
    deep = "[" * 600 + "]" * 600
    bodies: list[str | bytes] = [call % each for each in ("NaN", "1e999", r'"\ud800"', deep)]
    bodies += [
        b"\xef\xbb\xbf" + (call % 1).encode(),
        (call % '"x"').encode().replace(b"x", b"\xff"),
    ]
    for body in bodies:
        _expect_error(ask.endpoint.post(body), -32700, None)
    twice = '{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "noSuchMethod"}'
    expect(ask.endpoint.post(twice).envelope.get("id"), 2, "id given twice")


@fact("rpc.error.invalid_request")
def what_is_no_request_is_an_invalid_request(ask: Ask) -> None:
    for body in ("7", '"text"', "true", "[]"):
        _expect_error(ask.endpoint.post(body), -32600, None)
    for version in ({}, {"jsonrpc": "1.0"}, {"jsonrpc": None}):
        answer = ask.endpoint.post(version | {"id": 1, "method": "getCallBackFollowme"})
        _expect_error(answer, -32600, None, 1)


@fact("rpc.error.method")
def an_unknown_method_is_not_found(ask: Ask) -> None:
    for method in ("noSuchMethod", 7, None):
        _expect_error(ask.call(method), -32601, None, 1)
    _expect_error(ask.endpoint.post({"jsonrpc": "2.0", "id": 1}), -32601, None, 1)


@fact("rpc.error.params.scalar")
def scalar_params_are_invalid(ask: Ask) -> None:
    for params in ("", "text", 7, True):
        _expect_error(ask.call("getCallBackFollowme", params), -32602, None, 1)


@fact("rpc.error.params.named_missing")
def a_missing_param_is_named(ask: Ask) -> None:
    answer = ask.call("getCallBackFollowme", {"no": 1})
    _expect_error(answer, -32602, "customer_name not found", 1)
    answer = ask.call("setCallBackFollowme", {"customer_name": ask.customer})
    _expect_error(answer, -32602, "callBackFollowmeStruct not found", 1)


@fact("rpc.error.params.empty")
def no_params_at_all_are_said_to_be_empty(ask: Ask) -> None:
    _expect_error(ask.call("getCallBackFollowme"), -32602, "Empty required params", 1)


@fact("rpc.error.params.count")
def too_few_params_are_counted(ask: Ask) -> None:
    text = "Check numbers of required params (got {}, expected {})"
    _expect_error(ask.call("getCallBackFollowme", []), -32602, text.format(0, 1), 1)
    given = [ask.customer]
    _expect_error(ask.call("setCallBackFollowme", given), -32602, text.format(1, 2), 1)


@fact("rpc.error.method_failed", needs="change")
def a_method_that_fails_says_internal_error_and_why(ask: Ask) -> None:
    ask.clear()
    error = ask.get().error
    code = error["code"]
    expect(error["message"], _MESSAGES.get(code, "Internal error"), f"message of {code}")
    expect(isinstance(error["data"], str), expected=True, where="data is text")

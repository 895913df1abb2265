"""Checks the JSON-RPC envelope, as MTT's library reads and writes it."""

from __future__ import annotations

import json
from typing import Any

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.observations import count_template, error_value, find_limit
from mtt_mock.conformance.outcomes import CheckFailed, Inconclusive, expect
from mtt_mock.conformance.probe_client import ProbeClient, ProbeResponse, request

_A = {"type": "Ringall", "redirect_number": "79000000001", "name": "a"}
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


def _expect_accepted(
    probe: ProbeClient, fact_id: str, members: dict[str, Any], words: tuple[str, str]
) -> None:
    """Expect that a call with other members is executed, if the usual one is.

    ``words`` are the fact's values for an executed call and for a refused one.
    """
    params = {"customer_name": probe.customer}
    usual = request("getCustomerBalance", id=1, params=params)
    if "result" in probe.endpoint.post(usual).envelope:
        executed = "result" in probe.endpoint.post(usual | members).envelope
        probe.expect_value(fact_id, words[0] if executed else words[1])


def _observe_error(probe: ProbeClient, fact_id: str, response: ProbeResponse, **names: str) -> None:
    error = response.envelope.get("error")
    if isinstance(error, dict) and isinstance(error.get("code"), int):
        probe.observe(fact_id, error_value(error, **names))


@fact("rpc.success", needs="change")
def success_holds_jsonrpc_result_and_id(probe: ProbeClient) -> None:
    probe.fill(_A)
    envelope = probe.get().envelope
    members = {name: envelope[name] for name in envelope if name not in ("result", "id")}
    if "result" in envelope:
        probe.observe("rpc.success", members)
    expect(sorted(envelope), ["id", "jsonrpc", "result"], "keys")
    expect([envelope["jsonrpc"], envelope["id"]], ["2.0", 1], "jsonrpc and id")


@fact("rpc.error")
def an_error_holds_code_message_and_data_as_plain_text_or_null(probe: ProbeClient) -> None:
    calls: tuple[tuple[str, Any], ...] = (
        ("noSuchMethod", {}), ("getCallBackFollowme", "text"), ("getCallBackFollowme", {"no": 1}),
    )  # fmt: skip
    responses = [probe.call(method, params) for method, params in calls]
    errors = [response.error for response in responses]
    if any("data" not in error for error in errors):
        probe.observe("rpc.error", "when set")
    elif any(error["data"] is None for error in errors):
        probe.observe("rpc.error", "always")
    for response in responses:
        expect(sorted(response.envelope), ["error", "id", "jsonrpc"], "keys")
        expect(sorted(response.error), ["code", "data", "message"], "keys of error")
        if not isinstance(response.error["data"], str | None):
            raise CheckFailed(response.error["data"], "text or null", "error.data")


@fact("rpc.id.echo")
def the_id_is_echoed_with_its_type(probe: ProbeClient) -> None:
    seen = probe.call("noSuchMethod", call_id=7).envelope.get("id")
    if seen in (7, "7"):
        probe.observe("rpc.id.echo", "as sent" if seen == 7 else "text")
    for call_id in (7, "3", 1.5):
        envelope = probe.call("noSuchMethod", call_id=call_id).envelope
        expect(envelope.get("id"), call_id, "id of an error")


@fact("rpc.id.echo", needs="change")
def the_id_of_a_result_is_echoed_with_its_type(probe: ProbeClient) -> None:
    probe.fill(_A)
    for call_id in (7, "3", 1.5):
        envelope = probe.of_customer("getCallBackFollowme", call_id=call_id).envelope
        expect(envelope.get("id"), call_id, "id of a result")


def _body_with_id(probe: ProbeClient, sent: str) -> bytes:
    """Return the body of the response to a request with the id ``sent``, a JSON text."""
    return probe.endpoint.post(f'{{"jsonrpc": "2.0", "id": {sent}, "method": "noSuchMethod"}}').body


def _expect_echo(probe: ProbeClient, sent: str, echoed: str) -> None:
    """Expect the bytes ``echoed`` for the id ``sent``, both JSON text."""
    body = _body_with_id(probe, sent)
    if b'"id":%s,' % echoed.encode() not in body:
        raise CheckFailed(body.decode("utf-8", "replace"), f'"id":{echoed}', f"id {sent}")


def _echo(probe: ProbeClient, sent: str) -> Any:
    """Return the response's id for the id ``sent``, a JSON text; numbers are ``_Digits``."""
    try:
        return json.loads(_body_with_id(probe, sent), parse_int=_Digits, parse_float=_Digits)["id"]
    except (ValueError, KeyError, TypeError):
        return None


class _Digits(str):
    """The text of a number in JSON."""

    __slots__ = ()


def _observe_echo(probe: ProbeClient, fact_id: str, sent: str, words: dict[str, str]) -> None:
    """Observe the word for the number in the response's id for the id ``sent``."""
    seen = _echo(probe, sent)
    if isinstance(seen, _Digits) and seen in words:
        probe.observe(fact_id, words[seen])


@fact("rpc.json.escapes")
def slashes_and_other_letters_are_escaped(probe: ProbeClient) -> None:
    body = probe.call("noSuchMethod", call_id="a/я").body
    if _echo(probe, '"a/я"') == "a/я":
        escapes = {"slashes": rb"a\/" in body, "unicode": rb"\u044f" in body}
        probe.observe("rpc.json.escapes", escapes)
    _expect_echo(probe, '"a/я"', r'"a\/\u044f"')
    _expect_echo(probe, '"\U0001f600é"', r'"\ud83d\ude00\u00e9"')


@fact("rpc.json.floats")
def a_float_loses_an_empty_fraction(probe: ProbeClient) -> None:
    _observe_echo(probe, "rpc.json.floats", "1.0", {"1": "dropped", "1.0": "kept"})
    for sent, echoed in (("1.0", "1"), ("1e3", "1000"), ("1e17", "1.0e+17"), ("2.50", "2.5")):
        _expect_echo(probe, sent, echoed)


@fact("rpc.json.big_integers")
def an_integer_beyond_64_bits_is_a_float(probe: ProbeClient) -> None:
    words = {"9223372036854775808": "digits", "9.223372036854776e+18": "float"}
    _observe_echo(probe, "rpc.json.big_integers", "9223372036854775808", words)
    _expect_echo(probe, "9223372036854775807", "9223372036854775807")
    _expect_echo(probe, "9223372036854775808", "9.223372036854776e+18")


@fact("rpc.json.empty")
def empty_arrays_and_objects_keep_their_type(probe: ProbeClient) -> None:
    seen = _echo(probe, '{"b": {}}')
    if seen in ({"b": {}}, {"b": []}):
        probe.observe("rpc.json.empty", "kept" if seen == {"b": {}} else "array")
    _expect_echo(probe, '{"a": [], "b": {}}', '{"a":[],"b":{}}')


@fact("rpc.json.key_order")
def the_keys_of_an_error_are_in_order(probe: ProbeClient) -> None:
    response = probe.call("noSuchMethod")
    _observe_order(probe, "failure", response.envelope, ("jsonrpc", "id", "error"))
    _observe_order(probe, "error", response.error, ("code", "message", "data"))
    expect(list(response.envelope), ["jsonrpc", "id", "error"], "keys")
    expect(list(response.error), ["code", "message", "data"], "keys of error")


@fact("rpc.json.key_order", needs="change")
def the_keys_of_a_result_are_in_order(probe: ProbeClient) -> None:
    probe.fill(_A)
    envelope = probe.get().envelope
    _observe_order(probe, "success", envelope, ("jsonrpc", "result", "id"))
    expect(list(envelope), ["jsonrpc", "result", "id"], "keys")


def _observe_order(
    probe: ProbeClient, name: str, answer: dict[str, Any], keys: tuple[str, ...]
) -> None:
    order = [key for key in answer if key in keys]
    if len(order) == len(keys):
        probe.observe_members("rpc.json.key_order", {name: order})


def _observe_notifications(probe: ProbeClient) -> None:
    """Observe which ids make a call a notification; the call must succeed."""
    probe.fill(_A)
    call = request("getCallBackFollowme", params={"customer_name": probe.customer})
    ids = {"null": None, '""': "", '"0"': "0", "false": False, "0.0": 0.0, "0": 0}
    bodies = {"missing": call} | {name: call | {"id": value} for name, value in ids.items()}
    responses = {name: probe.endpoint.post(body) for name, body in bodies.items()}
    quiet = [name for name, response in responses.items() if not response.body]
    status = {"status": responses[quiet[0]].status} if quiet else {}
    probe.observe("rpc.notification", {"ids": quiet, **status})


@fact("rpc.notification", needs="change")
def calls_without_an_id_are_executed_and_not_answered(probe: ProbeClient) -> None:
    _observe_notifications(probe)
    params = {"customer_name": probe.customer, "callBackFollowmeStruct": [_A]}
    probe.clear()
    response = probe.endpoint.post(request("setCallBackFollowme", params=params))
    expect(response.answer, (200, b""), "status and body without an id")
    expect(probe.stored(), [_A], "what the notification stored")
    for call_id in (None, "", "0", False, 0.0):
        response = probe.of_customer("getCallBackFollowme", call_id=call_id)
        expect(response.answer, (200, b""), f"status and body with id {call_id!r}")


@fact("rpc.notification", needs="change")
def the_integer_0_is_an_id(probe: ProbeClient) -> None:
    response = probe.of_customer("deleteCallBackFollowme", call_id=0)
    expect(response.envelope.get("id"), 0, "id")


@fact("rpc.notification.empty_list", needs="change")
def an_empty_list_is_no_id_and_others_are(probe: ProbeClient) -> None:
    probe.fill(_A)
    body = probe.of_customer("getCallBackFollowme", call_id=[]).body
    probe.expect_value("rpc.notification.empty_list", "answered" if body else "notification")
    for call_id in ([1], {"a": 1}, {}):
        response = probe.of_customer("deleteCallBackFollowme", call_id=call_id)
        expect(response.envelope.get("id"), call_id, "id")


@fact("rpc.notification.error")
def a_notification_that_fails_is_answered(probe: ProbeClient) -> None:
    if "missing" in probe.observed.get("rpc.notification", {}).get("ids", ()):
        failed = probe.endpoint.post(request("noSuchMethod"))
        probe.observe("rpc.notification.error", "answered" if failed.body else "silent")
    for call_id in (None, "", "0"):
        response = probe.call("noSuchMethod", call_id=call_id)
        _expect_error(response, -32601, call_id=call_id)
    _expect_error(probe.endpoint.post(request("noSuchMethod")), -32601)


@fact("rpc.batch")
def a_batch_is_answered_with_a_batch(probe: ProbeClient) -> None:
    calls = [request("noSuchMethod", id=call_id) for call_id in (1, "b")]
    responses = probe.endpoint.post(calls).json
    probe.expect_value("rpc.batch", "accept" if isinstance(responses, list) else "refuse")
    expect([envelope.get("id") for envelope in responses], [1, "b"], "ids")


@fact("rpc.batch", needs="change")
def notifications_are_left_out_of_a_batch(probe: ProbeClient) -> None:
    quiet = request("deleteCallBackFollowme", params={"customer_name": probe.customer})
    responses = probe.endpoint.post([quiet, quiet | {"id": 5}]).json
    expect([envelope.get("id") for envelope in responses], [5], "ids")
    expect(probe.endpoint.post([quiet, quiet]).body, b"", "body of notifications alone")


@fact("rpc.batch")
def an_empty_batch_is_an_invalid_request(probe: ProbeClient) -> None:
    _expect_error(probe.endpoint.post("[]"), -32600)


@fact("rpc.batch.limit", needs="large")
def a_batch_of_more_than_100_is_an_invalid_request(probe: ProbeClient) -> None:
    call = request("noSuchMethod", id=1)
    limit = find_limit(
        lambda size: isinstance(probe.endpoint.post([call] * size).json, list), 100, most=4096
    )
    if limit is None:
        raise CheckFailed("4096 calls are taken", "a refusal", "a large batch")
    probe.expect_value("rpc.batch.limit", limit)
    _expect_error(probe.endpoint.post([call] * 101), -32600)
    expect(len(probe.endpoint.post([call] * 100).json), 100, "responses to a batch of 100")


@fact("rpc.version.number")
def the_version_may_be_a_number(probe: ProbeClient) -> None:
    _expect_accepted(probe, "rpc.version.number", {"jsonrpc": 2.0}, ("accept", "refuse"))
    response = probe.endpoint.post('{"jsonrpc": 2.0, "id": 1, "method": "noSuchMethod"}')
    _expect_error(response, -32601, call_id=1)


@fact("rpc.version.loose")
def the_version_is_compared_loosely(probe: ProbeClient) -> None:
    _expect_accepted(probe, "rpc.version.loose", {"jsonrpc": "2"}, ("accept", "refuse"))
    call = '{"jsonrpc": %s, "id": 1, "method": "noSuchMethod"}'
    for version in ("2", "true", '"2"', '" 2.00"', '"+2.0"', '"20e-1"'):
        _expect_error(probe.endpoint.post(call % version), -32601, call_id=1)
    for version in ('"2.0.0"', '"2,0"', '""', "[2]", "{}", "false", "null", "3"):
        _expect_error(probe.endpoint.post(call % version), -32600, call_id=1)


@fact("rpc.method.case")
def letter_case_of_methods_does_not_matter(probe: ProbeClient) -> None:
    other_case = {"method": "getcustomerbalance"}
    _expect_accepted(probe, "rpc.method.case", other_case, ("ignored", "exact"))
    for name in ("getcallbackfollowme", "GETCALLBACKFOLLOWME"):
        probe.call(name, {"no": 1}).expect_error(-32602, "customer_name not found", name)


@fact("rpc.params.named")
def unknown_params_are_ignored(probe: ProbeClient) -> None:
    members = {"params": {"customer_name": probe.customer, "no_such_param": 1}}
    _expect_accepted(probe, "rpc.params.named", members, ("ignore", "refuse"))


@fact("rpc.params.positional")
def params_may_have_no_names(probe: ProbeClient) -> None:
    members = {"params": [probe.customer]}
    _expect_accepted(probe, "rpc.params.positional", members, ("accept", "refuse"))


@fact("rpc.params.named", needs="change")
def unknown_params_are_ignored_and_defaults_filled_in(probe: ProbeClient) -> None:
    probe.clear()
    expect(probe.set(_A, no_such_param=1).result, {"success": 1}, "result")
    expect(probe.stored(), [_A], "the stored structure")


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
    _observe_error(probe, "rpc.error.parse", probe.endpoint.post("{"))
    for body in ("{", "", "null", "{'a': 1}"):
        _expect_error(probe.endpoint.post(body), -32700, None)


def _is_read(probe: ProbeClient, body: str) -> bool:
    """Return whether a body with an id is read: the id of a Parse error is null."""
    return probe.endpoint.post(body).envelope.get("id") is not None


@fact("rpc.error.parse.depth")
def nesting_is_read_to_a_depth_of_511(probe: ProbeClient) -> None:
    call = '{"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod", "params": %s}'
    limit = find_limit(
        lambda depth: _is_read(probe, call % ("[" * (depth - 1) + "]" * (depth - 1))),
        511,
        least=16,
        most=900,
    )
    if limit is not None:
        probe.observe("rpc.error.parse.depth", limit)
    for depth, code, call_id in ((510, -32601, 1), (511, -32700, None)):
        body = call % ("[" * depth + "]" * depth)
        _expect_error(probe.endpoint.post(body), code, None, call_id)


@fact("rpc.error.parse.nul_name")
def a_name_that_begins_with_nul_is_a_parse_error(probe: ProbeClient) -> None:
    call = '{"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod", "params": {"%s": 1}}'
    is_read = _is_read(probe, call % r"\u0000a")
    probe.observe("rpc.error.parse.nul_name", "accept" if is_read else "refuse")
    _expect_error(probe.endpoint.post(call % r"\u0000a"), -32700, None)
    _expect_error(probe.endpoint.post(call % r"a\u0000"), -32601, None, 1)


@fact("rpc.error.parse.strict")
def json_that_php_refuses_is_a_parse_error(probe: ProbeClient) -> None:
    call = '{"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod", "params": {"a": %s}}'
    bodies: list[str | bytes] = [call % value for value in ("NaN", "Infinity", r'"\ud800"')]
    bodies += [
        b"\xef\xbb\xbf" + (call % 1).encode(),
        (call % '"x"').encode().replace(b"x", b"\xff"),
    ]
    responses = [probe.endpoint.post(body) for body in bodies]
    skipped = responses[3].envelope.get("id") is not None
    probe.observe("rpc.error.parse.strict", "skip" if skipped else "refuse")
    for response in responses:
        _expect_error(response, -32700, None)
    _expect_error(probe.endpoint.post(call % "1e999"), -32601, None, 1)
    twice = '{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "noSuchMethod"}'
    expect(probe.endpoint.post(twice).envelope.get("id"), 2, "id given twice")


@fact("rpc.error.invalid_request")
def other_json_is_an_invalid_request(probe: ProbeClient) -> None:
    _observe_error(probe, "rpc.error.invalid_request", probe.endpoint.post("7"))
    for body in ("7", '"text"', "true", "[]"):
        _expect_error(probe.endpoint.post(body), -32600, None)
    for version in ({}, {"jsonrpc": "1.0"}, {"jsonrpc": None}):
        response = probe.endpoint.post(version | {"id": 1, "method": "getCallBackFollowme"})
        _expect_error(response, -32600, None, 1)


@fact("rpc.error.method")
def an_unknown_method_is_not_found(probe: ProbeClient) -> None:
    _observe_error(probe, "rpc.error.method", probe.call("noSuchMethod"))
    for method in ("noSuchMethod", 7, None):
        _expect_error(probe.call(method), -32601, None, 1)
    _expect_error(probe.endpoint.post({"jsonrpc": "2.0", "id": 1}), -32601, None, 1)


@fact("rpc.error.params.scalar")
def scalar_params_are_invalid(probe: ProbeClient) -> None:
    response = probe.call("getCallBackFollowme", "text")
    _observe_error(probe, "rpc.error.params.scalar", response)
    for params in ("", "text", 7, True):
        _expect_error(probe.call("getCallBackFollowme", params), -32602, None, 1)


@fact("rpc.error.params.named_missing")
def a_missing_param_is_named(probe: ProbeClient) -> None:
    response = probe.call("getCallBackFollowme", {"no": 1})
    _observe_error(probe, "rpc.error.params.named_missing", response, name="customer_name")
    _expect_error(response, -32602, "customer_name not found", 1)
    response = probe.call("setCallBackFollowme", {"customer_name": probe.customer})
    _expect_error(response, -32602, "callBackFollowmeStruct not found", 1)


@fact("rpc.error.params.empty")
def missing_params_are_reported_as_empty(probe: ProbeClient) -> None:
    response = probe.call("getCallBackFollowme")
    _observe_error(probe, "rpc.error.params.empty", response)
    _expect_error(response, -32602, "Empty required params", 1)


@fact("rpc.error.params.count")
def too_few_params_are_counted(probe: ProbeClient) -> None:
    text = "Check numbers of required params (got {}, expected {})"
    none, one = (
        probe.call("getCallBackFollowme", []),
        probe.call("setCallBackFollowme", [probe.customer]),
    )
    if probe.observed.get("rpc.params.positional") == "refuse":
        raise Inconclusive("positional parameters are refused")
    value = count_template(error_value(none.error), error_value(one.error))
    if value is not None:
        probe.observe("rpc.error.params.count", value)
    _expect_error(none, -32602, text.format(0, 1), 1)
    _expect_error(one, -32602, text.format(1, 2), 1)


@fact("rpc.error.method_failed", needs="change")
def a_failing_method_is_an_internal_error_with_a_reason(probe: ProbeClient) -> None:
    probe.clear()
    error = probe.get().error
    code = error["code"]
    expect(error["message"], _MESSAGES.get(code, "Internal error"), f"message of {code}")
    expect(isinstance(error["data"], str), expected=True, where="data is text")

"""Checks HTTP, credentials and the service map."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import mtt_contracts
from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.observations import error_value, find_limit
from mtt_mock.conformance.outcomes import (
    CheckFailed,
    Inconclusive,
    SoftAssertions,
    expect,
    expect_status,
)
from mtt_mock.conformance.probe_client import NoResponseError, ProbeClient, ProbeResponse, request

_UNKNOWN = request("noSuchMethod", id=1)


@fact("transport.endpoint")
def a_post_to_index_php_is_answered_with_an_envelope(probe: ProbeClient) -> None:
    usual = probe.endpoint.post(_UNKNOWN)
    carriers = ["POST"]
    for verb in ("PUT", "PATCH"):
        response = probe.endpoint.send(verb, json.dumps(_UNKNOWN))
        if response.answer == usual.answer:
            carriers.append(verb)
    probe.observe("transport.endpoint", carriers)
    expect(urlsplit(probe.endpoint.target.url).path, "/index.php", "path of the URL")
    expect(probe.get().envelope.get("jsonrpc"), "2.0", "jsonrpc")


@fact("transport.auth.basic")
def credentials_are_required(probe: ProbeClient) -> None:
    accepted = probe.get().status != HTTPStatus.UNAUTHORIZED
    expect(accepted, expected=True, where="accepted credentials")
    response = probe.endpoint.post(_UNKNOWN, credentials=None)
    probe.observe("transport.auth.basic", "optional" if _is_usual(probe, response) else "required")
    expect_status(response.status, HTTPStatus.UNAUTHORIZED, "status without credentials")


def _is_usual(probe: ProbeClient, response: ProbeResponse) -> bool:
    """Return whether ``response`` equals the one with credentials."""
    return response.answer == probe.endpoint.post(_UNKNOWN).answer


def _without_credentials(probe: ProbeClient) -> ProbeResponse:
    """Return the refusal of a request without credentials."""
    if probe.observed.get("transport.auth.basic") == "optional":
        raise Inconclusive("the service needs no credentials")
    return probe.endpoint.post(_UNKNOWN, credentials=None)


@fact("transport.auth.utf8")
def credentials_beyond_ascii_are_read_as_utf_8(probe: ProbeClient) -> None:
    target = probe.endpoint.target
    if (target.login + target.password).isascii():
        raise Inconclusive("the given login and password are ASCII")
    expect(probe.get().status == HTTPStatus.UNAUTHORIZED, expected=False, where="401")


@fact("transport.auth.utf8", needs="wrong password")
def credentials_in_latin_1_are_read_too(probe: ProbeClient) -> None:
    target = probe.endpoint.target
    if (target.login + target.password).isascii():
        raise Inconclusive("the given login and password are ASCII")
    try:
        login, password = (
            text.encode("latin-1").decode("utf-8", "surrogateescape")
            for text in (target.login, target.password)
        )
    except UnicodeEncodeError as error:
        raise Inconclusive("the given login and password are not Latin-1") from error
    response = probe.endpoint.post(_UNKNOWN, credentials=(login, password))
    taken = _is_usual(probe, response)
    probe.expect_value("transport.auth.utf8", "utf-8 or latin-1" if taken else "utf-8")


@fact("transport.auth.missing")
def missing_credentials_are_401_with_basic(probe: ProbeClient) -> None:
    response = _without_credentials(probe)
    challenge = response.headers.get("www-authenticate", "")
    value = {"status": response.status, "www_authenticate": challenge}
    probe.observe("transport.auth.missing", value)
    expect_status(response.status, HTTPStatus.UNAUTHORIZED)
    expect(response.headers.get("www-authenticate", "")[:6], "Basic ", "WWW-Authenticate")


@fact("transport.auth.missing")
def the_service_map_requires_credentials(probe: ProbeClient) -> None:
    _without_credentials(probe)
    response = probe.endpoint.send("GET", credentials=None)
    expect_status(response.status, HTTPStatus.UNAUTHORIZED, "status of GET")


@fact("transport.auth.missing", needs="wrong password")
def a_wrong_password_is_answered_with_401(probe: ProbeClient) -> None:
    wrong = (probe.endpoint.target.login, "mtt-mock-verify: not the password")
    expect_status(probe.endpoint.post(_UNKNOWN, credentials=wrong).status, HTTPStatus.UNAUTHORIZED)


@fact("transport.auth.401_body")
def the_body_of_a_401_is_a_line_of_text(probe: ProbeClient) -> None:
    response = _without_credentials(probe)
    value = {
        "body": response.body.decode("utf-8", "replace"),
        "content_type": response.headers.get("content-type", ""),
    }
    probe.observe("transport.auth.401_body", value)
    expect_status(response.status, HTTPStatus.UNAUTHORIZED)
    expect(_media_type(response.headers), "text/plain", "Content-Type")
    expect(response.body.count(b"\n") <= 1, expected=True, where="one line")


@fact("transport.auth.other_customer")
def a_customer_of_another_login_is_refused(probe: ProbeClient) -> None:
    other = probe.option("other_customer", "--other-customer, one that is not this login's")
    response = probe.call("getCallBackFollowme", {"customer_name": other})
    value = error_value(response.error, customer=other[:60])
    probe.observe("transport.auth.other_customer", value)
    response.expect_error(-32603, f"Customer {other} does not belong to this login")


@fact("transport.content_type.ignored")
def the_body_is_json_under_any_content_type(probe: ProbeClient) -> None:
    usual = probe.call("noSuchMethod")
    other = probe.call("noSuchMethod", content_type="text/plain")
    if other.answer == usual.answer:
        probe.observe("transport.content_type.ignored", {"types": []})
    else:
        value = {"types": ["application/json"], "status": other.status}
        probe.observe("transport.content_type.ignored", value)
    for kind in ("application/x-www-form-urlencoded", "text/plain"):
        response = probe.call("noSuchMethod", content_type=kind)
        expect(response.error["code"], -32601, f"code, sent as {kind}")


@fact("transport.content_type.answer")
def answers_are_json_and_open_to_browsers(probe: ProbeClient) -> None:
    headers = probe.get().headers
    value = {
        "content_type": headers.get("content-type", ""),
        "allow_origin": headers.get("access-control-allow-origin", ""),
        "allow_headers": headers.get("access-control-allow-headers", ""),
    }
    probe.observe("transport.content_type.answer", value)
    expect(_media_type(headers), "application/json", "Content-Type")
    expect(headers.get("access-control-allow-origin"), "*", "Access-Control-Allow-Origin")
    allowed = headers.get("access-control-allow-headers", "").lower().split(", ")
    expect(sorted(allowed), ["content-type", "x-requested-with"], "Access-Control-Allow-Headers")


@fact("transport.head_limit", needs="large")
def a_head_over_64_kib_or_200_fields_is_a_400(probe: ProbeClient) -> None:
    accepted = probe.endpoint.send("OPTIONS").status
    value: dict[str, int] = {}

    def accepts(**head: int) -> bool:
        try:
            status = probe.endpoint.send("OPTIONS", **head).status  # type: ignore[arg-type]
        except NoResponseError:  # some servers close the connection instead
            return False
        if status != accepted:
            value["status"] = status
        return status == accepted

    kibibyte = 1024
    limits = {
        "bytes": find_limit(
            lambda size: accepts(head=size),
            64 * kibibyte,
            least=kibibyte,
            most=256 * kibibyte,
            step=kibibyte // 4,
        ),
        "fields": find_limit(lambda count: accepts(fields=count), 200, least=20, most=1000),
    }
    value |= {name: limit for name, limit in limits.items() if limit is not None}
    probe.expect_value("transport.head_limit", value)


@fact("transport.options")
def options_is_answered_without_credentials(probe: ProbeClient) -> None:
    response, with_login = (
        probe.endpoint.send("OPTIONS", credentials=login) for login in (None, "own")
    )
    needed = response.status != with_login.status
    value: dict[str, Any] = {"status": with_login.status}
    if needed or probe.observed.get("transport.auth.basic") != "optional":
        value["credentials"] = needed
    probe.observe("transport.options", value)
    expect(response.answer, (200, b""), "status and body")
    expect(response.headers.get("access-control-allow-origin"), "*", "Access-Control-Allow-Origin")


@fact("transport.path")
def two_slashes_are_another_path(probe: ProbeClient) -> None:
    path = urlsplit(probe.endpoint.target.url).path
    status = probe.endpoint.post(_UNKNOWN, path=f"/{path}").status
    is_path = status != probe.endpoint.post(_UNKNOWN).status
    probe.observe("transport.path", "exact" if is_path else "any slashes")
    expect_status(status, HTTPStatus.NOT_FOUND)


@fact("transport.status.error")
def a_single_error_comes_with_500(probe: ProbeClient) -> None:
    expect_status(probe.endpoint.post(_UNKNOWN).status, HTTPStatus.INTERNAL_SERVER_ERROR)


@fact("transport.status.batch")
def a_batch_comes_with_200_errors_or_not(probe: ProbeClient) -> None:
    expect_status(probe.endpoint.post([_UNKNOWN]).status, HTTPStatus.OK)


@fact("transport.body_limit", needs="large")
def a_body_over_1_mib_is_refused_with_413(probe: ProbeClient) -> None:
    responses = {}
    blank = probe.endpoint.post(b" ")

    def accepts(size: int) -> bool:
        responses[size] = probe.endpoint.post(b" " * size)
        # A blank is not JSON: a body that is read gets the Parse error of a single blank.
        return responses[size].answer == blank.answer

    mebibyte = 1024 * 1024
    limit = find_limit(accepts, mebibyte, least=1024, most=4 * mebibyte, step=1024)
    if limit is None:
        raise CheckFailed(f"{4 * mebibyte} bytes are read", "413", "a body of 4 MiB")
    response = responses[limit + 1024]
    probe.expect_value("transport.body_limit", {"bytes": limit, "status": response.status})
    expect(response.error["code"], -32600, "code")


@fact("smd.get")
def get_answers_the_service_map(probe: ProbeClient) -> None:
    probe.observe("smd.get", probe.endpoint.send("GET", query="smd").status)
    response = probe.endpoint.send("GET")
    expect_status(response.status, HTTPStatus.OK)
    services = response.envelope.get("services")
    expect(isinstance(services, dict), expected=True, where="services")
    # Clients refuse to call methods that are not a key there.
    missing = sorted(set(mtt_contracts.methods()) - set(services or ()))
    expect(missing, [], "methods missing in services")


@fact("smd.query")
def get_with_smd_answers_the_same(probe: ProbeClient) -> None:
    with_query, without = _service_map(probe), probe.endpoint.send("GET")
    probe.observe("smd.query", "optional" if without.body == with_query.body else "needed")
    expect(without.envelope, with_query.envelope)


def _service_map(probe: ProbeClient) -> ProbeResponse:
    response = probe.endpoint.send("GET", query="smd")
    if response.status != HTTPStatus.OK or not isinstance(response.envelope.get("services"), dict):
        raise CheckFailed(response.status, "a service map", "GET with ?smd")
    return response


@fact("smd.shape")
def the_service_map_has_its_keys_in_order(probe: ProbeClient) -> None:
    service_map = _service_map(probe).envelope
    path = urlsplit(probe.endpoint.target.url).path
    shape = {name: "{target}" if value == path else value for name, value in service_map.items()}
    probe.observe("smd.shape", shape | {"services": "{services}"})
    expect(
        list(service_map),
        ["transport", "envelope", "SMDVersion", "contentType", "target", "services", "description"],
        "keys",
    )
    fixed = ["POST", "JSON-RPC-2.0", "2.0", "application/json"]
    expect(list(service_map.values())[:4], fixed, "values")
    expect(service_map["target"], urlsplit(probe.endpoint.target.url).path, "target")
    for name, entry in service_map["services"].items():
        for param in entry["parameters"]:
            expect("default" in param, param["optional"], f"default of {name} {param['name']}")


@fact("smd.entries")
def the_methods_and_their_parameters_are_as_recorded(probe: ProbeClient) -> None:
    services = _service_map(probe).envelope["services"]
    others: dict[str, Any] = {}
    probe.observe("smd.entries", others)
    soft = SoftAssertions()
    for name, method in mtt_contracts.methods().items():
        entry = services.get(name, {})
        expected = []
        for param in method.parameters:
            row: dict[str, Any] = {"name": param.name, "optional": not param.required}
            if param.smd_type:
                row["type"] = param.smd_type
            expected.append(row if param.required else row | {"default": param.default})
        returns = entry.get("returns")
        if entry and (entry.get("parameters"), returns) != (expected, {"type": method.smd_returns}):
            others[name] = {"parameters": entry.get("parameters")}
            if returns:
                others[name]["returns"] = returns.get("type")
        with soft:
            expect(entry.get("parameters"), expected, f"parameters of {name}")
            expect(returns, {"type": method.smd_returns}, f"returns of {name}")
    soft.raise_all()


def _media_type(headers: dict[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()

"""HTTP, credentials and the service map."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import mtt_contracts
from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.outcomes import Inconclusive, expect
from mtt_mock.conformance.probe_client import Ask

_UNKNOWN: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod"}


@fact("transport.endpoint")
def a_post_to_index_php_is_answered_with_an_envelope(ask: Ask) -> None:
    expect(urlsplit(ask.endpoint.target.url).path, "/index.php", "path of the URL")
    expect(ask.get().envelope.get("jsonrpc"), "2.0", "jsonrpc")


@fact("transport.auth.basic")
def own_credentials_are_let_in_and_none_are_not(ask: Ask) -> None:
    expect(ask.get().status == 401, expected=False, where="401 with credentials")
    expect(ask.endpoint.post(_UNKNOWN, credentials=None).status, 401, "status without credentials")


@fact("transport.auth.utf8")
def credentials_with_other_letters_are_let_in_as_utf_8(ask: Ask) -> None:
    target = ask.endpoint.target
    if (target.login + target.password).isascii():
        raise Inconclusive("the login and password at hand are ASCII")
    expect(ask.get().status == 401, expected=False, where="401")


@fact("transport.auth.missing")
def without_credentials_the_answer_is_401_and_asks_for_basic(ask: Ask) -> None:
    answer = ask.endpoint.post(_UNKNOWN, credentials=None)
    expect(answer.status, 401, "status")
    expect(answer.headers.get("www-authenticate", "")[:6], "Basic ", "WWW-Authenticate")


@fact("transport.auth.missing")
def the_service_map_is_not_given_without_credentials(ask: Ask) -> None:
    expect(ask.endpoint.send("GET", credentials=None).status, 401, "status of GET")


@fact("transport.auth.missing", needs="wrong password")
def a_wrong_password_is_answered_with_401(ask: Ask) -> None:
    wrong = (ask.endpoint.target.login, "mtt-mock-verify: not the password")
    expect(ask.endpoint.post(_UNKNOWN, credentials=wrong).status, 401, "status")


@fact("transport.auth.401_body")
def the_body_of_a_401_is_a_line_of_text(ask: Ask) -> None:
    answer = ask.endpoint.post(_UNKNOWN, credentials=None)
    expect(answer.status, 401, "status")
    expect(_media_type(answer.headers), "text/plain", "Content-Type")
    expect(answer.body.count(b"\n") <= 1, expected=True, where="one line")


@fact("transport.auth.other_customer")
def a_customer_of_another_login_is_refused(ask: Ask) -> None:
    other = ask.given.get("other_customer")
    if not other:
        raise Inconclusive("needs --other-customer, one that is not this login's")
    error = ask.call("getCallBackFollowme", {"customer_name": other}).error
    expect(error["code"], -32603, "code")
    expect(error["data"], f"Customer {other} does not belong to this login", "data")


@fact("transport.content_type.ignored")
def the_body_is_json_whatever_the_content_type_says(ask: Ask) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain"):
        answer = ask.call("noSuchMethod", content_type=kind)
        expect(answer.error["code"], -32601, f"code, sent as {kind}")


@fact("transport.content_type.answer")
def answers_are_json_and_open_to_browsers(ask: Ask) -> None:
    headers = ask.get().headers
    expect(_media_type(headers), "application/json", "Content-Type")
    expect(headers.get("access-control-allow-origin"), "*", "Access-Control-Allow-Origin")
    allowed = headers.get("access-control-allow-headers", "").lower().split(", ")
    expect(sorted(allowed), ["content-type", "x-requested-with"], "Access-Control-Allow-Headers")


@fact("transport.head_limit", needs="large")
def a_head_over_64_kib_is_a_400(ask: Ask) -> None:
    expect(ask.endpoint.send("GET", padding=66_000).status, 400, "status")


@fact("transport.options")
def options_is_answered_without_credentials(ask: Ask) -> None:
    answer = ask.endpoint.send("OPTIONS", credentials=None)
    expect((answer.status, answer.body), (200, b""), "status and body")
    expect(answer.headers.get("access-control-allow-origin"), "*", "Access-Control-Allow-Origin")


@fact("transport.path")
def two_slashes_are_another_path(ask: Ask) -> None:
    path = urlsplit(ask.endpoint.target.url).path
    expect(ask.endpoint.post(_UNKNOWN, path=f"/{path}").status, 404, "status")


@fact("transport.status.error")
def a_single_error_comes_with_500(ask: Ask) -> None:
    expect(ask.endpoint.post(_UNKNOWN).status, 500, "status")


@fact("transport.status.batch")
def a_batch_comes_with_200_errors_or_not(ask: Ask) -> None:
    expect(ask.endpoint.post([_UNKNOWN]).status, 200, "status")


@fact("transport.body_limit", needs="large")
def a_body_over_1_mib_is_refused_with_413(ask: Ask) -> None:
    answer = ask.endpoint.post(b" " * (1024 * 1024 + 1))
    expect(answer.status, 413, "status")
    expect(answer.error["code"], -32600, "code")


@fact("smd.get")
def get_answers_the_service_map(ask: Ask) -> None:
    answer = ask.endpoint.send("GET")
    expect(answer.status, 200, "status")
    services = answer.envelope.get("services")
    expect(isinstance(services, dict), expected=True, where="services")
    # Clients refuse to call what is not a key there.
    missing = sorted(set(mtt_contracts.methods()) - set(services or ()))
    expect(missing, [], "methods missing in services")


@fact("smd.query")
def get_with_smd_answers_the_same(ask: Ask) -> None:
    expect(ask.endpoint.send("GET", query="smd").envelope, ask.endpoint.send("GET").envelope)


@fact("smd.shape")
def the_service_map_has_its_keys_in_order(ask: Ask) -> None:
    found = ask.endpoint.send("GET").envelope
    expect(
        list(found),
        ["transport", "envelope", "SMDVersion", "contentType", "target", "services", "description"],
        "keys",
    )
    fixed = ["POST", "JSON-RPC-2.0", "2.0", "application/json"]
    expect(list(found.values())[:4], fixed, "values")
    expect(found["target"], urlsplit(ask.endpoint.target.url).path, "target")
    for name, entry in found["services"].items():
        for each in entry["parameters"]:
            expect("default" in each, each["optional"], f"default of {name} {each['name']}")


@fact("smd.entries")
def the_methods_and_their_parameters_are_as_recorded(ask: Ask) -> None:
    services = ask.endpoint.send("GET").envelope["services"]
    for name, method in mtt_contracts.methods().items():
        entry = services.get(name, {})
        expected = []
        for each in method.parameters:
            row: dict[str, Any] = {"name": each.name, "optional": not each.required}
            if each.smd_type:
                row["type"] = each.smd_type
            expected.append(row if each.required else row | {"default": each.default})
        expect(entry.get("parameters"), expected, f"parameters of {name}")
        expect(entry.get("returns"), {"type": method.smd_returns}, f"returns of {name}")


def _media_type(headers: dict[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()

"""A fake with a profile of HTTP and the service map: each fact changes the answer."""

from __future__ import annotations

import base64
import json

import httpx2
import pytest

from mtt_mock import AppTransport, create_app, fake_of
from mtt_mock.server.live_server import LiveServer
from mtt_mock.service.profile import Profile

CALL = {"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance", "params": {"customer_name": "1"}}
BALANCE = '{"jsonrpc":"2.0","result":{"balance":1000,"currency":"RUB"},"id":1}'
PLAIN = {"content_type": "text/plain; charset=utf-8"}
ENTRY = {"parameters": [{"name": "account", "optional": False}], "returns": "number"}


def basic(text, encoding):
    return {"Authorization": f"Basic {base64.b64encode(text.encode(encoding)).decode()}"}


LATIN, UTF8 = basic("é:ß", "latin-1"), basic("é:ß", "utf-8")
ACCOUNT = {"accounts": ["é:ß"]}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SHAPE = {"target": "{target}", "version": 2, "services": "{services}"}

# Fact, value, settings, HTTP method, query, headers; status and beginning of the body.
ROWS = [
    ("transport.endpoint", ["POST", "PUT"], {}, "PUT", "", UTF8, 200, BALANCE),
    ("transport.endpoint", ["POST", "PUT"], {}, "PATCH", "", UTF8, 405, "405 Method Not Allowed"),
    ("transport.auth.basic", "optional", {}, "POST", "", {}, 200, BALANCE),
    ("transport.auth.basic", "optional", ACCOUNT, "POST", "", basic("a:b", "utf-8"), 401, "401"),
    ("transport.auth.utf8", "utf-8", ACCOUNT, "POST", "", LATIN, 401, "401"),
    ("transport.auth.utf8", "utf-8", ACCOUNT, "POST", "", UTF8, 200, BALANCE),
    ("transport.auth.utf8", "latin-1", ACCOUNT, "POST", "", LATIN, 200, BALANCE),
    ("transport.auth.utf8", "latin-1", ACCOUNT, "POST", "", UTF8, 401, "401"),
    ("transport.content_type.ignored", {"types": ["text/json"]}, {}, "POST", "", UTF8 | FORM, 415, "415 Unsupported Media"),
    ("transport.content_type.ignored", {"types": ["text/json"], "status": 499}, {}, "POST", "", UTF8 | FORM, 499, "499\n"),
    (
        "transport.content_type.ignored", {"types": ["text/json"]}, {}, "POST", "",
        UTF8 | {"Content-Type": "Text/JSON; charset=utf-8"}, 200, BALANCE,
    ),
    ("smd.get", 405, {}, "GET", "smd", UTF8, 405, "405 Method Not Allowed\n"),
    ("smd.query", "needed", {}, "GET", "smd", UTF8, 200, '{"transport":"POST"'),
    ("smd.query", "needed", {}, "GET", "", UTF8, 500, '{"jsonrpc":"2.0","id":null,"error":{"code":-32700'),
    ("smd.shape", SHAPE, {}, "GET", "", UTF8, 200, r'{"target":"\/index.php","version":2,"services":{"setCall'),
    ("balance.exists", False, {}, "POST", "", UTF8, 500, '{"jsonrpc":"2.0","id":1,"error":{"code":-32601'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "value", "settings", "method", "query", "headers", "status", "body"), ROWS
)
def test_a_fact_of_http_changes_the_answer(
    fact, value, settings, method, query, headers, status, body
):
    answer = send({fact: value}, method, query, headers, **settings)
    assert (answer.status_code, answer.text[: len(body)]) == (status, body)


def send(facts, method="POST", query="", headers=UTF8, call=CALL, **settings):
    app = create_app(clock="manual", profile=Profile(facts), **settings)
    content = json.dumps(call).encode() if method in {"POST", "PUT", "PATCH"} else b""
    headers = {"Content-Type": "application/json"} | headers
    try:
        with httpx2.Client(transport=AppTransport(app), base_url="http://mtt.invalid") as client:
            return client.request(method, f"/index.php?{query}", content=content, headers=headers)
    finally:
        fake_of(app).close()


@pytest.mark.fact("transport.content_type.answer")
def test_headers_of_answers_follow_the_profile():
    value = {"content_type": "text/json", "allow_origin": "", "allow_headers": "x-a"}
    answer = send({"transport.content_type.answer": value})
    assert answer.headers["Content-Type"] == "text/json"
    assert answer.headers["Access-Control-Allow-Headers"] == "x-a"
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.fact("smd.entries")
def test_an_entry_of_the_service_map_decides_the_parameters():
    facts = {"smd.entries": {"getCustomerBalance": ENTRY}}
    services = send(facts, "GET").json()["services"]
    assert services["getCustomerBalance"] == {
        "parameters": [{"name": "account", "optional": False}], "returns": {"type": "number"},
    }  # fmt: skip
    assert send(facts).json()["error"]["data"] == "account not found"
    both = {"parameters": [{"name": "a", "optional": True}, {"name": "customer_name", "optional": False}]}  # fmt: skip
    facts = {"smd.entries": {"getCustomerBalance": both}}
    assert send(facts, call=CALL | {"params": ["x", "1"]}).text == BALANCE


def test_a_missing_balance_is_not_in_the_service_map():
    services = send({"balance.exists": False}, "GET").json()["services"]
    assert "getCustomerBalance" not in services
    assert len(services) == 6


def test_a_media_type_after_many_headers_is_read():
    facts = {"transport.content_type.ignored": {"types": ["text/json"]}}
    headers = UTF8 | {f"X-{n}": "1" for n in range(60)} | {"Content-Type": "text/json"}
    with LiveServer(create_app(profile=Profile(facts))) as server:
        answer = httpx2.post(server.url, content=json.dumps(CALL), headers=headers)
    assert answer.text == BALANCE


def test_a_served_fake_obeys_too():
    facts = {"transport.endpoint": ["POST", "PUT"], "smd.query": "needed"}
    with LiveServer(create_app(profile=Profile(facts))) as server:
        answer = httpx2.put(server.url, json=CALL, headers=UTF8)
        assert (answer.status_code, answer.text) == (200, BALANCE)
        assert httpx2.get(server.url, headers=UTF8).status_code == 500
        assert "services" in httpx2.get(f"{server.url}?smd", headers=UTF8).json()


def test_the_journal_has_the_status_that_a_profile_gives_the_fault_http_401():
    profile = Profile({"transport.auth.missing": {"status": 403}})
    app = create_app(profile=profile, faults=["http-401"])
    answer = app.test_client().post("/index.php", json=CALL, auth=("a", "b"))
    assert (answer.status_code, fake_of(app).journal[0].status) == (403, 403)

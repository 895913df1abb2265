"""The OpenAPI document of the control API: valid, complete, and followed by responses."""

import re

from openapi_check import check
from openapi_spec_validator import validate

import mtt_mock
from mtt_client import Ringall, Text
from mtt_mock import create_app

CUSTOMER = "883140500000000"


def test_it_is_valid_openapi(control):
    document = control.get("openapi.json")
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_the_document_lists_every_path(control):
    described = {
        (verb.upper(), path)
        for path, verbs in control.get("openapi.json")["paths"].items()
        for verb in verbs
    }
    served = {
        (verb, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)))
        for rule in create_app().url_map.iter_rules()
        if str(rule).startswith("/_mtt/") and not rule.endpoint.startswith("console.")
        for verb in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == served
    assert ("GET", "/_mtt/state") in served


def test_every_path_except_health_requires_the_token(control, mtt_server):
    app = create_app(control_token="s3cret")
    client = app.test_client()
    guarded = control.get("openapi.json")["paths"]
    for name in ("", "/alive", "/ready"):
        open_to_all = guarded.pop(f"/_mtt/health{name}")
        assert open_to_all["get"]["security"] == [{}]
        assert client.get(f"/_mtt/health{name}").status_code == 200
    for path, verbs in guarded.items():
        for verb in verbs:
            answer = client.open(re.sub(r"{\w+_id}", "1", path), method=verb.upper())
            assert (path, answer.status_code) == (path, 401)


def test_responses_match_the_document(control, mtt_client, mtt_receiver, mtt_server):
    mtt_server.subscribers["7900*"] = mtt_mock.NeverAnswers()
    mtt_client.upload_prompt("hello.wav", b"not audio")
    elements = [Ringall("79000000001", timeout=5), Text("Hello", side="A")]
    mtt_client.set_callback_followme(
        elements, caller_id="74951001010", default_b_number="79000000002"
    )
    [fault] = control.send("faults", {"fault": "start_side_A:event-lost"})["faults"]
    control.send("subscribers", {"number": "79000000001", "does": "answers", "talks_for": None})
    call = mtt_client.make_callback_call_followme(callback_url=mtt_receiver.url)
    control.send("clock", {"until": "idle"})
    control.send(f"balance/{CUSTOMER}", {"balance": "12.5"})
    asked = {"call_id": call, "customer": CUSTOMER, "entry_id": "2"}
    for path, verbs in control.document["paths"].items():
        if "get" in verbs and path != "/_mtt/stream":
            at = re.sub(r"{(\w+)}", lambda part: asked[part[1]], path)
            check(control.document, "GET", at, control.http.get(f"{control.origin}{at}"))
    assert [each["kind"] for each in control.get("journal")["entries"]].count("event") > 0
    control.send(f"faults/{fault['id']}", {"enabled": False}, verb="PATCH")
    control.delete("subscribers/79000000001")
    control.delete(f"faults/{fault['id']}")
    control.delete("faults")
    control.delete(f"state/{CUSTOMER}")
    control.send("reset", {})


def test_errors_match_the_document(control):
    control.send("clock", {"advance": -1}, status=400)
    control.send("subscribers", {"number": "1", "does": "sleeps"}, status=400)
    control.send("faults", {"fault": "nothing"}, status=400)
    control.send("balance/1", {"balance": "much"}, status=400)
    control.get("calls/1", status=404)
    control.delete("faults/999", status=404)
    control.send("faults/999", {"enabled": True}, verb="PATCH", status=404)
    control.asked("POST", "reset", 415, content=b"{}")
    control.asked("POST", "reset", 413, json={"x": "x" * 70_000})
    for path, verbs in control.document["paths"].items():
        for verb, operation in verbs.items():
            if "health" not in path:
                assert "401" in operation["responses"], (path, verb)


def test_request_bodies_are_described(control):
    sent = control.document["components"]["schemas"]["SubscriberToSet"]["oneOf"]
    assert [list(each["properties"]) for each in sent] == [
        ["number", "does", "after", "talks_for", "waits_for"],
        ["number", "does", "after"],
        ["number", "does", "after"],
        ["number", "does", "after"],
        ["number", "does"],
    ]
    assert {tuple(each["required"]) for each in sent} == {("number", "does")}
    assert control.document["servers"][0]["url"] == "/"


def test_the_stream_is_501_without_its_server(control):
    answer = create_app().test_client().get("/_mtt/stream")
    assert answer.status_code == 501
    assert (
        answer.mimetype
        in control.document["paths"]["/_mtt/stream"]["get"]["responses"]["501"]["content"]
    )

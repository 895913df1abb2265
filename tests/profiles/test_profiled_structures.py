"""A fake with a profile of structures and prompts: each fact changes what a set does."""

from __future__ import annotations

import re

import pytest
from test_profiled_fake import Client

SET, GET, DELETE = "setCallBackFollowme", "getCallBackFollowme", "deleteCallBackFollowme"
A = {"type": "ringall", "redirect_number": "79000000001", "order": 1}
ON_B = {**A, "side": "B", "order": 2}
TEXT_A = {"type": "text", "value": "hello", "side": "A"}
TEXT_B = {"type": "text", "value": "hello", "side": "B"}
CONFLICT_A = {"error": 1, "error_description": "Side A not clear. Delete before insert"}
CONFLICT_B = {"error": 1, "error_description": "Side B not clear. Delete before insert"}

# Fact, value, the elements of two sets, the answer to the second.
ROWS = [
    ("set.success", {"ok": True}, [A], [TEXT_B], {"result": {"ok": True}}),
    ("set.side.queue", "named", [ON_B], [A], {"result": {"success": 1}}),
    ("set.side.queue", "named", [ON_B], [TEXT_B], {"result": CONFLICT_B}),
    ("set.side.queue", "A", [ON_B], [A], {"result": CONFLICT_A}),
    ("set.side.prompt", "A", [TEXT_B], [A], {"result": CONFLICT_A}),
    ("set.side.prompt", "B", [TEXT_A], [TEXT_B], {"result": CONFLICT_B}),
    ("set.type.words", ["linear"], [{**A, "type": "LINEAR"}], [A], -32602),
    ("set.type.words", ["linear", "text"], [A], [{**A, "type": "Linear"}, TEXT_B], {"result": {"success": 1}}),
    ("set.order.repeated", "refuse", [TEXT_B], [A, {**ON_B, "order": 1}], -32602),
    ("set.order.repeated", "refuse", [TEXT_B], [A, ON_B], {"result": {"success": 1}}),
    ("set.element.relaxed", {"name": "required"}, [A], [{**A, "name": "a"}], {"result": {"success": 1}}),
    ("set.element.relaxed", {"prompt_timeout": "refuse"}, [TEXT_A], [{**TEXT_B, "timeout": 5}], -32602),
    ("set.element.relaxed", {"prompt_timeout": "refuse"}, [TEXT_A], [{**TEXT_B, "order": 5}], {"result": {"success": 1}}),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "value", "first", "second", "answer"), ROWS)
def test_a_fact_of_structures_changes_the_second_set(fact, value, first, second, answer):
    client = Client({fact: value})
    client.send(SET, customer_name="1", callBackFollowmeStruct=first)
    envelope = client.send(SET, customer_name="1", callBackFollowmeStruct=second).json
    shown = {name: value for name, value in envelope.items() if name in {"result", "error"}}
    if answer == -32602:
        shown = shown["error"]["code"]
    assert shown == answer


def test_a_delete_succeeds_as_a_set_does():
    client = Client({"set.success": {"ok": True}})
    assert client.result(DELETE, customer_name="1") == {"ok": True}


def test_a_refused_spelling_is_not_stored():
    client = Client({"set.type.words": ["ringall"]})
    client.error(SET, customer_name="1", callBackFollowmeStruct=[{**A, "type": "linal"}])
    assert client.error(GET, customer_name="1")["code"] == -32603


@pytest.mark.fact("prompt.url")
def test_the_result_with_the_upload_url_is_a_template():
    client = Client({"prompt.url": {"url": "{url}", "method": "POST"}})
    result = client.result("setCallBackPrompt", customer_name="1", file_name="a.wav")
    assert result == {"url": result["url"], "method": "POST"}
    assert re.fullmatch("http://localhost/upload/.+", result["url"])


@pytest.mark.fact("prompt.value")
@pytest.mark.parametrize(("value", "taken"), [("exact", False), ("any extension", True)])
def test_a_prompt_may_need_its_extension(value, taken):
    client = Client({"prompt.value": value, "prompt.missing": {"action": "error"}})
    url = client.result("setCallBackPrompt", customer_name="1", file_name="a.wav")["uploadURL"]
    path = url.removeprefix("http://localhost")
    client.app.test_client().post(path, data=b"x", auth=("ann", "secret"))
    answers = [
        client.send(
            SET,
            customer_name="1",
            callBackFollowmeStruct=[{"type": "file", "value": name, "side": side}],
        ).json
        for name, side in (("a.wav", "A"), ("a", "B"))
    ]
    assert ["result" in answer for answer in answers] == [True, taken]

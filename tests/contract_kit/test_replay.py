"""Rules of a replay: lost responses, ends of calls, former structures."""

from __future__ import annotations

import contextlib
import json

import pytest
from tape_sessions import call, drifts, fake, record

from mtt_mock.conformance.recording.replay import drift
from mtt_mock.conformance.recording.tape import Tape, TapeWriter
from mtt_mock.conformance.recording.wire_calls import read_calls
from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers
from mtt_mock.storage.stores import open_fake
from mtt_mock.web.app import fake_of

OF = {"customer_name": "883140500000000"}
A = {"type": "Ringall", "redirect_number": "79161234567"}
B = {"type": "text", "value": "hello", "side": "B"}
SET = call("setCallBackFollowme", {**OF, "callBackFollowmeStruct": [A], "caller_id": "74951001010"})
GET, DELETE = call("getCallBackFollowme", OF), call("deleteCallBackFollowme", OF)
MAKE = call("makeCallBackCallFollowme", {**OF, "b_number": "79167654321"})
SUCCESS = {"jsonrpc": "2.0", "id": 1, "result": {"success": 1}}


def info(answers):
    return call("getCallBackFollowmeCallInfo", {**OF, **answers[-1]["result"]})


def write(path, *rows):
    """Write a tape of rows: request, status and answer; ``None`` for a lost answer."""
    with TapeWriter(path) as tape:
        for at, (body, status, answer) in enumerate(rows):
            request = {
                "verb": "POST", "path": "/index.php", "query": "", "auth": "basic",
                "content_type": "application/json", "body": json.dumps(body).encode(),
            }  # fmt: skip
            content = b"ReadTimeout" if answer is None else json.dumps(answer).encode()
            response = {"status": status, "content_type": "application/json", "body": content}
            tape.add(at, request, response, took=0.5)
    return path


def stored(*elements):
    return {"jsonrpc": "2.0", "id": 1, "result": {"callBackFollowmeStruct": list(elements)}}


NOTHING = {
    "jsonrpc": "2.0", "id": 1,
    "error": {
        "code": -32603, "message": "Internal error",
        "data": "Callback followme structure not found",
    },
}  # fmt: skip


@pytest.mark.parametrize("applied", [True, False])
def test_a_set_with_a_lost_response_may_be_applied(tmp_path, applied):
    lost = call("setCallBackFollowme", {**OF, "callBackFollowmeStruct": [B]})
    seen = (200, stored(B)) if applied else (500, NOTHING)
    path = write(tmp_path / "tape", (DELETE, 200, SUCCESS), (lost, None, None), (GET, *seen))
    differences, left_out = drifts(path)
    assert differences == []
    assert left_out == [(3, "the upstream did not answer: ReadTimeout")]


def test_differences_next_to_a_lost_response_are_reported(tmp_path):
    lost = call("setCallBackFollowme", {**OF, "callBackFollowmeStruct": [B]})
    seen = stored({"type": "text", "value": "another", "side": "B"})
    path = write(tmp_path / "tape", (DELETE, 200, SUCCESS), (lost, None, None), (GET, 200, seen))
    assert len(drifts(path)[0]) > 0


@pytest.mark.parametrize(
    "subscribers",
    [
        {"79161234567": Busy(), "79167654321": Answers()},
        {"79161234567": NeverAnswers(), "79167654321": Answers()},
        {"79161234567": Answers(), "79167654321": Busy()},
        {"79161234567": Answers(), "79167654321": NeverAnswers()},
        {"79161234567": Answers(after=3, waits_for=1), "79167654321": NeverAnswers()},
    ],
)
@pytest.mark.parametrize(
    "make", [MAKE, call("makeCallBackCallFollowme", [*MAKE["params"].values()])]
)
def test_every_end_of_a_call_replays(tmp_path, subscribers, make):
    app = fake()
    for number, subscriber in subscribers.items():
        fake_of(app).store.set_subscriber(number, subscriber)
    path = record(tmp_path / "tape", [SET, make, None, info, DELETE], app)
    assert drifts(path) == ([], [])


def test_a_refused_call_is_one_difference(tmp_path):
    made = {"jsonrpc": "2.0", "id": 1, "result": {"callBackCall_id": "1000001"}}
    asked = call("getCallBackFollowmeCallInfo", {**OF, "callBackCall_id": "1000001"})
    running = {
        "jsonrpc": "2.0", "id": 1,
        "error": {"code": -32603, "message": "Internal error", "data": "Call is not ended"},
    }  # fmt: skip
    path = write(
        tmp_path / "tape",
        (DELETE, 200, SUCCESS),
        (call("makeCallBackCallFollowme", {**OF, "caller_id": "74951001010"}), 200, made),
        (asked, 500, running),
    )
    differences, left_out = drifts(path)
    assert {difference.partition(":")[0] for difference in differences} == {"line 3"}
    assert left_out == [(4, "it is about a call that the fake did not start")]


@pytest.mark.parametrize("reason", ["B number not set", "caller_id not set", "no number"])
def test_a_refused_call_reveals_the_former_structure(tmp_path, reason):
    struct, values = [A], {"caller_id": "74951001010"}
    if reason == "caller_id not set":
        values = {"b_number": "79167654321"}
    elif reason == "no number":
        struct = [B]
    app = fake()
    before = call("setCallBackFollowme", {**OF, "callBackFollowmeStruct": struct})
    app.test_client().post("/index.php", json=before, auth=("login", "password"))
    path = record(tmp_path / "tape", [call("makeCallBackCallFollowme", {**OF, **values})], app)
    assert drifts(path) == ([], [])


def test_a_replay_needs_a_fake_in_memory(tmp_path):
    stored_fake = open_fake(store=f"sqlite:///{tmp_path}/state.db", clock="manual")
    with (
        contextlib.closing(stored_fake),
        pytest.raises(TypeError, match="with state in memory"),
    ):
        drift(Tape("/index.php"), stored_fake)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ('{"jsonrpc": "2.0", "id": null, "error": {"code": -32700}}', {"code": -32700}),
        ('{"jsonrpc": "2.0", "id": null, "result": 1}', {}),
        ('{"jsonrpc": "2.0", "id": 2, "error": {"code": -32603}}', {}),
    ],
)
def test_an_error_without_an_id_answers_the_only_call(answer, error):
    request = '{"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance"}'
    [single] = read_calls(request, answer)
    [batched] = read_calls(f"[{request}]", answer)
    assert (single.error, batched.error) == (error, {})

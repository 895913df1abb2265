"""Stubs in tests: matching, replies, counters, state."""

from __future__ import annotations

import json

import httpx2
import pytest

from mtt_mock import AppTransport, create_app, fake_of
from mtt_mock.service.reply import Reply, ResponseFault
from mtt_mock.service.stubs import Stub, StubError

PERMISSION_DENIED = (-32002, "Permission denied", "No access to this call")
SUCCESS = {"success": 1}
STRUCT = [{"order": 1, "timeout": 20, "redirect_number": "79000000001", "type": "ringall"}]


@pytest.fixture
def call(mtt_server):
    """Return a function that calls a method and returns status and JSON of the answer."""

    def send(method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        with httpx2.Client(auth=mtt_server.credentials, trust_env=False, verify=False) as client:
            answer = client.post(mtt_server.url, json=request)
        return answer.status_code, answer.json()

    return send


def test_a_stub_answers_with_an_error_of_any_code(mtt_server, call, mtt_customer):
    mtt_server.stubs.add("getCallBackFollowmeCallInfo", error=PERMISSION_DENIED)
    status, answer = call(
        "getCallBackFollowmeCallInfo", customer_name=mtt_customer, callBackCall_id="1"
    )
    assert (status, answer["error"]) == (
        500,
        {"code": -32002, "message": "Permission denied", "data": "No access to this call"},
    )


def test_a_stub_answers_with_a_result(mtt_server, call, mtt_customer):
    mtt_server.stubs.add("getCustomerBalance", result={"balance": 0.5, "currency": "RUB"})
    _, answer = call("getCustomerBalance", customer_name=mtt_customer)
    assert answer["result"] == {"balance": 0.5, "currency": "RUB"}


def test_a_stub_answers_with_a_whole_http_response(mtt_server, mtt_customer):
    mtt_server.stubs.add("getCustomerBalance", http=(502, "<h1>Bad Gateway</h1>", "text/html"))
    request = {
        "jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance",
        "params": {"customer_name": mtt_customer},
    }  # fmt: skip
    with httpx2.Client(auth=mtt_server.credentials, trust_env=False, verify=False) as client:
        answer = client.post(mtt_server.url, json=request)
    assert (answer.status_code, answer.text) == (502, "<h1>Bad Gateway</h1>")
    assert answer.headers["Content-Type"] == "text/html"


def test_a_function_changes_the_fakes_response(mtt_server, call, mtt_customer):
    def in_dollars(request, answer):
        assert request == {
            "method": "getCustomerBalance", "params": {"customer_name": mtt_customer},
        }  # fmt: skip
        assert answer == {"result": {"balance": 1000.0, "currency": "RUB"}}
        return {"result": answer["result"] | {"balance": 12.5}}

    mtt_server.stubs.add("getCustomerBalance", respond=in_dollars)
    _, answer = call("getCustomerBalance", customer_name=mtt_customer)
    assert answer["result"] == {"balance": 12.5, "currency": "RUB"}


def test_a_function_replaces_an_error(mtt_server, call, mtt_customer):
    def denied(_request, answer):
        assert answer["error"]["data"] == "Callback followme structure not found"
        return {"error": {"code": -32002, "message": "Permission denied"}}

    mtt_server.stubs.add("getCallBackFollowme", respond=denied)
    status, answer = call("getCallBackFollowme", customer_name=mtt_customer)
    assert (status, answer["error"]) == (
        500, {"code": -32002, "message": "Permission denied", "data": None},
    )  # fmt: skip


@pytest.mark.parametrize("returned", [None, {}, {"error": "no"}, {"error": {"code": 1}}])
def test_a_function_that_returns_no_answer_fails_the_call(mtt_server, call, mtt_customer, returned):
    mtt_server.stubs.add("getCustomerBalance", respond=lambda *_: returned)
    status, answer = call("getCustomerBalance", customer_name=mtt_customer)
    assert status == 500
    assert "error" in answer


def test_a_stub_applies_to_its_customer_only(mtt_server, call):
    mtt_server.stubs.add("deleteCallBackFollowme", customer="1", error=PERMISSION_DENIED)
    assert "error" in call("deleteCallBackFollowme", customer_name="1")[1]
    assert call("deleteCallBackFollowme", customer_name="2")[1]["result"] == SUCCESS


def test_params_match_as_a_subset(mtt_server, call, mtt_customer):
    mtt_server.stubs.add(
        "makeCallBackCallFollowme", params={"b_number": "79000000009"}, error=PERMISSION_DENIED
    )
    named = {"customer_name": mtt_customer, "b_number": "79000000009", "caller_id": "74951001010"}
    assert call("makeCallBackCallFollowme", **named)[1]["error"]["code"] == -32002
    other = named | {"b_number": "79000000008"}
    assert call("makeCallBackCallFollowme", **other)[1]["error"]["code"] == -32603


def test_the_first_stub_that_matches_answers(mtt_server, call, mtt_customer):
    mtt_server.stubs.add("deleteCallBackFollowme", error=(-32001, "First", None), times=1)
    mtt_server.stubs.add("deleteCallBackFollowme", error=(-32002, "Second", None))
    codes = [
        call("deleteCallBackFollowme", customer_name=mtt_customer)[1]["error"]["code"]
        for _ in range(3)
    ]
    assert codes == [-32001, -32002, -32002]


def test_after_and_times_bound_a_stub(mtt_server, call, mtt_customer):
    stub = mtt_server.stubs.add("deleteCallBackFollowme", error=PERMISSION_DENIED, after=1, times=2)
    answers = [call("deleteCallBackFollowme", customer_name=mtt_customer)[1] for _ in range(4)]
    assert ["error" in answer for answer in answers] == [False, True, True, False]
    assert stub.used == 2


def test_a_stub_ends_with_its_block(mtt_server, call, mtt_customer):
    with mtt_server.stubs.add("deleteCallBackFollowme", error=PERMISSION_DENIED):
        assert "error" in call("deleteCallBackFollowme", customer_name=mtt_customer)[1]
    assert call("deleteCallBackFollowme", customer_name=mtt_customer)[1]["result"] == SUCCESS


@pytest.mark.parametrize(("then", "stored"), [("skip", 0), ("apply", 1)])
def test_state_changes_only_when_the_stub_applies_the_call(
    mtt_server, call, mtt_customer, then, stored
):
    mtt_server.stubs.add("setCallBackFollowme", error=PERMISSION_DENIED, then=then)
    call("setCallBackFollowme", customer_name=mtt_customer, callBackFollowmeStruct=STRUCT)
    assert len(mtt_server.followme(mtt_customer).elements) == stored


def test_the_journal_marks_a_stubbed_exchange(mtt_server, call, mtt_customer):
    mtt_server.stubs.add("getCustomerBalance", error=PERMISSION_DENIED)
    call("getCustomerBalance", customer_name=mtt_customer)
    mtt_server.journal.assert_called("getCustomerBalance", times=1)
    [exchange] = mtt_server.journal
    assert [note.message for note in exchange.notes()] == ["answered by stub 1"]


@pytest.mark.mtt(stubs=[{"method": "getCustomerBalance", "error": [-32002, "Permission denied"]}])
def test_a_marker_gives_stubs(call, mtt_customer):
    _, answer = call("getCustomerBalance", customer_name=mtt_customer)
    assert answer["error"] == {"code": -32002, "message": "Permission denied", "data": None}


def test_reset_removes_stubs(mtt_server, call, mtt_customer):
    mtt_server.stubs.add("deleteCallBackFollowme", error=PERMISSION_DENIED)
    mtt_server.reset()
    assert call("deleteCallBackFollowme", customer_name=mtt_customer)[1]["result"] == SUCCESS


def test_unused_stubs_are_listed(mtt_server, call, mtt_customer):
    mtt_server.stubs.add("deleteCallBackFollowme", result=SUCCESS)
    mtt_server.stubs.add("getCustomerBalance", error=PERMISSION_DENIED)
    call("deleteCallBackFollowme", customer_name=mtt_customer)
    assert [active.id for active in mtt_server.stubs.unused()] == [2]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"method": "getBalance", "result": {}}, "no method 'getBalance'; MTT's are set"),
        ({"method": "getCustomerBalance"}, "give one of result, error, http, respond; got none"),
        (
            {"method": "getCustomerBalance", "result": {}, "error": [1, "x"]},
            "got result and error",
        ),
        (
            {"method": "getCustomerBalance", "result": {"balance": "much"}},
            "breaks the contract of getCustomerBalance",
        ),
        (
            {"method": "getCustomerBalance", "params": {"customer": "1"}, "error": [1, "x"]},
            "has no parameter 'customer'; it has customer_name",
        ),
        ({"method": "getCustomerBalance", "error": ["1", "x"]}, "error must be (code, message"),
        ({"method": "getCustomerBalance", "http": [99]}, "must be from 200 to 599, got 99"),
        ({"method": "getCustomerBalance", "http": [200], "times": 0}, "times must be an integer"),
        ({"method": "getCustomerBalance", "http": [200], "after": -1}, "after must be an integer"),
        ({"method": "getCustomerBalance", "http": [200], "delay": -1}, "delay must be from 0"),
        ({"method": "getCustomerBalance", "http": [200], "then": "go"}, 'then must be "skip" or'),
        ({"method": "getCustomerBalance", "http": [200], "nth": 0}, "nth must be an integer"),
        ({"method": "getCustomerBalance", "http": [200], "probability": 0}, "more than 0 and at"),
        ({"method": "getCustomerBalance", "http": [204, "x"]}, "status 204 has no body, got 'x'"),
        ({"method": "getCustomerBalance", "http": [304, {}]}, "status 304 has no body, got {}"),
        ({"method": "getCustomerBalance", "htp": [200]}, "unknown field 'htp'"),
        ({"method": "getCustomerBalance", "http": "x"}, "http must be (status, body"),
        ({"method": "getCustomerBalance", "http": ["200"]}, "status of http must be an integer"),
        ({"method": "getCustomerBalance", "http": [200, "x", "a\nb"]}, "must be a header value"),
        ({"method": "getCustomerBalance", "http": [200, "x" * 1048577]}, "larger than 1048576"),
        ({"method": "getCustomerBalance", "http": [200], "customer": 7}, "customer must be a"),
        ({"method": "getCustomerBalance", "http": [200], "params": []}, "params must be an object"),
        ({"method": "getCustomerBalance", "http": [200], "delay": "1"}, "a number of seconds"),
        ({"method": "getCustomerBalance", "http": [200], "allow_invalid": 1}, "true or false"),
        ({"method": "getCustomerBalance", "respond": "f"}, "only Python code can give one"),
        ("getCustomerBalance", 'a stub is a table with "method"'),
    ],
)
def test_an_invalid_stub_is_refused_with_the_reason(fields, message):
    with pytest.raises(StubError) as refused:
        Stub.from_dict(fields)
    assert message in str(refused.value)


def test_a_result_against_the_contract_can_be_allowed(mtt_server, call, mtt_customer):
    mtt_server.stubs.add("getCustomerBalance", result={"balance": "much"}, allow_invalid=True)
    _, answer = call("getCustomerBalance", customer_name=mtt_customer)
    assert answer["result"] == {"balance": "much"}


def test_respond_must_be_a_function():
    with pytest.raises(StubError, match="respond must be a function"):
        Stub.of("getCustomerBalance", respond="f")


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        ({"a": [1]}, b'{"a":[1]}', "application/json"),
        (b"\xff", b"\xff", "application/octet-stream"),
        ("x", b"x", "text/plain; charset=utf-8"),
    ],
)
def test_the_content_type_follows_the_kind_of_body(body, sent, content_type):
    reply = Stub.of("getCustomerBalance", http=(200, body)).http
    assert (reply.body, reply.content_type) == (sent, content_type)


def test_a_stub_is_listed_with_its_reply():
    def raised(_request, answer):
        return answer

    http = Stub.of("getCustomerBalance", http=(503, "down"), customer="1", delay=2)
    assert http.to_dict() == {
        "method": "getCustomerBalance", "customer": "1", "delay": 2.0,
        "http": [503, "down", "text/plain; charset=utf-8"], "then": "skip",
    }  # fmt: skip
    respond = Stub.of("getCustomerBalance", respond=raised)
    assert respond.to_dict()["respond"] == "raised"


def test_a_function_receives_and_replaces_errors(mtt_server, call, mtt_customer):
    def translated(_request, answer):
        return {"error": answer["error"] | {"message": "Permission denied"}}

    mtt_server.stubs.add("getCallBackFollowme", respond=translated)
    _, answer = call("getCallBackFollowme", customer_name=mtt_customer)
    assert answer["error"] == {
        "code": -32603,
        "message": "Permission denied",
        "data": "Callback followme structure not found",
    }


def test_an_invalid_function_result_is_an_internal_error(mtt_server, call, mtt_customer):
    mtt_server.stubs.add("getCustomerBalance", respond=lambda _request, _answer: {"balance": 1})
    _, answer = call("getCustomerBalance", customer_name=mtt_customer)
    assert answer["error"]["data"] == "mtt-mock failed: StubError"


def test_nth_and_probability_choose_the_calls_as_for_faults(mtt_server, call, mtt_customer):
    mtt_server.stubs.add("getCustomerBalance", error=PERMISSION_DENIED, nth=2)
    answers = [call("getCustomerBalance", customer_name=mtt_customer)[1] for _ in range(3)]
    assert ["error" in answer for answer in answers] == [False, True, False]
    seldom = mtt_server.stubs.add("getCallBackFollowme", http=(503,), probability=0.25, seed=7)
    for _ in range(100):
        mtt_server.live.fake.service.match_stub("getCallBackFollowme", {"customer_name": "1"})
    assert 10 < seldom.used < 40
    stub = Stub.of("getCustomerBalance", http=(503,), nth=2, probability=0.5, seed=7)
    assert Stub.from_dict(stub.to_dict()) == stub


@pytest.mark.parametrize("body", ["maintenance", [1, "id"], "null", "", "[" * 600])
@pytest.mark.parametrize("fault", ["wrong-id", "wrong-success-type"])
def test_a_fault_leaves_a_stub_that_is_no_envelope(fault, body):
    app = create_app(faults=[fault], stubs=[Stub.of("getCustomerBalance", http=(200, body, "a/b"))])
    answer = balance(app)
    assert answer.text == (json.dumps(body, separators=(",", ":")) if body == [1, "id"] else body)
    assert answer.headers["content-type"] == "a/b"
    assert fake_of(app).journal[-1].fault == fault


def test_a_fault_keeps_the_content_type_and_delay_of_a_stub():
    stub = Stub.of("getCustomerBalance", http=(502, "<html>", "text/html"), delay=9)
    fake = fake_of(create_app(faults=["duplicated@1", "delay=7@2"], stubs=[stub]))
    request = b'{"jsonrpc":"2.0","id":1,"method":"getCustomerBalance","params":["1"]}'
    first, second = [fake.answer("Basic YTpi", request) for _ in range(2)]
    assert first == Reply(502, b"<html><html>", "text/html", ResponseFault("delay", 9))
    assert second == Reply(502, b"<html>", "text/html", ResponseFault("delay", 7))


def test_invalid_json_is_no_body_of_a_204():
    stub = Stub.of("getCustomerBalance", http=(204,))
    answer = balance(create_app(faults=["invalid-json"], stubs=[stub]))
    assert (answer.status_code, answer.content) == (204, b"")


def balance(app):
    request = {"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance", "params": ["1"]}
    with httpx2.Client(transport=AppTransport(app), auth=("a", "b")) as client:
        return client.post("http://fake.invalid/index.php", json=request)

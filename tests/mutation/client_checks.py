"""What is demanded of any client, each as a check of one; ``CLIENT_CHECKS`` has them by name."""

import base64
import contextlib
import json

import pytest
from line import CUSTOMER, LOGIN, PASSWORD, URL, changed, reply

from mtt_client import (
    AuthenticationError,
    CallEndedError,
    CallTimeoutError,
    FollowmeNotFoundError,
    HttpError,
    Linear,
    MttError,
    MttTimeoutError,
    ProtocolError,
    Ringall,
    RpcError,
    SideNotClearError,
    Text,
)
from mtt_mock import Busy

CLIENT_CHECKS = {}
NUMBER = "79000000001"
ELEMENTS = [
    Linear("79000000003", order=2),
    Ringall(NUMBER, order=1, timeout=25),
    Text("Привет", side="A"),
    Text("Hello", side="B"),
]
STORED = [
    {"type": "Linear", "redirect_number": "79000000003", "order": 2},
    {"type": "Ringall", "redirect_number": NUMBER, "order": 1, "timeout": 25},
    {"type": "text", "value": "Привет", "side": "A"},
    {"type": "text", "value": "Hello", "side": "B"},
]


def check(demand):
    """Register a check: a function of a client and its line."""
    CLIENT_CHECKS[demand.__name__.replace("_", " ")] = demand
    return demand


def make_call(client):
    return client.make_callback_call_followme(
        b_number="79000000002", caller_id="74951001010", elements=[Ringall(NUMBER)]
    )


@check
def it_posts_one_json_rpc_envelope(client, line):
    client.delete_callback_followme()
    [request] = line.requests
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
    envelope = json.loads(request.content)
    assert sorted(envelope) == ["id", "jsonrpc", "method", "params"]
    assert (envelope["jsonrpc"], envelope["params"]) == ("2.0", {"customer_name": CUSTOMER})


@check
def every_request_has_an_id_of_its_own(client, line):
    client.delete_callback_followme()
    client.delete_callback_followme()
    first, second = [each["id"] for each in line.sent]
    assert first != second
    assert None not in (first, second)


@check
def it_sends_the_credentials_in_utf_8(client, line):
    client.delete_callback_followme()
    token = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
    assert line.requests[0].headers["Authorization"] == f"Basic {token}"


@check
def what_it_sets_is_stored_to_the_letter(client, line):
    client.set_callback_followme(ELEMENTS, caller_id="74951001010", default_b_number="79000000002")
    assert line.sent[0]["params"] == {
        "customer_name": CUSTOMER,
        "callBackFollowmeStruct": STORED,
        "caller_id": "74951001010",
        "defaultBNumber": "79000000002",
    }
    assert client.get_callback_followme().raw == STORED


@check
def a_conflict_inside_result_is_an_error_that_names_the_side(client, line):
    client.set_callback_followme(ELEMENTS)
    with pytest.raises(SideNotClearError) as caught:
        client.set_callback_followme([Text("again", side="B")])
    assert caught.value.side == "B"
    assert line.called == ["setCallBackFollowme"] * 2


@check
def an_error_envelope_is_read_under_http_500(client, line):
    with pytest.raises(FollowmeNotFoundError):
        client.get_callback_followme()


@check
def an_error_envelope_is_read_under_http_200(client, line):
    line.instead[1] = lambda answer: reply(200, answer.content)(answer)
    with pytest.raises(FollowmeNotFoundError):
        client.get_callback_followme()


@check
def an_error_of_another_meaning_is_not_taken_for_nothing_set(client, line):
    error = {"code": -32603, "message": "Internal error", "data": "Out of order"}
    line.instead[1] = changed(error=error)
    with pytest.raises(RpcError) as caught:
        client.get_callback_followme()
    assert not isinstance(caught.value, FollowmeNotFoundError)


@check
def a_refused_login_is_an_error_of_its_own(client, line):
    line.instead[1] = reply(401, b"Unauthorized\n")
    with pytest.raises(AuthenticationError):
        client.delete_callback_followme()


@check
def html_is_not_taken_for_success(client, line):
    line.instead[1] = reply(200, b"<html>Welcome</html>")
    with pytest.raises(ProtocolError):
        client.delete_callback_followme()


@check
def html_of_a_gateway_is_an_http_error(client, line):
    line.instead[1] = reply(502, b"<html>Bad Gateway</html>")
    with pytest.raises(HttpError) as caught:
        client.delete_callback_followme()
    assert caught.value.status == 502


@check
def an_answer_to_another_request_is_not_taken(client, line):
    line.instead[1] = changed(id=1000)
    with pytest.raises(ProtocolError):
        client.delete_callback_followme()


@check
def an_id_as_text_is_not_taken(client, line):
    line.instead[1] = lambda answer: changed(id=str(answer.json()["id"]))(answer)
    with pytest.raises(ProtocolError):
        client.delete_callback_followme()


@check
def success_as_text_is_not_taken(client, line):
    line.instead[1] = changed(result={"success": "1"})
    with pytest.raises(ProtocolError):
        client.delete_callback_followme()


@check
def a_set_whose_answer_is_lost_is_not_sent_again(client, line):
    line.instead[1] = "lost"
    with pytest.raises(MttTimeoutError):
        client.set_callback_followme(ELEMENTS)
    assert line.called == ["setCallBackFollowme"]


@check
def a_set_that_fails_with_http_500_is_not_sent_again(client, line):
    line.instead[1] = reply(500, b"")
    with pytest.raises(HttpError):
        client.set_callback_followme(ELEMENTS)
    assert line.called == ["setCallBackFollowme"]


@check
def a_call_whose_answer_is_lost_is_not_asked_for_again(client, line):
    line.instead[1] = "lost"
    with pytest.raises(MttTimeoutError):
        make_call(client)
    assert line.called == ["makeCallBackCallFollowme"]


@check
def replace_deletes_before_it_sets(client, line):
    client.set_callback_followme(ELEMENTS)
    client.replace_callback_followme([Ringall("79000000009")])
    assert client.get_callback_followme().raw == [
        {"type": "Ringall", "redirect_number": "79000000009"}
    ]
    assert line.called[1:4] == [
        "getCallBackFollowme",
        "deleteCallBackFollowme",
        "setCallBackFollowme",
    ]


@check
def replace_puts_back_what_was_there_when_the_set_fails(client, line):
    client.set_callback_followme(ELEMENTS, caller_id="74951001010")
    line.instead[4] = "lost"
    with pytest.raises(MttTimeoutError):
        client.replace_callback_followme([Ringall("79000000009")])
    now = client.get_callback_followme()
    assert (now.raw, now.caller_id) == (STORED, "74951001010")


@check
def waiting_for_a_call_pauses_between_questions(client, line):
    client.wait_for_call(make_call(client))
    assert line.waits
    assert min(line.waits) >= 1
    assert line.called[-1] == "getCallBackFollowmeCallInfo"


@check
def waiting_for_a_call_ends_in_time(client, line):
    call_id = make_call(client)
    with pytest.raises(CallTimeoutError):
        client.wait_for_call(call_id, timeout=0.5)
    assert sum(line.waits) == 0.5


@check
def waiting_for_a_call_ends_when_the_call_does(client, line):
    line.fake.store.set_subscriber(NUMBER, Busy())
    with pytest.raises(CallEndedError) as caught:
        client.wait_for_call(make_call(client))
    assert (caught.value.cause, caught.value.side) == ("cancel", "A")


@check
def credentials_do_not_follow_an_upload_url_elsewhere(client, line):
    line.instead[1] = changed(result={"uploadURL": "http://elsewhere.invalid/upload"})
    with contextlib.suppress(MttError):
        client.upload_prompt("hello.wav", b"RIFF")
    assert "elsewhere.invalid" not in [request.url.host for request in line.requests]


@check
def an_upload_sends_the_bytes_raw_with_the_credentials(client, line):
    client.upload_prompt("hello.wav", b"RIFF\x00\xff")
    upload = line.requests[1]
    assert upload.content == b"RIFF\x00\xff"
    assert upload.headers["Authorization"] == line.requests[0].headers["Authorization"]


@check
def credentials_do_not_go_to_the_url_of_a_record(client, line):
    with contextlib.suppress(MttError):
        client.download_record("http://elsewhere.invalid/record.wav")
    assert [request.headers.get("Authorization") for request in line.requests] == [None]


@check
def redirects_are_not_followed(client, line):
    line.instead[1] = reply(307, b"", Location=URL.replace("fake", "elsewhere"))
    with contextlib.suppress(MttError):
        client.delete_callback_followme()
    assert [request.url.host for request in line.requests] == ["fake.invalid"]


@check
def the_password_is_in_no_message(client, line):
    line.instead[1] = "lost"
    with pytest.raises(MttTimeoutError) as caught:
        client.delete_callback_followme()
    assert PASSWORD not in repr(client) + repr(caught.value) + str(caught.value)

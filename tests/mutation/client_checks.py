"""Checks that every client must pass, by name in ``CLIENT_CHECKS``."""

import base64
import contextlib
import json

import pytest
from fake_transport import CUSTOMER, LOGIN, PASSWORD, URL, changed, reply

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


def check(function):
    """Register a check: a function of a client and its transport."""
    CLIENT_CHECKS[function.__name__.replace("_", " ")] = function
    return function


def make_call(client):
    return client.make_callback_call_followme(
        b_number="79000000002", caller_id="74951001010", elements=[Ringall(NUMBER)]
    )


@check
def it_posts_one_json_rpc_envelope(client, transport):
    client.delete_callback_followme()
    [request] = transport.requests
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
    envelope = json.loads(request.content)
    assert sorted(envelope) == ["id", "jsonrpc", "method", "params"]
    assert (envelope["jsonrpc"], envelope["params"]) == ("2.0", {"customer_name": CUSTOMER})


@check
def every_request_has_a_unique_id(client, transport):
    client.delete_callback_followme()
    client.delete_callback_followme()
    first, second = [each["id"] for each in transport.sent]
    assert first != second
    assert None not in (first, second)


@check
def it_sends_the_credentials_in_utf_8(client, transport):
    client.delete_callback_followme()
    token = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
    assert transport.requests[0].headers["Authorization"] == f"Basic {token}"


@check
def the_structure_is_stored_verbatim(client, transport):
    client.set_callback_followme(ELEMENTS, caller_id="74951001010", default_b_number="79000000002")
    assert transport.sent[0]["params"] == {
        "customer_name": CUSTOMER,
        "callBackFollowmeStruct": STORED,
        "caller_id": "74951001010",
        "defaultBNumber": "79000000002",
    }
    assert client.get_callback_followme().raw == STORED


@check
def a_conflict_in_result_names_the_side(client, transport):
    client.set_callback_followme(ELEMENTS)
    with pytest.raises(SideNotClearError) as caught:
        client.set_callback_followme([Text("again", side="B")])
    assert caught.value.side == "B"
    assert transport.called == ["setCallBackFollowme"] * 2


@check
def an_error_envelope_is_read_under_http_500(client, transport):
    with pytest.raises(FollowmeNotFoundError):
        client.get_callback_followme()


@check
def an_error_envelope_is_read_under_http_200(client, transport):
    transport.instead[1] = lambda answer: reply(200, answer.content)(answer)
    with pytest.raises(FollowmeNotFoundError):
        client.get_callback_followme()


@check
def other_errors_of_get_are_not_not_found(client, transport):
    error = {"code": -32603, "message": "Internal error", "data": "Out of order"}
    transport.instead[1] = changed(error=error)
    with pytest.raises(RpcError) as caught:
        client.get_callback_followme()
    assert not isinstance(caught.value, FollowmeNotFoundError)


@check
def a_refused_login_is_an_authentication_error(client, transport):
    transport.instead[1] = reply(401, b"Unauthorized\n")
    with pytest.raises(AuthenticationError):
        client.delete_callback_followme()


@check
def html_is_not_success(client, transport):
    transport.instead[1] = reply(200, b"<html>Welcome</html>")
    with pytest.raises(ProtocolError):
        client.delete_callback_followme()


@check
def html_of_a_gateway_is_an_http_error(client, transport):
    transport.instead[1] = reply(502, b"<html>Bad Gateway</html>")
    with pytest.raises(HttpError) as caught:
        client.delete_callback_followme()
    assert caught.value.status == 502


@check
def responses_with_a_wrong_id_are_refused(client, transport):
    transport.instead[1] = changed(id=1000)
    with pytest.raises(ProtocolError):
        client.delete_callback_followme()


@check
def ids_as_text_are_refused(client, transport):
    transport.instead[1] = lambda answer: changed(id=str(answer.json()["id"]))(answer)
    with pytest.raises(ProtocolError):
        client.delete_callback_followme()


@check
def success_as_text_is_refused(client, transport):
    transport.instead[1] = changed(result={"success": "1"})
    with pytest.raises(ProtocolError):
        client.delete_callback_followme()


@check
def a_set_with_a_lost_response_is_not_repeated(client, transport):
    transport.instead[1] = "lost"
    with pytest.raises(MttTimeoutError):
        client.set_callback_followme(ELEMENTS)
    assert transport.called == ["setCallBackFollowme"]


@check
def a_set_with_http_500_is_not_repeated(client, transport):
    transport.instead[1] = reply(500, b"")
    with pytest.raises(HttpError):
        client.set_callback_followme(ELEMENTS)
    assert transport.called == ["setCallBackFollowme"]


@check
def a_call_with_a_lost_response_is_not_repeated(client, transport):
    transport.instead[1] = "lost"
    with pytest.raises(MttTimeoutError):
        make_call(client)
    assert transport.called == ["makeCallBackCallFollowme"]


@check
def replace_deletes_before_it_sets(client, transport):
    client.set_callback_followme(ELEMENTS)
    client.replace_callback_followme([Ringall("79000000009")])
    assert client.get_callback_followme().raw == [
        {"type": "Ringall", "redirect_number": "79000000009"}
    ]
    assert transport.called[1:4] == [
        "getCallBackFollowme",
        "deleteCallBackFollowme",
        "setCallBackFollowme",
    ]


@check
def replace_restores_the_structure_after_a_failed_set(client, transport):
    client.set_callback_followme(ELEMENTS, caller_id="74951001010")
    transport.instead[4] = "lost"
    with pytest.raises(MttTimeoutError):
        client.replace_callback_followme([Ringall("79000000009")])
    now = client.get_callback_followme()
    assert (now.raw, now.caller_id) == (STORED, "74951001010")


@check
def waiting_for_a_call_pauses_between_polls(client, transport):
    client.wait_for_call(make_call(client))
    assert transport.waits
    assert min(transport.waits) >= 1
    assert transport.called[-1] == "getCallBackFollowmeCallInfo"


@check
def waiting_for_a_call_times_out(client, transport):
    call_id = make_call(client)
    with pytest.raises(CallTimeoutError):
        client.wait_for_call(call_id, timeout=0.5)
    assert sum(transport.waits) == 0.5


@check
def waiting_ends_with_the_call(client, transport):
    transport.fake.store.set_subscriber(NUMBER, Busy())
    with pytest.raises(CallEndedError) as caught:
        client.wait_for_call(make_call(client))
    assert (caught.value.cause, caught.value.side) == ("cancel", "A")


@check
def credentials_are_not_sent_to_other_upload_origins(client, transport):
    transport.instead[1] = changed(result={"uploadURL": "http://elsewhere.invalid/upload"})
    with contextlib.suppress(MttError):
        client.upload_prompt("hello.wav", b"RIFF")
    assert "elsewhere.invalid" not in [request.url.host for request in transport.requests]


@check
def uploads_send_raw_bytes_with_credentials(client, transport):
    client.upload_prompt("hello.wav", b"RIFF\x00\xff")
    upload = transport.requests[1]
    assert upload.content == b"RIFF\x00\xff"
    assert upload.headers["Authorization"] == transport.requests[0].headers["Authorization"]


@check
def credentials_are_not_sent_to_record_urls(client, transport):
    with contextlib.suppress(MttError):
        client.download_record("http://elsewhere.invalid/record.wav")
    assert [request.headers.get("Authorization") for request in transport.requests] == [None]


@check
def redirects_are_not_followed(client, transport):
    transport.instead[1] = reply(307, b"", Location=URL.replace("fake", "elsewhere"))
    with contextlib.suppress(MttError):
        client.delete_callback_followme()
    assert [request.url.host for request in transport.requests] == ["fake.invalid"]


@check
def messages_never_contain_the_password(client, transport):
    transport.instead[1] = "lost"
    with pytest.raises(MttTimeoutError) as caught:
        client.delete_callback_followme()
    assert PASSWORD not in repr(client) + repr(caught.value) + str(caught.value)

"""Replacing the followme structure: a failure half-way loses nothing."""

import httpx2
import pytest
from scripted import NOTHING_SET, SUCCESS, Script

from mtt_client import (
    AuthenticationError,
    Followme,
    FollowmeNotRestoredError,
    HttpError,
    MttTimeoutError,
    RequestContractError,
    Ringall,
    RpcError,
    SideNotClearError,
    TransportError,
)

NEW = [Ringall("79000000009")]
FORMER = (
    b'{"jsonrpc":"2.0","id":1,"result":{"callBackFollowmeStruct":['
    b'{"order":1,"redirect_number":"+79000000001","type":"linal","note":"kept"},'
    b'{"type":"Text","value":"Hello","side":"B","timeout":20}],'
    b'"caller_id":"74951001010","defaultBNumber":"79511234567"}}'
)
FORMER_PARAMS = {
    "customer_name": "883140500000000",
    "callBackFollowmeStruct": [
        {"order": 1, "redirect_number": "+79000000001", "type": "linal", "note": "kept"},
        {"type": "Text", "value": "Hello", "side": "B", "timeout": 20},
    ],
    "caller_id": "74951001010",
    "defaultBNumber": "79511234567",
}
SIDE_A = (
    b'{"jsonrpc":"2.0","id":%d,"result":{"error":1,'
    b'"error_description":"Side A not clear. Delete before insert"}}'
)
REJECTED = (
    b'{"jsonrpc":"2.0","id":%d,"error":{"code":-32602,"message":"Invalid params","data":"no"}}'
)
BROKEN = b'{"jsonrpc":"2.0","id":%d,"error":{"code":-32603,"message":"Internal error","data":"no"}}'
SET, GET, DELETE = "setCallBackFollowme", "getCallBackFollowme", "deleteCallBackFollowme"


def test_replace_gets_deletes_and_sets(kit):
    script = Script(FORMER, SUCCESS % 2, SUCCESS % 3)
    kit.client(script).replace_callback_followme(
        NEW, caller_id="74951001010", default_b_number="79000000008"
    )
    assert script.called == [GET, DELETE, SET]
    assert script.sent[2]["params"] == {
        "customer_name": "883140500000000",
        "callBackFollowmeStruct": [{"redirect_number": "79000000009", "type": "Ringall"}],
        "caller_id": "74951001010",
        "defaultBNumber": "79000000008",
    }


def test_replace_succeeds_without_a_former_structure(kit):
    script = Script((500, NOTHING_SET % 1), SUCCESS % 2, SUCCESS % 3)
    kit.client(script).replace_callback_followme(NEW)
    assert script.called == [GET, DELETE, SET]


@pytest.mark.parametrize(
    ("elements", "kind"), [([Ringall("x")], RequestContractError), (["x"], TypeError)]
)
def test_elements_are_validated_before_any_request(kit, elements, kind):
    script = Script()
    with pytest.raises(kind):
        kit.client(script).replace_callback_followme(elements)
    assert script.requests == []


def test_values_outside_json_are_refused_before_any_request(kit):
    script = Script()
    with pytest.raises(RequestContractError):
        kit.client(script, validate=False).replace_callback_followme([{"type": {1}}])
    assert script.requests == []


def test_a_failed_get_deletes_nothing(kit):
    script = Script((500, BROKEN % 1))
    with pytest.raises(RpcError):
        kit.client(script).replace_callback_followme(NEW)
    assert script.called == [GET]


def test_a_rejected_set_restores_the_structure(kit):
    script = Script(FORMER, SUCCESS % 2, (500, REJECTED % 3), SUCCESS % 4)
    with pytest.raises(RpcError) as caught:
        kit.client(script).replace_callback_followme(NEW)
    assert caught.value.code == -32602
    assert script.called == [GET, DELETE, SET, SET]
    assert script.sent[3]["params"] == FORMER_PARAMS


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx2.ReadTimeout("slow"), MttTimeoutError),
        (httpx2.ReadError("reset"), TransportError),
        ((502, b"Bad Gateway"), HttpError),
        (BROKEN % 3, RpcError),
    ],
)
def test_an_unknown_set_is_deleted_before_restoring(kit, failure, kind):
    script = Script(FORMER, SUCCESS % 2, failure, SUCCESS % 4, SUCCESS % 5)
    with pytest.raises(kind) as caught:
        kit.client(script).replace_callback_followme(NEW)
    assert type(caught.value) is kind
    assert script.called == [GET, DELETE, SET, DELETE, SET]
    assert script.sent[4]["params"] == FORMER_PARAMS


def test_an_unsent_set_needs_no_second_delete(kit):
    script = Script(FORMER, SUCCESS % 2, httpx2.ConnectError("refused"), SUCCESS % 4)
    with pytest.raises(TransportError):
        kit.client(script).replace_callback_followme(NEW)
    assert len(script.requests) == 4
    assert script.sent[3]["params"] == FORMER_PARAMS


def test_a_rejected_set_without_former_restores_nothing(kit):
    script = Script(NOTHING_SET % 1, SUCCESS % 2, REJECTED % 3)
    with pytest.raises(RpcError):
        kit.client(script).replace_callback_followme(NEW)
    assert script.called == [GET, DELETE, SET]


def test_an_unknown_set_without_former_is_deleted(kit):
    script = Script(NOTHING_SET % 1, SUCCESS % 2, httpx2.ReadTimeout("slow"), SUCCESS % 4)
    with pytest.raises(MttTimeoutError):
        kit.client(script).replace_callback_followme(NEW)
    assert script.called == [GET, DELETE, SET, DELETE]


def test_a_concurrent_set_is_not_deleted(kit):
    script = Script(FORMER, SUCCESS % 2, SIDE_A % 3, SIDE_A % 4)
    with pytest.raises(FollowmeNotRestoredError) as caught:
        kit.client(script).replace_callback_followme(NEW)
    assert type(caught.value.original) is SideNotClearError
    assert script.called == [GET, DELETE, SET, SET]


def test_a_failed_restore_reports_both_errors(kit):
    script = Script(FORMER, SUCCESS % 2, REJECTED % 3, (401, b""))
    with pytest.raises(FollowmeNotRestoredError) as caught:
        kit.client(script).replace_callback_followme(NEW)
    error = caught.value
    assert type(error.original) is RpcError
    assert type(error.restore_failure) is AuthenticationError
    assert error.__cause__ is error.restore_failure
    assert isinstance(error.former, Followme)
    assert error.former.raw == FORMER_PARAMS["callBackFollowmeStruct"]
    assert (error.former.caller_id, error.former.default_b_number) == ("74951001010", "79511234567")
    assert str(error) == (
        "replacing failed (setCallBackFollowme failed: Invalid params (-32602): no), and the former"
        " structure could not be restored (setCallBackFollowme was answered with HTTP 401: '');"
        " it is in this error's former"
    )


@pytest.mark.parametrize("failure", [(401, b""), REJECTED % 2, httpx2.ConnectError("refused")])
def test_an_unexecuted_delete_needs_no_restore(kit, failure):
    script = Script(FORMER, failure)
    with pytest.raises((AuthenticationError, RpcError, TransportError)):
        kit.client(script).replace_callback_followme(NEW)
    assert script.called == [GET, DELETE]


@pytest.mark.parametrize("restore", [SUCCESS % 3, SIDE_A % 3])
def test_an_unknown_delete_restores_the_structure(kit, restore):
    script = Script(FORMER, httpx2.ReadTimeout("slow"), restore)
    with pytest.raises(MttTimeoutError):
        kit.client(script).replace_callback_followme(NEW)
    assert script.called == [GET, DELETE, SET]
    assert script.sent[2]["params"] == FORMER_PARAMS


def test_a_failed_restore_after_an_unknown_delete_is_reported(kit):
    script = Script(FORMER, httpx2.ReadTimeout("slow"), httpx2.ReadTimeout("slow"))
    with pytest.raises(FollowmeNotRestoredError) as caught:
        kit.client(script).replace_callback_followme(NEW)
    assert type(caught.value.original) is MttTimeoutError

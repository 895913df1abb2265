"""The question "why did my call-back fail?" is answered in the row, or one click below it."""

import httpx2
import pytest
from console_page import base_of

import mtt_mock
from mtt_mock import LiveServer

pytestmark = pytest.mark.slow

CUSTOMER = "883140500000000"
RING = {"type": "Ringall", "redirect_number": "79000010001"}
CALL = {"b_number": "79000009001", "caller_id": "7495", "simpleCallBackFollowmeStruct": [RING]}


@pytest.fixture
def server():
    with LiveServer(mtt_mock.create_app(clock="manual", accounts=["ann:x"])) as server:
        yield server


def rpc(server, method, auth=("ann", "x"), **params):
    call = {"jsonrpc": "2.0", "id": 1, "method": method}
    call["params"] = {"customer_name": CUSTOMER, **params}
    return httpx2.post(server.url, json=call, auth=auth).json()


def cyrillic_side(server):
    prompt = {"type": "text", "side": "\u0410", "value": "Hold"}
    rpc(server, "setCallBackFollowme", callBackFollowmeStruct=[RING, prompt])


def conflict(server):
    for _ in range(2):
        rpc(server, "setCallBackFollowme", callBackFollowmeStruct=[RING])


def busy(server):
    rpc(server, "makeCallBackCallFollowme", **CALL)
    httpx2.post(f"{base_of(server)}clock", json={"advance": 60})


def receiver_down(server):
    numbers = CALL | {"b_number": "79000010002", "callBackURL": "http://127.0.0.1:9/"}
    rpc(server, "makeCallBackCallFollowme", **numbers)
    httpx2.post(f"{base_of(server)}clock", json={"advance": 60})


def too_early(server):
    call_id = rpc(server, "makeCallBackCallFollowme", **CALL)["result"]["callBackCall_id"]
    rpc(server, "getCallBackFollowmeCallInfo", callBackCall_id=call_id)


def no_json(server):
    httpx2.post(server.url, content=b'{"jsonrpc": "2.0",}', auth=("ann", "x"))


def unknown_login(server):
    httpx2.post(server.url, content=b"{}", auth=("foo", "x"))


@pytest.mark.parametrize(
    ("case", "reason", "below"),
    [
        (cyrillic_side, "U+0410", "no such side"),
        (conflict, "Side A not clear", "Show the set of"),
        (busy, "79000009001", "busy"),
        (receiver_down, "Connection refused", "Send again"),
        (too_early, "ends in", "Advance until then"),
        (no_json, "-32700", "trailing comma is not allowed, line 1 column 18"),
        (unknown_login, "401", "The login “foo” or its password is not accepted."),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_row_shows_the_reason_and_details_on_click(opened, server, case, reason, below):
    console = opened(base_of(server))
    console.excuse("ERR_")
    console.open().live()
    case(server)
    console.see(".entry", count=server.fake.journal.last)  # a later row would become the first
    row = console.see(".entry", reason)  # no click
    row.locator(".line").click()
    console.until(lambda: below in row.inner_text(), f"{below}, there is {row.inner_text()}")
    console.page.close()

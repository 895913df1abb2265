"""Tests copied from the journal run, and hold no numbers and secrets."""

from __future__ import annotations

import base64

import httpx2
import pytest

from mtt_mock import Busy, serve
from mtt_mock.service.profile import Profile

CUSTOMER = "883140500000000"
A = {"type": "Ringall", "redirect_number": "79161234567"}
B = {"type": "text", "value": "Перезвоните: 8\u00a0(912)\u00a0345\u201167\u201189", "side": "B"}
FILE = {"type": "file", "value": "hello", "side": "A"}
PRESET = {"callBackFollowmeStruct": [A, B], "caller_id": "74951001010"}
STATE = {
    "mtt_mock": "state",
    "version": 1,
    "customers": [
        {
            "customer_name": CUSTOMER,
            "prompts": [{"file_name": "hello.wav", "content": base64.b64encode(b"sound").decode()}],
            **PRESET,
        }
    ],
}
SETTINGS = {
    "lengths_as_text": True, "tariff": "2.00,3.00/60", "missing_prompts": "error",
    "refuse_at_zero": True, "error_status": 400,
}  # fmt: skip


def ask(server, method, call_id=1, **params):
    request = {"jsonrpc": "2.0", "method": method, "params": {"customer_name": CUSTOMER, **params}}
    request |= {} if call_id is None else {"id": call_id}
    return httpx2.post(server.url, json=request, auth=server.credentials)


def copied(server, seq):
    answer = httpx2.get(f"{server.live.origin}/_mtt/journal/{seq}/pytest")
    assert answer.status_code == 200
    return answer.text


def check_copies(server, pytester, count):
    """Run the copied tests of the journal's last ``count`` exchanges."""
    entries = httpx2.get(f"{server.live.origin}/_mtt/journal").json()["entries"]
    seqs = [entry["seq"] for entry in entries if entry["kind"] == "exchange"][-count:]
    tests = {f"test_{seq}": copied(server, seq) for seq in seqs}
    for text in tests.values():
        for secret in (CUSTOMER, "9161234567", "4951001010", "345", "TOPSECRET"):
            assert secret not in text
    pytester.makepyfile(**tests)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=count)


@pytest.fixture
def server():
    with serve(clock="manual", **SETTINGS) as server:
        server.import_state(STATE)
        yield server


def test_copies_after_an_import_run_with_its_settings(server, pytester):
    ask(server, "getCallBackFollowme")
    ask(server, "setCallBackFollowme", **PRESET)  # refused
    ask(server, "setCallBackFollowme", callBackFollowmeStruct=[{**FILE, "value": "missing"}])
    ask(server, "deleteCallBackFollowme")
    ask(server, "getCallBackFollowme")  # nothing stands
    ask(server, "setCallBackFollowme", callBackFollowmeStruct=[FILE, A])
    ask(server, "getCustomerBalance")
    check_copies(server, pytester, 7)


def test_copies_of_calls_after_an_import_run(server, pytester):
    server.subscribers["79167654321"] = Busy(after=2)
    call = {"callBackURL": "crm.example/hook?token=TOPSECRET1", "b_number": "79161234560"}
    made = ask(server, "makeCallBackCallFollowme", **call).json()["result"]
    ask(server, "getCallBackFollowmeCallInfo", **made)  # not ended
    ask(server, "deleteCallBackFollowme")
    server.clock.run_until_idle()
    ask(server, "getCallBackFollowmeCallInfo", **made)
    call = {"b_number": "79167654321", "caller_id": "74951001010", "direction": 1}
    struct = [A, FILE, {"type": "Linear", "redirect_number": "79000010330"}]
    made = ask(
        server, "makeCallBackCallFollowme", simpleCallBackFollowmeStruct=struct, **call
    ).json()["result"]
    server.clock.run_until_idle()
    ask(server, "getCallBackFollowmeCallInfo", **made)  # busy on side B
    ask(server, "makeCallBackCallFollowme", callBackURL="a b.example/?t=TOPSECRET2")
    check_copies(server, pytester, 7)


def test_copies_of_notifications_and_after_them_run(server, pytester):
    ask(server, "deleteCallBackFollowme", None)
    ask(server, "setCallBackFollowme", None, **PRESET)
    ask(server, "setCallBackFollowme", **PRESET)
    ask(server, "getCallBackFollowme", [])
    check_copies(server, pytester, 4)


def test_copies_of_refusals_without_money_run(server, pytester):
    server.set_balance(CUSTOMER, "0")
    ask(server, "makeCallBackCallFollowme", b_number="79161234560")
    check_copies(server, pytester, 1)


def test_copies_keep_the_profile(pytester):
    facts = {"set.conflict.side_b": {"error": 2, "error_description": "B first"}}
    with serve(clock="manual", profile=Profile(facts)) as server:
        ask(server, "setCallBackFollowme", callBackFollowmeStruct=[B])
        ask(server, "setCallBackFollowme", callBackFollowmeStruct=[B])
        check_copies(server, pytester, 2)


def test_copies_of_requests_without_a_login_run(server, pytester):
    request = {"jsonrpc": "2.0", "id": 1, "method": "getCallBackFollowme", "params": {}}
    httpx2.post(server.url, json=request)
    check_copies(server, pytester, 1)


@pytest.mark.parametrize("name", ["reset-before", "reset-after", "truncated"])
def test_copies_of_requests_without_an_answer_expect_the_error(server, name):
    server.faults.add(f"{name}@1")
    # Its class is another one once an earlier test has run copies, which import httpx2 anew.
    with pytest.raises(Exception, match=r"reset|closed"):
        ask(server, "getCallBackFollowme")
    assert "with pytest.raises(httpx2.TransportError):" in copied(server, 1)


def test_copies_of_wrong_params_run(server, pytester):
    for params in ([], [CUSTOMER, [A]], [CUSTOMER, [A], "8(912)345–67–89"], "x", {}, None):
        request = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": params}
        httpx2.post(server.url, json=request, auth=server.credentials)
    ask(
        server,
        "setCallBackFollowme",
        callBackFollowmeStruct=[{**A, "redirect_number": "8‑916‑1234567"}],
    )
    check_copies(server, pytester, 7)


def test_only_calls_of_the_journal_are_copied(server):
    ask(server, "noSuchMethod")
    last = httpx2.get(f"{server.live.origin}/_mtt/journal").json()["last"]
    for seq in (last, last + 1):
        answer = httpx2.get(f"{server.live.origin}/_mtt/journal/{seq}/pytest")
        assert answer.status_code == 404
        assert answer.json()["error"] == f"entry {seq} of the journal is not a call to MTT"

"""The state of customers over the control API: read and deleted."""

import httpx2
import pytest

from mtt_client import Ringall, SideNotClearError, Text

CUSTOMER = "883140500000000"
CLOCK = {
    "clock": "manual",
    "now": 1767225600.0,
    "time": "2026-01-01T00:00:00.000+00:00",
    "next_due": None,
}


def test_a_fresh_fake_has_no_customers(control):
    assert control.get("state") == {"customers": [], "total": 0, "clock": CLOCK}


def test_a_customer_is_listed_with_its_state(control, mtt_client):
    elements = [Ringall("79000000001", order=1), Text("Hello", side="B")]
    mtt_client.set_callback_followme(elements, caller_id="74951001010")
    mtt_client.upload_prompt("hello.wav", b"not audio")
    mtt_client.make_callback_call_followme(b_number="79000000002")
    control.send(f"balance/{CUSTOMER}", {"balance": 12.5})
    [customer] = control.get("state")["customers"]
    assert customer == {
        "customer": CUSTOMER,
        "elements": [
            {
                "kind": "Ringall",
                "side": "A",
                "fields": {"type": "Ringall", "redirect_number": "79000000001", "order": 1},
            },
            {
                "kind": "text",
                "side": "B",
                "fields": {"type": "text", "value": "Hello", "side": "B"},
            },
        ],
        "caller_id": "74951001010",
        "default_b_number": None,
        "balance": 12.5,
        "prompts": [{"name": "hello.wav", "kind": None, "bytes": 9, "milliseconds": None}],
        "calls": 1,
    }
    assert control.get(f"state/{CUSTOMER}") == customer
    assert control.get("state/of nobody") == {
        "customer": "of nobody",
        "elements": [],
        "caller_id": None,
        "default_b_number": None,
        "balance": 1000.0,
        "prompts": [],
        "calls": 0,
    }
    assert control.get(f"prompts/{CUSTOMER}") == {
        "customer": CUSTOMER,
        "prompts": customer["prompts"],
    }


def test_one_customer_can_be_deleted(control, mtt_client, mtt_server, mtt_clock):
    mtt_client.set_callback_followme([Ringall("79000000001")], caller_id="74951001010")
    mtt_client.make_callback_call_followme(b_number="79000000002")
    mtt_client.call(
        "setCallBackFollowme",
        {
            "customer_name": "other",
            "callBackFollowmeStruct": [{"type": "text", "value": "x", "side": "A"}],
        },
    )
    assert control.delete(f"state/{CUSTOMER}") == {"reset": CUSTOMER}
    assert [each["customer"] for each in control.get("state")["customers"]] == ["other"]
    mtt_clock.run_until_idle()
    assert mtt_server.calls() == []
    assert mtt_server.balance(CUSTOMER) == 1000
    mtt_client.set_callback_followme([Ringall("79000000001")])


def test_a_call_lists_its_end_and_its_events(control, mtt_client, mtt_clock, mtt_receiver):
    mtt_client.set_callback_followme([Ringall("79000010310")], caller_id="74951001010")
    mtt_client.make_callback_call_followme(
        b_number="79000000002", callback_url=mtt_receiver.url, duration=60
    )
    mtt_clock.advance(15)
    [call] = control.get("calls")["calls"]
    assert call["state"] == "running"
    assert call["planned_end"] > 15
    assert [each["outcome"] for each in call["deliveries"]] == ["HTTP 200", "HTTP 200"]
    assert [each["event"] for each in call["deliveries"]] == ["start_side_A", "start_side_B"]
    assert control.get(f"calls/{call['id']}") == call


@pytest.mark.parametrize("name", ["a/b", "Ж", "<script>"])
def test_any_customer_can_be_deleted(control, mtt_client, mtt_server, name):
    element = {"type": "text", "value": "x", "side": "A"}
    params = {"customer_name": name, "callBackFollowmeStruct": [element]}
    mtt_client.call("setCallBackFollowme", params)
    with pytest.raises(SideNotClearError):
        mtt_client.call("setCallBackFollowme", params)
    assert control.delete(f"state/{name}") == {"reset": name}
    assert mtt_server.followme(name).elements == ()


def test_console_responses_have_one_date_header(origin):
    for path in ("", "console/main.js"):
        answer = httpx2.get(f"{origin}/_mtt/{path}", trust_env=False)
        assert answer.status_code == 200
        assert len(answer.headers.get_list("date")) == 1

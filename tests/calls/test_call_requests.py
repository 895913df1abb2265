"""Requests for calls: positional parameters, notifications, batches, many threads."""

from __future__ import annotations

import json
import threading
from collections import defaultdict

CUSTOMER = "883140500000000"
MAKE = "makeCallBackCallFollowme"
ALL_FOUR = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
QUEUE = [{"type": "linal", "redirect_number": "79000010001"}]


def envelope(method, params, **members):
    return {"jsonrpc": "2.0", "method": method, "params": params, **members}


def post(wire, request):
    return wire.send(json.dumps(request).encode())


def test_positional_parameters_follow_the_service_map(wire, mtt_clock, mtt_receiver):
    positional = [
        CUSTOMER,
        "79000009000",
        "74951001010",
        mtt_receiver.url,
        QUEUE,
        "0",
        5,
        None,
        "1",
        "по порядку",
    ]
    answer = post(wire, envelope(MAKE, positional, id=7)).json()
    assert answer == {"jsonrpc": "2.0", "result": {"callBackCall_id": "1000001"}, "id": 7}
    mtt_clock.advance(5)
    answer = post(wire, envelope("getCallBackFollowmeCallInfo", [CUSTOMER, "1000001"], id=7)).json()
    info = answer["result"]["callBackFollowmeCallInfoStruct"]
    assert info["callDescription"] == "по порядку"
    assert info["call_back_record_URL_A"] == ""
    assert mtt_receiver.names[:2] == ["start_side_B", "start_side_A"]


def test_missing_parameters_come_from_the_preset(wire, mtt_clock):
    preset = [CUSTOMER, QUEUE, "74951001010", "79000009000"]
    assert post(wire, envelope("setCallBackFollowme", preset, id=1)).json()["result"]
    assert post(wire, envelope("MAKECALLBACKCALLFOLLOWME", [CUSTOMER], id=1)).json()["result"]
    mtt_clock.advance(1)
    info = wire.info(1000001)
    assert (info["destination_A"], info["destination_B"]) == ("79000010001", "79000009000")


def test_a_notification_makes_a_call_and_answers_nothing(wire, mtt_server):
    params = [CUSTOMER, "79000009000", "7", None, QUEUE]
    answer = post(wire, envelope(MAKE, params))
    assert (answer.status_code, answer.content) == (200, b"")
    assert [call.id for call in mtt_server.calls()] == ["1000001"]


def test_a_batch_runs_in_order(wire, mtt_clock):
    params = [CUSTOMER, "79000009000", "7", None, QUEUE]
    asked = [CUSTOMER, "1000001"]
    batch = [
        envelope("getCallBackFollowmeCallInfo", asked, id=1),
        envelope(MAKE, params, id=2),
        envelope("getCallBackFollowmeCallInfo", asked, id=3),
        envelope(MAKE, params),
        envelope(MAKE, [CUSTOMER], id=4),
        envelope("getCustomerBalance", [CUSTOMER], id=5),
        envelope(MAKE, params, id=6),
    ]
    answers = post(wire, batch).json()
    short = {
        each["id"]: each["result"] if "result" in each else each["error"]["data"]
        for each in answers
    }
    assert short == {
        1: "Call not found",
        2: {"callBackCall_id": "1000001"},
        3: "Call is not ended",
        4: "Callback followme structure not found",
        5: {"balance": 1000.0, "currency": "RUB"},
        6: {"callBackCall_id": "1000003"},
    }


def test_concurrent_calls_happen_once_during_advances(wire, mtt_server, mtt_clock):
    def work():
        url = "http://127.0.0.1:1/"
        ids.extend(wire.make("79000010102", callBackURL=url) for _ in range(25))

    ids = []
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        mtt_clock.advance(0.5)
    for thread in threads:
        thread.join()
    mtt_clock.run_until_idle()
    assert sorted(ids) == [str(number) for number in range(1000001, 1000101)]
    heard = defaultdict(list)
    for each in mtt_server.events:
        heard[each.callback.call_id].append((each.callback.event, each.callback.due))
    started = {call.id: call.started for call in mtt_server.calls()}
    assert heard == {
        call: list(zip(ALL_FOUR, (at + 1000, at + 1000, at + 3000, at + 3000), strict=True))
        for call, at in started.items()
    }
    assert wire.result("getCustomerBalance")["balance"] == 990.0

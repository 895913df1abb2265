"""Hostile parameters of calls: the fake answers with an envelope and keeps its state."""

from __future__ import annotations

import json
import re

import pytest

MAKE = "makeCallBackCallFollowme"
INFO = "getCallBackFollowmeCallInfo"
QUEUE = [{"type": "Ringall", "redirect_number": "79000000001"}]

WRONG = [None, True, -1, 0.5, 1e308, 10**400, "", " ", "x" * 1_000_000, [], {}, "\x00", "📞"]
HOSTILE = {
    "b_number": [*WRONG, "79 00", "+", "++7", "٧٩", "7" * 100_000, "79000009000\n"],
    "caller_id": [*WRONG, "7-495", "sip:a@b"],
    "client_caller_id": WRONG,
    "direction": [*WRONG, 2, "2", "A", "1 ", False],
    "duration": [*WRONG, -5, "-5", "1e3", 1.5, 86401, "86401", "٣", "9" * 5000],
    "recordEnable": [*WRONG, 2, "on"],
    "callDescription": [*WRONG, "\ud800", "\x00\x1b[31m", "x" * 1001],
    "callBackURL": [
        *WRONG,
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://x",
        "http://",
        "https:///x",
        "http://x:99999/",
        "http://x:0/",
        "http://[::1/",
        "http://a b/",
        "http://127.0.0.1:1/\r\nHost: x",
        "http://" + "x" * 2000,
        "//127.0.0.1:1/",
        "http://\ud800/",
        "http://xn--a/",
        "http://..../",
        "http://" + "a." * 900 + "b/",
        "пример.испытание/путь?с=и",
    ],
    "simpleCallBackFollowmeStruct": [
        *WRONG,
        [None],
        [[]],
        [{}],
        [QUEUE],
        [{"type": "Ringall", "redirect_number": "7" * 100_000}],
        [{"type": "Ringall", "redirect_number": "79000009000", "order": 10**400}],
        [{"type": "Ringall", "redirect_number": "79000009000", "order": 1e308}],
        [{"type": "Ringall", "redirect_number": "79000009000", "order": -(10**30)}],
        [{"type": "Ringall", "redirect_number": "79000009000", "order": True}],
        [{"type": "Ringall", "redirect_number": "79000009000", "order": None}],
        [{"type": "Ringall", "redirect_number": "79000009002", "timeout": 1e308}],
        [{"type": "Ringall", "redirect_number": "79000009002", "timeout": 10**400}],
        [{"type": "Ringall", "redirect_number": "79000009002", "timeout": 10**15}],
        [{"type": "Ringall", "redirect_number": "79000009002", "timeout": 1e-300}],
        [{"type": "Linear", "redirect_number": "79000009002", "timeout": 0}] * 500,
        [{"type": "Linear", "redirect_number": "79000009002"}] * 500,
        [*QUEUE, *[{"type": "text", "side": "A", "value": "x" * 1000}] * 300],
        [*QUEUE, {"type": "text", "side": "A", "value": "x" * 900_000}],
        [*QUEUE, {"type": "file", "side": "B", "value": "../../etc/passwd\x00"}],
        [*QUEUE, {"type": "text", "side": "В", "value": "x"}],
    ],
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_parameters_get_a_proper_envelope(wire, mtt_clock, name):
    good = {
        "simpleCallBackFollowmeStruct": QUEUE,
        "b_number": "79000009000",
        "caller_id": "7495",
        "callBackURL": "http://127.0.0.1:1/",
    }
    for value in HOSTILE[name]:
        answer = wire.call(MAKE, **good | {name: value})
        shown = repr(value)[:80]
        if answer.status_code == 413:
            assert len(json.dumps(value)) > 999_000
            continue
        assert answer.status_code in (200, 500), shown
        envelope = answer.json()
        if envelope["id"] is None:  # no JSON to the fake: half a character, 400 digits
            assert envelope["error"]["code"] == -32700, shown
            assert re.search(r"0{400}|\\ud800", json.dumps(value))
            continue
        assert len(answer.content) < 5000, shown
        if answer.status_code == 500:
            assert envelope["error"]["code"] in (-32602, -32603), shown
            assert isinstance(envelope["error"]["data"], str), shown
            assert "mtt-mock failed" not in answer.text, shown
        mtt_clock.run_until_idle()
    call = wire.make("79000010001")
    mtt_clock.advance(1)
    assert wire.info(call)["destination_A"] == "79000010001"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-0", "1E400"])
@pytest.mark.parametrize("field", ["order", "timeout"])
def test_invalid_numbers_get_a_proper_envelope(wire, mtt_clock, field, number):
    body = (
        '{"jsonrpc": "2.0", "id": "1", "method": "makeCallBackCallFollowme", "params": '
        '{"customer_name": "883140500000000", "b_number": "79000009000", "caller_id": "7",'
        '"simpleCallBackFollowmeStruct": [{"type": "Ringall", "redirect_number": "79000009000", '
        f'"{field}": {number}}}, {{"type": "Linear", "redirect_number": "7900000", "order": 1}}]}}}}'
    )
    answer = wire.send(body.encode())
    assert answer.status_code in (200, 500)
    assert set(answer.json()) in ({"jsonrpc", "result", "id"}, {"jsonrpc", "error", "id"})
    assert "mtt-mock failed" not in answer.text
    mtt_clock.run_until_idle()
    assert wire.info(wire.make_and_pass(mtt_clock))["destination_B"] == "79000009000"


@pytest.mark.parametrize(
    ("method", "name", "values"),
    [
        (INFO, "callBackCall_id", [*WRONG, "'; --", -(10**30), "1000001 ", "１０００００１"]),
        ("setCallBackPrompt", "file_name", [*WRONG, "../x", "a/b", "x.exe", "C:\\x"]),
        ("getCustomerBalance", "customer_name", WRONG),
    ],
)
def test_hostile_parameters_of_other_methods_get_an_envelope(wire, method, name, values):
    wire.make("79000010001")
    for value in values:
        answer = wire.call(method, **{name: value})
        if answer.status_code == 413:
            continue
        assert answer.status_code in (200, 500)
        assert set(answer.json()) in ({"jsonrpc", "result", "id"}, {"jsonrpc", "error", "id"})
        assert "mtt-mock failed" not in answer.text
        assert len(answer.content) < 5000 or method == "setCallBackPrompt"

"""A call from its request to the bill: requests, events, info, recordings."""

from __future__ import annotations

import io
import json
import wave

import pytest

import mtt_contracts
from mtt_mock import NeverAnswers
from mtt_mock.domain.subscribers import Answers, Rejects

CUSTOMER = "883140500000000"
MAKE = "makeCallBackCallFollowme"
INFO = "getCallBackFollowmeCallInfo"
ALL_FOUR = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
FACTS = ["destination_A", "destination_B", "waiting_period_A", "waiting_period_B"]


def documented_request():
    return json.dumps(mtt_contracts.examples()["set_documented_success"].request).encode()


def sent(server):
    """Return the delivered events: call, event, seconds since the clock's start."""
    return [
        (each.callback.call_id, each.callback.event, each.callback.due / 1000 - 1767225600)
        for each in server.events
    ]


# One whole call


def test_the_documented_preset_is_called_and_charged(wire, mtt_server, mtt_clock, mtt_receiver):
    assert wire.send(documented_request()).json()["result"] == {"success": 1}
    answer = wire.result(MAKE, callBackURL=mtt_receiver.url, callDescription="Продажи №5")
    assert answer == {"callBackCall_id": "1000001"}
    mtt_clock.advance(2.999)
    assert mtt_receiver.events == []
    mtt_clock.advance(39)
    assert mtt_receiver.names == ["start_side_A", "start_side_B"]
    assert wire.why_not("1000001") == (-32603, "Call is not ended")
    mtt_clock.advance(0.001)
    received = [(each.method, each.path, each.query_string) for each in mtt_receiver.events]
    assert received == [
        ("GET", "/events", "event=start_side_A&id=1000001"),
        ("GET", "/events", "event=start_side_B&id=1000001"),
        ("GET", "/events", "event=end_side_A&id=1000001"),
        ("GET", "/events", "event=end_side_B&id=1000001"),
    ]
    # A answers after 3 s, hears a blank text (1 s); B answers after 3 s and hears a file that
    # was not uploaded (5 s); they talk for 30 s.
    assert sent(mtt_server) == [
        ("1000001", "start_side_A", 3),
        ("1000001", "start_side_B", 7),
        ("1000001", "end_side_A", 42),
        ("1000001", "end_side_B", 42),
    ]
    info = wire.info("1000001")
    urls = [info.pop(f"call_back_record_URL_{side}") for side in "AB"]
    assert info == {
        "callDescription": "Продажи №5",
        "destination_A": "79684881033",
        "destination_B": "79511234567",
        "waiting_period_A": 3,
        "waiting_period_B": 3,
        "call_back_charged_length_A": 39,
        "call_back_charged_length_B": 35,
        "call_back_real_length_A": 39,
        "call_back_real_length_B": 35,
        "call_back_cost": 1.85,
        "call_back_currency": "RUB",
        "call_back_status": "answered",
    }
    for url in urls:
        assert list(url) == ["downloadURL"]
        assert url["downloadURL"].startswith(f"{wire.origin}/record/")
    assert urls[0] != urls[1]
    balance = wire.result("getCustomerBalance")
    assert balance == {"balance": 998.15, "currency": "RUB"}


@pytest.mark.mtt(tariff="3,6.50/60", lengths_as_text=True)
def test_lengths_can_be_text_and_charged_in_steps(wire, mtt_clock):
    call = wire.make("79000010310")  # answers after 3 s, talks for 10 s
    mtt_clock.advance(13)
    info = wire.info(call)
    assert [info[name] for name in FACTS] == ["79000010310", "79000009000", "3", "0"]
    assert info["call_back_real_length_A"] == "10"
    assert info["call_back_real_length_B"] == "10"
    assert info["call_back_charged_length_A"] == "60"
    assert info["call_back_charged_length_B"] == "60"
    assert info["call_back_cost"] == 9.5


def test_a_begun_second_counts_as_a_whole_one(wire, mtt_clock, mtt_subscribers):
    mtt_subscribers["79000000001"] = Answers(after=0.5, talks_for=1.001)
    call = wire.make("79000000001")
    mtt_clock.advance(1.5)
    assert wire.why_not(call) == (-32603, "Call is not ended")
    mtt_clock.advance(0.001)
    assert wire.info(call)["call_back_real_length_A"] == 2


def test_failed_calls_have_mtts_error_texts(wire, mtt_clock, mtt_subscribers):
    mtt_subscribers["79000000001"] = Rejects()
    mtt_subscribers["79000000002"] = NeverAnswers()
    by_text = {
        "Call ended by cancel on side A": wire.make("79000000001"),
        "Call ended by timeout on side A": wire.make("79000000001", "79000000002"),
        "Call ended by cancel on side B": wire.make("79000009000", b_number="79000009001"),
        "Call ended by timeout on side B": wire.make("79000009000", b_number="79000009002"),
    }
    mtt_clock.advance(60)
    for text, call in by_text.items():
        assert wire.why_not(call) == (-32603, text)
    assert wire.result("getCustomerBalance")["balance"] < 1000


def test_the_answered_side_hangs_up_when_b_is_unreachable(
    wire, mtt_server, mtt_clock, mtt_receiver
):
    wire.make("79000010530", b_number="79000009004", callBackURL=mtt_receiver.url)
    wire.make("79000009001", callBackURL=mtt_receiver.url)  # busy: nothing to tell
    mtt_clock.advance(60)
    assert sent(mtt_server) == [("1000001", "start_side_A", 5), ("1000001", "end_side_A", 7)]
    assert mtt_receiver.names == ["start_side_A", "end_side_A"]


def test_side_b_can_be_called_first(wire, mtt_server, mtt_clock, mtt_receiver):
    url = mtt_receiver.url
    call = wire.make("79000010208", b_number="79000010440", direction=1, callBackURL=url)
    mtt_clock.advance(14)
    assert sent(mtt_server) == [
        (call, "start_side_B", 4),
        (call, "start_side_A", 6),
        (call, "end_side_A", 14),
        (call, "end_side_B", 14),
    ]
    assert [wire.info(call)[name] for name in FACTS[2:]] == [2, 4]


@pytest.mark.parametrize("duration", [7, "7"])
def test_duration_bounds_the_talk(wire, mtt_server, mtt_clock, mtt_receiver, duration):
    url = mtt_receiver.url
    call = wire.make("79000009000", duration=duration, callBackURL=url)
    mtt_clock.advance(6.999)
    assert wire.why_not(call) == (-32603, "Call is not ended")
    mtt_clock.advance(0.001)
    assert wire.info(call)["call_back_real_length_A"] == 7
    assert [(event, due) for _, event, due in sent(mtt_server)][2:] == [
        ("end_side_A", 7),
        ("end_side_B", 7),
    ]


@pytest.mark.parametrize("duration", [None, 0, "0", ""])
def test_a_talk_without_a_duration_lasts_an_hour(wire, mtt_clock, duration):
    call = wire.make("79000009000", duration=duration)
    mtt_clock.advance(3599.999)
    assert wire.why_not(call) == (-32603, "Call is not ended")
    mtt_clock.advance(0.001)
    assert wire.info(call)["call_back_real_length_A"] == 3600


# Errors of a call that cannot be made

QUEUE = [{"type": "Ringall", "redirect_number": "79000000001"}]
PROMPT = [{"type": "text", "value": "Здравствуйте", "side": "A"}]


@pytest.mark.parametrize(
    ("preset", "params", "text"),
    [
        (None, {}, "Callback followme structure not found"),
        (None, {"simpleCallBackFollowmeStruct": []}, "Callback followme structure not found"),
        (None, {"simpleCallBackFollowmeStruct": None}, "Callback followme structure not found"),
        (None, {"simpleCallBackFollowmeStruct": PROMPT}, "Side A has no number to call"),
        ({"callBackFollowmeStruct": PROMPT}, {}, "Side A has no number to call"),
        ({"callBackFollowmeStruct": QUEUE}, {}, "B number not set"),
        ({"callBackFollowmeStruct": QUEUE}, {"b_number": ""}, "B number not set"),
        ({"callBackFollowmeStruct": QUEUE}, {"b_number": "790"}, "caller_id not set"),
        (None, {"simpleCallBackFollowmeStruct": QUEUE, "caller_id": "7"}, "B number not set"),
        (None, {"simpleCallBackFollowmeStruct": QUEUE, "b_number": "7"}, "caller_id not set"),
        (
            {"callBackFollowmeStruct": QUEUE, "defaultBNumber": "790"},
            {"caller_id": None},
            "caller_id not set",
        ),
        (
            {"callBackFollowmeStruct": QUEUE, "caller_id": "790"},
            {"simpleCallBackFollowmeStruct": QUEUE},
            "B number not set",
        ),
    ],
)
def test_a_missing_part_of_a_call_is_named(wire, mtt_server, preset, params, text):
    if preset:
        assert wire.result("setCallBackFollowme", **preset) == {"success": 1}
    assert wire.error(MAKE, **params) == (-32603, text)
    assert mtt_server.calls() == []


def test_a_passed_structure_is_completed_from_the_preset(wire, mtt_clock):
    preset = {"caller_id": "7495", "defaultBNumber": "79000010105"}
    wire.result("setCallBackFollowme", callBackFollowmeStruct=QUEUE, **preset)
    passed = [{"type": "linal", "redirect_number": "+79000009000"}]
    answer = wire.result(MAKE, simpleCallBackFollowmeStruct=passed)
    mtt_clock.advance(6)
    info = wire.info(answer["callBackCall_id"])
    assert [info[name] for name in FACTS] == ["+79000009000", "79000010105", 0, 1]


def test_a_passed_structure_does_not_change_the_preset(wire, mtt_server):
    wire.make("79000009000")
    text = "Callback followme structure not found"
    assert wire.error("getCallBackFollowme") == (-32603, text)
    assert mtt_server.followme(CUSTOMER).elements == ()


@pytest.mark.parametrize(
    ("recorded", "urls"),
    [(1, True), ("1", True), (None, True), (0, False), ("0", False)],
)
def test_record_enable_accepts_all_spellings(wire, mtt_clock, recorded, urls):
    call = wire.make("79000010001", recordEnable=recorded)
    mtt_clock.advance(1)
    info = wire.info(call)
    for side in "AB":
        assert (info[f"call_back_record_URL_{side}"] != "") is urls


@pytest.mark.parametrize("recorded", [True, False, 2, "yes", "", 0.5, []])
def test_any_other_record_enable_is_refused(wire, recorded):
    code, text = wire.error(
        MAKE,
        simpleCallBackFollowmeStruct=QUEUE,
        b_number="7",
        caller_id="7",
        recordEnable=recorded,
    )
    assert code == -32602
    assert text.startswith("recordEnable ")


# Recordings


def test_a_recording_url_expires_after_60_fake_seconds(wire, mtt_clock):
    call = wire.make("79000010312")
    mtt_clock.advance(15)
    urls = [wire.info(call)[f"call_back_record_URL_{side}"]["downloadURL"] for side in "AB"]
    for url in urls:
        answer = wire.http.get(url)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "audio/wav")
        with wave.open(io.BytesIO(answer.content)) as sound:
            assert sound.getnframes() / sound.getframerate() == 12
            assert any(sound.readframes(sound.getnframes()))
    mtt_clock.advance(59.999)
    assert wire.http.get(urls[0]).status_code == 200
    mtt_clock.advance(0.001)
    answer = wire.http.get(urls[0])
    assert answer.status_code == 410
    assert "good for 60 s" in answer.text
    again = wire.info(call)["call_back_record_URL_A"]["downloadURL"]
    assert wire.http.get(again).status_code == 200


def test_only_issued_urls_return_recordings(wire, mtt_server, mtt_clock):
    call = wire.make("79000010001")
    mtt_clock.advance(1)
    url = wire.info(call)["call_back_record_URL_A"]["downloadURL"]
    upload = wire.upload_url().rpartition("/")[2]
    for wrong in (url.replace(".wav", "x.wav"), f"{wire.origin}/record/{upload}.wav"):
        assert wire.http.get(wrong).status_code == 404
    assert wire.http.get(url.removesuffix(".wav")).status_code == 404
    mtt_server.reset()
    assert wire.http.get(url).status_code == 404


# Customers and retained calls


@pytest.mark.mtt(accounts=["anna:one:883140500000000", "boris:two:883140500000001"])
def test_info_is_refused_for_calls_of_other_logins(wire, mtt_clock):
    def ask(auth, method, **params):
        request = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
        answer = wire.send(json.dumps(request).encode(), auth=auth).json()
        return answer.get("result") or answer["error"]["data"]

    params = {"b_number": "79000009000", "caller_id": "7", "simpleCallBackFollowmeStruct": QUEUE}
    made = ask(("anna", "one"), MAKE, customer_name=CUSTOMER, **params)
    mtt_clock.advance(60)
    boris = ("boris", "two")
    text = f"Customer {CUSTOMER} does not belong to this login"
    assert ask(boris, INFO, customer_name=CUSTOMER, **made) == text
    assert ask(boris, INFO, customer_name="883140500000001", **made) == "Call not found"
    assert ask(boris, "getCustomerBalance", customer_name=CUSTOMER) == text
    assert ask(boris, MAKE, customer_name=CUSTOMER, **params) == text
    assert ask(boris, "setCallBackPrompt", customer_name=CUSTOMER, file_name="x") == text


def test_unknown_calls_are_not_found(wire, mtt_clock):
    call = wire.make("79000010001")
    mtt_clock.advance(1)
    assert wire.why_not(call, customer_name="883140500000001") == (-32603, "Call not found")
    assert wire.why_not("1000002") == (-32603, "Call not found")
    assert wire.info(call)["destination_A"] == "79000010001"


@pytest.mark.mtt(calls_kept=2)
def test_only_the_latest_finished_calls_are_retained(wire, mtt_server, mtt_clock):
    long = wire.make("79000009000")
    short = [wire.make("79000010001") for _ in range(4)]
    mtt_clock.advance(30)
    assert [call.id for call in mtt_server.calls()] == [long, *short[2:]]
    for call in short[:2]:
        assert wire.why_not(call) == (-32603, "Call not found")
    assert wire.why_not(long) == (-32603, "Call is not ended")
    assert wire.info(short[3])["call_back_real_length_A"] == 1


@pytest.mark.mtt(calls_kept=0, balance=10)
def test_unretained_calls_are_still_charged(wire, mtt_server, mtt_clock):
    call = wire.make("79000010020")
    mtt_clock.advance(20)
    assert mtt_server.calls() == []
    assert wire.why_not(call) == (-32603, "Call not found")
    assert wire.result("getCustomerBalance") == {"balance": 9.0, "currency": "RUB"}


@pytest.mark.mtt(balance=1, refuse_at_zero=True)
def test_calls_are_refused_without_balance(wire, mtt_server, mtt_clock):
    wire.make("79000010020")
    assert wire.make("79000010020", customer_name="883140500000001") == "1000002"
    mtt_clock.advance(20)
    assert wire.result("getCustomerBalance") == {"balance": 0.0, "currency": "RUB"}
    passed = {"simpleCallBackFollowmeStruct": QUEUE, "b_number": "7", "caller_id": "7"}
    assert wire.error(MAKE, **passed) == (-32603, "Insufficient balance")
    mtt_server.set_balance(CUSTOMER, "0.01")
    assert wire.make("79000010020") == "1000003"


@pytest.mark.mtt(balance=0)
def test_calls_are_allowed_at_zero_balance_by_default(wire, mtt_clock):
    wire.make("79000010020")
    mtt_clock.advance(20)
    assert wire.result("getCustomerBalance") == {"balance": -1.0, "currency": "RUB"}

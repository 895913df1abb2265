"""Handles of the fixtures: clock, subscribers, receiver, prompts, balance, call settings."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import httpx2
import pytest

from mtt_client import CallEndedError, File, Linear, Ringall
from mtt_mock import Answers, Busy, NeverAnswers, Settings, SettingsError, Tariff

CUSTOMER = "883140500000000"


def test_the_clock_shows_its_time_and_pace(mtt_clock):
    assert mtt_clock.now == datetime(2026, 1, 1, tzinfo=UTC)
    mtt_clock.advance(1.5)
    assert mtt_clock.now == datetime(2026, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert repr(mtt_clock) == "<FakeClock manual 2026-01-01T00:00:01.500000+00:00>"
    mtt_clock.speed = "20x"
    assert mtt_clock.speed == "20x"
    with pytest.raises(ValueError, match="clock must be"):
        mtt_clock.speed = "fast"


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e12, "5", True, None])
def test_invalid_clock_seconds_are_refused(mtt_clock, seconds):
    with pytest.raises(ValueError, match="advance takes"):
        mtt_clock.advance(seconds)


def test_subscribers_can_be_read_set_and_deleted(mtt_subscribers):
    assert mtt_subscribers["79000000001"] == Answers()
    mtt_subscribers["7900*"] = NeverAnswers()
    assert mtt_subscribers["79000000001"] == NeverAnswers()
    del mtt_subscribers["7900*"]
    assert mtt_subscribers["79000000001"] == Answers()
    with pytest.raises(ValueError, match="digits"):
        mtt_subscribers["seven"] = Busy()


@pytest.mark.mtt(subscribers={"79000000001": Busy()})
def test_subscribers_of_the_settings_hold_until_others_are_set(mtt_subscribers, mtt_server):
    assert mtt_subscribers["79000000001"] == Busy()
    mtt_subscribers["79000000001"] = Answers(after=1)
    assert mtt_subscribers["79000000001"] == Answers(after=1)
    mtt_server.reset()
    assert mtt_subscribers["79000000001"] == Busy()


def test_waiting_for_a_call_advances_the_clock(mtt_client, mtt_clock, mtt_subscribers):
    mtt_subscribers["79000000009"] = Answers(after=10, talks_for=600)
    mtt_subscribers["79000000001"] = Answers(after=2, talks_for=600)
    mtt_client.set_callback_followme([Ringall("79000000001")], caller_id="74951001010")
    call = mtt_client.make_callback_call_followme(b_number="79000000009", duration=200)
    info = mtt_client.wait_for_call(call)
    assert (info.waiting_period_a, info.waiting_period_b, info.real_length_b) == (2, 10, 200)
    # Asked every 5 s: the call of 212 s is over at the next time after that.
    assert mtt_clock.now == datetime(2026, 1, 1, 0, 3, 35, tzinfo=UTC)


@pytest.mark.mtt(clock="1000x")
def test_waiting_for_a_call_on_a_running_clock(mtt_client):
    mtt_client.set_callback_followme([Linear("79000010001")], caller_id="74951001010")
    call = mtt_client.make_callback_call_followme(b_number="79000009001")
    with pytest.raises(CallEndedError) as ended:
        mtt_client.wait_for_call(call)
    assert (ended.value.cause, ended.value.side) == ("cancel", "B")


def test_the_in_process_client_advances_the_clock(mtt_app_client):
    mtt_app_client.set_callback_followme([Linear("79000010010")], caller_id="74951001010")
    call = mtt_app_client.make_callback_call_followme(b_number="79000010030")
    assert mtt_app_client.wait_for_call(call).real_length_a == 10


def test_prompts_and_balances_can_be_read(mtt_client, mtt_server):
    mtt_client.upload_prompt("hello.wav", b"not audio")
    [prompt] = mtt_server.prompts(CUSTOMER)
    assert (prompt.name, prompt.content, prompt.kind) == ("hello.wav", b"not audio", None)
    mtt_server.set_balance(CUSTOMER, "12.50")
    assert mtt_server.balance(CUSTOMER) == Decimal("12.50")
    assert mtt_client.get_customer_balance().amount == Decimal("12.5")
    with pytest.raises(ValueError, match="amount in RUB"):
        mtt_server.set_balance(CUSTOMER, "much")


def test_calls_and_events_can_be_read(mtt_client, mtt_server, mtt_clock, mtt_receiver):
    mtt_client.set_callback_followme([Linear("79000010005")], caller_id="74951001010")
    call = mtt_client.make_callback_call_followme(
        b_number="79000010005", callback_url=f"{mtt_receiver.url}?order=7"
    )
    mtt_clock.advance(4)
    assert mtt_receiver.names == ["start_side_A", "start_side_B"]
    mtt_clock.run_until_idle()
    assert [each.query_string for each in mtt_receiver.wait(4)] == [
        f"order=7&event={name}&id={call}"
        for name in ("start_side_A", "start_side_B", "end_side_A", "end_side_B")
    ]
    assert [each.outcome for each in mtt_server.events] == ["HTTP 200"] * 4
    assert [each.id for each in mtt_server.calls()] == [call]


def test_a_missing_prompt_is_a_note_or_an_error(mtt_client, mtt_server):
    mtt_client.set_callback_followme([Linear("79000000001"), File("hello", side="A")])
    [note] = mtt_server.journal[-1].notes()
    assert (
        str(note) == 'callBackFollowmeStruct[1].value names a prompt that was not uploaded: "hello"'
    )


@pytest.mark.mtt(clock="real")
def test_the_clock_may_be_real(mtt_clock):
    assert mtt_clock.speed == "real"
    assert abs((mtt_clock.now - datetime.now(UTC)).total_seconds()) < 5


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"refuse_at_zero": 1}, "refuse_at_zero must be true or false, got 1"),
        ({"lengths_as_text": "yes"}, "lengths_as_text must be true or false, got 'yes'"),
        ({"missing_prompts": "warn"}, "missing_prompts must be \"note\" or \"error\", got 'warn'"),
        ({"ring_timeout": True}, "ring_timeout must be a number of seconds, got True"),
        ({"subscribers": "79=busy"}, "subscribers must be a dict from numbers to subscribers, or a list of texts such as \"79000000001=busy\", got '79=busy'"),
        ({"subscribers": {"79": "busy"}}, "subscribers: a subscriber must be Answers, Busy, Rejects, Unavailable or NeverAnswers, got 'busy'"),
        ({"subscribers": [79]}, "subscribers must be a list of texts, got 79 in it"),
        ({"faults": [None]}, "faults must be a list of texts, got None in it"),
        ({"text_speed": "9"}, "text_speed must be a number of characters, got '9'"),
        ({"tariff": 3}, 'tariff must be a text such as "1.50,2.00/60", got 3'),
        ({"callback_allow": ["privat"]}, "callback_allow: 'privat' is not a host, address or network"),
        ({"callback_allow": 7}, "callback_allow must be a list of texts, got 7"),
        ({"callback_allow": [7]}, "callback_allow must be a list of texts, got 7 in it"),
    ],
)  # fmt: skip
def test_a_setting_with_a_bad_value_is_refused(values, message):
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}"):
        Settings.of(**values)


def test_one_name_in_place_of_a_list_is_refused(mtt_server):
    with pytest.raises(TypeError, match="customers must be a list of names, got '8831'"):
        mtt_server.export_state("8831")


def test_a_fault_that_is_no_text_is_refused(mtt_server):
    with pytest.raises(ValueError, match="a fault must be a text, got 3"):
        mtt_server.faults.add(3)


def test_settings_are_parsed_into_typed_values():
    settings = Settings.of(
        clock="1x", tariff="2,3/60", balance=5, callback_allow="any", subscribers=["79=busy"]
    )
    assert (settings.clock, settings.balance, settings.callback_allow) == (
        "real",
        Decimal("5.00"),
        ("any",),
    )
    assert settings.tariff == Tariff(Decimal(2), Decimal(3), 60)
    assert settings.subscribers.find("79") == Busy()
    assert Settings.of(tariff=Tariff()) == Settings()


def test_a_record_and_an_upload_work_with_any_client(mtt_server, mtt_client, mtt_clock):
    mtt_client.set_callback_followme([Linear("79000010005")], caller_id="74951001010")
    call = mtt_client.make_callback_call_followme(b_number="79000010003")
    mtt_clock.run_until_idle()
    url = mtt_client.get_callback_followme_call_info(call).record_url_b
    answer = httpx2.get(url, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert len(answer.content) == 44 + 3 * 16_000
    mtt_clock.advance(60)
    assert httpx2.get(url, trust_env=False).status_code == 410

"""Calls with the client: how they are started, and what their info returns."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import AsyncKit, Script, SyncKit, failure, result

from mtt_client import (
    Balance,
    CallEndedError,
    CallInfo,
    CallNotEndedError,
    CallNotFoundError,
    ProtocolError,
    RequestContractError,
    Ringall,
    RpcError,
)

RECORD_A = "http://127.0.0.1:8082/record/1000001/A?ticket=1"
STRUCT = {
    "callDescription": "order 7",
    "destination_A": "79000000001",
    "destination_B": "79511234567",
    "waiting_period_A": 3,
    "waiting_period_B": 4,
    "call_back_charged_length_A": 60,
    "call_back_charged_length_B": 120,
    "call_back_real_length_A": 37,
    "call_back_real_length_B": 61,
    "call_back_cost": 4.35,
    "call_back_currency": "RUB",
    "call_back_status": "answered",
    "call_back_record_URL_A": {"downloadURL": RECORD_A},
    "call_back_record_URL_B": "",
}
LENGTHS = [name for name in STRUCT if "length" in name or "period" in name]
FIELDS = {
    "waiting_period_A": "waiting_period_a",
    "waiting_period_B": "waiting_period_b",
    "call_back_charged_length_A": "charged_length_a",
    "call_back_charged_length_B": "charged_length_b",
    "call_back_real_length_A": "real_length_a",
    "call_back_real_length_B": "real_length_b",
}


def info_of(kit, **changes):
    script = Script(result(1, {"callBackFollowmeCallInfoStruct": STRUCT | changes}))
    return kit.client(script).get_callback_followme_call_info("1000001")


def test_a_call_sends_all_given_options(kit):
    script = Script(result(1, {"callBackCall_id": "1000001"}))
    call_id = kit.client(script).make_callback_call_followme(
        b_number="79511234567",
        caller_id="74951001010",
        callback_url="example.com/tracking/5",
        elements=[Ringall("79000000001", order=1)],
        record=True,
        duration=600,
        client_caller_id="74951001011",
        direction="B",
        description="order 7",
    )
    assert call_id == "1000001"
    assert script.sent == [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "makeCallBackCallFollowme",
            "params": {
                "customer_name": "883140500000000",
                "b_number": "79511234567",
                "caller_id": "74951001010",
                "callBackURL": "example.com/tracking/5",
                "simpleCallBackFollowmeStruct": [
                    {"redirect_number": "79000000001", "order": 1, "type": "Ringall"}
                ],
                "recordEnable": 1,
                "duration": 600,
                "client_caller_id": "74951001011",
                "direction": 1,
                "callDescription": "order 7",
            },
        }
    ]


def test_omitted_options_are_not_sent(kit):
    script = Script(result(1, {"callBackCall_id": "1000001"}))
    kit.client(script).make_callback_call_followme()
    assert script.sent[0]["params"] == {"customer_name": "883140500000000"}


OPTIONS = {
    "b_number": ("b_number", st.from_regex(r"\A\+?[0-9]{1,15}\Z")),
    "caller_id": ("caller_id", st.from_regex(r"\A\+?[0-9]{1,15}\Z")),
    "duration": ("duration", st.integers(1, 86400)),
    "description": ("callDescription", st.text(max_size=20)),
    "client_caller_id": ("client_caller_id", st.from_regex(r"\A\+?[0-9]{1,15}\Z")),
}


@given(
    options=st.fixed_dictionaries(
        {}, optional={name: values for name, (_, values) in OPTIONS.items()}
    ),
    record=st.sampled_from([(None, None), (True, 1), (False, 0)]),
    direction=st.sampled_from([(None, None), ("A", 0), ("B", 1)]),
    kit=st.sampled_from([SyncKit(), AsyncKit()]),
)
def test_given_options_are_sent_under_mtts_names(options, record, direction, kit):
    script = Script(result(1, {"callBackCall_id": "1"}))
    kit.client(script).make_callback_call_followme(
        **options, record=record[0], direction=direction[0]
    )
    expected = {OPTIONS[name][0]: value for name, value in options.items()}
    switches = {"recordEnable": record[1], "direction": direction[1]}
    expected |= {name: value for name, value in switches.items() if value is not None}
    params = script.sent[0]["params"]
    assert params == {"customer_name": "883140500000000", **expected}
    # The numbers 1 and 0, not true and false.
    assert not any(isinstance(value, bool) for value in params.values())


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"record": 1}, TypeError, "record must be True, False or None, got int"),
        ({"record": "1"}, TypeError, "record must be True, False or None, got str"),
        ({"direction": 0}, ValueError, 'direction must be "A", "B" or None, got 0'),
        ({"direction": "a"}, ValueError, 'direction must be "A", "B" or None, got \'a\''),
        ({"direction": ["A"]}, ValueError, 'direction must be "A", "B" or None'),
        ({"elements": ["79000000001"]}, TypeError, "elements[0] must be Ringall"),
    ],
)
def test_an_invalid_option_is_refused_before_sending(kit, options, kind, message):
    script = Script()
    with pytest.raises(kind) as caught:
        kit.client(script).make_callback_call_followme(**options)
    assert message in str(caught.value)
    assert script.requests == []


def test_numbers_set_to_none_are_not_sent(kit):
    script = Script()
    with pytest.raises(RequestContractError) as caught:
        kit.client(script).make_callback_call_followme(b_number="boss")
    assert caught.value.problems[0].path == "b_number"
    assert script.requests == []


def test_a_refused_call_is_an_rpc_error(kit):
    with pytest.raises(RpcError) as caught:
        kit.client(Script((500, failure(1, "B number not set")))).make_callback_call_followme()
    assert type(caught.value) is RpcError
    assert caught.value.data == "B number not set"


@pytest.mark.parametrize("value", [{}, {"callBackCall_id": 7}, {"callBackCall_id": None}, True])
def test_a_call_without_an_id_is_a_protocol_error(kit, value):
    with pytest.raises(ProtocolError):
        kit.client(Script(result(1, value))).make_callback_call_followme()


def test_the_info_of_a_call_is_typed(kit):
    script = Script(result(1, {"callBackFollowmeCallInfoStruct": STRUCT}))
    info = kit.client(script).get_callback_followme_call_info("1000001")
    assert info == CallInfo(
        description="order 7",
        destination_a="79000000001",
        destination_b="79511234567",
        waiting_period_a=3,
        waiting_period_b=4,
        charged_length_a=60,
        charged_length_b=120,
        real_length_a=37,
        real_length_b=61,
        cost=Decimal("4.35"),
        currency="RUB",
        status="answered",
        record_url_a="http://127.0.0.1:8082/record/1000001/A?ticket=1",
        record_url_b=None,
        raw=STRUCT,
    )
    assert script.sent[0]["method"] == "getCallBackFollowmeCallInfo"
    assert script.sent[0]["params"] == {
        "customer_name": "883140500000000",
        "callBackCall_id": "1000001",
    }
    with pytest.raises(AttributeError):
        info.cost = Decimal(0)


@given(
    seconds=st.lists(st.integers(0, 10**9), min_size=6, max_size=6),
    texts=st.lists(st.booleans(), min_size=6, max_size=6),
    kit=st.sampled_from([SyncKit(), AsyncKit()]),
)
def test_lengths_are_the_same_as_numbers_and_as_digits(seconds, texts, kit):
    sent = {
        name: str(number) if as_text else number
        for name, number, as_text in zip(LENGTHS, seconds, texts, strict=True)
    }
    info = info_of(kit, **sent)
    got = [getattr(info, FIELDS[name]) for name in LENGTHS]
    assert got == seconds
    assert {type(number) for number in got} == {int}
    assert info.raw == STRUCT | sent


@given(kopecks=st.integers(0, 10**12), kit=st.sampled_from([SyncKit(), AsyncKit()]))
def test_a_cost_is_exact_to_the_kopeck(kopecks, kit):
    cost = Decimal(kopecks).scaleb(-2)
    assert info_of(kit, call_back_cost=float(cost)).cost == cost


@pytest.mark.parametrize(
    "changes",
    [
        {"waiting_period_A": "9" * 5000},
        {"waiting_period_A": "3 s"},
        {"waiting_period_A": "٣"},
        {"waiting_period_A": None},
        {"waiting_period_A": True},
        {"call_back_cost": "free"},
        {"call_back_cost": None},
        {"call_back_record_URL_A": {}},
        {"call_back_record_URL_A": {"downloadURL": 5}},
    ],
)
def test_info_against_the_contract_is_a_protocol_error(kit, changes):
    with pytest.raises(ProtocolError) as caught:
        info_of(kit, **changes)
    (name,) = changes
    assert caught.value.problems[0].path.startswith(f"callBackFollowmeCallInfoStruct.{name}")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", STRUCT)
def test_info_without_a_field_is_a_protocol_error(kit, name):
    struct = {key: value for key, value in STRUCT.items() if key != name}
    script = Script(result(1, {"callBackFollowmeCallInfoStruct": struct}))
    with pytest.raises(ProtocolError) as caught:
        kit.client(script).get_callback_followme_call_info("1000001")
    assert name in str(caught.value)


def test_an_infinite_cost_is_a_protocol_error(kit):
    body = result(1, {"callBackFollowmeCallInfoStruct": STRUCT}).replace(b"4.35", b"1e999")
    with pytest.raises(ProtocolError, match="call_back_cost"):
        kit.client(Script(body)).get_callback_followme_call_info("1000001")


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("side", ["A", "B"])
@pytest.mark.parametrize("cause", ["timeout", "cancel"])
def test_a_failed_call_names_side_and_cause(kit, status, side, cause):
    text = f"Call ended by {cause} on side {side}"
    with pytest.raises(CallEndedError) as caught:
        kit.client(Script((status, failure(1, text)))).get_callback_followme_call_info("1000001")
    assert (caught.value.side, caught.value.cause, caught.value.data) == (side, cause, text)
    assert str(caught.value) == (
        f"getCallBackFollowmeCallInfo failed: Internal error (-32603): {text}"
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Call is not ended", CallNotEndedError),
        ("Call not found", CallNotFoundError),
        ("Call ended by cancel on side C", RpcError),
        ("Call ended by timeout on side A.", RpcError),
        ("call is not ended", RpcError),
        ("Callback followme structure not found", RpcError),
        (None, RpcError),
    ],
)
def test_other_texts_of_the_info(kit, text, kind):
    with pytest.raises(RpcError) as caught:
        kit.client(Script(failure(1, text))).get_callback_followme_call_info("1000001")
    assert type(caught.value) is kind


@pytest.mark.parametrize("text", ["Call not found", "Call ended by cancel on side A"])
def test_other_methods_do_not_speak_of_calls(kit, text):
    with pytest.raises(RpcError) as caught:
        kit.client(Script(failure(1, text))).get_customer_balance()
    assert type(caught.value) is RpcError


def test_the_balance_is_exact(kit):
    script = Script(b'{"jsonrpc":"2.0","id":1,"result":{"balance":1000.1,"currency":"RUB"}}')
    assert kit.client(script).get_customer_balance() == Balance(Decimal("1000.1"), "RUB")
    assert script.sent[0]["method"] == "getCustomerBalance"
    assert script.sent[0]["params"] == {"customer_name": "883140500000000"}


def test_a_balance_may_be_negative(kit):
    script = Script(result(1, {"balance": -0.5, "currency": "RUB"}))
    assert kit.client(script).get_customer_balance().amount == Decimal("-0.5")


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"balance":1e999,"currency":"RUB"}', b'{"balance":true,"currency":"RUB"}', b"5"],
)
def test_an_invalid_balance_is_a_protocol_error(kit, body):
    with pytest.raises(ProtocolError):
        kit.client(Script(b'{"jsonrpc":"2.0","id":1,"result":%s}' % body)).get_customer_balance()

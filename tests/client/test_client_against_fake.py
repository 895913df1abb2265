"""The client against the fake."""

import io
import wave
from decimal import Decimal

import httpx2
import pytest

from mtt_client import (
    AuthenticationError,
    Balance,
    CallEndedError,
    CallNotEndedError,
    CallNotFoundError,
    CallTimeoutError,
    File,
    FollowmeNotFoundError,
    HttpError,
    Linear,
    RefusedError,
    Ringall,
    RpcError,
    SideNotClearError,
    Text,
)
from mtt_mock import create_app

SALES = Ringall("79000000001", order=1, timeout=25, name="sales")
GREETING = Text("Добрый день", side="B")


@pytest.fixture
def fake(kit):
    """Makes clients of one fake; the async ones reach it by the same WSGI transport."""

    def build(options=None, **settings):
        wsgi = httpx2.WSGITransport(app=create_app(**settings))

        def handler(request):
            answer = wsgi.handle_request(request)
            return httpx2.Response(answer.status_code, content=answer.read())

        return kit.client(handler, **options or {})

    return build


@pytest.mark.parametrize("status", [200, 500])
def test_an_unset_followme_is_not_found(fake, status):
    with pytest.raises(FollowmeNotFoundError):
        fake(error_status=status).get_callback_followme()


def test_set_get_and_delete_round_trip(fake):
    client = fake()
    elements = [SALES, Linear("79000000002", type="linal"), GREETING, File("for_all_sales")]
    client.set_callback_followme(elements, caller_id="74951001010", default_b_number="79511234567")
    followme = client.get_callback_followme()
    assert list(followme.elements) == elements
    assert followme.caller_id == "74951001010"
    assert followme.default_b_number == "79511234567"
    client.delete_callback_followme()
    client.delete_callback_followme()
    with pytest.raises(FollowmeNotFoundError):
        client.get_callback_followme()


@pytest.mark.parametrize(("element", "side"), [(SALES, "A"), (GREETING, "B")])
def test_a_second_set_names_the_occupied_side(fake, element, side):
    client = fake()
    client.set_callback_followme([element])
    with pytest.raises(SideNotClearError) as caught:
        client.set_callback_followme([element])
    assert caught.value.side == side


def test_replace_works_with_and_without_a_structure(fake):
    client = fake()
    client.replace_callback_followme([SALES], caller_id="74951001010")
    client.replace_callback_followme([GREETING])
    followme = client.get_callback_followme()
    assert followme.elements == (GREETING,)
    assert followme.caller_id is None


def test_a_rejected_replace_keeps_the_structure(fake):
    client = fake({"validate": False})
    client.set_callback_followme([SALES, GREETING], caller_id="74951001010")
    with pytest.raises(RpcError):
        client.replace_callback_followme([Ringall("no number")])
    followme = client.get_callback_followme()
    assert followme.elements == (SALES, GREETING)
    assert followme.caller_id == "74951001010"


def test_the_service_map_lists_the_methods(fake):
    assert "setCallBackFollowme" in fake().service_map()["services"]


def test_wrong_credentials_are_an_authentication_error(fake):
    with pytest.raises(AuthenticationError):
        fake(accounts=["other:secret"]).get_callback_followme()


def test_credentials_outside_ascii_are_understood(fake):
    fake(accounts=["кот:pass-кот-2"]).delete_callback_followme()


@pytest.fixture
def phones(kit):
    """A client of a fake with a manual clock, which the client's sleeps advance."""
    wsgi = httpx2.WSGITransport(app=create_app(clock="manual"))

    def handler(request):
        answer = wsgi.handle_request(request)
        return httpx2.Response(answer.status_code, content=answer.read())

    control = httpx2.Client(transport=wsgi, base_url="http://127.0.0.1:8082/_mtt")

    def sleep(seconds):
        control.post("/clock", json={"advance": seconds}).raise_for_status()

    async def sleep_async(seconds):
        sleep(seconds)

    chosen = sleep if kit.cls.__name__ == "MttClient" else sleep_async
    client = kit.client(handler, sleep=chosen, clock=lambda: 0.0)
    client.client.turn = sleep
    return client


# Magic numbers: answers after 5 s and talks for 30, busy, never answers.
TALKER, BUSY, DEAF = "79000010530", "79000009001", "79000009002"
B_SIDE = {"b_number": "79000009000", "caller_id": "74951001010"}


def test_a_call_is_waited_for_and_its_record_fetched(phones):
    call_id = phones.make_callback_call_followme(
        **B_SIDE, elements=[Ringall(TALKER)], description="order 7", record=True
    )
    with pytest.raises(CallNotEndedError):
        phones.get_callback_followme_call_info(call_id)
    info = phones.wait_for_call(call_id)
    assert (info.destination_a, info.destination_b) == (TALKER, "79000009000")
    assert (info.waiting_period_a, info.description) == (5, "order 7")
    with wave.open(io.BytesIO(phones.download_record(info.record_url_a))) as record:
        assert record.getnframes() > 0
    phones.client.turn(61)
    with pytest.raises(HttpError):
        phones.download_record(info.record_url_b)
    assert phones.get_customer_balance().amount == Decimal(1000) - info.cost


def test_a_call_without_a_record_has_no_record_url(phones):
    call_id = phones.make_callback_call_followme(
        **B_SIDE, elements=[Ringall(TALKER)], record=False, duration=10
    )
    info = phones.wait_for_call(call_id)
    assert (info.record_url_a, info.record_url_b) == (None, None)
    assert info.real_length_a == 10


@pytest.mark.parametrize(
    ("numbers", "direction", "side", "cause"),
    [
        ({"a": BUSY}, None, "A", "cancel"),
        ({"a": DEAF}, "A", "A", "timeout"),
        ({"b": BUSY}, None, "B", "cancel"),
        ({"b": DEAF}, "A", "B", "timeout"),
        ({"b": BUSY, "a": DEAF}, "B", "B", "cancel"),
    ],
)
def test_a_call_that_fails_names_the_side(phones, numbers, direction, side, cause):
    call_id = phones.make_callback_call_followme(
        b_number=numbers.get("b", "79000009000"),
        caller_id="74951001010",
        elements=[Ringall(numbers.get("a", "79000009000"))],
        direction=direction,
    )
    with pytest.raises(CallEndedError) as caught:
        phones.wait_for_call(call_id)
    assert (caught.value.side, caught.value.cause) == (side, cause)


def test_waiting_for_a_running_call_times_out(phones):
    call_id = phones.make_callback_call_followme(**B_SIDE, elements=[Ringall("79000009000")])
    with pytest.raises(CallTimeoutError) as caught:
        phones.wait_for_call(call_id, timeout=60)
    assert type(caught.value.last) is CallNotEndedError
    assert caught.value.seconds == 60


def test_an_unknown_call_is_not_found(phones):
    with pytest.raises(CallNotFoundError):
        phones.wait_for_call("5")


def test_a_call_without_numbers_is_an_rpc_error(phones):
    with pytest.raises(RpcError):
        phones.make_callback_call_followme(**B_SIDE)


def test_a_prompt_is_uploaded_to_the_fake(fake):
    assert fake().upload_prompt("greeting.wav", b"RIFF") is None


def test_a_prompt_that_is_too_large_is_refused(fake):
    with pytest.raises(RefusedError):
        fake(max_prompt=10).upload_prompt("greeting.wav", b"R" * 11)


def test_the_balance_of_the_fake(fake):
    assert fake().get_customer_balance() == Balance(Decimal("1000.0"), "RUB")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_async_client_works_in_a_second_event_loop():
    import asyncio
    import gc

    from mtt_client import AsyncMttClient
    from mtt_mock import serve

    with serve(balance=17) as server:
        client = AsyncMttClient(server.url, *server.credentials, "883140500000000")
        balances = [asyncio.run(client.get_customer_balance()).amount for _ in range(3)]
    del client  # with the connections of the first loops, which nothing can close any more
    gc.collect()
    assert balances == [17, 17, 17]


def test_a_client_opens_new_connections_after_a_fork():
    from mtt_client import MttClient
    from mtt_mock import serve

    with serve() as server, MttClient(server.url, *server.credentials, "883140500000000") as client:
        client.delete_callback_followme()
        before = client._http
        client.delete_callback_followme()
        assert client._http is before
        client._owner = 1
        client.delete_callback_followme()
        assert client._http is not before
        before.close()

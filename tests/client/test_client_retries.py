"""Each fault, with and without retries: the client's error, and the number of requests."""

import asyncio
from contextlib import contextmanager

import httpx2
import pytest
from scripted import NOTHING_SET, Script, result

from mtt_client import (
    AsyncMttClient,
    FollowmeNotFoundError,
    MttClient,
    MttError,
    Ringall,
    SideNotClearError,
    Text,
)
from mtt_mock.domain.faults import FAULT_MEANINGS
from mtt_mock.server.handles import serve

CUSTOMER = "8831405"
ELEMENTS = [Ringall("79000000001", order=1), Text("Привет", side="B")]
# Fault; a set without retries: outcome, whether it is stored; a set with retries: outcome, number
# of requests; a call with retries: the same; a query with retries: the same.
OK = "ok"
TABLE = [
    ("delay=0.01", OK, True, OK, 1, OK, 1, OK, 1),
    ("trickle=0.05", OK, True, OK, 1, OK, 1, OK, 1),
    ("no-answer", "MttTimeoutError", False, OK, 2, "MttTimeoutError", 1, OK, 2),
    ("reset-before", "TransportError", False, OK, 2, "TransportError", 1, OK, 2),
    ("reset-after", "TransportError", True, OK, 1, "TransportError", 1, OK, 2),
    ("truncated", "TransportError", True, OK, 1, "TransportError", 1, OK, 2),
    ("http-500", "HttpError", False, OK, 2, "HttpError", 1, OK, 2),
    ("http-502", "HttpError", False, OK, 2, "HttpError", 1, OK, 2),
    ("http-503", "HttpError", False, OK, 2, "HttpError", 1, OK, 2),
    ("http-504", "HttpError", True, OK, 1, "HttpError", 1, OK, 2),
    ("http-429", "HttpError", False, OK, 2, OK, 2, OK, 2),
    ("http-401",) + ("AuthenticationError", False) + ("AuthenticationError", 1) * 3,
    ("html-error",) + ("ProtocolError", False) + ("ProtocolError", 1) * 3,
    ("empty",) + ("ProtocolError", True) + ("ProtocolError", 1) * 3,
    ("invalid-json",) + ("ProtocolError", True) + ("ProtocolError", 1) * 3,
    ("wrong-id",) + ("ProtocolError", True) + ("ProtocolError", 1) * 3,
    ("wrong-success-type", "ProtocolError", True, "ProtocolError", 1, OK, 1, OK, 1),
    ("duplicated",) + ("ProtocolError", True) + ("ProtocolError", 1) * 3,
]
NAMES = [row[0] for row in TABLE]


@contextmanager
def faulty_fake(*faults, **options):
    """Yield a fake with faults, a client of it, and the seconds that it slept."""
    slept = []
    with serve(clock="manual", faults=faults) as server:
        login, password = server.credentials
        options = {"timeout": 0.5, "sleep": slept.append} | options
        with MttClient(server.url, login, password, CUSTOMER, **options) as client:
            yield server, client, slept


def outcome(ask, *arguments, **options):
    try:
        ask(*arguments, **options)
    except MttError as error:
        return type(error).__name__
    return OK


def count(server, method):
    return len(server.journal.requests(method))


def test_the_table_has_every_fault_of_an_answer():
    known = {name for name in FAULT_MEANINGS if not name.startswith("event-")}
    assert {row[0].partition("=")[0] for row in TABLE} == known


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_a_set_without_retries_is_sent_once(row):
    with faulty_fake(f"setCallBackFollowme:{row[0]}@1") as (server, client, slept):
        assert outcome(client.set_callback_followme, ELEMENTS) == row[1]
        assert bool(server.followme(CUSTOMER).elements) is row[2]
        assert (count(server, "setCallBackFollowme"), slept) == (1, [])


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_a_set_is_read_back_before_its_retry(row):
    with faulty_fake(f"setCallBackFollowme:{row[0]}@1", retries=2) as (server, client, slept):
        assert outcome(client.set_callback_followme, ELEMENTS) == row[3]
        assert count(server, "setCallBackFollowme") == row[4]
        if row[3] == OK:
            assert len(server.followme(CUSTOMER).elements) == 2
        assert slept == ([0.5] if row[3] == OK and row[1] != OK else [])


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_a_call_that_may_exist_is_not_repeated(row):
    with faulty_fake(f"makeCallBackCallFollowme:{row[0]}@1", retries=2) as (server, client, _):
        order = {"b_number": "79000000002", "caller_id": "74951001010", "elements": ELEMENTS}
        assert outcome(client.make_callback_call_followme, **order) == row[5]
        assert count(server, "makeCallBackCallFollowme") == row[6]
        assert len(server.calls()) <= 1


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_a_query_is_retried(row):
    with faulty_fake(f"getCustomerBalance:{row[0]}@1", retries=2) as (server, client, _):
        assert outcome(client.get_customer_balance) == row[7]
        assert count(server, "getCustomerBalance") == row[8]


def test_exhausted_retries_raise_the_first_failure():
    with faulty_fake("setCallBackFollowme:reset-before", retries=3) as (server, client, slept):
        assert outcome(client.set_callback_followme, ELEMENTS) == "TransportError"
        assert count(server, "setCallBackFollowme") == 4
        assert slept == [0.5, 1.0, 2.0]


def test_a_failed_read_back_raises_the_error_of_the_set():
    faults = ("setCallBackFollowme:reset-after", "getCallBackFollowme:http-503")
    with faulty_fake(*faults, retries=2) as (server, client, _):
        with pytest.raises(MttError, match="setCallBackFollowme got no answer"):
            client.set_callback_followme(ELEMENTS)
        assert count(server, "setCallBackFollowme") == 1
        assert count(server, "getCallBackFollowme") == 2


def test_a_concurrent_set_during_retries_is_a_conflict():
    with faulty_fake("setCallBackFollowme:reset-before@1", retries=1) as (server, client, slept):

        def another(seconds):
            slept.append(seconds)
            login, password = server.credentials
            with MttClient(server.url, login, password, CUSTOMER) as other:
                other.set_callback_followme([Ringall("79000000009")])

        client._sleep = another
        with pytest.raises(SideNotClearError):
            client.set_callback_followme(ELEMENTS)
        assert [each.fields["redirect_number"] for each in server.followme(CUSTOMER).elements] == [
            "79000000009"
        ]


def test_a_set_that_arrives_after_the_read_back_succeeds():
    refusal = {"error": 1, "error_description": "Side A not clear. Delete before insert"}
    ours = {"type": "Ringall", "redirect_number": "79000000001"}
    script = Script(
        httpx2.ReadTimeout("timed out"),
        NOTHING_SET % 2,
        result(3, refusal),
        result(4, {"callBackFollowmeStruct": [ours]}),
    )
    with MttClient(
        "http://127.0.0.1/index.php",
        "a",
        "b",
        CUSTOMER,
        retries=1,
        sleep=lambda _seconds: None,
        transport=httpx2.MockTransport(script),
    ) as client:
        client.set_callback_followme([Ringall("79000000001")])
    assert script.called == [
        "setCallBackFollowme",
        "getCallBackFollowme",
        "setCallBackFollowme",
        "getCallBackFollowme",
    ]


def test_a_set_added_to_the_other_side_is_recognised():
    with faulty_fake("setCallBackFollowme:reset-after@2", retries=1) as (server, client, _):
        client.set_callback_followme([Ringall("79000000001")], caller_id="74951001010")
        client.set_callback_followme([Text("Hello", side="B")], default_b_number="79000000002")
        assert count(server, "setCallBackFollowme") == 2
        assert len(server.followme(CUSTOMER).elements) == 2


def test_a_different_caller_id_is_a_conflict():
    with faulty_fake("setCallBackFollowme:reset-before@2", retries=1) as (_, client, _slept):
        client.set_callback_followme(ELEMENTS, caller_id="74951001010")
        with pytest.raises(SideNotClearError):
            client.set_callback_followme(ELEMENTS, caller_id="74951001011")


def test_an_error_of_the_service_is_not_retried():
    with faulty_fake(retries=5) as (server, client, slept):
        with pytest.raises(FollowmeNotFoundError):
            client.get_callback_followme()
        assert (count(server, "getCallBackFollowme"), slept) == (1, [])


def test_the_async_client_retries_alike():
    async def run(server):
        slept = []

        async def sleep(seconds):
            slept.append(seconds)

        login, password = server.credentials
        async with AsyncMttClient(
            server.url, login, password, CUSTOMER, retries=1, sleep=sleep
        ) as client:
            await client.set_callback_followme(ELEMENTS)
        return slept

    with serve(clock="manual", faults=["setCallBackFollowme:reset-after@1"]) as server:
        assert asyncio.run(run(server)) == [0.5]
        assert count(server, "setCallBackFollowme") == 1


@pytest.mark.parametrize("retries", [-1, 1.5, True, "1", None])
def test_retries_is_a_whole_number(retries):
    with pytest.raises(ValueError, match="retries must be"):
        MttClient("http://127.0.0.1/", "a", "b", "1", retries=retries)

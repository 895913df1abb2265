"""Queries and assertions of the journal, and their failure messages."""

import httpx2
import pytest

from mtt_client import MttError, Ringall, Text

CUSTOMER = "883140500000000"


@pytest.fixture
def journal(mtt_server, mtt_client):
    mtt_client.set_callback_followme([Ringall("79000000001", order=1)], caller_id="74951001010")
    with pytest.raises(MttError):
        mtt_client.set_callback_followme([Ringall("79000000002"), Text("Hi", side="B")])
    return mtt_server.journal


def test_requests_are_found_by_method_customer_and_params(journal):
    assert len(journal.requests("setCallBackFollowme")) == 2
    assert len(journal.requests("SETcallbackfollowme", customer=CUSTOMER)) == 2
    assert len(journal.requests(customer="other")) == 0
    [first] = journal.requests(method="setCallBackFollowme", caller_id="74951001010")
    assert first.outcome == "ok"


def test_problems_are_failed_or_noted_exchanges(journal):
    [problem] = journal.problems()
    assert problem.outcome == "refused: Side A not clear. Delete before insert"


def test_assert_called_matches_requests(journal):
    [found] = journal.assert_called("setCallBackFollowme", caller_id="74951001010")
    assert found.customer == CUSTOMER
    journal.assert_called("setCallBackFollowme", times=2, customer=CUSTOMER)
    journal.assert_not_called("makeCallBackCallFollowme")
    journal.assert_not_called("setCallBackFollowme", caller_id="7")


def test_a_failure_shows_the_closest_request_and_the_differences(journal):
    with pytest.raises(AssertionError) as caught:
        journal.assert_called(
            "setCallBackFollowme",
            caller_id="74951001010",
            callBackFollowmeStruct=[
                {"type": "Ringall", "redirect_number": "79000000009", "order": 1, "timeout": 20}
            ],
        )
    assert str(caught.value).splitlines()[1:] == [
        "the closest of 2 requests of that method:",
        "  setCallBackFollowme 883140500000000: ok",
        '  callBackFollowmeStruct[0].redirect_number: expected "79000000009", seen "79000000001"',
        "  callBackFollowmeStruct[0].timeout: expected 20, seen nothing",
    ]


def test_a_wrong_count_shows_both_numbers(journal):
    with pytest.raises(AssertionError) as caught:
        journal.assert_called("setCallBackFollowme", times=3)
    assert str(caught.value) == (
        "expected setCallBackFollowme to be called 3 times, it was called 2 times\n"
        "  setCallBackFollowme 883140500000000: ok\n"
        "  setCallBackFollowme 883140500000000: refused: Side A not clear. Delete before insert"
    )


def test_a_missing_request_lists_those_received(journal):
    with pytest.raises(AssertionError) as caught:
        journal.assert_called("makeCallBackCallFollowme", b_number="79000000002")
    assert str(caught.value) == (
        'expected makeCallBackCallFollowme with {"b_number": "79000000002"} to be called\n'
        "no request of that method came; 2 requests came: 2 setCallBackFollowme"
    )


@pytest.mark.mtt(journal_size=1)
def test_a_failure_mentions_dropped_entries(journal):
    with pytest.raises(AssertionError) as caught:
        journal.assert_called("getCallBackFollowme")
    assert str(caught.value).splitlines()[1:] == [
        "no request of that method came; 1 request came: 1 setCallBackFollowme",
        "1 earlier entries were dropped; a larger journal_size stores more",
    ]


def test_a_wrong_count_shows_the_closest_request(journal):
    with pytest.raises(AssertionError) as caught:
        journal.assert_called("setCallBackFollowme", times=2, caller_id="74951001010")
    assert str(caught.value).splitlines() == [
        'expected setCallBackFollowme with {"caller_id": "74951001010"} to be called 2 times, '
        "it was called once",
        "  setCallBackFollowme 883140500000000: ok",
        "the only other request of that method:",
        "  setCallBackFollowme 883140500000000: refused: Side A not clear. Delete before insert",
        '  caller_id: expected "74951001010", seen nothing',
    ]


def test_an_excess_request_lists_all_received(journal):
    with pytest.raises(AssertionError) as caught:
        journal.assert_called("setCallBackFollowme", times=1)
    assert str(caught.value).splitlines() == [
        "expected setCallBackFollowme to be called once, it was called 2 times",
        "  setCallBackFollowme 883140500000000: ok",
        "  setCallBackFollowme 883140500000000: refused: Side A not clear. Delete before insert",
    ]


@pytest.mark.parametrize("name", ["setCallBackFollowMes", "set_callback_followme", "setFollowme"])
def test_a_slip_in_a_methods_name_is_pointed_out(journal, name):
    with pytest.raises(AssertionError, match=r"\nwas setCallBackFollowme meant\?$"):
        journal.assert_called(name)


def test_a_slip_of_the_application_is_pointed_out_too(mtt_server):
    body = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFolowme", "params": {}}
    httpx2.post(mtt_server.url, json=body, auth=mtt_server.credentials)
    with pytest.raises(AssertionError, match=r"\nwas setCallBackFolowme meant\?$"):
        mtt_server.journal.assert_called("setCallBackFollowme")


def test_a_slip_in_a_parameters_name_is_pointed_out(journal):
    with pytest.raises(AssertionError) as caught:
        journal.assert_called("setCallBackFollowme", callerId="74951001010")
    assert str(caught.value).splitlines()[-1] == (
        '  callerId: expected "74951001010", seen nothing (caller_id was sent)'
    )


def test_a_request_differing_in_customer_is_closest(journal):
    with pytest.raises(AssertionError) as caught:
        journal.assert_called(
            "setCallBackFollowme", customer="883140500000001", caller_id="74951001010"
        )
    assert str(caught.value).splitlines()[1:] == [
        "the closest of 2 requests of that method:",
        "  setCallBackFollowme 883140500000000: ok",
        '  customer_name: expected "883140500000001", seen "883140500000000"',
    ]


def test_a_different_structure_is_closer_than_none(mtt_server, mtt_client):
    mtt_client.set_callback_followme([Ringall("79000000001", order=1, name="sales", timeout=20)])
    with pytest.raises(MttError):
        mtt_client.set_callback_followme([Text("Hi", side="A")])
    with pytest.raises(AssertionError) as caught:
        mtt_server.journal.assert_called(
            "setCallBackFollowme",
            callBackFollowmeStruct=[
                {"type": "Ringall", "redirect_number": "79000000001", "order": "1", "name": "boss"}
            ],
        )
    assert str(caught.value).splitlines()[1:] == [
        "the closest of 2 requests of that method:",
        "  setCallBackFollowme 883140500000000: ok",
        '  callBackFollowmeStruct[0].order: expected "1", seen 1',
        '  callBackFollowmeStruct[0].name: expected "boss", seen "sales"',
        "  callBackFollowmeStruct[0].timeout: expected nothing, seen 20",
    ]


def test_an_unwanted_request_is_shown(journal):
    with pytest.raises(AssertionError) as caught:
        journal.assert_not_called("setCallBackFollowme", customer=CUSTOMER)
    lines = str(caught.value).splitlines()
    assert lines[:2] == [
        "expected setCallBackFollowme not to be called, it was called 2 times; the first:",
        "  setCallBackFollowme 883140500000000: ok",
    ]
    assert '"caller_id": "74951001010"' in lines[2]


def test_a_number_and_a_truth_are_not_the_same(journal, mtt_client, mtt_server):
    mtt_client.set_callback_followme([Text("x", side="B", order=1)])
    with pytest.raises(AssertionError, match=r"\[0\]\.order: expected true, seen 1"):
        journal.assert_called(
            "setCallBackFollowme",
            callBackFollowmeStruct=[{"type": "text", "value": "x", "side": "B", "order": True}],
        )

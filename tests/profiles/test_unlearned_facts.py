"""What a run cannot learn, it names with the reason; unusual services are no tracebacks."""

from __future__ import annotations

import httpx2
import pytest

from mtt_mock import AppTransport, EventReceiver, FakeClock, create_app, fake_of
from mtt_mock.conformance.learning import learn_from_report
from mtt_mock.conformance.observations import find_limit
from mtt_mock.conformance.probe_client import Target
from mtt_mock.conformance.runner import verify
from mtt_mock.service.profile import Profile

A, SECOND, B = "79000010340", "79000010441", "79000010517"
BUSY, SILENT = "79000009001", "79000009002"
ALL = {"numbers": [A, SECOND, B], "busy_number": BUSY, "silent_number": SILENT, "hangs_up": "B"}


@pytest.fixture(scope="module")
def receiver():
    with EventReceiver() as receiver:
        yield receiver


def learned(facts=None, only=(), receiver=None, settings=None, transport=AppTransport, **options):
    """Return what a run learns of a fake of ``facts``, of the facts ``only``."""
    app = create_app(clock="manual", profile=Profile(facts or {}), **(settings or {}))
    target = Target(
        url="http://fake.invalid/index.php", login="a", password="b", customer="8831405",
        rate=1e9, budget=5000, timeout=5,
    )  # fmt: skip
    if receiver is not None:
        receiver.clear()
        options |= {"receiver": receiver, "events_url": receiver.url}
    try:
        report = verify(
            target,
            transport=transport(app),
            allowed=("change", "calls", "uploads", "large"),
            sleep=FakeClock(fake_of(app)).sleep,
            only=only,
            **options,
        )
    finally:
        fake_of(app).close()
    assert report.abort_reason is None
    return learn_from_report(report)


@pytest.mark.parametrize(
    ("options", "fact", "reason"),
    [
        ({}, "call.empty", "needs --number, a number that may be rung"),
        ({}, "call.caller_id.both", "needs --number, a number that may be rung"),
        ({}, "ring.timeout.default", "needs --silent-number, a number that never answers"),
        ({"silent_number": SILENT}, "info.timeout_a", "needs --number, a number that may be rung"),
        ({"numbers": [A]}, "info.cancel", "needs --busy-number, a number that is busy"),
        (
            {"numbers": [A, B]},
            "ring.order",
            "needs --number three times: two of side A, one of side B",
        ),
        (ALL, "event.once", "needs --events-url, where the service can send events"),
        (ALL, "event.failed", "needs --events-url, where the service can send events"),
        (
            ALL | {"numbers": [A, SECOND, SILENT]},
            "ring.order",
            "the call was not joined: Call ended by timeout on side B",
        ),
    ],
)
def test_a_missing_option_is_named(options, fact, reason):
    result = learned(only=[fact], **options)
    assert result.values == {}
    assert result.unlearned[fact] == reason


@pytest.mark.parametrize(
    ("facts", "fact", "reason"),
    [
        (
            {"balance.shape": {"left": "enough"}},
            "balance.charged",
            "getCustomerBalance shows no amount",
        ),
        ({"balance.shape": {"left": "enough"}}, "balance.shape", "no exchange shows its value"),
        (
            {"info.cancel": {"code": -32603, "data": "Call ended by timeout on side {side}"}},
            "ring.failed",
            "the errors of a timeout and of a cancel are the same",
        ),
        ({"info.length": "join"}, "info.waiting", "the lengths do not tell when side B was rung"),
        (
            {"info.waiting": "request"},
            "ring.sequence",
            "the lengths do not tell when side B was rung",
        ),
        (
            {"delete.both": ["A", "B"]},
            "call.preset_values",
            "a delete does not clear defaultBNumber",
        ),
    ],
)
def test_a_service_that_does_not_tell_is_named(receiver, facts, fact, reason):
    result = learned(facts, [fact], receiver, **ALL)
    assert fact not in result.values
    assert result.unlearned[fact] == reason


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("set.limit", 5000),
        ("rpc.batch.limit", 5000),
        ("transport.body_limit", {"bytes": 8 * 1024 * 1024, "status": 413}),
        ("prompt.limit", {"bytes": 64 * 1024 * 1024, "status": 413}),
        ("prompt.name", 4096),
    ],
)
def test_a_limit_beyond_the_search_is_not_guessed(fact, value):
    result = learned({fact: value}, [fact])
    assert fact not in result.values
    assert result.unlearned[fact] == "no response shows its value"


@pytest.mark.parametrize(
    ("limit", "sizes"),
    [
        (100, [100, 101]),
        (300, [100, 101, 202, 404, 303, 252, 277, 290, 296, 299, 301, 300]),
        (5000, [100, 101, 202, 404, 808, 1000]),
        (20, [100, 50, 25, 12, 18, 21, 19, 20]),
    ],
)
def test_a_limit_is_sought_near_the_expected_one(limit, sizes):
    asked = []

    def accepts(size):
        asked.append(size)
        return size <= limit

    assert find_limit(accepts, 100, most=1000) == (limit if limit < 1000 else None)
    assert asked == sizes


def test_cancel_texts_without_a_side_are_learned(receiver):
    value = {"code": -32007, "message": "Busy", "data": "gone"}
    result = learned({"info.cancel": value}, ["info.cancel"], receiver, **ALL)
    assert result.values["info.cancel"] == value


def test_events_that_the_service_names_otherwise_are_learned(receiver):
    names = {"event": "what", "id": "call"}
    result = learned({"event.query": names, "event.once": 3}, ["event.once"], receiver, **ALL)
    assert result.values["event.once"] == 3


@pytest.mark.parametrize("value", ["one after another", "at once"])
def test_a_receiver_that_answers_late_tells_the_order_of_events(receiver, value):
    result = learned({"event.order": value}, ["event.order"], receiver, **ALL, event_delay=0.3)
    assert result.values["event.order"] == value


def test_without_a_second_end_the_order_of_events_is_not_guessed(receiver):
    facts = {"event.order": "at once", "event.end": "hung up only"}
    result = learned(facts, ["event.order"], receiver, **ALL, event_delay=0.01)
    assert "event.order" not in result.values
    assert result.unlearned["event.order"] == "the call sent fewer than two ends"


def test_sets_that_all_win_are_learned():
    assert learned({"set.atomic": "all win"}, ["set.atomic"]).values == {"set.atomic": "all win"}


@pytest.mark.parametrize("value", ["call", "preset"])
def test_a_caller_id_that_only_the_called_person_sees_is_named(value):
    result = learned({"call.caller_id.both": value}, ["call.caller_id.both"], **ALL)
    reason = "only the called person sees which caller_id counts"
    assert result.unlearned["call.caller_id.both"] == reason


def test_a_refused_caller_id_is_learned():
    result = learned({"call.caller_id.both": "refuse"}, ["call.caller_id.both"], **ALL)
    assert result.values == {"call.caller_id.both": "refuse"}


def test_a_b_number_that_stays_leaves_the_caller_id_unasked():
    facts = {"call.caller_id.both": "refuse", "delete.both": ["A", "B"]}
    result = learned(facts, ["call.preset_values", "call.caller_id.both"], **ALL)
    assert result.unlearned["call.caller_id.both"] == "a delete does not clear defaultBNumber"


def test_a_service_that_names_customers_otherwise_does_not_tell_whether_they_share():
    refusing = {"accounts": ["a:b:8831405"]}
    result = learned({"set.per_customer": "login"}, ["set.per_customer"], settings=refusing)
    assert result.unlearned["set.per_customer"] == "no response shows its value"


def test_a_server_that_closes_the_connection_refuses_the_head():
    class Closing(AppTransport):
        def handle_request(self, request):
            response = super().handle_request(request)
            if response.status_code == 431:
                raise httpx2.RemoteProtocolError("closed")
            return response

    value = {"bytes": 4096, "fields": 30, "status": 431}
    result = learned({"transport.head_limit": value}, ["transport.head_limit"], transport=Closing)
    assert result.values == {"transport.head_limit": {"bytes": 4096, "fields": 30}}


def test_digit_customers_are_learned_by_the_refusal(receiver):
    result = learned({"set.customer_name": "digits"}, ["set.customer_name"], receiver)
    assert result.values["set.customer_name"] == "digits"

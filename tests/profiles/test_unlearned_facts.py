"""What a run cannot learn, it names with the reason; unusual services are no tracebacks."""

from __future__ import annotations

import pytest

from mtt_mock import AppTransport, EventReceiver, FakeClock, create_app, fake_of
from mtt_mock.conformance.learning import learn_from_report
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


def learned(facts=None, only=(), receiver=None, settings=None, **options):
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
            transport=AppTransport(app),
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
        ({}, "ring.timeout.default", "needs --silent-number, a number at which no one answers"),
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
        ({"balance.shape": {"left": "enough"}}, "balance.shape", "no exchange tells its value"),
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
    assert result.unlearned[fact] == "no answer tells its value"


def test_cancel_texts_without_a_side_are_learned(receiver):
    value = {"code": -32007, "message": "Busy", "data": "gone"}
    result = learned({"info.cancel": value}, ["info.cancel"], receiver, **ALL)
    assert result.values["info.cancel"] == value


def test_events_that_the_service_names_otherwise_are_learned(receiver):
    names = {"event": "what", "id": "call"}
    result = learned({"event.query": names, "event.once": 3}, ["event.once"], receiver, **ALL)
    assert result.values["event.once"] == 3


def test_digit_customers_are_learned_by_the_refusal(receiver):
    result = learned({"set.customer_name": "digits"}, ["set.customer_name"], receiver)
    assert result.values["set.customer_name"] == "digits"

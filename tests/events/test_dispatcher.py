"""The dispatcher: failing handles, faults during shutdown, stale events."""

import threading

import pytest
from raw_receiver import OK, callback

from mtt_mock.domain.faults import TriggeredFault
from mtt_mock.service.callbacks import CallbackAllowlist, EventRules, EventSender
from mtt_mock.service.callbacks.pending_event import NoHandle


@pytest.fixture
def sender_with():
    """Return a function that makes a sender whose events trigger a fault."""
    senders = []

    def make(fault=None, seconds=0.0, *, blocking=False):
        allowed = CallbackAllowlist.parse(("private",))
        found = TriggeredFault(f"*:{fault}", fault, seconds) if fault else None
        sender = EventSender(
            lambda: EventRules(allowed, 30.0), lambda _callback: found, blocking=blocking
        )
        senders.append(sender)
        return sender

    yield make
    for sender in senders:
        sender.close()


class Handle(NoHandle):
    def __init__(self, **answers):
        self.answers = answers
        self.attempts = []

    def should_send(self):
        answers = self.answers.get("should_send", [True])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def is_same_generation(self):
        return self.answers.get("is_same_generation", True)

    def report_attempt(self, delivery):
        self.attempts.append(delivery)

    def finish(self, delivery):
        self.attempts.append(delivery)
        if "finish" in self.answers:
            raise self.answers["finish"]


@pytest.mark.parametrize("blocking", [False, True])
def test_a_failing_handle_delays_no_other_event(answering, sender_with, caplog, blocking):
    sender = sender_with(blocking=blocking)
    receiver = answering(OK)
    failed = sender.send(callback(receiver.url), Handle(finish=ZeroDivisionError("no")))
    after = sender.send(callback(receiver.url, "end_side_A"))
    assert failed.result(30).problem == "not sent: no"
    assert after.result(30).status == 200
    assert [record.getMessage() for record in caplog.records] == ["an event failed"]


def test_a_late_event_is_not_sent_when_the_sender_stops(answering, sender_with):
    sender = sender_with("event-late", 600)
    receiver = answering(OK)
    future = sender.send(callback(receiver.url))
    assert not sender.drain(0.1)
    sender.close()
    delivery = future.result(30)
    assert delivery.problem == "not sent: the fake was stopped"
    assert receiver.heads == []


def test_a_late_event_is_not_sent_after_a_reset(answering, sender_with):
    receiver = answering(OK)
    handle = Handle(should_send=[True, False])
    delivery = sender_with("event-late", 0.01).send(callback(receiver.url), handle).result(30)
    assert (delivery.problem, delivery.fault) == ("not sent: the fake was reset", "*:event-late")
    assert receiver.heads == []


def test_a_delayed_event_is_not_sent_after_a_reset(answering, sender_with):
    sender = sender_with("event-out-of-order", 600)
    receiver = answering(OK)
    held = sender.send(callback(receiver.url), Handle(is_same_generation=False))
    following = sender.send(callback(receiver.url, "end_side_A"))
    assert held.result(30).problem == "held back: fault *:event-out-of-order"
    assert following.result(30).status == 200
    assert [head.split()[1] for head in receiver.heads] == [b"/events?event=end_side_A&id=1000001"]


def test_a_stop_reports_an_attempt_that_is_being_reported(answering, sender_with):
    sender = sender_with(blocking=True)
    reporting, go_on = threading.Event(), threading.Event()

    class Slow(Handle):
        def finish(self, delivery):
            reporting.set()
            go_on.wait(30)
            self.attempts.append(delivery)

    handle = Slow()
    future = sender.send(callback(answering(OK).url), handle)
    assert reporting.wait(30)
    threading.Timer(0.2, go_on.set).start()
    sender.close()
    assert [delivery.status for delivery in handle.attempts] == [200]
    assert future.result(30).status == 200


def test_a_url_without_a_host_is_a_separate_receiver(sender_with):
    delivery = sender_with().send(callback("http://[")).result(30)
    assert delivery.status is None
    assert delivery.problem

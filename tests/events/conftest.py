"""Receivers that misbehave on request, and senders that are closed after each test."""

from __future__ import annotations

import pytest
from raw_receiver import RawReceiver, callback

from mtt_mock.service.callbacks import CallbackAllowlist, EventRules, EventSender
from mtt_mock.testing.receiver import EventReceiver


@pytest.fixture
def raw():
    """Return a function that opens a ``RawReceiver``."""
    receivers = []

    def open_one(behave, **options):
        receiver = RawReceiver(behave, **options)
        receivers.append(receiver)
        return receiver

    yield open_one
    for receiver in receivers:
        receiver.close()


@pytest.fixture
def answering(raw):
    """Return a function that opens a receiver that answers with ``data`` and closes."""

    def open_one(data, **options):
        def behave(connection, _head):
            connection.sendall(data)
            return "close"

        return raw(behave, **options)

    return open_one


@pytest.fixture
def receiver():
    with EventReceiver() as receiver:
        yield receiver


@pytest.fixture
def make_sender():
    """Return a function that makes an ``EventSender`` with targets and a timeout in seconds."""
    senders = []

    def make(*targets, timeout=30.0):
        allowed = CallbackAllowlist.parse(targets or ("private",))
        sender = EventSender(lambda: EventRules(allowed, timeout))
        senders.append(sender)
        return sender

    yield make
    for sender in senders:
        sender.close()


@pytest.fixture
def sender(make_sender):
    return make_sender()


@pytest.fixture
def deliver(sender):
    """Return a function that sends one event and returns its ``Delivery``."""

    def deliver(url, event="start_side_A", call_id="1000001", by=sender):
        return by.send(callback(url, event, call_id)).result(60)

    return deliver

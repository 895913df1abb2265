"""Faults of events, as the receiver sees them."""

from __future__ import annotations

import time

import pytest

A, B, END_A, END_B = ALL_FOUR = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ("start_side_A:event-lost", [B, END_A, END_B]),
        ("start_side_B:event-twice", [A, B, B, END_A, END_B]),
        ("*:event-out-of-order=600@1", [B, A, END_A, END_B]),
        ("end_side_A:event-late=0.3", ALL_FOUR),
        ("nobody", ALL_FOUR),
    ],
)
def test_a_receiver_sees(wire, mtt_server, mtt_clock, mtt_receiver, fault, names):
    mtt_server.faults.add("*/nobody:event-lost" if fault == "nobody" else fault)
    wire.make("79000010001", callBackURL=mtt_receiver.url)
    started = time.monotonic()
    mtt_clock.advance(1)
    assert mtt_receiver.names == names
    assert (time.monotonic() - started >= 0.3) or "late" not in fault
    triggered = [each for each in mtt_server.events if each.fault]
    assert bool(triggered) is (fault != "nobody")


def test_an_out_of_order_event_is_delayed_as_configured(wire, mtt_server, mtt_clock, mtt_receiver):
    mtt_server.faults.add("end_side_B:event-out-of-order=0.1")
    wire.make("79000010001", callBackURL=mtt_receiver.url)
    mtt_clock.advance(1)
    until = time.monotonic() + 20
    while mtt_receiver.names != ALL_FOUR and time.monotonic() < until:
        time.sleep(0.01)
    assert mtt_receiver.names == ALL_FOUR

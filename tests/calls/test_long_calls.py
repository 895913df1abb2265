"""Calls longer than an hour and longer than a day."""

from __future__ import annotations

import pytest

from mtt_mock.domain.subscribers import Answers

NEVER = Answers(after=0, talks_for=None)


@pytest.mark.parametrize(
    ("a", "b", "duration", "length"),
    [
        (NEVER, NEVER, None, 3600),  # no side hangs up
        (NEVER, NEVER, 60, 60),
        (Answers(0, 3700), NEVER, None, 3700),
        (NEVER, Answers(0, 3700), None, 3700),
        (Answers(0, 7200), Answers(0, 5000), None, 5000),
        (NEVER, NEVER, 4000, 4000),
        (Answers(0, 7200), NEVER, 4000, 4000),
        (Answers(0, 86400), NEVER, 86400, 86400),
    ],
)
def test_a_talk_ends_by_hangup_or_maximum_duration(wire, mtt_server, *, a, b, duration, length):
    mtt_server.subscribers["79000000001"] = a
    mtt_server.subscribers["79000000002"] = b
    mtt_clock = mtt_server.clock
    call = wire.make("79000000001", b_number="79000000002", duration=duration)
    mtt_clock.advance(length - 1)
    assert wire.why_not(call) == (-32603, "Call is not ended")
    mtt_clock.advance(1)
    assert wire.info(call)["call_back_real_length_A"] == length
    mtt_clock.advance(100_000)
    assert wire.info(call)["call_back_real_length_A"] == length

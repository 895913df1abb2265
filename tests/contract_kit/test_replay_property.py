"""Replays of generated sessions show no difference."""

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from recorded_sessions import CUSTOMERS, LOSSES, InProcessRecorder, ServerRecorder, sessions

from mtt_mock import Settings
from mtt_mock.conformance.recording.replay import drift
from mtt_mock.conformance.recording.tape import TapeWriter, read
from mtt_mock.service.fake import Fake
from mtt_mock.service.profile import Profile
from support.profiles import examples

DIRECTIONS = {"A": (0,), "B": (1, "1")}  # values of direction that call this side first
RINGALL = {"type": "Ringall", "redirect_number": "79161234501"}
REASONS = (
    "it is about a call that the tape does not start",
    "the answer is not JSON",
    "the answer is HTML",
    "the login was refused (401)",
    "it is about a call that the fake did not start",
    "the upstream did not answer",
)


@settings(max_examples=examples(150))
@given(**sessions(directions=(0, 1, "1"), overlapping=True))
def test_a_recorded_flow_replays_without_differences(**session):
    with InProcessRecorder() as recorder:
        check_session(recorder, **session)


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("overlapping", [False, True], ids=["one-by-one", "overlapping"])
@pytest.mark.parametrize("first", ["A", "B"])
def test_recorded_flows_replay_without_differences(capsys, first, overlapping):
    generated = sessions(directions=DIRECTIONS[first], overlapping=overlapping)
    check_sessions(capsys, InProcessRecorder, 450, generated)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_flows_recorded_over_tls_replay_without_differences(capsys):
    # The proxy would wait a minute for no answer.
    losses = [name for name in LOSSES if name != "no-answer"]
    generated = sessions(directions=(0, 1, "1"), overlapping=True, losses=losses)
    check_sessions(capsys, ServerRecorder, 200, generated)


def check_sessions(capsys, new_recorder, count, generated):
    """Check ``count`` sessions and print their number."""
    checked = 0

    @settings(max_examples=count, database=None)
    @given(**generated)
    def check(**session):
        nonlocal checked
        check_session(recorder, **session)
        checked += 1

    with new_recorder() as recorder:
        check()
    with capsys.disabled():
        print(f"\n{checked} recorded flows replayed: 0 differences")
    assert checked >= count


@pytest.mark.parametrize(
    ("before", "later"),
    [
        (
            {"type": "text", "value": "hello", "side": "A"},
            {"type": "text", "value": "x", "side": "B"},
        ),
        ({"type": "text", "value": "hello", "side": "A"}, RINGALL),
        ({"type": "text", "value": "hello", "side": "B"}, RINGALL),
        (
            {"type": "text", "value": "hello", "side": "B"},
            {"type": "text", "value": "x", "side": "B"},
        ),
    ],
)
def test_a_structure_without_a_number_is_inferred(before, later):
    make = ("call", "makeCallBackCallFollowme", {"customer_name": CUSTOMERS[0]}, 1, False)
    params = {"customer_name": CUSTOMERS[0], "callBackFollowmeStruct": [later]}
    actions = [make, ("call", "setCallBackFollowme", params, 1, False), make]
    with InProcessRecorder() as recorder:
        check_session(
            recorder,
            before=[(CUSTOMERS[0], [before])],
            subscribers={},
            actions=[(action, 0, 0) for action in actions],
            profile={},
        )


def check_session(recorder, *, profile, **session):
    """Record a session, replay its tape, and search the tape for the session's secrets."""
    values = Settings.of(clock="manual", callback_allow=["none"], profile=Profile(profile))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tape"
        with contextlib.closing(Fake(values)) as fake, TapeWriter(path) as tape:
            recorder.record(fake, tape, session)
        with contextlib.closing(Fake(values)) as fake:
            result = drift(read(str(path)), fake)
        assert list(map(str, result.differences)) == []
        assert [row for row in result.left_out if not row[1].startswith(REASONS)] == []
        text = path.read_text("utf-8")
    for secret in ("TOPSECRET", "9161234", "8 912 345", CUSTOMERS[0], CUSTOMERS[1]):
        assert secret not in text

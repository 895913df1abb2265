"""``mtt-mock drift TAPE``: compares the fake's answers with those on a tape."""

from __future__ import annotations

import argparse
import contextlib
import sys

from mtt_mock.cli.errors import CommandError, lazy
from mtt_mock.cli.output import print_line
from mtt_mock.cli.settings_options import add_settings, settings_of
from mtt_mock.domain.text import counted

_replay = lazy("mtt_mock.conformance.recording.replay")
_tape = lazy("mtt_mock.conformance.recording.tape")
_fake = lazy("mtt_mock.service.fake")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    drift = commands.add_parser(
        "drift",
        help="replay a tape on a fresh fake and compare the answers",
        description="Replay the requests of a tape on a fresh fake and print each difference: "
        "path, value on the tape, value of the fake. Call ids, URLs, seconds and amounts are "
        "compared by kind. Exit code 0: no difference; 1: differences; 2: the tape, or a line of "
        "it, cannot be compared.",
    )
    drift.add_argument("tape", metavar="TAPE", help="a file made by mtt-mock record")
    add_settings(drift)
    drift.set_defaults(run=_drift)


def _drift(options: argparse.Namespace) -> int:
    if "clock" in options:
        raise CommandError("--clock cannot be set: a replay uses a manual clock")
    settings = settings_of(options, clock="manual", callback_allow=["none"])
    tape = _tape.read(options.tape)
    with contextlib.closing(_fake.Fake(settings)) as fake:
        result = _replay.drift(tape, fake)
    for difference in result.differences:
        print_line(str(difference))
    for line, reason in result.left_out:
        print_line(f"line {line} not compared: {reason}", error=True)
    if tape.truncated:
        print("the last line is incomplete, as after a crash", file=sys.stderr)
    differences = counted(len(result.differences), "difference")
    print(f"{result.compared} exchanges compared, {differences}")
    if result.differences:
        return 1
    if result.left_out:
        raise CommandError(f"{len(result.left_out)} exchanges could not be compared")
    if not result.compared:
        raise CommandError(
            f"{options.tape} holds no exchange; call the URL that mtt-mock record prints"
        )
    return 0

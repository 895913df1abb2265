"""``mtt-mock learn TAPE``: writes the profile of the service on a tape."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from mtt_mock._version import __version__
from mtt_mock.cli.errors import lazy, os_errors
from mtt_mock.cli.output import print_line

_learning = lazy("mtt_mock.conformance.learning")
_tape = lazy("mtt_mock.conformance.recording.tape")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    learn = commands.add_parser(
        "learn",
        help="write the profile of the service on tapes",
        description="Learn the facts that single exchanges show, and write them as a profile. "
        "Exit 0: written; 1: exchanges contradict each other; 2: a tape cannot be read.",
    )
    learn.add_argument("tapes", metavar="TAPE", nargs="+", help="a file made by mtt-mock record")
    learn.add_argument(
        "--profile-out", metavar="FILE", type=Path, required=True, help="the new profile"
    )
    learn.set_defaults(run=_learn)


def _learn(options: argparse.Namespace) -> int:
    exchanges = [exchange for name in options.tapes for exchange in _exchanges(name)]
    learned = _learning.learn_from_exchanges(exchanges)
    source = {"tapes": [Path(name).name for name in options.tapes], "mtt_mock": __version__}
    write_profile(learned, source, options.profile_out)
    for fact_id, values in learned.contradictions.items():
        print_line(f"contradiction: {fact_id}: {' and '.join(map(json.dumps, values))}", error=True)
    return 1 if learned.contradictions else 0


def write_profile(learned: Any, source: dict[str, Any], path: Path) -> None:
    """Write the profile of ``learned`` and print the facts not learned. Raises ``CommandError``."""
    with os_errors(f"cannot write {path}"):
        path.write_text(learned.to_toml(source), encoding="utf-8")
    by_reason: dict[str, list[str]] = {}
    for fact_id, why in learned.unlearned.items():
        by_reason.setdefault(why, []).append(fact_id)
    for why, fact_ids in by_reason.items():
        print_line(f"not learned: {', '.join(fact_ids)}: {why}", error=True)
    known = len(learned.values) + len(learned.unlearned)
    print(f"learned {len(learned.values)} of {known} settable facts: {path}", file=sys.stderr)


def _exchanges(name: str) -> list[Any]:
    tape = _tape.read(name)
    return [
        _learning.LearnedExchange.of(exchange.body, exchange.status, exchange.answer)
        for exchange in tape.exchanges
        if exchange.verb == "POST" and exchange.path == tape.endpoint
    ]

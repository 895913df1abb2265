"""``mtt-mock contract …``: what the contract knows."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    contract = commands.add_parser("contract", help="print what the contract knows")
    topics = contract.add_subparsers(title="topics", required=True, metavar="TOPIC")
    fidelity = topics.add_parser(
        "fidelity",
        help="print what is known of the real service, what is assumed, and on what evidence",
    )
    fidelity.set_defaults(run=_fidelity)


def _fidelity(_options: argparse.Namespace) -> None:
    sys.stdout.write(import_module("mtt_contracts.fidelity").table())

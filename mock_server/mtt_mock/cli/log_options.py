"""The options of the request log, which ``serve`` and ``proxy`` share."""

from __future__ import annotations

import argparse

from mtt_mock.cli.argument_types import whole_number
from mtt_mock.server.log_rate import DEFAULT_LOG_RATE


def add_log_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--quiet`` and ``--log-rate`` to a command."""
    parser.add_argument("--quiet", action="store_true", help="no line per request")
    parser.add_argument(
        "--log-rate",
        type=whole_number("rate", 0),
        default=DEFAULT_LOG_RATE,
        metavar="N",
        help="print at most N requests and events per second, and a line that counts the others; "
        "0 prints all (default: %(default)s)",
    )

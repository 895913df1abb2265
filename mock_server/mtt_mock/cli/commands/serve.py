"""``mtt-mock serve``: the fake on a port until Ctrl-C."""

from __future__ import annotations

import argparse

from mtt_mock.cli.argument_types import file_name, port, whole_number
from mtt_mock.cli.log_options import add_log_options
from mtt_mock.cli.serving import serve as run
from mtt_mock.cli.settings_options import add_settings

_DESCRIPTION = """\
Run the fake until Ctrl-C. It prints its URL, a curl line to try, and one line per request. State
lives in memory and ends with the process, or in a database (--store) that processes share.
"""
_EXAMPLES = """\
examples:
  mtt-mock serve                                  any login, any customer, port 8082
  mtt-mock serve --port 0                         a free port
  mtt-mock serve --account ann:secret             only this login
  mtt-mock serve --account ann:secret:8831405,8831406   only these customers
  mtt-mock serve --error-status 200               errors come with HTTP 200
  mtt-mock serve --tls                            HTTPS as well, on port 8443
  mtt-mock serve --clock 20x                      calls run twenty times as fast
  mtt-mock serve --subscriber 79000000001=busy    the behaviour of a called number
  mtt-mock serve --store sqlite:///mtt.db         state survives a restart
  mtt-mock serve --store sqlite:///mtt.db --workers 4   four processes, one state
"""

MAX_WORKERS = 64


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    serve = commands.add_parser(
        "serve",
        help="run the fake until Ctrl-C",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: %(default)s, this machine only)",
    )
    serve.add_argument(
        "--port",
        type=port,
        default=8082,
        help="port to listen on, 0 for a free one (default: %(default)s)",
    )
    add_log_options(serve)
    serve.add_argument(
        "--tls",
        action="store_true",
        help="serve HTTPS as well, with a certificate of this machine's own authority "
        "(mtt-mock ca path)",
    )
    serve.add_argument(
        "--tls-port",
        type=port,
        default=8443,
        metavar="PORT",
        help="port for --tls, 0 for a free one (default: %(default)s)",
    )
    serve.add_argument(
        "--tls-host",
        action="append",
        default=[],
        metavar="NAME",
        help="one more name or address that the certificate is for; may be repeated "
        "(always: MTT's host and localhost)",
    )
    serve.add_argument(
        "--store",
        metavar="URL",
        help="keep state in this database: sqlite:///file.db or "
        "postgresql+psycopg://user:password@host/database (default: in memory)",
    )
    serve.add_argument(
        "--state",
        type=file_name,
        metavar="FILE",
        help="start with the state in this file, as mtt-mock state export writes it",
    )
    serve.add_argument(
        "--workers",
        type=whole_number("number of workers", 1, MAX_WORKERS),
        metavar="N",
        help=f"answer in N processes, 1 to {MAX_WORKERS}, which share the state in --store "
        "(default: in this process)",
    )
    add_settings(serve)
    serve.set_defaults(run=run)

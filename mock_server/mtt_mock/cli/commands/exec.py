"""``mtt-mock exec -- COMMAND``: a fake of its own around a program in any language."""

from __future__ import annotations

import argparse
import os
import re
import sys

from mtt_mock.cli.environment_options import add_hosts, started
from mtt_mock.cli.errors import CommandError, require_extra
from mtt_mock.cli.settings_options import add_settings

_BROKEN_CONTRACT = 3
_DESCRIPTION = """\
Start a fake on free ports, run COMMAND so that it meets the fake at MTT's own URL, and sum up on
standard error. The exit code is the command's: 128 + n when signal n ended it, 127 when it is not
found, 126 when it cannot be run; 2 when mtt-mock itself cannot run, 3 with --strict when the
command succeeded but broke the contract.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    execute = commands.add_parser(
        "exec",
        help="run a command, in any language, that meets the fake at MTT's own URL",
        usage="mtt-mock exec [OPTION...] -- COMMAND [ARGUMENT...]",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    execute.add_argument(
        "--strict", action="store_true", help="fail (exit code 3) on any contract problem"
    )
    execute.add_argument(
        "--url-var",
        action="append",
        default=[],
        metavar="NAME",
        help="one more variable that holds the fake's URL (http); may be repeated "
        "(always: MTT_MOCK_URL, and MTT_MOCK_TLS_URL for https)",
    )
    execute.add_argument("--quiet", action="store_true", help="no summary")
    add_hosts(execute)
    add_settings(execute)
    execute.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    execute.set_defaults(run=_execute)


def _execute(options: argparse.Namespace) -> int:
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise CommandError("give a command: mtt-mock exec -- COMMAND [ARGUMENT...]")
    for name in options.url_var:
        if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
            raise CommandError(f"--url-var: {name!r} is not the name of a variable")
    running = require_extra("mtt_mock.interception.exec")
    tally = running.RequestSummary()
    with started(options) as around:
        around.live.fake.journal.listen(tally)
        variables = around.variables(os.environ)
        variables |= dict.fromkeys(options.url_var, variables["MTT_MOCK_URL"])
        try:
            code: int = running.run_program(command, os.environ | variables)
        except running.CommandNotRunnable as error:
            print(f"mtt-mock: {error}", file=sys.stderr)
            failed: int = error.code
            return failed
    if not options.quiet:
        for line in tally.lines(around.proxy.refused):
            print(f"mtt-mock: {line}", file=sys.stderr)
    if options.strict and tally.problems and code == 0:
        return _BROKEN_CONTRACT
    return code

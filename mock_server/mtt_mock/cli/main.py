"""The command line. Only the standard library is imported until a command needs more."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from mtt_mock._version import __version__
from mtt_mock.cli.collector import paused_collector
from mtt_mock.cli.errors import CommandError
from mtt_mock.cli.output import print_line
from mtt_mock.domain.errors import MttMockError

_EXIT_ERROR = 2
_COMMANDS = (
    "serve", "watch", "state", "contract", "verify", "record", "drift", "learn", "profile", "ca",
    "proxy", "env", "exec", "health",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``mtt-mock`` with ``arguments`` (default: the process's) and return the exit code.

    0: success; 1: a check found a problem; 2: the command could not run, with one line on standard
    error; others: the command's own.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the parent, as by some daemons
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    try:
        with paused_collector():
            options = _parser(arguments).parse_args(arguments)
        run: Callable[[argparse.Namespace], int | None] = options.run
        code = run(options)
        sys.stdout.flush()  # raises here if the output is closed
    except (CommandError, MttMockError) as error:
        # Imported late: most commands need no search for secrets.
        from mtt_mock.domain.url_secrets import mask_url_secrets  # noqa: PLC0415

        print_line(mask_url_secrets(f"mtt-mock: {error}"), error=True)
        return _EXIT_ERROR
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has closed it, as `| head` does.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        return 1
    except OSError as error:
        print(f"mtt-mock: cannot write the output: {error.strerror}", file=sys.stderr)
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        return _EXIT_ERROR
    return code or 0


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; it imports the command that ``arguments`` name, or all for the help."""
    parser = argparse.ArgumentParser(
        prog="mtt-mock",
        description="A fake of MTT's CallBack API: develop and test without credentials, "
        "money or phones.",
    )
    parser.add_argument("--version", action="version", version=f"mtt-mock {__version__}")
    commands = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND", parser_class=_CommandParser
    )
    first = arguments[0] if arguments else ""
    names: Sequence[str] = _COMMANDS
    if first in _COMMANDS:
        names = (first,)
    elif first == "--version":
        names = ()
    for name in names:
        import_module(f"mtt_mock.cli.commands.{name}").add(commands)
    return parser


class _CommandParser(argparse.ArgumentParser):
    """Refuses unknown arguments itself, to show the usage of the command."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

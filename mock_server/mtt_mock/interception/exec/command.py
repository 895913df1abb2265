"""Runs a program and is, for whoever started us, that program: signals and exit code."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from mtt_mock.server.signals import handle_signals

_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # as shells say it
_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_FROM_A_TERMINAL = ("SIGINT", "SIGQUIT", "SIGHUP")


class CommandNotRunnable(Exception):
    """The command cannot be started; ``code`` is the exit code that shells give then."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def run_program(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run ``command`` and return its exit code, 128 + n when signal n ended it.

    Signals that we get meanwhile are sent on to it. Call it in the main thread. Raises
    ``CommandNotRunnable``.
    """
    waiting: list[int] = []
    program: subprocess.Popen[bytes] | None = None

    def forward(number: int, _frame: FrameType | None) -> None:
        if program is None:
            waiting.append(number)
        elif not _has_it_already(number):
            program.send_signal(number)

    with handle_signals(_FORWARDED, forward):
        program = _start(command, environment)
        for number in waiting:
            program.send_signal(number)
        code = program.wait()
    return 128 - code if code < 0 else code


def _start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=environment)  # noqa: S603  # to run it is the task
    except FileNotFoundError:
        raise CommandNotRunnable(f"{command[0]}: command not found", _NOT_FOUND) from None
    except ValueError:
        raise CommandNotRunnable("the command holds a zero character", _NOT_EXECUTABLE) from None
    except OSError as error:
        raise CommandNotRunnable(f"{command[0]}: {error.strerror}", _NOT_EXECUTABLE) from None


def _has_it_already(number: int) -> bool:
    """Return whether a terminal sent the signal: then to the program as well."""
    if signal.Signals(number).name not in _FROM_A_TERMINAL:
        return False
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)

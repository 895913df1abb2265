"""Runs a command, forwards signals to it and returns its exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FrameType

from mtt_mock.server.signals import handle_signals

_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # the exit codes of shells
_SIGNALED = 128  # plus the signal's number, as shells have it
_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_TERMINAL_SIGNALS = ("SIGINT", "SIGQUIT", "SIGHUP")


class CommandNotRunnable(Exception):
    """The command cannot be started; ``code`` is the exit code of shells."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def run_program(
    command: Sequence[str],
    environment: Mapping[str, str],
    prepare: Iterable[Callable[[], None]] = (),
) -> int:
    """Run ``command`` and return its exit code, 128 + n if signal n ended it.

    The new process calls the functions of ``prepare`` before it runs the command. Signals are
    forwarded to the command. Call it in the main thread. Raises ``CommandNotRunnable``.
    """
    with forwarded_signals() as set_target:
        program = _start(command, environment, tuple(prepare))
        set_target(program.send_signal)
        code = program.wait()
    return _SIGNALED - code if code < 0 else code


def wait_for_process(pid: int) -> int:
    """Wait for the child process ``pid`` and return its exit code as ``run_program`` does."""
    with forwarded_signals() as set_target:

        def send(number: int) -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

        set_target(send)
        _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return _SIGNALED - code if code < 0 else code


@contextlib.contextmanager
def forwarded_signals() -> Iterator[Callable[[Callable[[int], None]], None]]:
    """Forward signals inside to a target; yield the function that sets it.

    Signals that arrive earlier are sent when the target is set.
    """
    pending: list[int] = []
    target: Callable[[int], None] | None = None

    def forward(number: int, _frame: FrameType | None) -> None:
        if target is None:
            pending.append(number)
        elif not _is_from_terminal(number):
            target(number)

    def set_target(send: Callable[[int], None]) -> None:
        nonlocal target
        target = send
        for number in pending:
            send(number)

    with handle_signals(_FORWARDED, forward):
        yield set_target


def _start(
    command: Sequence[str],
    environment: Mapping[str, str],
    prepare: Sequence[Callable[[], None]],
) -> subprocess.Popen[bytes]:
    def prepare_all() -> None:
        for function in prepare:
            function()

    try:
        return subprocess.Popen(  # noqa: S603  # the user's own command
            command,
            env=environment,
            # It takes no lock and imports nothing.
            preexec_fn=prepare_all if prepare else None,  # noqa: PLW1509
        )
    except FileNotFoundError as error:
        hint = "; for a line of the shell, write: sh -c '…'" if " " in command[0] else ""
        raise CommandNotRunnable(f"{command[0]}: command not found{hint}", _NOT_FOUND) from error
    except ValueError as error:
        raise CommandNotRunnable("the command holds a NUL character", _NOT_EXECUTABLE) from error
    except OSError as error:
        raise CommandNotRunnable(f"{command[0]}: {error.strerror}", _NOT_EXECUTABLE) from error


def _is_from_terminal(number: int) -> bool:
    """Return whether a terminal sent the signal: it sends one to the command too."""
    if not hasattr(os, "O_NOCTTY"):  # Windows, where Ctrl-C goes to all processes of a console
        return True
    if signal.Signals(number).name not in _TERMINAL_SIGNALS:
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

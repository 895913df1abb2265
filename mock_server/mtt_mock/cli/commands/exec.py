"""``mtt-mock exec -- COMMAND``: runs a program in any language against a new fake."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mtt_mock.cli.argument_types import positive, whole_number
from mtt_mock.cli.environment_options import (
    FakeTarget,
    add_hosts,
    check_fake,
    leave_outer_interception,
    names_of,
    running_environment,
    target_of,
)
from mtt_mock.cli.errors import CommandError, lazy, os_errors
from mtt_mock.cli.output import print_line
from mtt_mock.cli.settings_options import add_settings
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.hosts import split_http_url
from mtt_mock.domain.text import counted, error_text

_command = lazy("mtt_mock.interception.exec.command")
_connection_guard = lazy("mtt_mock.interception.exec.connection_guard")
_fake_environment = lazy("mtt_mock.interception.exec.fake_environment")
_isolation = lazy("mtt_mock.interception.exec.isolation")
_junit = lazy("mtt_mock.interception.exec.junit")
_reach = lazy("mtt_mock.interception.exec.reach")
_summary = lazy("mtt_mock.interception.exec.summary")

_CANNOT_RUN, _STRICT_FAILURE = 2, 3
_STRICT_CATEGORIES = ("errors", "conflicts", "problems", "none-reached", "refused")
_STRICT_OF_FORWARDED = ("problems", "none-reached", "refused")
_ISOLATION_MODES = ("network", "host", "auto")
_WAIT_INTERVAL = 0.05  # seconds between checks of the calls in progress
_DEFAULT_WAIT_SECONDS = 60.0
_MAX_CALLS_SHOWN = 8
_DESCRIPTION = """\
Start a fake, run COMMAND so that it reaches the fake at MTT's own URL, and print a summary on
standard error. The exit code is the command's: 128 + n if signal n ended it, 127 if it is not
found, 126 if it cannot be run; 2 if mtt-mock itself cannot run, 3 if the command succeeded but
--strict found a failure.

Without --isolate, variables redirect the command to the fake (a proxy, hooks for Node, Python and
PHP). On Linux a guard redirects the connections of programs that ignore them; elsewhere such a
program can reach the real MTT. With --isolate (Linux) no program can.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    execute = commands.add_parser(
        "exec",
        help="run a command that reaches the fake at MTT's own URL",
        usage="mtt-mock exec [OPTION...] -- COMMAND [ARGUMENT...]",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    execute.add_argument(
        "--strict",
        nargs="?",
        type=_strict,
        const=_STRICT_CATEGORIES,
        default=(),
        metavar="CATEGORY,...",
        help="exit with 3 on errors, conflicts (without a delete after them), problems (of the "
        "contract), none-reached (no request reached the fake) or refused (connections past the "
        "proxy); without a value, on all of them",
    )
    execute.add_argument("--allow-none", action="store_true", help="accept a run without requests")
    execute.add_argument(
        "--isolate",
        nargs="?",
        choices=_ISOLATION_MODES,
        const="network",
        help="run COMMAND in Linux namespaces. network (the default): MTT's names resolve to the "
        "fake, and no other host is reachable; host: names and certificates change, the network "
        "stays; auto: the strongest that works",
    )
    execute.add_argument(
        "--reach",
        action="append",
        default=[],
        type=whole_number("port", 1, 65535),
        metavar="PORT",
        help="with --isolate: a port of this machine's 127.0.0.1 that COMMAND may reach, such as a "
        "database's; may be repeated",
    )
    execute.add_argument(
        "--no-guard",
        action="store_true",
        help="let COMMAND connect to MTT's addresses past the proxy; without privileges, sudo does "
        "not work under the guard",
    )
    execute.add_argument(
        "--wait-for-calls",
        nargs="?",
        type=positive(float),
        const=_DEFAULT_WAIT_SECONDS,
        metavar="SECONDS",
        help="after COMMAND, wait at most SECONDS until its calls have ended and their events are "
        "delivered (default: 60)",
    )
    execute.add_argument(
        "--url-var",
        action="append",
        default=[],
        metavar="NAME",
        help="one more variable that holds the fake's URL (http); may be repeated "
        "(always: MTT_MOCK_URL, and MTT_MOCK_TLS_URL for https)",
    )
    execute.add_argument(
        "--junit",
        type=Path,
        metavar="FILE",
        help="write the outcome as JUnit XML: COMMAND, and each category of --strict",
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
    mode = _isolation_mode(options)
    _check_fake_options(options)
    if mode is None:
        with target_of(options) as target, running_environment(options, target) as environment:
            if options.no_guard:
                return _run(options, command, target, environment)
            with _connection_guard.ConnectionGuard(environment.redirect) as guard:
                return _run(options, command, target, environment, guard)
    return _run_isolated(options, command, mode)


def _check_fake_options(options: argparse.Namespace) -> None:
    """Raise ``CommandError`` for options that exclude --fake URL."""
    if options.fake is None:
        return
    if options.wait_for_calls is not None:
        raise CommandError("--wait-for-calls is for a new fake; others make calls at --fake URL")
    if options.strict not in ((), _STRICT_CATEGORIES):
        unknown = [name for name in options.strict if name not in _STRICT_OF_FORWARDED]
        if unknown:
            raise CommandError(
                f"--strict={unknown[0]} needs the journal of a new fake; --fake URL supports "
                f"{', '.join(_STRICT_OF_FORWARDED)}"
            )


def _isolation_mode(options: argparse.Namespace) -> str | None:
    """Return the mode of isolation, ``None`` for none."""
    if options.reach and not options.isolate:
        raise CommandError("--reach needs --isolate; without it the whole network is reachable")
    if options.isolate and options.pass_on:
        raise CommandError("--pass-on is for the proxy, which --isolate does not use")
    mode: str | None = options.isolate
    if mode == "auto":
        mode = _isolation.strongest_mode(names_of(options))
        _say(f"isolation: {mode or 'none works here, so the command uses a proxy'}")
    if mode is not None and not hasattr(os, "fork"):
        raise CommandError("--isolate: Windows has no namespaces; leave --isolate out")
    return mode


def _run_isolated(options: argparse.Namespace, command: list[str], mode: str) -> int:
    """Run the command in a child process that enters the namespaces.

    This process stays outside: it forwards signals and relays the connections of --reach and
    --fake.
    """
    leave_outer_interception()
    _command.run_program  # noqa: B018  # import it before the fork, while its files are visible
    outside, inside = socket.socketpair()
    with contextlib.ExitStack() as stack:
        uds, routes = None, []
        if options.fake is not None and mode == "network":
            uds, route = stack.enter_context(_route_to_fake(options))
            routes = [route]
        pid = os.fork()
        if pid:
            inside.close()
            return _stay_outside(outside, pid, routes)
        outside.close()
        # Until the command runs, Ctrl-C ends this process as SIGTERM does.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        code = _CANNOT_RUN
        try:
            code = _run_inside(options, command, mode, inside, uds)
        except (CommandError, MttMockError) as error:
            _say(str(error))
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


@contextlib.contextmanager
def _route_to_fake(options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """Yield a Unix socket's path, and the route from it to --fake. Raises ``CommandError``."""
    check_fake(options)
    parts = split_http_url(options.fake)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    with (
        tempfile.TemporaryDirectory(prefix="mtt-mock-") as folder,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        path = f"{folder}/fake"
        listener.bind(path)
        listener.listen()
        yield path, (listener, (parts.hostname, port))


def _stay_outside(channel: socket.socket, pid: int, routes: list[Any]) -> int:
    relay = os.fork()
    if relay == 0:
        try:
            _reach.serve_listeners(channel, routes)
        finally:
            os._exit(0)
    channel.close()
    code: int = _command.wait_for_process(pid)
    os.waitpid(relay, 0)
    return code


def _run_inside(
    options: argparse.Namespace,
    command: list[str],
    mode: str,
    channel: socket.socket,
    uds: str | None,
) -> int:
    try:
        isolation = _isolation.Isolation(mode, names_of(options), command)
        if mode == "network" and (options.reach or uds):
            _reach.send_listeners(channel, options.reach)
        with (
            target_of(options, uds=uds) as target,
            _fake_environment.open_isolated_environment(
                isolation, target.serve, os.environ
            ) as environment,
        ):
            return _run(options, command, target, environment)
    except MttMockError:  # one of its kinds is an ``OSError``
        raise
    except OSError as error:
        raise CommandError(f"--isolate={mode}: {error_text(error)}") from error


def _run(
    options: argparse.Namespace,
    command: list[str],
    target: FakeTarget,
    environment: Any,
    guard: Any = None,
) -> int:
    if target.fake is None:
        summary = _summary.ForwardedSummary(options.fake, target.forwarded)
    else:
        summary = _summary.RequestSummary()
        target.fake.journal.listen(summary)
    variables = _variables(options, environment)
    prepare = (*environment.prepare(os.environ), guard and guard.install)
    strict = [name for name in options.strict if name != "none-reached" or not options.allow_none]
    try:
        code: int = _command.run_program(command, variables, filter(None, prepare))
    except _command.CommandNotRunnable as error:
        _say(str(error))
        not_runnable: int = error.code
        _write_junit(options, strict, [("command", str(error))], not_runnable)
        return not_runnable
    if options.wait_for_calls is not None:
        _wait_for_calls(target.fake, options.wait_for_calls)
    failures = summary.failures(strict)
    guard_lines = []
    if guard is not None:
        guard.stop()
        guard_lines = _summary.guard_lines(guard.report)
        failures += _summary.guard_failures(guard.report, strict)
    if not options.quiet:
        untrusted = environment.server.untrusted
        for line in [
            *summary.lines(allow_none=options.allow_none or untrusted > 0),
            *(_summary.proxy_lines(environment.proxy) if environment.proxy else ()),
            *_summary.trust_lines(untrusted),
            *guard_lines,
            *_call_lines(target.fake),
            *_tape_lines(options, target),
        ]:
            _say(line)
    _write_junit(options, strict, failures, code)
    if failures and code == 0:
        for _, failure in failures:
            _say(f"--strict: {failure}")
        return _STRICT_FAILURE
    return code


def _write_junit(
    options: argparse.Namespace, strict: list[str], failures: list[tuple[str, str]], code: int
) -> None:
    if options.junit is not None:
        with os_errors(f"cannot write {options.junit}"):
            _junit.write_junit(options.junit, strict, failures, code)


def _variables(options: argparse.Namespace, environment: Any) -> dict[str, str]:
    """Return the command's environment. Raises ``MttMockError``."""
    variables: dict[str, str] = environment.variables(os.environ)
    return variables | dict.fromkeys(options.url_var, variables["MTT_MOCK_URL"])


def _tape_lines(options: argparse.Namespace, target: FakeTarget) -> Iterator[str]:
    if target.tape is not None:
        yield f"{target.tape.count} exchanges on {options.record}"


def _call_lines(fake: Any) -> Iterator[str]:
    if fake is None:
        return
    now = fake.service.clock.now()
    ids = [str(call.id) for call in fake.store.calls() if not call.is_over(now)]
    if ids:
        names = ", ".join(ids[:_MAX_CALLS_SHOWN])
        reason = "events are missing; --wait-for-calls waits for them"
        if not fake.service.clock.speed:
            reason = "the clock is manual, so calls do not progress; --clock 20x lets it run"
        yield f"{counted(len(ids), 'call')} in progress at the end ({names}): {reason}"


def _wait_for_calls(fake: Any, seconds: float) -> None:
    """Wait until no step of a call is left and no event is being delivered."""
    deadline = time.monotonic() + (seconds if fake.service.clock.speed else 0)
    while fake.store.next_due() is not None or fake.store.in_flight():
        if time.monotonic() > deadline:
            return
        time.sleep(_WAIT_INTERVAL)


def _say(text: str) -> None:
    print_line(f"mtt-mock: {text}", error=True)


def _strict(text: str) -> tuple[str, ...]:
    categories = tuple(text.split(","))
    unknown = [name for name in categories if name not in _STRICT_CATEGORIES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"{unknown[0]!r} is not one of {', '.join(_STRICT_CATEGORIES)}; write -- before the "
            "command"
        )
    return categories

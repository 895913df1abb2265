"""``mtt-mock verify URL``: checks the facts of the contract at an endpoint."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtt_mock._version import __version__
from mtt_mock.cli.argument_types import port, positive
from mtt_mock.cli.commands.learn import write_profile
from mtt_mock.cli.errors import CommandError, lazy, os_errors
from mtt_mock.cli.output import print_line
from mtt_mock.domain.hosts import split_http_url

_backup = lazy("mtt_mock.conformance.backup")
_confirmations = lazy("mtt_mock.conformance.confirmations")
_contracts = lazy("mtt_contracts")
_deferred_signals = lazy("mtt_mock.conformance.deferred_signals")
_learning = lazy("mtt_mock.conformance.learning")
_probe_client = lazy("mtt_mock.conformance.probe_client")
_rate = lazy("mtt_mock.conformance.rate")
_receiver_module = lazy("mtt_mock.testing.receiver")
_reports = lazy("mtt_mock.conformance.reports")
_runner = lazy("mtt_mock.conformance.runner")

_DESCRIPTION = """\
Check every fact of the contract at an endpoint, then restore the customer's structure. Exit code 0:
all tested facts are confirmed; 1: a fact is refuted; 2: the run stopped early, or could not restore
the structure.
"""
_EXAMPLES = """\
examples:
  MTT_PASSWORD=… mtt-mock verify https://webapicommon.mtt.ru/index.php \\
      --login ann --password-env MTT_PASSWORD --customer 883140500000000 --yes
  mtt-mock verify http://127.0.0.1:8082/index.php --login a --customer 8831405 --read-only
"""
_ERASE_LINE = "\r\x1b[K"
_EVENT_DELAY_SECONDS = 1.5  # of answers to events, to see whether the next event waits
_PROGRESS_INTERVAL = 5.0  # seconds between lines where stderr is a file
_CHANGES = """\
This run changes the structure of customer {customer} at {url}: it deletes it, sets others, and
restores the original one. Until then {backup} holds a backup.
At most {budget} requests, {rate}. {calls} {uploads}"""

_PERMISSIONS = {
    "--yes": "agree to the changes",
    "--read-only": "change nothing; checks fewer facts",
    "--allow-calls": "make a call, more with --busy-number and --silent-number, and calls "
    "that must be refused",
    "--allow-uploads": "upload small files",
    "--allow-large": "send large requests",
    "--allow-wrong-password": "try one wrong password",
}
_NUMBERS = {
    "--busy-number": "a number that is busy, to learn how calls fail",
    "--silent-number": "a number that never answers",
    "--caller-id": "number to show in the call",
}
_FILES = {
    "--backup": "backup of the original structure, removed when it is restored "
    "(default: mtt-mock-backup-CUSTOMER.json in this folder)",
    "--json": "write the report as JSON",
    "--junit": "write the report as JUnit XML",
    "--confirmations": "update FILE with the facts that the real service confirmed or refuted, for "
    "contract fidelity; not for endpoints on this machine",
    "--profile-out": "write the learned profile of the endpoint, for serve --profile",
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    verify = commands.add_parser(
        "verify",
        help="check the facts of the contract at an endpoint",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --password would be --password-env
    )
    verify.add_argument("url", metavar="URL", help="the endpoint, such as https://…/index.php")
    verify.add_argument("--login", required=True, help="login of the account")
    verify.add_argument(
        "--password-env", metavar="VAR", help="variable with the password (default: ask for it)"
    )
    verify.add_argument("--customer", required=True, help="customer_name to work with")
    verify.add_argument(
        "--other-customer", metavar="NAME", help="a customer_name that is not this login's"
    )
    verify.add_argument(
        "--fact", action="append", metavar="ID", help="check only this fact; may be repeated"
    )
    verify.add_argument(
        "--budget",
        type=positive(int),
        default=500,
        help="maximum number of requests (default: %(default)s)",
    )
    verify.add_argument(
        "--rate",
        type=positive(float),
        help="maximum requests per second (default: 5 for public hosts, no limit for loopback and "
        "private addresses)",
    )
    verify.add_argument(
        "--verbose", action="store_true", help="show the responses about assumptions"
    )
    permissions = verify.add_argument_group("permissions")
    for flag, text in _PERMISSIONS.items():
        permissions.add_argument(flag, action="store_true", help=text)
    calls = verify.add_argument_group("calls")
    calls.add_argument(
        "--number",
        action="append",
        default=[],
        help="a number that may be called; given twice: side A, then side B",
    )
    for flag, text in _NUMBERS.items():
        calls.add_argument(flag, metavar="NUMBER", help=text)
    calls.add_argument(
        "--hangs-up", choices=("A", "B"), help="the side that hangs up first in a joined call"
    )
    calls.add_argument(
        "--events-url",
        metavar="URL",
        help="where the service reaches --events-port of this machine from outside",
    )
    calls.add_argument(
        "--events-port", type=port, default=0, metavar="PORT", help="port for events"
    )
    calls.add_argument(
        "--events-host", default="127.0.0.1", metavar="ADDRESS", help="address for events"
    )
    files = verify.add_argument_group("files")
    for flag, text in _FILES.items():
        files.add_argument(flag, metavar="FILE", type=Path, help=text)
    verify.set_defaults(run=_verify)


def _verify(options: argparse.Namespace) -> int:
    _check(options)
    options.rate = options.rate or _rate.default_rate(options.url)
    target = _probe_client.Target(
        url=options.url,
        login=options.login,
        password="",
        customer=options.customer,
        budget=options.budget,
        rate=options.rate,
    )
    options.backup = options.backup or _backup.default_path(target)
    allowed = _allowed(options)
    if "change" in allowed and not _agreed(options):
        raise CommandError("nothing was sent; agree with --yes, or use --read-only")
    target = replace(target, password=_password(options))
    with _deferred_signals.raise_on_sigterm(), _receiver(options) as receiver:
        report = _runner.verify(
            target,
            only=options.fact,
            allowed=allowed,
            say=_say,
            progress=_progress(),
            backup=options.backup,
            numbers=options.number,
            caller_id=options.caller_id,
            other_customer=options.other_customer,
            busy_number=options.busy_number,
            silent_number=options.silent_number,
            hangs_up=options.hangs_up,
            **receiver,
        )
    if sys.stderr.isatty():
        _say("")
    _write(options, report)
    for line in _reports.lines(report, verbose=options.verbose):
        print_line(line)
    code: int = report.exit_code
    if report.abort_reason and code == 2:  # noqa: PLR2004 -- a refuted fact exits with 1
        raise CommandError(report.abort_reason)
    return code


def _say(line: str) -> None:
    """Print a line on stderr; on a terminal it overwrites the progress."""
    erase = _ERASE_LINE if sys.stderr.isatty() else ""
    print_line(line, error=True, start=erase)


def _progress() -> Callable[[int, int, int], None]:
    """Return a function that shows the progress: in place on a terminal, else every 5 seconds."""
    last = time.monotonic()

    def show(done: int, total: int, sent: int) -> None:
        nonlocal last
        text = f"{done} of {total} checks, {sent} requests"
        if sys.stderr.isatty():
            print(f"{_ERASE_LINE}{text}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - last >= _PROGRESS_INTERVAL:
            last = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    return show


def _write(options: argparse.Namespace, report: Any) -> None:
    for path, write in (
        (options.json, _reports.write_json),
        (options.junit, _reports.write_junit),
        (options.confirmations, _confirmations.update),
        (options.profile_out, _write_profile),
    ):
        if path:
            with os_errors(f"cannot write {path}"):
                write(report, path)


def _write_profile(report: Any, path: Path) -> None:
    learned = _learning.learn_from_report(report)
    endpoint = split_http_url(report.target.url).hostname
    learned_by = {
        "endpoint": endpoint,
        "mtt_mock": __version__,
        "learned": str(datetime.now(UTC).date()),
    }
    write_profile(learned, learned_by, path)


def _check(options: argparse.Namespace) -> None:
    _check_url(options.url)
    if options.allow_calls and not options.number:
        raise CommandError("--allow-calls needs --number, a number that may be called")
    if options.read_only and (options.allow_calls or options.allow_uploads):
        raise CommandError("--read-only excludes --allow-calls and --allow-uploads")
    known = {fact.id for fact in _contracts.facts()}
    unknown = [name for name in options.fact or () if name not in known]
    if unknown:
        raise CommandError(f"the contract has no fact {', '.join(unknown)}")
    for flag in _FILES:
        path = getattr(options, flag.removeprefix("--").replace("-", "_"))
        if path and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise CommandError(f"cannot write {path}: its folder does not exist, or it is a folder")
    if options.confirmations:
        try:
            _confirmations.check(options.url, options.confirmations)
        except ValueError as error:
            raise CommandError(str(error)) from None


def _check_url(url: str) -> None:
    if "@" in split_http_url(url).netloc:
        raise CommandError("the URL must not hold a password; use --login and --password-env")


def _allowed(options: argparse.Namespace) -> list[str]:
    flags = {
        "change": not options.read_only,
        "calls": options.allow_calls,
        "uploads": options.allow_uploads,
        "large": options.allow_large and not options.read_only,
        "wrong password": options.allow_wrong_password,
    }
    return [need for need, given in flags.items() if given]


def _agreed(options: argparse.Namespace) -> bool:
    numbers = [*(options.number or ()), options.busy_number, options.silent_number]
    called = " and ".join(filter(None, numbers))
    calls = f"It calls {called}." if options.allow_calls else "It makes no calls."
    uploads = "It uploads files." if options.allow_uploads else "It uploads nothing."
    rate = f"{options.rate:g} per second" if options.rate else "as fast as the endpoint answers"
    text = _CHANGES.format(**vars(options) | {"calls": calls, "uploads": uploads, "rate": rate})
    print(text, file=sys.stderr, flush=True)
    if options.yes:
        return True
    if not sys.stdin.isatty():
        return False
    return input("Type yes to continue: ").strip().lower() == "yes"


def _password(options: argparse.Namespace) -> str:
    if options.password_env:
        try:
            return os.environ[options.password_env]
        except KeyError:
            raise CommandError(f"the variable {options.password_env} is not set") from None
    if not sys.stdin.isatty():
        raise CommandError("no password: name a variable that holds it with --password-env")
    return getpass.getpass(f"Password of {options.login}: ")


@contextlib.contextmanager
def _receiver(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    if not options.events_url:
        yield {}
        return
    host, number = options.events_host, options.events_port
    with os_errors(f"cannot listen for events on {host} port {number}"):
        receiver = _receiver_module.EventReceiver(host=host, port=number)
    with receiver:
        yield {
            "receiver": receiver,
            "events_url": options.events_url,
            "event_delay": _EVENT_DELAY_SECONDS,
        }

"""``mtt-mock verify URL``: is the contract true of this endpoint?"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import os
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from mtt_mock.commands.trouble import Trouble

_EXAMPLES = """\
examples:
  MTT_PASSWORD=… mtt-mock verify https://webapicommon.mtt.ru/index.php \\
      --login ann --password-env MTT_PASSWORD --customer 883140500000000 --yes
  mtt-mock verify http://127.0.0.1:8082/index.php --login a --customer 8831405 --read-only
"""
_CHANGES = """\
This run changes the structure of customer {customer} at {url}: it deletes it, sets others, and puts
back what it found. At most {budget} requests, {rate:g} a second. {calls} {uploads}"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    verify = commands.add_parser(
        "verify",
        help="ask an endpoint whether the facts of the contract hold there",
        description="Ask an endpoint about every fact of the contract. What is set for the "
        "customer is put back whatever happens. Exit 0: all that was asked is confirmed; "
        "1: something is refuted; 2: the run could not be made, or nothing may be changed.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("url", metavar="URL", help="the endpoint, such as https://…/index.php")
    verify.add_argument("--login", required=True, help="login of the account")
    verify.add_argument(
        "--password-env", metavar="VAR", help="variable with the password (default: ask for it)"
    )
    verify.add_argument("--customer", required=True, help="customer_name to work with")
    verify.add_argument("--yes", action="store_true", help="agree to the changes")
    verify.add_argument("--read-only", action="store_true", help="change nothing; asks less")
    verify.add_argument(
        "--allow-calls", action="store_true", help="place one call, and calls that must be refused"
    )
    verify.add_argument(
        "--number",
        action="append",
        default=[],
        help="a number that may be rung; given twice: side A, then side B",
    )
    verify.add_argument("--caller-id", metavar="NUMBER", help="number to show in the call")
    verify.add_argument(
        "--events-url",
        metavar="URL",
        help="where the service reaches --events-port of this machine from outside",
    )
    verify.add_argument(
        "--events-port", type=int, default=0, metavar="PORT", help="port to take events on"
    )
    verify.add_argument(
        "--events-host", default="127.0.0.1", metavar="ADDRESS", help="address to take events on"
    )
    verify.add_argument("--allow-uploads", action="store_true", help="upload small files")
    verify.add_argument("--allow-large", action="store_true", help="send large requests")
    verify.add_argument(
        "--allow-wrong-password", action="store_true", help="try one wrong password"
    )
    verify.add_argument(
        "--other-customer", metavar="NAME", help="a customer_name that is not this login's"
    )
    verify.add_argument(
        "--fact", action="append", metavar="ID", help="ask only about this one; may be repeated"
    )
    verify.add_argument(
        "--budget", type=_positive(int), default=500, help="most requests (default: %(default)s)"
    )
    verify.add_argument(
        "--rate", type=_positive(float), default=5.0, help="most a second (default: %(default)s)"
    )
    verify.add_argument("--json", metavar="FILE", type=Path, help="write the report as JSON")
    verify.add_argument("--junit", metavar="FILE", type=Path, help="write the report as JUnit XML")
    verify.add_argument(
        "--verbose", action="store_true", help="show what was answered about assumptions"
    )
    verify.set_defaults(run=_verify)


def _positive(number: type[int] | type[float]) -> Any:
    def parse(text: str) -> float:
        with contextlib.suppress(ValueError):
            value = number(text)
            if 0 < value < float("inf"):
                return value
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")

    return parse


def _verify(options: argparse.Namespace) -> int:
    try:
        running = import_module("mtt_mock.conformance.running")
        reporting = import_module("mtt_mock.conformance.reporting")
        asking = import_module("mtt_mock.conformance.asking")
    except ModuleNotFoundError as error:
        raise Trouble(f"{error.name} is not installed") from None
    _check(options)
    allowed = _allowed(options)
    if "change" in allowed and not _agreed(options):
        raise Trouble("nothing was asked; agree with --yes, or ask with --read-only")
    target = asking.Target(
        url=options.url,
        login=options.login,
        password=_password(options),
        customer=options.customer,
        budget=options.budget,
        rate=options.rate,
    )
    with _terminable(), _receiver(options) as receiver:
        report = running.verify(
            target,
            only=options.fact,
            allowed=allowed,
            say=lambda line: print(line, file=sys.stderr, flush=True),
            numbers=options.number,
            caller_id=options.caller_id,
            other_customer=options.other_customer,
            **receiver,
        )
    for line in reporting.lines(report, verbose=options.verbose):
        print(line)
    if options.json:
        reporting.write_json(report, options.json)
    if options.junit:
        reporting.write_junit(report, options.junit)
    if report.trouble:
        raise Trouble(report.trouble)
    code: int = report.exit_code
    return code


def _check(options: argparse.Namespace) -> None:
    import mtt_contracts  # noqa: PLC0415

    if not options.url.startswith(("http://", "https://")):
        raise Trouble(f"{options.url} is no http or https URL")
    if options.allow_calls and not options.number:
        raise Trouble("--allow-calls needs --number, a number that may be rung")
    if options.read_only and (options.allow_calls or options.allow_uploads):
        raise Trouble("--read-only and --allow-calls or --allow-uploads contradict each other")
    known = {fact.id for fact in mtt_contracts.facts()}
    unknown = [name for name in options.fact or () if name not in known]
    if unknown:
        raise Trouble(f"the contract has no fact {', '.join(unknown)}")


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
    calls = (
        f"It rings {' and '.join(options.number)}." if options.allow_calls else "No call is placed."
    )
    uploads = "It uploads files." if options.allow_uploads else "Nothing is uploaded."
    text = _CHANGES.format(**vars(options) | {"calls": calls, "uploads": uploads})
    print(text, file=sys.stderr, flush=True)
    if options.yes:
        return True
    if not sys.stdin.isatty():
        return False
    return input("Type yes to go on: ").strip().lower() == "yes"


def _password(options: argparse.Namespace) -> str:
    if options.password_env:
        try:
            return os.environ[options.password_env]
        except KeyError:
            raise Trouble(f"the variable {options.password_env} is not set") from None
    if not sys.stdin.isatty():
        raise Trouble("no password: name a variable that holds it with --password-env")
    return getpass.getpass(f"Password of {options.login}: ")


@contextlib.contextmanager
def _receiver(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    if not options.events_url:
        yield {}
        return
    receiver = import_module("mtt_mock.receiver").EventReceiver
    with receiver(host=options.events_host, port=options.events_port) as events:
        yield {"receiver": events, "events_url": options.events_url}


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Make SIGTERM end a run as Ctrl-C does: tidily."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)

"""``mtt-mock health``: asks a fake whether it is ready, for a container's health check."""

from __future__ import annotations

import argparse
import json
from http import HTTPStatus

from mtt_mock.cli.control_client import ControlClient, FakeUnreachableError, raise_unreachable
from mtt_mock.cli.errors import CommandError

_TIMEOUT = 5  # seconds
_MAX_BODY_BYTES = 10_000
_UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    health = commands.add_parser(
        "health",
        help="ask a fake whether it is ready: exit code 0, else 2",
        description="Ask a fake whether it answers and can reach its state. The request is not in "
        "the fake's journal and needs no control token.",
    )
    health.add_argument(
        "url",
        nargs="?",
        default="http://127.0.0.1:8082/index.php",
        metavar="URL",
        help="the fake's endpoint (default: %(default)s)",
    )
    health.set_defaults(run=_health)


def _health(options: argparse.Namespace) -> None:
    check_health(options.url)
    print("ok")


def check_health(url: str) -> None:
    """Raise ``CommandError`` unless the fake at ``url`` answers and can reach its state."""
    fake = ControlClient(url, timeout=_TIMEOUT)
    try:
        with fake.request("GET", "health", accepted=(_UNAVAILABLE,)) as answer, raise_unreachable():
            status, body = answer.status, answer.read(_MAX_BODY_BYTES)
    except FakeUnreachableError as error:
        raise CommandError(f"{url} does not answer: {error}") from error
    if status == _UNAVAILABLE:
        raise CommandError(f"{url} is not ready: {_reason(body)}")


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["reason"])
    except (ValueError, KeyError, TypeError):
        return "503"

"""``mtt-mock health``: whether a fake answers, for the health check of a container."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import urllib.parse

from mtt_mock.commands.trouble import Trouble

_TIMEOUT = 5  # seconds


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    health = commands.add_parser(
        "health",
        help="ask a fake whether it answers: exit code 0, else 2",
        description="Ask a fake whether it answers. It leaves no trace in the fake's journal.",
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
    try:
        url = urllib.parse.urlsplit(options.url)
        target = (url.hostname or "", url.port or 80, url.path or "/index.php")
    except ValueError as error:
        raise Trouble(f"{options.url}: {error}") from None
    if url.scheme != "http" or not target[0]:
        raise Trouble(f"{options.url} is not an http URL")
    try:
        connection = http.client.HTTPConnection(target[0], target[1], timeout=_TIMEOUT)
        with contextlib.closing(connection):
            connection.request("OPTIONS", target[2])
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Trouble(f"{options.url} does not answer: {reason}") from None
    if status != 200:  # noqa: PLR2004
        raise Trouble(f"{options.url} answers with status {status}")
    print("ok")

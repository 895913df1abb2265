"""``mtt-mock health``: whether a fake can do its work, for the health check of a container."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import urllib.parse

from mtt_mock.cli.errors import CommandError

_TIMEOUT = 5  # seconds


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    health = commands.add_parser(
        "health",
        help="ask a fake whether it is ready: exit code 0, else 2",
        description="Ask a fake whether it answers and can reach its state. It leaves no trace in "
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
    try:
        url = urllib.parse.urlsplit(options.url)
        host, port = url.hostname or "", url.port or 80
    except ValueError as error:
        raise CommandError(f"{options.url}: {error}") from None
    if url.scheme != "http" or not host:
        raise CommandError(f"{options.url} is not an http URL")
    path = url.path.removesuffix("/index.php").rstrip("/") + "/_mtt/health"
    try:
        connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            status, body = answer.status, answer.read(10_000)
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise CommandError(f"{options.url} does not answer: {reason}") from None
    if status == 503:  # noqa: PLR2004
        raise CommandError(f"{options.url} is not ready: {_reason(body)}")
    if status != 200:  # noqa: PLR2004
        raise CommandError(f"{options.url} answers with status {status}: is it mtt-mock?")
    print("ok")


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["reason"])
    except (ValueError, KeyError, TypeError):
        return "503"

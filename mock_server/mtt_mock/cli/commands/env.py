"""``mtt-mock env``: prints the variables with which programs use a running ``mtt-mock proxy``."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shlex
from http import HTTPStatus
from typing import Any

from mtt_mock.cli.commands.proxy import add_ports
from mtt_mock.cli.errors import CommandError, lazy
from mtt_mock.domain.hosts import MTT_HOST, host_names

_hooks = lazy("mtt_mock.interception.hooks")
_tls = lazy("mtt_mock.server.tls")
_variables = lazy("mtt_mock.interception.child_env.variables")

_TIMEOUT = 5  # seconds
_MAX_ANSWER_BYTES = 10_000


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    env = commands.add_parser(
        "env",
        help="print the variables with which programs use a running mtt-mock proxy",
        description='Print the variables for a shell: eval "$(mtt-mock env)". The command asks the '
        "proxy for ports, hosts and authority. It fails if another program uses the port.",
    )
    add_ports(env)
    env.add_argument(
        "--mtt-host",
        action="append",
        default=[],
        metavar="NAME",
        help="the --mtt-host of the proxy, with --no-check; may be repeated (default: MTT's)",
    )
    env.add_argument(
        "--no-check", action="store_true", help="print them although no proxy is running"
    )
    env.add_argument(
        "--format",
        choices=("sh", "plain"),
        default="sh",
        help="sh: export lines; plain: NAME=value, as for a GITHUB_ENV file (default: %(default)s)",
    )
    env.set_defaults(run=_env)


def _env(options: argparse.Namespace) -> None:
    if 0 in (options.port, options.http_port, options.tls_port):
        raise CommandError("give the ports that mtt-mock proxy printed, not 0")
    http_port, tls_port = options.http_port, options.tls_port
    names = host_names(options.mtt_host or [MTT_HOST])
    identity = None if options.no_check else _identity(options.port)
    if identity is not None:
        names, http_port = identity["hosts"], identity["http_port"]
        tls_port = identity["tls_port"]
    authority = _tls.Authority.of_machine(hosts=names)
    bundle = str(_tls.bundle(authority))
    if identity is not None and identity["authority"] != authority.fingerprint:
        raise CommandError(
            f"the proxy at 127.0.0.1:{options.port} has another certificate authority, perhaps "
            "another user's; set MTT_MOCK_CA_DIR to its folder"
        )
    redirect = _hooks.Redirect(
        names, tls_port, http_port, other_ports=[options.port], authority=authority.pem.decode()
    )
    proxy = f"http://127.0.0.1:{options.port}"
    variables = _variables.exec_env(redirect, bundle, proxy, os.environ)
    for name, value in variables.items():
        if options.format != "sh" and ("\n" in value or "\r" in value):
            raise CommandError(f"{name} holds a line break; use --format sh")
    for name, value in variables.items():
        line = f"{name}={value}"
        print(f"export {name}={shlex.quote(value)}" if options.format == "sh" else line)


def _identity(port: int) -> dict[str, Any]:
    """Return the identity that the proxy at ``port`` reports."""
    address = f"127.0.0.1:{port}"
    try:
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)
        ) as connection:
            connection.request("GET", "/_mtt/proxy")
            response = connection.getresponse()
            content = response.read(_MAX_ANSWER_BYTES)
        if response.status == HTTPStatus.OK:
            identity = json.loads(content)
            if identity["mtt_mock"] == "proxy":
                return dict(identity)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CommandError(
            f"no mtt-mock proxy answers at {address}: {reason}; start mtt-mock proxy first, or "
            "give --port (--no-check prints the variables without a proxy)"
        ) from error
    except (ValueError, KeyError, TypeError):
        pass
    raise CommandError(f"another program answers at {address}; give --port of mtt-mock proxy")

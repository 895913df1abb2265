"""``mtt-mock env``: the variables by which a program meets a running ``mtt-mock proxy``."""

from __future__ import annotations

import argparse
import os
import shlex

from mtt_mock.cli.commands.proxy import add_ports
from mtt_mock.cli.errors import CommandError, require_extra


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    env = commands.add_parser(
        "env",
        help="print the variables by which programs meet a running mtt-mock proxy",
        description='Print the variables for a shell: eval "$(mtt-mock env)".',
    )
    add_ports(env)
    env.add_argument(
        "--mtt-host",
        action="append",
        default=[],
        metavar="NAME",
        help="as given to the proxy; may be repeated (default: MTT's)",
    )
    env.add_argument(
        "--format",
        choices=("sh", "plain"),
        default="sh",
        help="sh: export lines; plain: NAME=value, as for a GITHUB_ENV file (default: %(default)s)",
    )
    env.set_defaults(run=_env)


def _env(options: argparse.Namespace) -> None:
    tls = require_extra("mtt_mock.server.tls")
    from mtt_mock.domain.hosts import MTT_HOST, HostError, host_names  # noqa: PLC0415
    from mtt_mock.interception.child_env.variables import exec_env  # noqa: PLC0415
    from mtt_mock.interception.hooks import Redirect  # noqa: PLC0415

    if 0 in (options.port, options.http_port, options.tls_port):
        raise CommandError("give the ports that mtt-mock proxy printed, not 0")
    try:
        names = host_names(options.mtt_host or [MTT_HOST])
        bundle = str(tls.bundle(tls.Authority.of_machine()))
    except (HostError, tls.AuthorityError) as error:
        raise CommandError(str(error)) from None
    redirect = Redirect(names, options.tls_port, options.http_port, also=[options.port])
    proxy = f"http://127.0.0.1:{options.port}"
    for name, value in exec_env(redirect, bundle, proxy, os.environ).items():
        written = (
            f"export {name}={shlex.quote(value)}" if options.format == "sh" else f"{name}={value}"
        )
        print(written)

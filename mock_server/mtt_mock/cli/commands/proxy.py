"""``mtt-mock proxy``: runs a fake, and a proxy that redirects the MTT host to it."""

from __future__ import annotations

import argparse
import secrets
import sys
import threading
from typing import Any

from mtt_mock.cli.argument_types import port
from mtt_mock.cli.banner import is_loopback, say
from mtt_mock.cli.environment_options import FakeTarget, add_hosts, running_environment, target_of
from mtt_mock.cli.errors import lazy
from mtt_mock.cli.log_options import add_log_options
from mtt_mock.cli.settings_options import add_settings

_fake_environment = lazy("mtt_mock.interception.exec.fake_environment")
_request_log = lazy("mtt_mock.server.request_log")
_signals = lazy("mtt_mock.server.signals")
_tls = lazy("mtt_mock.server.tls")

PROXY_PORT, HTTP_PORT, TLS_PORT = 8083, 8082, 8443


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    proxy = commands.add_parser(
        "proxy",
        help="run the fake and an HTTP(S) proxy that redirects the MTT host to it",
        description="Run the fake and a forward proxy (CONNECT) until Ctrl-C. A program that "
        "uses the proxy reaches the fake at MTT's own URL; mtt-mock env prints the variables for "
        "it. Other hosts are refused.",
    )
    proxy.add_argument(
        "--host",
        default="127.0.0.1",
        help="address on which the proxy listens (default: %(default)s, this machine only)",
    )
    add_log_options(proxy)
    add_ports(proxy)
    add_hosts(proxy)
    add_settings(proxy)
    proxy.set_defaults(run=_proxy)


def add_ports(parser: argparse.ArgumentParser) -> None:
    """Add the options of the ports, which ``mtt-mock env`` shares."""
    for option, default, meaning in (
        ("--port", PROXY_PORT, "port of the proxy"),
        ("--http-port", HTTP_PORT, "port of the fake itself, HTTP"),
        ("--tls-port", TLS_PORT, "port of the fake itself, HTTPS"),
    ):
        parser.add_argument(
            option,
            type=port,
            default=default,
            metavar="PORT",
            help=f"{meaning} (default: {default})",
        )


def _proxy(options: argparse.Namespace) -> None:
    ports = _fake_environment.Ports(options.port, options.http_port, options.tls_port)
    # Clients of the proxy reach the fake's control API, so other machines need a token.
    token = {} if is_loopback(options.host) else {"control_token": secrets.token_urlsafe(16)}
    stop = threading.Event()
    with (
        _signals.handle_signals(_signals.STOP_SIGNALS, lambda *_: stop.set()),
        _tls.silent_invalid_names(),
        target_of(options, token) as target,
        running_environment(options, target, proxy_host=options.host, ports=ports) as environment,
        _request_log.RequestLog(sys.stdout, options.log_rate) as log,
    ):
        say(_banner(environment, target, options))
        if not options.quiet and target.fake is not None:
            target.fake.journal.listen(log)
        stop.wait()
    say("mtt-mock stopped.")


def _banner(environment: Any, target: FakeTarget, options: argparse.Namespace) -> str:
    others = "forwarded" if options.pass_on else "refused (--pass-on forwards them)"
    given = " ".join(
        f"--{name} {number}"
        for name, number, usual in (
            ("port", environment.proxy.port, PROXY_PORT),
            ("http-port", environment.server.port, HTTP_PORT),
            ("tls-port", environment.redirect.tls_port, TLS_PORT),
        )
        if number != usual
    )
    hosts = ", ".join(sorted(environment.redirect.hosts))
    fake = target.url or f"{environment.server.origin}/index.php"
    lines = [
        f"mtt-mock proxy redirects {hosts} to the fake: {environment.proxy.url}",
        f"Other hosts are {others}. The fake itself: {fake}",
        "",
        "In another terminal, then start your program there:",
        "",
        f'  eval "$(mtt-mock env{f" {given}" if given else ""})"',
        "",
    ]
    if not is_loopback(options.host):
        lines.append(f"Other machines can reach the proxy ({options.host}).")
        if "control_token" not in options and target.fake is not None:
            token = target.fake.settings.control_token
            lines.append(f"Token of the control API (/_mtt/): {token}")
    return "\n".join([*lines, "Ctrl-C stops it."])

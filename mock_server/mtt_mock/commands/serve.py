"""``mtt-mock serve``: the fake on a port until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
import os
import secrets
import shlex
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from mtt_mock.commands import state
from mtt_mock.commands.settings_options import add_settings, settings_of
from mtt_mock.commands.trouble import Trouble, needs

if TYPE_CHECKING:
    from mtt_mock.accounts import Account
    from mtt_mock.serving import LiveServer
    from mtt_mock.settings import Settings

_EXAMPLES = """\
examples:
  mtt-mock serve                                  any login, any customer, port 8082
  mtt-mock serve --port 0                         a free port
  mtt-mock serve --account ann:secret             only this login
  mtt-mock serve --account ann:secret:8831405,8831406   only these customers of hers
  mtt-mock serve --error-status 200               errors come with HTTP 200
  mtt-mock serve --tls                            HTTPS as well, on port 8443
  mtt-mock serve --clock 20x                      calls go twenty times as fast
  mtt-mock serve --subscriber 79000000001=busy    what a number does when it is called
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    serve = commands.add_parser(
        "serve",
        help="run the fake until Ctrl-C",
        description="Run the fake until Ctrl-C. It prints its URL, a curl line to try, and one "
        "line per request. State lives in memory and is gone at the end.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: %(default)s, this machine only)",
    )
    serve.add_argument(
        "--port",
        type=port,
        default=8082,
        help="port to listen on, 0 for a free one (default: %(default)s)",
    )
    serve.add_argument("--quiet", action="store_true", help="no line per request")
    serve.add_argument(
        "--tls",
        action="store_true",
        help="serve HTTPS as well, with a certificate of this machine's own authority "
        "(mtt-mock ca path)",
    )
    serve.add_argument(
        "--tls-port",
        type=port,
        default=8443,
        metavar="PORT",
        help="port for --tls, 0 for a free one (default: %(default)s)",
    )
    serve.add_argument(
        "--tls-host",
        action="append",
        default=[],
        metavar="NAME",
        help="one more name or address that the certificate is for; may be repeated "
        "(always: MTT's host and localhost)",
    )
    serve.add_argument(
        "--state",
        metavar="FILE",
        help="begin with what mtt-mock state export wrote, or what was written by hand",
    )
    add_settings(serve)
    serve.set_defaults(run=_serve)


def port(text: str) -> int:
    """Return the port that an option says."""
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 0 to 65535")
    return int(text)


def _serve(options: argparse.Namespace) -> None:
    serving = needs("mtt_mock.serving")
    web = needs("mtt_mock.web")
    if not options.host:
        raise Trouble("--host must not be empty; 0.0.0.0 means all interfaces")
    # Where others can reach the control API, it must not be open to them.
    token = {} if is_loopback(options.host) else {"control_token": secrets.token_urlsafe(16)}
    settings = settings_of(options, **token)
    app = web.create_app(settings)
    if options.state is not None:
        state.seed(app, options)
    try:
        server = serving.LiveServer(app, host=options.host, port=options.port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not an address"
        raise Trouble(
            f"cannot listen on {options.host} port {options.port}: {reason}; "
            "choose another with --host or --port (0: a free one)"
        ) from None
    tls_url = _listen_tls(server, options) if options.tls else None
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    say(_banner(server.url, options, settings, tls_url))
    log = import_module("mtt_mock.request_log").RequestLog(sys.stdout)
    with log:
        if not options.quiet:
            server.fake.journal.listen(log)
        server.run()
    if log.stuck:
        # Nobody empties the pipe that we print to; a tidy exit would wait for it for ever.
        os._exit(0)
    say("mtt-mock stopped.")


def _first_account(settings: Settings, options: argparse.Namespace) -> tuple[str, str]:
    """Return curl's -u value and a customer that it may use.

    A password from a file is not shown: curl asks for it.
    """
    if not settings.accounts:
        return "login:password", "883140500000000"
    account: Account = settings.accounts[0]
    named = "account" in options
    credentials = f"{account.login}:{account.password}" if named else account.login
    return credentials, min(account.customers, default="883140500000000")


def _listen_tls(server: LiveServer, options: argparse.Namespace) -> str:
    """Serve HTTPS too and return the endpoint's URL."""
    tls = needs("mtt_mock.tls")
    from mtt_mock.hosts import MTT_HOST, HostError  # noqa: PLC0415

    try:
        context = tls.server_context([MTT_HOST, *options.tls_host])
        bound = server.listen_tls(context, port=options.tls_port)
    except HostError as error:
        raise Trouble(f"--tls-host: {error}") from None
    except tls.AuthorityError as error:
        raise Trouble(str(error)) from None
    except OSError as error:
        raise Trouble(
            f"cannot listen on {options.host} port {options.tls_port}: {error.strerror}; "
            "choose another with --tls-port (0: a free one)"
        ) from None
    return server.tls_url(bound)


def _banner(url: str, options: argparse.Namespace, settings: Settings, tls_url: str | None) -> str:
    credentials, customer = _first_account(settings, options)
    request = {
        "jsonrpc": "2.0",
        "id": "1",
        "method": "setCallBackFollowme",
        "params": {
            "customer_name": customer,
            "callBackFollowmeStruct": [
                {
                    "order": 1,
                    "timeout": 25,
                    "redirect_number": "79684881033",
                    "type": "ringall",
                    "name": "sales",
                }
            ],
        },
    }
    url = _connectable(url)
    body = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
    lines = [
        f"mtt-mock answers as MTT's CallBack API at {url}",
        *([f"and at {_connectable(tls_url)} (trust: mtt-mock ca path)"] if tls_url else []),
        "",
        "Try it in another terminal; the second time it refuses, as MTT does:",
        "",
        f"  curl -w '\\n' -u {shlex.quote(credentials)} -d {shlex.quote(body)} {shlex.quote(url)}",
        "",
    ]
    if settings.clock != "real":
        lines.append(f"The clock is {settings.clock}.")
    if not is_loopback(options.host):
        lines.append(f"Other machines can reach it ({options.host}).")
        if "control_token" not in options:
            lines.append(f"Token of the control API (/_mtt/): {settings.control_token}")
    lines.append("Ctrl-C stops it.")
    return "\n".join(lines)


def _connectable(url: str) -> str:
    """Return ``url`` to connect to: an address that means "all interfaces" is none."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens on ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def say(text: str) -> None:
    """Print ``text`` at once."""
    # Where nobody reads our output any more, go on serving.
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)

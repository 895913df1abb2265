"""``mtt-mock serve``: the fake on a port until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
import os
import shlex
import sys
from importlib import import_module
from typing import TYPE_CHECKING

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
    add_settings(serve)
    serve.set_defaults(run=_serve)


def add_settings(serve: argparse.ArgumentParser) -> None:
    """Add the options that are settings of the fake; ``settings_of`` reads them."""
    serve.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="LOGIN:PASSWORD[:CUSTOMER,…]",
        help="let in only this login, for these customers or for any; may be repeated "
        "(default: any login and password, any customer)",
    )
    serve.add_argument(
        "--accounts-file",
        metavar="FILE",
        help="TOML file with [[account]] tables: login, password, customers (a list)",
    )
    serve.add_argument(
        "--error-status",
        type=int,
        default=500,
        metavar="STATUS",
        help="HTTP status of error envelopes (default: %(default)s, as one public client of MTT "
        "needs it; MTT's JSON-RPC library by itself says 200)",
    )
    serve.add_argument(
        "--max-body",
        type=int,
        default=1024 * 1024,
        metavar="BYTES",
        help="refuse larger request bodies (default: %(default)s)",
    )
    serve.add_argument(
        "--max-batch",
        type=int,
        default=100,
        metavar="CALLS",
        help="refuse batches of more calls (default: %(default)s)",
    )


def port(text: str) -> int:
    """Return the port that an option says."""
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 0 to 65535")
    return int(text)


def _serve(options: argparse.Namespace) -> None:
    from mtt_mock.accounts import AccountsError  # noqa: PLC0415
    from mtt_mock.settings import SettingsError  # noqa: PLC0415

    serving = needs("mtt_mock.serving")
    web = needs("mtt_mock.web")
    try:
        settings = settings_of(options)
        app = web.create_app(settings)
    except (AccountsError, SettingsError) as error:
        raise Trouble(str(error)) from None
    if not options.host:
        raise Trouble("--host must not be empty; 0.0.0.0 means all interfaces")
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
    say(_banner(server.url, options.host, _first_account(settings, options), tls_url))
    log = import_module("mtt_mock.request_log").RequestLog(sys.stdout)
    with log:
        if not options.quiet:
            server.fake.journal.listen(log)
        server.run()
    if log.stuck:
        # Nobody empties the pipe that we print to; a tidy exit would wait for it for ever.
        os._exit(0)
    say("mtt-mock stopped.")


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings that the options of ``add_settings`` say.

    Raises ``AccountsError`` or ``SettingsError``.
    """
    from mtt_mock.accounts import parse_account, read_accounts_file  # noqa: PLC0415
    from mtt_mock.settings import Settings  # noqa: PLC0415

    accounts = [parse_account(text) for text in options.account]
    if options.accounts_file is not None:
        accounts += read_accounts_file(options.accounts_file)
    return Settings(
        accounts=tuple(accounts),
        error_status=options.error_status,
        max_body=options.max_body,
        max_batch=options.max_batch,
    )


def _first_account(settings: Settings, options: argparse.Namespace) -> tuple[str, str]:
    """Return curl's -u value and a customer that it may use.

    A password from a file is not shown: curl asks for it.
    """
    if not settings.accounts:
        return "login:password", "883140500000000"
    account: Account = settings.accounts[0]
    credentials = f"{account.login}:{account.password}" if options.account else account.login
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


def _banner(url: str, host: str, account: tuple[str, str], tls_url: str | None) -> str:
    credentials, customer = account
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
    if not is_loopback(host):
        lines.append(f"Other machines can reach it ({host}).")
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

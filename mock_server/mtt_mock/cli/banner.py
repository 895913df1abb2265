"""The banner of ``serve``: its addresses, its settings, and a request to try."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtt_mock.service.accounts import Account
    from mtt_mock.service.settings import Settings


def banner(
    url: str, tls_url: str | None, location: str, options: argparse.Namespace, settings: Settings
) -> str:
    """Return the banner; ``location`` names the storage of the state."""
    credentials, customer = _first_account(settings, options)
    url = _connectable(url)
    hosts = "".join(f" --tls-host {shlex.quote(host)}" for host in options.tls_host)
    body = _request(customer)
    lines = [
        f"mtt-mock answers as MTT's CallBack API at {url}",
        *([f"and at {_connectable(tls_url)} (trust: mtt-mock ca path{hosts})"] if tls_url else []),
        "",
        "Try it in another terminal; the second time it refuses, as MTT does:",
        "",
        f"  curl -w '\\n' -u {shlex.quote(credentials)} -d {shlex.quote(body)} {shlex.quote(url)}",
        "",
    ]
    lines.append(f"Look at it in a browser: {url.removesuffix('/index.php')}/_mtt/")
    lines.append(f"State is kept in {location}.")
    if options.workers:
        lines.append(f"Workers: {options.workers}.")
    if settings.clock != "real":
        lines.append(f"The clock is {settings.clock}.")
    if not is_loopback(options.host):
        lines.append(f"Other machines can reach it ({options.host}).")
        if "control_token" not in options:
            lines.append(f"Token of the control API (/_mtt/): {settings.control_token}")
    lines.append("Ctrl-C stops it.")
    return "\n".join(lines)


def _request(customer: str) -> str:
    """Return the JSON of a request that sets a preset."""
    element = {
        "order": 1, "timeout": 25, "redirect_number": "79684881033", "type": "Ringall",
        "name": "sales",
    }  # fmt: skip
    params = {
        "customer_name": customer, "caller_id": "74951001010", "callBackFollowmeStruct": [element],
    }  # fmt: skip
    request = {"jsonrpc": "2.0", "id": "1", "method": "setCallBackFollowme", "params": params}
    return json.dumps(request, ensure_ascii=False, separators=(",", ":"))


def _first_account(settings: Settings, options: argparse.Namespace) -> tuple[str, str]:
    """Return curl's -u value and a customer of that account.

    It shows no password from a file: curl asks for it.
    """
    if not settings.accounts:
        return "login:password", "883140500000000"
    account: Account = settings.accounts[0]
    is_option = "accounts" in options
    credentials = f"{account.login}:{account.password}" if is_option else account.login
    return credentials, min(account.customers, default="883140500000000")


def _connectable(url: str) -> str:
    """Return ``url`` with loopback instead of an address of all interfaces."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def is_loopback(host: str) -> bool:
    """Return whether a server on ``host`` is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def say(text: str) -> None:
    """Print ``text`` and flush. A closed output does not stop the server."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)

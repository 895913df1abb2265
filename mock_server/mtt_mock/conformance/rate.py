"""The default rate of a run: limited for public hosts, unlimited for this machine and network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

PUBLIC_RATE = 5.0  # requests per second


def default_rate(url: str) -> float | None:
    """Return the maximum requests per second for ``url``; ``None`` for no limit.

    Hosts are unlimited if each address of the host is loopback, private or link-local. A host that
    cannot be resolved counts as public.
    """
    host = urlsplit(url).hostname or ""
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return PUBLIC_RATE
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries]
    return None if all(address.is_private for address in addresses) else PUBLIC_RATE

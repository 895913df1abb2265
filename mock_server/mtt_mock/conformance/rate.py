"""The default rate of a run: limited for public hosts, unlimited for this machine and network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from mtt_mock.server.sockets import look_up

PUBLIC_RATE = 5.0  # requests per second

Address = IPv4Address | IPv6Address


def default_rate(url: str) -> float | None:
    """Return the maximum requests per second for ``url``; ``None`` for no limit.

    Hosts are unlimited if each address of the host is loopback, private or link-local. A host that
    cannot be resolved counts as public.
    """
    addresses = addresses_of(url)
    is_local = bool(addresses) and all(address.is_private for address in addresses)
    return None if is_local else PUBLIC_RATE


def addresses_of(url: str) -> list[Address]:
    """Return the addresses of the URL's host; none for a host that cannot be resolved."""
    try:
        addresses = look_up(urlsplit(url).hostname or "")
    except OSError:
        return []
    return [ip_address(address.partition("%")[0]) for address in addresses]

"""Checks whether an address is on the public internet, where a proxy may connect."""

from __future__ import annotations

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public_address(text: str) -> bool:
    """Return whether the address is on the public internet.

    Others are loopback, private, link-local, shared, reserved, multicast, and IPv6 that holds such
    an IPv4 address (mapped, 6to4, Teredo, NAT64).
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        if address in _NAT64:
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        embedded = filter(None, (address.sixtofour, *(address.teredo or ())))
        return _is_public(address) and all(map(_is_public, embedded))
    return _is_public(address)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )

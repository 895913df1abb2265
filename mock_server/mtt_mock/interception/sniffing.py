"""What an address, and the beginning of a conversation, say about where it leads.

Like ``hooks``: nothing but the standard library, Python 3.8.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any, Iterable, Union  # noqa: UP035

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]  # noqa: UP007

_MOST_HEAD = 4096  # bytes in which a request's target or a TLS server name stands
_CLIENT_HELLO = 1
_REQUEST = re.compile(
    rb"[A-Z]{3,16} (?:\w+://)?(?:[^\s/@]*@)?\[?([^\s/:\]]*)\S* HTTP/1\.[01]\r?\n"
    rb"(?:(?:[^\r\n]+\r?\n)*?Host:[ \t]*\[?([^\s:\]]+))?",
    re.IGNORECASE,
)


def may_be_the_real_one(sock: Any, address: Address, port: Any) -> bool:
    """Return whether ``address`` could be MTT's: a public one, and not a name server's or so."""
    if sock.type == socket.SOCK_DGRAM and port != 443:  # noqa: PLR2004
        return False  # MTT speaks no UDP; libraries "connect" some to learn their own address
    local = address.is_private or address.is_loopback or address.is_link_local
    return not (local or address.is_unspecified or address.is_multicast)


def asked_for(data: Any) -> Iterable[str]:
    """Return the hosts that the beginning of a conversation asks for."""
    try:
        head = bytes(memoryview(data).cast("B")[:_MOST_HEAD])
    except TypeError:
        return ()  # the original says what is wrong with it
    if head[:1].isalpha():
        found = _REQUEST.match(head)
        return [plain(name) for name in found.groups() if name] if found else ()
    hello = head[:1] == b"\x16" and head[5:6] == bytes([_CLIENT_HELLO])
    socks = head[:2] in (b"\x05\x01", b"\x04\x01")
    if hello or socks:
        # Names stand in clear in both, after their length or before a zero.
        return [name.decode().lower() for name in re.findall(rb"[\w-]+(?:\.[\w-]+)+", head)]
    return ()


def plain(host: Any) -> str:
    """Return a host as it is compared; what is none becomes empty."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("latin-1")
    if not isinstance(host, str):
        return ""
    name = host.lower().rstrip(".")
    mapped = address_of(name)
    return name if mapped is None else str(mapped)


def address_of(text: str) -> Address | None:
    """Return ``text`` as an address, an IPv4 one where it is one in IPv6's clothes."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def peer(sock: Any) -> str:
    """Return whom a connection leads to, to be read by people; ``nobody`` where it does not."""
    try:
        host, port = sock.getpeername()[:2]
    except (OSError, ValueError, AttributeError):
        return getattr(sock, "server_hostname", None) or "nobody"
    return f"{host} port {port}"

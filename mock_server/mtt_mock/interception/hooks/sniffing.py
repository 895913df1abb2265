"""Extracts the target host from addresses and from the first bytes of a connection.

Understands HTTP/1 requests, TLS ClientHello and SOCKS greetings. Standard library only, Python 3.8.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any, Iterable, Union  # noqa: UP035

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]  # noqa: UP007

_getpeername = socket.SocketType.getpeername
_MAX_HEAD_BYTES = 4096  # contain a request's target and a TLS server name
_HTTPS_PORT = 443
_TLS_HANDSHAKE = b"\x16"
_CLIENT_HELLO = 1
_REQUEST = re.compile(
    rb"[A-Z]{3,16} (?:\w+://)?(?:[^\s/@]*@)?\[?([^\s/:\]]*)\S* HTTP/1\.[01]\r?\n"
    rb"(?:(?:[^\r\n]+\r?\n)*?Host:[ \t]*\[?([^\s:\]]+))?",
    re.IGNORECASE,
)


def may_be_mtt(sock: Any, address: Address, port: Any) -> bool:
    """Return whether ``address`` could be MTT's: a public one, and no UDP but QUIC."""
    if sock.type == socket.SOCK_DGRAM and port != _HTTPS_PORT:
        return False  # libraries "connect" UDP sockets to learn their own address
    return is_public(address)


def is_public(address: Address) -> bool:
    """Return whether ``address`` is on the public internet, as MTT's are."""
    local = address.is_private or address.is_loopback or address.is_link_local
    return not (local or address.is_unspecified or address.is_multicast)


def requested_hosts(data: Any) -> Iterable[str]:
    """Return the hosts that the first bytes of a connection ask for."""
    try:
        head = bytes(memoryview(data).cast("B")[:_MAX_HEAD_BYTES])
    except TypeError:
        return ()  # the original function reports it
    if head[:1].isalpha():
        request = _REQUEST.match(head)
        return [normalise(name) for name in request.groups() if name] if request else ()
    hello = head[:1] == _TLS_HANDSHAKE and head[5:6] == bytes([_CLIENT_HELLO])
    socks = head[:2] in (b"\x05\x01", b"\x04\x01")
    if hello or socks:
        # Both contain names in clear text, after a length or before a NUL.
        return [name.decode().lower() for name in re.findall(rb"[\w-]+(?:\.[\w-]+)+", head)]
    return ()


def normalise(host: Any) -> str:
    """Return a host in canonical form, "" for other values."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("latin-1")
    if not isinstance(host, str):
        return ""
    name = host.lower().rstrip(".")
    address = parse_address(name)
    return name if address is None else str(address)


def parse_address(text: str) -> Address | None:
    """Return ``text`` as an IP address; an IPv4-mapped IPv6 address becomes the IPv4 one."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def peer(sock: Any) -> str | None:
    """Return the address that a socket is connected to, for messages; ``None`` without one."""
    try:
        host, port = peer_address(sock)
    except (OSError, ValueError, TypeError, AttributeError):
        name = getattr(sock, "server_hostname", None)
        return None if name is None else str(name)
    return f"{host} port {port}"


def peer_address(sock: Any) -> tuple[str, int]:
    """Return the address and the port that a socket is connected to."""
    # Sockets of PySocks answer with the address behind their proxy.
    getpeername = _getpeername if isinstance(sock, socket.SocketType) else type(sock).getpeername
    host, port = getpeername(sock)[:2]
    return host, port

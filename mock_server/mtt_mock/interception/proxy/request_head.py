"""Parses the head of a request to a proxy: its target, and the head to forward."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(rb"([A-Z]{1,32}) (\S{1,8192}) HTTP/1\.([01])")
_AUTHORITY = re.compile(rb"(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/@\[\]]+))(?::(\d{1,5}))?")
_ABSOLUTE = re.compile(rb"(https?)://(?:[^/@\s]*@)?([^/?#\s]+)([^#\s]*)", re.IGNORECASE)
_OWN_FIELDS = (
    b"host", b"proxy-connection", b"proxy-authorization", b"connection", b"keep-alive",
)  # fmt: skip
_FRAMING = {b"content-length", b"transfer-encoding"}  # a client cannot declare them hop-by-hop


class HeadError(ValueError):
    """The bytes are not a request to an HTTP proxy; the message names the remedy."""


@dataclass(frozen=True)
class Head:
    """The target; ``forward`` is the head to send there, ``None`` for a tunnel.

    ``is_https``: the client sent an https URL in clear text and expects the proxy to add TLS.
    """

    host: str
    port: int
    forward: bytes | None
    is_https: bool = False


def parse(raw: bytes) -> Head:
    """Parse the head ``raw``, which ends with its empty line. Raises ``HeadError``."""
    line, _, fields = raw.partition(b"\r\n")
    request_line = _LINE.fullmatch(line)
    if request_line is None:
        raise HeadError("this is an HTTP proxy, and that was no HTTP/1.1 request")
    method, target, minor = request_line.groups()
    if method == b"CONNECT":
        host, port = _authority(target, None)
        return Head(host, port, None)
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        raise HeadError("this is a proxy: set HTTPS_PROXY and HTTP_PROXY to its address")
    # Some clients (axios up to 1.16.0, needle) send https URLs in this form instead of CONNECT.
    host, port = _authority(absolute[2], 443 if absolute[1].lower() == b"https" else 80)
    path = absolute[3] if absolute[3].startswith(b"/") else b"/" + absolute[3]
    named = [(_name(field), field) for field in fields.split(b"\r\n") if field]
    connection = {
        token.strip().lower()
        for name, field in named
        if name == b"connection"
        for token in field.partition(b":")[2].split(b",")
    }
    # The target decides, not the Host header (RFC 9112, section 3.2.2).
    kept = [b"Host: " + absolute[2]]
    dropped = {*_OWN_FIELDS, *(connection - _FRAMING)}
    kept += [field for name, field in named if name not in dropped]
    # One request per connection: the next one may be for another host.
    lines = [b"%s %s HTTP/1.%s" % (method, path, minor), *kept, b"Connection: close", b"", b""]
    return Head(host, port, b"\r\n".join(lines), absolute[1].lower() == b"https")


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()


def _authority(text: bytes, port: int | None) -> tuple[str, int]:
    authority = _AUTHORITY.fullmatch(text)
    number = int(authority[3]) if authority is not None and authority[3] else port
    if authority is None or number is None or not 0 < number < 65536:  # noqa: PLR2004
        raise HeadError("the request's host and port are not valid")
    return (authority[1] or authority[2]).decode("latin-1").lower().rstrip("."), number

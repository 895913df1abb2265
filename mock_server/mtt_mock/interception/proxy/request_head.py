"""The head of a request to a proxy: who is asked for, and what goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(rb"([A-Z]{1,32}) (\S{1,8192}) HTTP/1\.([01])")
_AUTHORITY = re.compile(rb"(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/@\[\]]+))(?::(\d{1,5}))?")
_ABSOLUTE = re.compile(rb"(http)://(?:[^/@\s]*@)?([^/?#\s]+)([^#\s]*)", re.IGNORECASE)
_OWN_FIELDS = (b"proxy-connection", b"proxy-authorization", b"connection", b"keep-alive")


class HeadError(ValueError):
    """The head is none that a proxy understands; the message says what to do."""


@dataclass(frozen=True)
class Head:
    """Who is asked for; ``forward`` is the head to send there, ``None`` for a tunnel."""

    host: str
    port: int
    forward: bytes | None


def parse(raw: bytes) -> Head:
    """Return the head that ``raw`` is, up to and with its empty line. Raises ``HeadError``."""
    line, _, fields = raw.partition(b"\r\n")
    found = _LINE.fullmatch(line)
    if found is None:
        raise HeadError("this is an HTTP proxy, and that was no HTTP/1.1 request")
    method, target, minor = found.groups()
    if method == b"CONNECT":
        host, port = _authority(target, None)
        return Head(host, port, None)
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        raise HeadError("this is a proxy: set HTTPS_PROXY and HTTP_PROXY to its address")
    host, port = _authority(absolute[2], 80)
    path = absolute[3] if absolute[3].startswith(b"/") else b"/" + absolute[3]
    kept = [
        field
        for field in fields.split(b"\r\n")
        if field and field.partition(b":")[0].strip().lower() not in _OWN_FIELDS
    ]
    # One request a connection: what comes next may be for somebody else.
    lines = [b"%s %s HTTP/1.%s" % (method, path, minor), *kept, b"Connection: close", b"", b""]
    return Head(host, port, b"\r\n".join(lines))


def _authority(text: bytes, port: int | None) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(text)
    given = int(found[3]) if found is not None and found[3] else port
    if found is None or given is None or not 0 < given < 65536:  # noqa: PLR2004
        raise HeadError("the request names no host and port that can be understood")
    return (found[1] or found[2]).decode("latin-1").lower().rstrip("."), given

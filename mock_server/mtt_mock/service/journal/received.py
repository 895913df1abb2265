"""An HTTP request as the journal describes it: peer, login, headers, never a password."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from mtt_mock.service.accounts import login_of

MAX_BODY_BYTES = 4096  # of a body that could not be read
MAX_HEADERS = 40
MAX_HEADER_CHARS = 300
_SECRETS = ("authorization", "cookie", "proxy-authorization")


class Received(Struct):
    """A request on its way to the journal: when it came, its size, its HTTP part, its body."""

    size: int = 0
    wire: Mapping[str, Any] | None = None
    body: bytes = b""
    started: float = field(default_factory=time.perf_counter)


def describe_request(
    verb: str,
    path: str,
    peer: str | None,
    headers: Iterable[tuple[str, str]],
    authorization: str | None,
) -> dict[str, Any]:
    """Return an HTTP request as JSON values, without credentials but for the login."""
    shown: dict[str, str] = {}
    for name, value in headers:
        is_kept = len(shown) < MAX_HEADERS or name.lower() == "content-type"  # a profile reads it
        if is_kept and name.lower() not in _SECRETS:
            shown[name[:MAX_HEADER_CHARS]] = value[:MAX_HEADER_CHARS]
    login = login_of(authorization)
    return {"verb": verb, "path": path, "peer": peer, "login": login, "headers": shown}


def body_start(body: bytes) -> str:
    """Return the beginning of a body as text; bytes other than UTF-8 become U+FFFD."""
    return body[:MAX_BODY_BYTES].decode("utf-8", "replace")

"""Decides from a request's head who may use the control API, the endpoint and the uploads."""

from __future__ import annotations

import contextlib
import re
import socket
from ipaddress import ip_address

from mtt_mock.domain.hosts import MTT_HOST
from mtt_mock.service.fake import Fake
from mtt_mock.service.media import uploads
from mtt_mock.web.paths import CONTROL_PATH, ENDPOINT


def is_mtt_host(host: str) -> bool:
    """Return whether the Host header ``host`` names the faked service."""
    return host.partition(":")[0].lower().rstrip(".") == MTT_HOST


def is_control_host(fake: Fake, host: str) -> bool:
    """Return whether the Host header ``host`` may name the fake in requests to the control API.

    Addresses may, and names of this machine and of the setting ``control_hosts``. Any other name
    may be that of a web page whose DNS server answers with this address (DNS rebinding).
    """
    name = host.rpartition(":")[0] if re.fullmatch(r".*:[0-9]*", host) else host
    name = name.strip("[]").lower().rstrip(".")
    if not host or name == "localhost" or name.endswith(".localhost"):
        return True
    if name in fake.settings.control_hosts or name == socket.gethostname().lower():
        return True
    with contextlib.suppress(ValueError):
        ip_address(name)
        return True
    return False


def is_authorized(fake: Fake, authorization: str) -> bool:
    """Return whether the Authorization header holds the control token, or no token is set."""
    token = fake.settings.control_token
    if token is None:
        return True
    import hmac  # noqa: PLC0415 -- its OpenSSL takes 4 ms

    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())


def is_refused_by_head(fake: Fake, path: str, authorization: str | None) -> bool:
    """Return whether the head alone refuses a request: by its token or its login."""
    if path.startswith(CONTROL_PATH):
        return not is_authorized(fake, authorization or "")
    if path.startswith(uploads.PATH):
        token = path.removeprefix(uploads.PATH)
        return not fake.accepts(authorization) or not uploads.upload_params(fake.service, token)
    return path == ENDPOINT and not fake.accepts(authorization)

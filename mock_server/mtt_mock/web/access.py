"""Decides who may use the control API: by its token, and never under MTT's host name."""

from __future__ import annotations

import hmac

from mtt_mock.domain.hosts import MTT_HOST
from mtt_mock.service.fake import Fake


def is_mtt_host(host: str) -> bool:
    """Return whether the Host header ``host`` names the faked service."""
    return host.partition(":")[0].lower().rstrip(".") == MTT_HOST


def is_authorized(fake: Fake, authorization: str) -> bool:
    """Return whether the Authorization header holds the control token, or no token is set."""
    token = fake.settings.control_token
    if token is None:
        return True
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())

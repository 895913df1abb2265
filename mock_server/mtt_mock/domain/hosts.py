"""MTT's host name, and checks of host names and URLs that users give."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, urlsplit

from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.url_secrets import mask_url_secrets

MTT_HOST = "webapicommon.mtt.ru"  # doc


class HostError(MttMockError, ValueError):
    """A value is not a host name; the message names it."""


def host_names(names: Any) -> tuple[str, ...]:
    """Return ``names`` normalised for comparison: lower case, no trailing dot, no duplicates.

    Raises:
        HostError: ``names`` is not a list, or has an item that is not a host name or address, such
            as a URL.
    """
    if not isinstance(names, list | tuple) or not names:
        raise HostError(f"hosts must be a list of host names, got {names!r}")
    hosts = []
    for name in names:
        plain = name.strip().lower().rstrip(".").strip("[]") if isinstance(name, str) else ""
        if not plain or not plain.isascii() or set(plain) & set("/@?#%=, \t\r\n*"):
            raise HostError(f"{name!r} is not a host; give a name such as {MTT_HOST}")
        hosts.append(plain)
    return tuple(dict.fromkeys(hosts))


def split_http_url(url: str) -> SplitResult:
    """Return the parts of an http or https URL.

    Raises:
        HostError: It is not such a URL, or its host or port cannot exist.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError as error:
        raise HostError(f"not an http(s) URL: {mask_url_secrets(url)} ({error})") from error
    raise HostError(f"not an http(s) URL: {mask_url_secrets(url)}")

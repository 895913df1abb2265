"""Checks URLs and returns their origins.

httpx2 parses them here as it does when it connects, so that both always see the same host.
"""

from __future__ import annotations

from collections.abc import Collection

import httpx2

MAX_PORT = 65535


def url_problem(url: object, name: str = "url") -> str | None:
    """Return the problem of ``url`` as an absolute http(s) URL without user and password.

    No message repeats the URL: it may hold a password in an unexpected place, or a signature.
    """
    if not isinstance(url, str) or not url:
        return f"{name} must be a whole URL, such as https://host/index.php"
    parsed = _parsed(url)
    if parsed is None:
        return f"{name} is not a valid URL"
    if parsed.userinfo:
        return f"{name} must not hold a user or password"
    if parsed.scheme not in ("http", "https"):
        return f"{name} must begin with http:// or https://"
    if not parsed.host:
        return f"{name} must name a host"
    return None


def endpoint_problem(url: object) -> str | None:
    """Return the problem of ``url`` as the endpoint."""
    if not isinstance(url, str) or not url:
        return "url must be the endpoint's whole URL, such as https://host/index.php"
    if "@" in url:
        return "url must not hold a user or password (nor any @); pass login and password instead"
    return url_problem(url)


def origins_problem(origins: object) -> str | None:
    """Return the problem of ``origins`` as the argument ``upload_origins``."""
    if isinstance(origins, str) or not isinstance(origins, Collection):
        return f"upload_origins must be a list of origins, got one {type(origins).__name__}"
    for index, url in enumerate(origins):
        name = f"upload_origins[{index}]"
        problem = url_problem(url, name)
        if problem is not None:
            return problem
        if httpx2.URL(url).raw_path != b"/" or "#" in url:
            return f"{name} must be an origin, such as https://host:8443, without path or query"
    return None


def origin(url: str) -> str:
    """Return the origin of a valid ``url``: ``https://host``, with any port but the default."""
    return str(httpx2.URL(url).copy_with(raw_path=b"/", fragment=None)).removesuffix("/")


def _parsed(url: str) -> httpx2.URL | None:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        return None
    # The parser accepts larger ports, which a socket may reduce modulo 65536.
    return parsed if (parsed.port or 0) <= MAX_PORT else None

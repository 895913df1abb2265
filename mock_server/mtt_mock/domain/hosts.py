"""Where the real service lives, as applications have it written in their code."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.errors import MttMockError

MTT_HOST = "webapicommon.mtt.ru"  # doc


class HostError(MttMockError, ValueError):
    """A host name cannot be one; the message says which."""


def host_names(names: Any) -> tuple[str, ...]:
    """Return the list ``names`` as they are compared: lower case, without the root's dot.

    Raises ``HostError`` for what is no host name or address, such as a URL.
    """
    if not isinstance(names, list | tuple) or not names:
        raise HostError(f"hosts must be a list of host names, got {names!r}")
    found = []
    for name in names:
        plain = name.strip().lower().rstrip(".").strip("[]") if isinstance(name, str) else ""
        if not plain or not plain.isascii() or set(plain) & set("/@?#%=, \t\r\n*"):
            raise HostError(f"{name!r} is not a host; give a name such as {MTT_HOST}")
        found.append(plain)
    return tuple(dict.fromkeys(found))

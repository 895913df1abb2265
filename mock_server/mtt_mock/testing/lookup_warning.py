"""Warns when a test looks up MTT's name while nothing intercepts it.

Only the standard library is imported: every pytest run of the environment loads this module.
"""

from __future__ import annotations

import contextlib
import socket
import warnings
from collections.abc import Collection, Iterator
from typing import Any

_FUNCTIONS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
_MESSAGE = (
    "{name} is looked up, and nothing intercepts it: the test may reach the real MTT. Set "
    "mtt_intercept = true in pytest's configuration, or request the fixture mtt_intercept. If the "
    "test shall reach the real MTT, mark it with mtt_no_intercept"
)


class LookupWatch:
    """Watches the lookups of ``hosts``; ``with watch.paused()`` allows them."""

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._paused = False

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Warn about lookups inside."""
        originals = {name: getattr(socket, name) for name in _FUNCTIONS}
        watched = {name: self._watching(original) for name, original in originals.items()}
        for name, function in watched.items():
            setattr(socket, name, function)
        try:
            yield
        finally:
            for name, function in watched.items():
                if getattr(socket, name) is function:  # if not, another tool has replaced it
                    setattr(socket, name, originals[name])
            self._paused = True

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Allow lookups inside."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False

    def _watching(self, original: Any) -> Any:
        def lookup(host: Any, *args: Any, **options: Any) -> Any:
            name = host.decode("latin-1") if isinstance(host, bytes) else str(host)
            if self._paused or name.lower().rstrip(".") not in self._hosts:
                return original(host, *args, **options)
            try:
                answer = original(host, *args, **options)
            except OSError:
                _warn(name)
                raise
            if not all(map(_is_private, _addresses(answer))):
                _warn(name)
            return answer

        return lookup


def _addresses(answer: Any) -> list[str]:
    """Return the addresses in the answer of one of the functions."""
    if isinstance(answer, str):
        return [answer]
    if isinstance(answer, tuple):  # gethostbyname_ex: name, aliases, addresses
        return list(answer[2])
    return [entry[4][0] for entry in answer]


def _is_private(address: str) -> bool:
    """Return whether ``address`` is of this machine or network, as under exec --isolate."""
    from ipaddress import ip_address  # noqa: PLC0415

    return ip_address(address.partition("%")[0]).is_private


def _warn(name: str) -> None:
    from mtt_mock.interception.hooks import InterceptWarning  # noqa: PLC0415

    warnings.warn(_MESSAGE.format(name=name), InterceptWarning, stacklevel=3)

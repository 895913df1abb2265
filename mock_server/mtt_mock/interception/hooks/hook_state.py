"""State of the hooks: active redirects, placeholder addresses and addresses looked up before.

Standard library only, Python 3.8.
"""

from __future__ import annotations

import _socket
import errno
import ipaddress
import threading
import weakref
from typing import Any, Iterable, List, Optional, Tuple  # noqa: UP035

from mtt_mock.domain.errors import MttMockError
from mtt_mock.interception.hooks.sniffing import Address, normalise, parse_address

_MAX_REFUSED = 100
HTTP_PORT = 80


class InterceptError(MttMockError, ConnectionError):
    """A connection that could have reached the real MTT was refused; the message is the reason.

    Cause: a literal address, a proxy, or a library with its own resolver. Remedy: see the message.
    """


class InterceptWarning(UserWarning):
    """A connection that tests start may miss the fake; the message names the setting to change.

    Cause: a library that connects in C cannot be redirected, or MTT's name was looked up while
    nothing intercepted it.
    """


class Redirect:
    """Redirects connections for ``hosts`` to a fake on 127.0.0.1.

    Args:
        hosts: Names as ``host_names`` returns them, or addresses.
        tls_port: The fake's HTTPS port. It gets connections to every port but 80.
        http_port: The fake's HTTP port. It gets connections to port 80.
        other_ports: Other loopback ports that reach the fake, such as a proxy's.
        allow: Public addresses and networks that stay reachable.
        authority: The certificate (PEM) that Python's clients are made to trust.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        tls_port: int,
        http_port: int,
        *,
        other_ports: Iterable[int] = (),
        allow: Iterable[str] = (),
        authority: Optional[str] = None,  # noqa: UP045
    ) -> None:
        self.hosts = frozenset(hosts)
        self.tls_port = tls_port
        self.http_port = http_port
        self.ports = frozenset([tls_port, http_port, *other_ports])
        self.allow = [ipaddress.ip_network(network, strict=False) for network in allow]
        self.authority = authority
        self.refused: List[str] = []  # noqa: UP006

    @property
    def has_proxy(self) -> bool:
        """Whether programs use a proxy that reaches the fake, as in mtt-mock exec."""
        return self.ports > {self.tls_port, self.http_port}

    def __str__(self) -> str:
        """Return the hosts, for messages."""
        return ", ".join(sorted(self.hosts))

    def port_for(self, port: Any) -> int:
        """Return the fake's port for connections to ``port``."""
        return self.http_port if port == HTTP_PORT else self.tls_port

    def allows(self, address: Address) -> bool:
        """Return whether ``address`` stays reachable."""
        return any(
            address.version == network.version and address in network for network in self.allow
        )

    def refuse(self, message: str) -> InterceptError:
        """Record ``message`` and return the error to raise."""
        if len(self.refused) < _MAX_REFUSED:
            self.refused.append(message)
        # With a number: some libraries show only an error's strerror.
        return InterceptError(errno.ECONNREFUSED, f"mtt-mock refused: {message}")


def real_addresses(host: str) -> List[Address]:  # noqa: UP006
    """Return the addresses of ``host`` by the system's resolver, which the hooks do not see."""
    try:
        entries = _socket.getaddrinfo(host, None)
    except OSError:
        return []
    return [address for entry in entries if (address := parse_address(str(entry[4][0])))]


class HookState:
    """The active redirects, newest last, and what the hooks know about connections."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.redirects: Tuple[Redirect, ...] = ()  # noqa: UP006
        self._placeholders: dict[str, str] = {}  # placeholder address -> host
        self._looked_up: set[str] = set()  # addresses of other names
        self._trusted: weakref.WeakSet[Any] = weakref.WeakSet()  # TLS made under a redirect

    def find_redirect(self, host: Any) -> Redirect | None:
        """Return the newest redirect of ``host``: a name, an address or a placeholder."""
        name = normalise(host)
        name = self._placeholders.get(name, name)
        for redirect in reversed(self.redirects):
            if name in redirect.hosts:
                return redirect
        return None

    def placeholder_ip(self, host: Any) -> str | None:
        """Return the address to answer for ``host``, ``None`` for hosts without a redirect."""
        name = normalise(host)
        if self.find_redirect(name) is None or parse_address(name) is not None:
            return None
        with self.lock:
            for address, known in self._placeholders.items():
                if known == name:
                    return address
            number = len(self._placeholders)
            address = f"127.77.{84 + number // 250}.{1 + number % 250}"
            self._placeholders[address] = name
        return address

    def remember_addresses(self, host: Any, addresses: Iterable[Any]) -> None:
        """Remember the addresses of a name other than the MTT host's."""
        if parse_address(normalise(host)) is None:
            self._looked_up.update(normalise(address) for address in addresses)

    def is_looked_up(self, address: Address) -> bool:
        """Return whether ``address`` was looked up under another name."""
        return str(address) in self._looked_up

    def mark_trusted(self, connection: Any) -> Any:
        """Remember that the TLS ``connection`` was made under a redirect, and return it."""
        self._trusted.add(connection)
        return connection

    def is_trusted(self, connection: Any) -> bool:
        """Return whether the TLS ``connection`` was made under a redirect."""
        return connection in self._trusted

    def forget_addresses(self) -> None:
        """Forget the addresses of other names, as at the start of an interception."""
        self._looked_up.clear()

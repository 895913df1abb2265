"""Intercepts this process: starts a fake, the hooks and the environment of child processes."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mtt_mock.domain.hosts import MTT_HOST, host_names
from mtt_mock.interception.child_env.variables import redirect_env, without_proxy_for
from mtt_mock.interception.hooks import HOOKS, Redirect
from mtt_mock.interception.process_env import environment
from mtt_mock.server.handles import MttServer
from mtt_mock.server.live_server import LiveServer
from mtt_mock.server.tls import Authority, bundle
from mtt_mock.service.fake import Fake

if TYPE_CHECKING:
    from flask import Flask


class Interception:
    """An active interception; ``server`` is the fake, ``redirect`` redirects to it."""

    def __init__(self, server: MttServer, redirect: Redirect) -> None:
        self.server = server
        self.redirect = redirect

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts whose connections reach the fake."""
        return tuple(sorted(self.redirect.hosts))

    @property
    def refused(self) -> tuple[str, ...]:
        """Messages about connections that could have reached the real MTT, oldest first."""
        return tuple(self.redirect.refused)

    def clear_refused(self) -> None:
        """Empty ``refused``, as at the start of a test."""
        self.redirect.refused.clear()


@contextlib.contextmanager
def intercept(
    fake: MttServer | LiveServer | Flask | None = None,
    *,
    hosts: Sequence[str] = (MTT_HOST,),
    allow: Sequence[str] = (),
) -> Iterator[Interception]:
    """Redirect connections from this process for ``hosts`` to the fake, by TLS, inside.

    Port 80 reaches the fake's HTTP, every other port its HTTPS. A connection that could reach the
    real host is refused with ``InterceptError``. All threads are intercepted; of nested
    interceptions the innermost applies. Contexts of the ``ssl`` module are made to trust the fake,
    libraries in C trust it through ``SSL_CERT_FILE``. Python and Node processes that are started
    inside reach the fake too, even with their own environment. Exceptions are the switches
    -E, -I, -S, and shells that replace ``PYTHONPATH`` or ``NODE_OPTIONS``.

    Args:
        fake: A running server, an application of ``create_app``, or ``None`` for a new fake.
        hosts: Names, or addresses if the application uses those.
        allow: Public addresses or networks (CIDR) that stay reachable without a name lookup.

    Yields:
        The interception.

    Raises:
        HostError: A host is not valid.
        AuthorityError: The certificate authority cannot be read or created.
        ValueError: ``allow`` holds a value that is no address or network.
    """
    names = host_names(hosts if isinstance(hosts, str) else list(hosts))  # refuses a str
    _check_networks(allow)
    with contextlib.ExitStack() as stack:
        live = _live(fake, stack)
        authority = Authority.of_machine(hosts=names)
        redirect = Redirect(
            names,
            live.tls_port(names),
            live.port,
            allow=allow,
            authority=authority.pem.decode(),
        )
        variables = {
            **redirect_env(redirect, str(bundle(authority)), os.environ),
            **without_proxy_for(names, os.environ),
        }
        stack.enter_context(environment(variables))
        stack.callback(HOOKS.remove, redirect)  # also when a warning about a library is an error
        HOOKS.add(redirect)
        yield Interception(fake if isinstance(fake, MttServer) else MttServer(live), redirect)


def _live(fake: MttServer | LiveServer | Flask | None, stack: contextlib.ExitStack) -> LiveServer:
    if isinstance(fake, MttServer):
        fake = fake.live
    if isinstance(fake, LiveServer):
        if fake.host not in ("127.0.0.1", "0.0.0.0"):  # noqa: S104
            raise ValueError(f"intercept needs a fake that listens on 127.0.0.1, not {fake.host}")
        return fake
    return stack.enter_context(LiveServer(Fake() if fake is None else fake))


def _check_networks(allow: Sequence[str]) -> None:
    if isinstance(allow, str):
        raise ValueError(f"allow must be a list of addresses, got {allow!r}")  # noqa: TRY004
    for network in allow:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise ValueError(
                f"allow holds {network!r}; give addresses or networks such as 203.0.113.0/24"
            ) from error

"""The interception: a fake, the hooks, and the environment, for as long as it is active."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import ssl
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mtt_mock.domain.hosts import MTT_HOST, host_names
from mtt_mock.interception.child_env import redirect_env, without_proxy_for
from mtt_mock.interception.hooks import HOOKS, Redirect
from mtt_mock.interception.process_env import environment
from mtt_mock.server.handles import MttServer
from mtt_mock.server.live_server import LiveServer
from mtt_mock.server.tls import Authority, bundle
from mtt_mock.service.fake import Fake

if TYPE_CHECKING:
    from flask import Flask


class Interception:
    """An interception in force. ``server`` is the fake that answers, as an ``MttServer``."""

    def __init__(self, server: MttServer, redirect: Redirect) -> None:
        self.server = server
        self._redirect = redirect

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts whose connections come to the fake."""
        return tuple(sorted(self._redirect.hosts))

    @property
    def refused(self) -> tuple[str, ...]:
        """What was refused because it could have reached the real MTT, oldest first."""
        return tuple(self._redirect.refused)


@contextlib.contextmanager
def intercept(
    fake: MttServer | LiveServer | Flask | None = None,
    *,
    hosts: Sequence[str] = (MTT_HOST,),
    allow: Sequence[str] = (),
) -> Iterator[Interception]:
    """While active, whatever connects to ``hosts`` from this process reaches the fake, by TLS.

    ``fake``: a running server, an application made by ``create_app``, or ``None`` for a fake of
    its own. ``hosts``: names, or addresses where the application has those. ``allow``: public
    addresses or networks (CIDR) that the process may connect to without looking up a name.

    Port 80 is the fake's HTTP, every other port its HTTPS. A connection that could reach the real
    host is refused with ``InterceptError``. It holds for all threads; of nested ones the innermost
    counts. Libraries trust the fake through ``SSL_CERT_FILE`` and ``REQUESTS_CA_BUNDLE``; those
    that read them when they are imported (aiohttp) must be imported inside, or the variables be
    set before: ``mtt_intercept = true`` in pytest's settings. Python and Node processes started
    meanwhile meet the fake as well.

    Raises ``HostError``, ``AuthorityError``, and ``ValueError`` for a wrong ``allow``.
    """
    names = host_names(list(hosts))
    _check_networks(allow)
    with contextlib.ExitStack() as stack:
        live = _live(fake, stack)
        authority = Authority.of_machine()
        redirect = Redirect(
            names,
            live.tls_port(names),
            live.port,
            allow=allow,
            authority=ssl.PEM_cert_to_DER_cert(authority.pem.decode("ascii")),
        )
        variables = {
            **redirect_env(redirect, str(bundle(authority)), os.environ),
            **without_proxy_for(names, os.environ),
        }
        stack.enter_context(environment(variables))
        HOOKS.add(redirect)
        stack.callback(HOOKS.remove, redirect)
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
    for each in allow:
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError:
            raise ValueError(
                f"allow holds {each!r}; give addresses or networks such as 203.0.113.0/24"
            ) from None

"""A fake with HTTP and HTTPS, a proxy that leads to it, and the variables that say so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mtt_mock.domain.hosts import MTT_HOST, host_names
from mtt_mock.interception.child_env import exec_env
from mtt_mock.interception.hooks import Redirect
from mtt_mock.interception.proxy import Proxy
from mtt_mock.server.live_server import LiveServer
from mtt_mock.server.tls import Authority, bundle, server_context
from mtt_mock.service.fake import Fake
from mtt_mock.service.settings import Settings


@dataclass(frozen=True)
class Ports:
    """Where the three listen; 0: on a free port."""

    proxy: int = 0
    http: int = 0
    tls: int = 0


@dataclass(frozen=True)
class FakeEnvironment:
    """What is running."""

    live: LiveServer
    proxy: Proxy
    redirect: Redirect

    def variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return what a program's environment, now ``environ``, needs to meet the fake."""
        ca_env = str(bundle(Authority.of_machine(), environ))
        return exec_env(self.redirect, ca_env, self.proxy.url, environ)


@contextlib.contextmanager
def surroundings(
    settings: Settings,
    *,
    hosts: Sequence[str] = (),
    pass_on: bool = False,
    proxy_host: str = "127.0.0.1",
    ports: Ports | None = None,
) -> Iterator[FakeEnvironment]:
    """Run a fake and a proxy, the fake on this machine only. ``hosts``: default MTT's.

    Raises ``OSError`` for a busy port, ``AuthorityError`` and ``HostError``.
    """
    ports = ports or Ports()
    names = host_names(list(hosts) or [MTT_HOST])
    context = server_context(names)
    with contextlib.ExitStack() as stack:
        live = LiveServer(Fake(settings), port=ports.http)
        stack.callback(live.close)
        tls_port = live.listen_tls(context, port=ports.tls)
        proxy = Proxy(
            names, tls_port, live.port, pass_on=pass_on, host=proxy_host, port=ports.proxy
        )
        stack.enter_context(live)
        stack.enter_context(proxy)
        redirect = Redirect(names, tls_port, live.port, also=[proxy.port])
        yield FakeEnvironment(live, proxy, redirect)

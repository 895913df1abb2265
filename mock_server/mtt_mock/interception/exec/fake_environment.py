"""Starts a fake with HTTP and HTTPS, and a proxy or an isolation that redirects to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from mtt_mock.domain.hosts import MTT_HOST, host_names
from mtt_mock.interception.child_env.variables import (
    exec_env,
    fake_env,
    node_env,
    trust_env,
)
from mtt_mock.interception.exec.isolation import HTTP_PORT, HTTPS_PORT, NETWORK, Isolation
from mtt_mock.interception.exec.name_server import name_server
from mtt_mock.interception.exec.system_trust import trust_installer
from mtt_mock.interception.hooks import Redirect
from mtt_mock.interception.proxy import Proxy
from mtt_mock.server.live_server import AsgiServer
from mtt_mock.server.tls import Authority, bundle, server_context

# Runs the server that programs reach; takes the address and the port to bind.
Serve = Callable[[str, int], AbstractContextManager[AsgiServer]]
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """The ports of the proxy and the fake; 0 for free ones."""

    proxy: int = 0
    http: int = 0
    tls: int = 0


@dataclass(frozen=True)
class FakeEnvironment:
    """A running server and its proxy."""

    server: AsgiServer
    proxy: Proxy
    redirect: Redirect

    def variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the environment ``environ`` extended to redirect a program to the fake."""
        trusted = str(self._bundle(environ))
        return {**environ, **exec_env(self.redirect, trusted, self.proxy.url, environ)}

    def prepare(self, environ: Mapping[str, str]) -> tuple[Callable[[], None], ...]:
        """Return the functions that a program's process calls before it runs the program."""
        return (trust_installer(self._bundle(environ), self.redirect.authority or ""),)

    def _bundle(self, environ: Mapping[str, str]) -> Path:
        return bundle(Authority.of_machine(hosts=self.redirect.hosts), environ)


@dataclass(frozen=True)
class IsolatedEnvironment:
    """A running server in an isolation; it needs no proxy."""

    server: AsgiServer
    isolation: Isolation
    redirect: Redirect
    trusted: str
    readable: str  # a file of the same certificates that every user can read
    proxy: None = None

    def variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the environment ``environ`` with the variables of trust, without a proxy."""
        clean = self.isolation.variables(environ)
        urls = fake_env(self.redirect, self.isolation.address)
        # A server may start its workers as another user.
        trust = {
            name: self.readable if value == self.trusted else value
            for name, value in trust_env(self.trusted, clean).items()
        }
        # Node programs with their own certificates read no variable.
        return {**clean, **trust, **node_env(self.redirect, self.readable, clean), **urls}

    def prepare(self, _environ: Mapping[str, str]) -> tuple[Callable[[], None], ...]:
        """Return no functions: this process is isolated."""
        return ()


@contextlib.contextmanager
def open_environment(
    serve: Serve,
    *,
    hosts: Sequence[str] = (),
    pass_on: bool = False,
    proxy_host: str = _LOOPBACK,
    ports: Ports | None = None,
) -> Iterator[FakeEnvironment]:
    """Run a server, on this machine only, and a proxy. ``hosts``: default MTT's.

    Raises ``OSError`` for a port in use, ``AuthorityError`` and ``HostError``.
    """
    ports = ports or Ports()
    names = host_names(list(hosts) or [MTT_HOST])
    authority = Authority.of_machine(hosts=names)
    context = server_context(names)
    with serve(_LOOPBACK, ports.http) as server:
        tls_port = server.listen_tls(context, port=ports.tls)
        proxy = Proxy(
            names,
            tls_port,
            server.port,
            tunnel_ports=(
                server.listen_tls(context, tunnel_hosts=names),
                server.listen_tunnel(names),
            ),
            pass_on=pass_on,
            host=proxy_host,
            port=ports.proxy,
            authority=authority.fingerprint,
        )
        with proxy:
            redirect = Redirect(
                names,
                tls_port,
                server.port,
                other_ports=[proxy.port],
                authority=authority.pem.decode(),
            )
            yield FakeEnvironment(server, proxy, redirect)


@contextlib.contextmanager
def open_isolated_environment(
    isolation: Isolation, serve: Serve, environ: Mapping[str, str]
) -> Iterator[IsolatedEnvironment]:
    """Run a server on ports 80 and 443 of ``isolation``.

    Raises ``OSError`` for a port in use or a refused mount, and ``AuthorityError``.
    """
    names = isolation.names
    # The address too: the variable MTT_MOCK_TLS_URL holds it.
    hosts = [*names, isolation.address]
    context = server_context(hosts)
    authority = Authority.of_machine(hosts=hosts)
    trusted = bundle(authority, environ)
    isolation.redirect_names()
    readable = isolation.trust(trusted)
    # Only a private network lacks a name server.
    dns: AbstractContextManager[None] = contextlib.nullcontext()
    if isolation.mode == NETWORK:
        dns = name_server(names, isolation.address)
    with dns, serve(isolation.address, HTTP_PORT) as server:
        server.listen_tls(context, port=HTTPS_PORT)
        # The hooks connect to 127.0.0.1, which is not the fake's address in the mode host.
        hooked = names if isolation.address == _LOOPBACK else ()
        redirect = Redirect(hooked, HTTPS_PORT, HTTP_PORT, authority=authority.pem.decode())
        yield IsolatedEnvironment(server, isolation, redirect, str(trusted), str(readable))

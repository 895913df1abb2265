"""Decides where a connection goes, and refuses one that could reach the real MTT.

Standard library only, Python 3.8.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
from typing import Any

from mtt_mock.interception.hooks.hook_state import HookState, Redirect, real_addresses
from mtt_mock.interception.hooks.sniffing import (
    may_be_mtt,
    normalise,
    parse_address,
    peer,
    peer_address,
    requested_hosts,
)

# The class that existed before any tool replaced it: a refused connection is closed with this one.
_shutdown = socket.socket.shutdown
_RESOLVERS = ("aiodns", "dns", "eventlet", "gevent", "pycares", "twisted")


def destination(state: HookState, sock: Any, address: Any) -> Any:
    """Return the address to connect ``sock`` to instead of ``address``; or refuse."""
    redirects = state.redirects
    if not redirects or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return address
    if not isinstance(address, tuple) or len(address) < 2:  # noqa: PLR2004
        return address  # the original function reports it
    host, port = address[:2]
    redirect = state.find_redirect(host)
    if redirect is not None:
        tool = _socket_replacement()
        if tool:
            raise redirect.refuse(
                f"a connection to {host}. {tool} replaces Python's sockets now, and the fake could "
                f"not answer: let {tool} answer requests to {redirect}, or do not use it here"
            )
        return _address_of_fake(redirect, sock, port)
    literal = parse_address(normalise(host))
    if literal is None or not may_be_mtt(sock, literal, port):
        return address
    if state.is_looked_up(literal) or any(redirect.allows(literal) for redirect in redirects):
        return address
    innermost = redirects[-1]
    # The guard of mtt-mock exec redirects these too, but it may be off.
    if innermost.has_proxy and any(literal in real_addresses(name) for name in innermost.hosts):
        return _address_of_fake(innermost, sock, port)
    raise innermost.refuse(
        f"a connection to {literal} port {port}. While {innermost} is intercepted, only "
        "addresses that Python's socket module looked up under another name are allowed, so "
        f"that nothing reaches the real MTT.{_resolver_advice(innermost)} If this is another "
        "service, connect by its name, or allow the address: "
        f'mtt_mock.intercept(allow=["{literal}"]), in pytest the setting mtt_allow'
    )


def _address_of_fake(redirect: Redirect, sock: Any, port: Any) -> Any:
    if sock.family == socket.AF_INET6:
        return ("::ffff:127.0.0.1", redirect.port_for(port), 0, 0)
    return ("127.0.0.1", redirect.port_for(port))


def check_unhooked(state: HookState, sock: Any, address: Any) -> None:
    """Refuse a connection to MTT that the hooks did not see.

    Its socket is of a class without them: ``_socket.socket``, or ``socket.socket`` of a reloaded
    module. Under ``mtt-mock exec`` the guard redirects such a connection.
    """
    redirects = state.redirects
    if not redirects or redirects[-1].has_proxy or destination(state, sock, address) == address:
        return
    raise redirects[-1].refuse(
        f"a connection to {address[0]} by a socket that cannot be redirected: its class is "
        "not the socket.socket that was intercepted (the module was reloaded, or _socket is used)"
    )


def datagram_destination(state: HookState, sock: Any, address: Any) -> Any:
    """Return the address to which the unconnected ``sock`` sends instead of ``address``; or refuse.

    TCP Fast Open is redirected like a connection.
    """
    target = destination(state, sock, address)
    if target != address and sock.type == socket.SOCK_DGRAM:
        raise state.redirects[-1].refuse(
            f"a datagram to {address[0]} port {address[1]}: the fake speaks HTTP/1.1 over TCP only"
        )
    return target


def check_sent(state: HookState, sock: socket.socket, data: Any) -> None:
    """Refuse ``data`` that asks a server other than the fake for the MTT host."""
    for name in requested_hosts(data) if state.redirects else ():
        redirect = state.find_redirect(name)
        if redirect is not None and not _is_connected_to_fake(state, sock):
            target = peer(sock) or "an unknown peer"
            # Some libraries read after a failed write, and would wait on an open connection.
            with contextlib.suppress(OSError, TypeError):
                _shutdown(sock, socket.SHUT_RDWR)
            raise redirect.refuse(
                f"a request for {name} through {target}, which is not the fake. If that is a "
                f"proxy, make the client without it or set NO_PROXY={name} before the client is "
                "made; if the connection is older than the interception, make it inside; if a "
                "library such as mocket, httpretty or eventlet replaces sockets, do not use it "
                "together with the interception"
            )


def check_tls(state: HookState, connection: Any, data: Any) -> None:
    """Refuse ``data`` on a TLS connection that may reach the real MTT.

    That is one to the MTT host that was not made under a redirect, or one to a proxy.
    """
    name = connection.server_hostname
    redirect = state.find_redirect(name) if name else None
    if redirect is None:
        check_sent(state, connection, data)
    elif not state.is_trusted(connection):
        raise redirect.refuse(
            f"a request on a connection to {name} that was not made through the intercepted ssl "
            "module: it is older than the interception, or a library such as httpretty, mocket or "
            "eventlet made it. Make the client inside, or close its connections first"
        )


def add_trust(state: HookState, context: ssl.SSLContext, name: Any) -> None:
    """Make ``context`` trust the fake's authority in addition to its certificates."""
    redirect = state.find_redirect(name) if name else None
    if redirect is None or redirect.authority is None:
        return
    if context.verify_mode != ssl.CERT_NONE:
        context.load_verify_locations(cadata=redirect.authority)


def check_peer(state: HookState, sock: socket.socket, name: Any) -> None:
    """Refuse TLS for the MTT host on a socket that is not connected to the fake."""
    redirect = state.find_redirect(name) if name else None
    if redirect is None or isinstance(sock, ssl.SSLSocket):  # TLS in TLS: see check_tls
        return
    target = peer(sock)
    if target is not None and not _is_connected_to_fake(state, sock):
        raise redirect.refuse(f"a TLS connection for {normalise(name)} to {target}")


def _is_connected_to_fake(state: HookState, sock: socket.socket) -> bool:
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        host, port = peer_address(sock)
        address = parse_address(normalise(host))
        return (
            address is not None
            and address.is_loopback
            and any(port in redirect.ports for redirect in state.redirects)
        )
    return False


def _socket_replacement() -> str:
    """Return the tool that has replaced Python's sockets, those of the fake's server too."""
    if socket.socket.__module__.startswith("mocket."):
        return "mocket"
    httpretty = sys.modules.get("httpretty")
    # It restores the sockets during a connect, so the class does not show it.
    return "httpretty" if httpretty is not None and httpretty.is_enabled() else ""


def _resolver_advice(redirect: Redirect) -> str:
    """Return a sentence about libraries that look up names without the socket module."""
    loaded = [name for name in _RESOLVERS if name in sys.modules]
    if not loaded:
        return ""
    advice = {"dns": "dnspython"}
    names = ", ".join(advice.get(name, name) for name in loaded)
    return (
        f" A library's own resolver ({names} is loaded) causes this even if the program uses "
        "a name: let it use the system's resolver, or run the program as "
        f"mtt-mock exec{' --isolate' if redirect.has_proxy else ''} -- COMMAND."
    )

"""Sends this process's connections to the MTT host elsewhere, and lets none out to the real one.

Names are answered with an address that stands in for the host (127.77.84.n). Whoever connects to
that, on whatever port, is connected to the fake: so libraries that keep only the address of an
answer (anyio) are caught as well as those that keep its port.

What did not come through here is refused: an address that nobody looked up here under another name,
a proxy that is asked for the host, a connection from before. Hooks are in place only while there is
a redirect. This file and ``reading`` import nothing but the standard library and run on Python 3.8:
they are also loaded by themselves into Python processes that ``mtt-mock exec`` starts, which need
not have mtt-mock.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib.util
import ipaddress
import socket
import ssl
import threading
import warnings
import weakref
from typing import Any, Callable, Iterable, Iterator, List, Optional, Tuple  # noqa: UP035

from mtt_mock.domain.errors import MttMockError
from mtt_mock.interception.sniffing import (
    address_of,
    asked_for,
    may_be_the_real_one,
    peer,
    plain,
)

_MOST_REFUSED = 100


class InterceptError(MttMockError, ConnectionError):
    """A connection that could have reached the real MTT was refused; the message says why.

    Cause: a literal address, a proxy, or a library that resolves names by itself. Remedy: see the
    message.
    """


class InterceptWarning(UserWarning):
    """A library read its certificates too early to trust the fake's."""


class Redirect:
    """Where connections to ``hosts`` (names as ``host_names`` gives them, addresses too) go.

    ``tls_port`` and ``http_port`` are the fake's on 127.0.0.1; connections to port 80 go to the
    latter, all others to the former. ``also``: other loopback ports that lead to the fake (a
    proxy's). ``allow``: addresses and networks that are let through. ``authority``: the
    certificate (DER) that clients must trust.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        tls_port: int,
        http_port: int,
        *,
        also: Iterable[int] = (),
        allow: Iterable[str] = (),
        authority: Optional[bytes] = None,  # noqa: UP045
    ) -> None:
        self.hosts = frozenset(hosts)
        self.tls_port = tls_port
        self.http_port = http_port
        self.ports = frozenset([tls_port, http_port, *also])
        self.allow = [ipaddress.ip_network(each, strict=False) for each in allow]
        self.authority = authority
        self.refused: List[str] = []  # noqa: UP006

    def port(self, asked: Any) -> int:
        """Return the fake's port for the ``asked`` one."""
        return self.http_port if asked == 80 else self.tls_port  # noqa: PLR2004

    def refuse(self, message: str) -> InterceptError:
        """Keep ``message`` and return the error to raise."""
        if len(self.refused) < _MOST_REFUSED:
            self.refused.append(message)
        # With a number: some libraries show only an error's strerror.
        return InterceptError(errno.ECONNREFUSED, f"mtt-mock refused: {message}")


class _Patch:
    """One attribute that is replaced for a while."""

    def __init__(self, owner: Any, name: str, hook: Callable[[Any], Any]) -> None:
        self._owner = owner
        self._name = name
        self._was_its_own = name in vars(owner)
        self._former = getattr(owner, name)
        self._hook = hook(self._former)
        setattr(owner, name, self._hook)

    def undo(self) -> None:
        """Put back what was there, unless somebody else has replaced it meanwhile.

        Then the hook stays below theirs, and does nothing.
        """
        if vars(self._owner).get(self._name) is not self._hook:
            return
        if self._was_its_own:
            setattr(self._owner, self._name, self._former)
        else:
            delattr(self._owner, self._name)


class _Hooks:
    """The redirects in force, newest last, and the patches while there are any.

    One for the process, because what it patches is the process's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._redirects: Tuple[Redirect, ...] = ()  # noqa: UP006
        self._patches: List[_Patch] = []  # noqa: UP006
        self._stand_ins: dict[str, str] = {}  # address that stands in -> host
        self._known: set[str] = set()  # addresses looked up under other names
        self._vetted: weakref.WeakSet[Any] = weakref.WeakSet()  # TLS ends made under a redirect

    def add(self, redirect: Redirect) -> None:
        with self._lock:
            if not self._redirects:
                self._known.clear()
                self._patches = list(_patches(self))
            self._redirects = (*self._redirects, redirect)

    def remove(self, redirect: Redirect) -> None:
        with self._lock:
            self._redirects = tuple(each for each in self._redirects if each is not redirect)
            if not self._redirects:
                while self._patches:
                    self._patches.pop().undo()

    def redirect(self, host: Any) -> Redirect | None:
        """Return the newest redirect of ``host``: a name, an address, or one that stands in."""
        name = plain(host)
        name = self._stand_ins.get(name, name)
        for redirect in reversed(self._redirects):
            if name in redirect.hosts:
                return redirect
        return None

    def stand_in(self, host: Any) -> str | None:
        """Return the address that stands in for the name ``host``; ``None``: it is its own."""
        name = plain(host)
        if self.redirect(name) is None or address_of(name) is not None:
            return None
        with self._lock:
            for address, known in self._stand_ins.items():
                if known == name:
                    return address
            number = len(self._stand_ins)
            address = f"127.77.{84 + number // 250}.{1 + number % 250}"
            self._stand_ins[address] = name
        return address

    def learn(self, host: Any, addresses: Iterable[Any]) -> None:
        """Remember that a name other than the MTT host's has these addresses."""
        if address_of(plain(host)) is None:
            self._known.update(plain(address) for address in addresses)

    def destination(self, sock: Any, address: Any) -> Any:
        """Return where ``sock`` connects to when it asks for ``address``; or refuse."""
        redirects = self._redirects
        if not redirects or sock.family not in (socket.AF_INET, socket.AF_INET6):
            return address
        if not isinstance(address, tuple) or len(address) < 2:  # noqa: PLR2004
            return address  # the original says what is wrong with it
        host, asked = address[:2]
        redirect = self.redirect(host)
        if redirect is not None:
            if sock.family == socket.AF_INET6:
                return ("::ffff:127.0.0.1", redirect.port(asked), 0, 0)
            return ("127.0.0.1", redirect.port(asked))
        literal = address_of(plain(host))
        if literal is None or not may_be_the_real_one(sock, literal, asked):
            return address
        if str(literal) in self._known or any(
            literal.version == network.version and literal in network
            for each in redirects
            for network in each.allow
        ):
            return address
        raise redirects[-1].refuse(
            f"a connection to {literal} port {asked}. While {_names(redirects[-1])} is "
            "intercepted, only addresses that were looked up here under another name are let "
            "through, so that nothing reaches the real MTT. If this is another service, connect by "
            f'its name, or allow the address: mtt_mock.intercept(allow=["{literal}"]), in pytest '
            "the setting mtt_allow"
        )

    def check_sent(self, sock: socket.socket, data: Any) -> None:
        """Refuse ``data`` that asks somebody else than the fake for the MTT host."""
        for name in asked_for(data) if self._redirects else ():
            redirect = self.redirect(name)
            if redirect is not None and not self._leads_to_the_fake(sock):
                where = peer(sock)
                # Some libraries go on to read where they could not write; then nobody answers.
                with contextlib.suppress(OSError, TypeError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
                raise redirect.refuse(
                    f"a request for {name} through {where}, which is not the fake. If that is a "
                    f"proxy, make the client without it or set NO_PROXY={name} before the client "
                    "is made; if the connection is from before the interception, make it inside"
                )

    def check_tls(self, end: Any, data: Any) -> None:
        """Refuse ``data`` on a TLS connection that may lead to the real MTT.

        That is one to the MTT host that was not made under a redirect, or one to a proxy.
        """
        redirect = self.redirect(end.server_hostname) if end.server_hostname else None
        if redirect is None:
            self.check_sent(end, data)
        elif end not in self._vetted:
            raise redirect.refuse(
                f"a request on a connection to {end.server_hostname} that was open before the "
                "interception began; make the client inside, or close its connections first"
            )

    def check_trust(self, context: ssl.SSLContext, name: Any) -> None:
        """Warn where ``context`` does not trust the fake's certificate."""
        redirect = self.redirect(name) if name else None
        if redirect is None or redirect.authority is None:
            return
        if context.verify_mode == ssl.CERT_NONE:
            return
        if redirect.authority not in context.get_ca_certs(binary_form=True):
            warnings.warn(
                f"the client of {plain(name)} read its certificates before mtt-mock had set "
                "SSL_CERT_FILE, or from a file of its own, and will not trust the fake. In pytest "
                "set mtt_intercept = true; elsewhere start with: mtt-mock exec -- COMMAND",
                InterceptWarning,
                stacklevel=4,
            )

    def check_peer(self, sock: socket.socket, name: Any) -> None:
        """Refuse TLS for the MTT host on a socket that leads elsewhere."""
        redirect = self.redirect(name) if name else None
        if redirect is None or isinstance(sock, ssl.SSLSocket):  # TLS in TLS: what is in it is seen
            return
        other = peer(sock)
        if other != "nobody" and not self._leads_to_the_fake(sock):
            raise redirect.refuse(f"a TLS connection for {plain(name)} to {other}")

    def vet(self, end: Any) -> Any:
        """Remember that the TLS connection ``end`` was made under a redirect."""
        self._vetted.add(end)
        return end

    def _leads_to_the_fake(self, sock: socket.socket) -> bool:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            host, port = sock.getpeername()[:2]
            address = address_of(plain(host))
            return (
                address is not None
                and address.is_loopback
                and any(port in redirect.ports for redirect in self._redirects)
            )
        return False


def _patches(hooks: _Hooks) -> Iterator[_Patch]:
    """Put every hook in place."""
    places: List[Tuple[Any, str, Any]] = [  # noqa: UP006
        (socket, "getaddrinfo", _getaddrinfo),
        (socket, "gethostbyname", _gethostbyname),
        (socket, "gethostbyname_ex", _gethostbyname_ex),
        (socket.socket, "connect", _connect),
        (socket.socket, "connect_ex", _connect),
        (socket.socket, "send", _send),
        (socket.socket, "sendall", _send),
        (socket.socket, "sendmsg", _sendmsg),
        (ssl.SSLSocket, "send", _write),
        (ssl.SSLSocket, "write", _write),
        (ssl.SSLObject, "write", _write),
        (ssl.SSLContext, "wrap_socket", _wrap_socket),
        (ssl.SSLContext, "wrap_bio", _wrap_bio),
    ]
    for owner, name, hook in places + _uvloop_places():
        if hasattr(owner, name):  # Windows has no sendmsg
            yield _Patch(owner, name, functools.partial(hook, hooks))


def _uvloop_places() -> List[Tuple[Any, str, Any]]:  # noqa: UP006
    """Return what to hook of uvloop, which resolves and connects in C: its loop is a class."""
    if importlib.util.find_spec("uvloop") is None:
        return []
    loop = importlib.import_module("uvloop").Loop
    return [
        (loop, "getaddrinfo", _loop_getaddrinfo),
        (loop, "create_connection", _loop_create_connection),
    ]


def _loop_getaddrinfo(hooks: _Hooks, former: Any) -> Any:
    async def hooked(self: Any, host: Any, port: Any, **options: Any) -> Any:
        stand_in = hooks.stand_in(host)
        if stand_in is not None and options.get("family") == socket.AF_INET6:
            stand_in = f"::ffff:{stand_in}"
        found = await former(self, stand_in or host, port, **options)
        if stand_in is None:
            hooks.learn(host, [entry[4][0] for entry in found])
        return found

    return hooked


def _loop_create_connection(hooks: _Hooks, former: Any) -> Any:
    async def hooked(
        self: Any, protocol: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        if host is not None:
            redirect = hooks.redirect(host)
            if redirect is not None and options.get("ssl") and not options.get("server_hostname"):
                options["server_hostname"] = plain(host)
            host, port = hooks.destination(_Stream, (host, port))[:2]
        return await former(self, protocol, host, port, **options)

    return hooked


class _Stream:
    """What ``destination`` asks a socket that is not there yet."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM


def _connect(hooks: _Hooks, former: Any) -> Any:
    def hooked(self: socket.socket, address: Any) -> Any:
        return former(self, hooks.destination(self, address))

    return hooked


def _send(hooks: _Hooks, former: Any) -> Any:
    def hooked(self: socket.socket, data: Any, *more: Any) -> Any:
        hooks.check_sent(self, data)
        return former(self, data, *more)

    return hooked


def _sendmsg(hooks: _Hooks, former: Any) -> Any:
    def hooked(self: socket.socket, buffers: Any, *more: Any) -> Any:
        buffers = list(buffers)
        hooks.check_sent(self, b"".join(buffers[:8]))
        return former(self, buffers, *more)

    return hooked


def _write(hooks: _Hooks, former: Any) -> Any:
    def hooked(self: Any, data: Any, *more: Any) -> Any:
        hooks.check_tls(self, data)
        return former(self, data, *more)

    return hooked


def _wrap_socket(hooks: _Hooks, former: Any) -> Any:
    def hooked(self: ssl.SSLContext, sock: socket.socket, *args: Any, **options: Any) -> Any:
        name = options.get("server_hostname", args[3] if len(args) > 3 else None)  # noqa: PLR2004
        hooks.check_peer(sock, name)
        hooks.check_trust(self, name)
        return hooks.vet(former(self, sock, *args, **options))

    return hooked


def _wrap_bio(hooks: _Hooks, former: Any) -> Any:
    def hooked(self: ssl.SSLContext, *args: Any, **options: Any) -> Any:
        name = options.get("server_hostname", args[3] if len(args) > 3 else None)  # noqa: PLR2004
        hooks.check_trust(self, name)
        return hooks.vet(former(self, *args, **options))

    return hooked


def _getaddrinfo(hooks: _Hooks, former: Any) -> Any:
    def hooked(  # noqa: PLR0917  # the signature of the original
        host: Any,
        port: Any,
        family: int = 0,
        type: int = 0,  # noqa: A002
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        stand_in = hooks.stand_in(host)
        if stand_in is None:
            found = former(host, port, family, type, proto, flags)
            hooks.learn(host, [entry[4][0] for entry in found])
            return found
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if family == socket.AF_INET6:
            stand_in = f"::ffff:{stand_in}"
        found = former(stand_in, port, family, type, proto, flags)
        if flags & socket.AI_CANONNAME:
            found = [(*found[0][:3], plain(host), found[0][4]), *found[1:]]
        return found

    return hooked


def _gethostbyname(hooks: _Hooks, former: Any) -> Any:
    def hooked(host: Any) -> Any:
        stand_in = hooks.stand_in(host)
        if stand_in is not None:
            return stand_in
        found = former(host)
        hooks.learn(host, [found])
        return found

    return hooked


def _gethostbyname_ex(hooks: _Hooks, former: Any) -> Any:
    def hooked(host: Any) -> Any:
        stand_in = hooks.stand_in(host)
        if stand_in is not None:
            return plain(host), [], [stand_in]
        found = former(host)
        hooks.learn(host, found[2])
        return found

    return hooked


def _names(redirect: Redirect) -> str:
    return ", ".join(sorted(redirect.hosts))


HOOKS = _Hooks()

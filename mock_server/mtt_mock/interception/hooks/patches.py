"""Replaces functions of ``socket``, ``ssl``, ``subprocess`` and uvloop under a redirect.

Lookups return a placeholder address (127.77.84.n). A connection to any port of that address reaches
the fake, for libraries that keep only the address of a lookup (anyio) and for those that keep its
port too. Standard library only, Python 3.8.
"""

from __future__ import annotations

import _socket
import contextlib
import functools
import os
import socket
import ssl
import subprocess
import weakref
from typing import Any, Callable, Iterator, List  # noqa: UP035

from mtt_mock.interception.hooks.child_processes import execve, interpreter_patches, popen
from mtt_mock.interception.hooks.connection_checks import (
    add_trust,
    check_peer,
    check_sent,
    check_tls,
    check_unhooked,
    datagram_destination,
    destination,
)
from mtt_mock.interception.hooks.hook_state import HookState, Redirect
from mtt_mock.interception.hooks.imports import watch_imports
from mtt_mock.interception.hooks.libcurl import libcurl_patches, redirect_open_handles
from mtt_mock.interception.hooks.libraries import PatchTarget, installed, library_patches
from mtt_mock.interception.hooks.sniffing import normalise


class _Patch:
    """One attribute that is replaced while a redirect is active."""

    def __init__(self, owner: Any, name: str, make_hook: Callable[[Any], Any]) -> None:
        self.owner = owner
        self._name = name
        self._make_hook = make_hook
        self._was_own = name in vars(owner)
        self._wrapped_by_hook: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self._original = getattr(owner, name)
        self._wrap(self._original)

    def _wrap(self, value: Any) -> None:
        self._hook = self._make_hook(value)
        self._wrapped_by_hook[self._hook] = value
        setattr(self.owner, self._name, self._hook)

    @property
    def _wrapped(self) -> Any:
        return self._wrapped_by_hook[self._hook]

    def repair(self) -> None:
        """Install the hook again if another tool has replaced or restored the attribute."""
        current = getattr(self.owner, self._name)
        if current is self._wrapped:
            setattr(self.owner, self._name, self._hook)
        elif current in self._wrapped_by_hook:  # the other tool has restored this hook
            self._hook = current
        else:
            self._wrap(current)

    def undo(self) -> None:
        """Restore the wrapped value, unless another tool has replaced the attribute since.

        That tool's value still wraps the hook, which then does nothing.
        """
        if vars(self.owner).get(self._name) is not self._hook:
            return
        if self._was_own or self._wrapped is not self._original:
            setattr(self.owner, self._name, self._wrapped)
        else:
            delattr(self.owner, self._name)


class Hooks(HookState):
    """Adds and removes redirects; patches functions while any is active."""

    def __init__(self) -> None:
        super().__init__()
        self._patches: List[_Patch] = []  # noqa: UP006
        self._undo = contextlib.ExitStack()

    def add(self, redirect: Redirect) -> None:
        """Activate ``redirect``; of several for one host the newest applies."""
        with self.lock:
            first = not self.redirects
            if first:
                self.forget_addresses()
                self._patches = list(_patches(self))
            self.redirects = (*self.redirects, redirect)
            if first:
                self._undo.enter_context(redirect_open_handles(self))
                self._undo.enter_context(watch_imports(self._patch, _connect))

    def remove(self, redirect: Redirect) -> None:
        """Deactivate ``redirect``."""
        with self.lock:
            self.redirects = tuple(other for other in self.redirects if other is not redirect)
            if not self.redirects:
                try:
                    self._undo.close()
                finally:
                    while self._patches:
                        self._patches.pop().undo()

    def _patch(self, owner: Any, name: str, hook: Callable[..., Any]) -> None:
        self._patches.append(_Patch(owner, name, functools.partial(hook, self)))

    def repair(self, owner: Any = None) -> None:
        """Install hooks again that another tool has removed or wrapped, as pytest-socket does.

        Args:
            owner: The module or class with the hooks; ``None`` for all.
        """
        for patch in self._patches:
            if owner is None or patch.owner is owner:
                patch.repair()


def _patches(hooks: Hooks) -> Iterator[_Patch]:
    """Replace every function and yield the patches."""
    targets: List[PatchTarget] = [  # noqa: UP006
        (socket, "getaddrinfo", _getaddrinfo),
        (socket, "gethostbyname", _gethostbyname),
        (socket, "gethostbyname_ex", _gethostbyname_ex),
        (_socket, "socket", _socket_base),
        (socket.socket, "__init__", _socket_init),
        (socket.socket, "connect", _connect),
        (socket.socket, "connect_ex", _connect),
        (socket.socket, "send", _send),
        (socket.socket, "sendall", _send),
        (socket.socket, "sendto", _sendto),
        (socket.socket, "sendmsg", _sendmsg),
        (ssl.SSLSocket, "send", _write),
        (ssl.SSLSocket, "write", _write),
        (ssl.SSLObject, "write", _write),
        (ssl.SSLContext, "wrap_socket", _wrap_socket),
        (ssl.SSLContext, "wrap_bio", _wrap_bio),
        (subprocess.Popen, "__init__", popen),
        (os, "execve", execve),
        (os, "posix_spawn", execve),
        (os, "posix_spawnp", execve),
    ]
    targets += interpreter_patches() + _uvloop_patches() + library_patches() + libcurl_patches()
    for owner, name, hook in targets:
        if hasattr(owner, name):  # Windows has no sendmsg and no posix_spawn
            yield _Patch(owner, name, functools.partial(hook, hooks))


def _uvloop_patches() -> List[PatchTarget]:  # noqa: UP006
    """Return the methods to hook of uvloop's loop, which resolves and connects in C."""
    uvloop = installed("uvloop")  # a subinterpreter cannot load it
    if uvloop is None:
        return []
    loop = uvloop.Loop
    return [
        (loop, "getaddrinfo", _loop_getaddrinfo),
        (loop, "create_connection", _loop_create_connection),
        (loop, "create_datagram_endpoint", _loop_create_datagram_endpoint),
    ]


def _loop_getaddrinfo(hooks: Hooks, original: Any) -> Any:
    async def hooked(self: Any, host: Any, port: Any, **options: Any) -> Any:
        placeholder = hooks.placeholder_ip(host)
        if placeholder is not None and options.get("family") == socket.AF_INET6:
            placeholder = f"::ffff:{placeholder}"
        entries = await original(self, placeholder or host, port, **options)
        if placeholder is None:
            hooks.remember_addresses(host, [entry[4][0] for entry in entries])
        return entries

    return hooked


def _loop_create_connection(hooks: Hooks, original: Any) -> Any:
    async def hooked(
        self: Any, protocol: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        if host is not None:
            redirect = hooks.find_redirect(host)
            if redirect is not None and options.get("ssl") and not options.get("server_hostname"):
                options["server_hostname"] = normalise(host)
            host, port = destination(hooks, _Stream, (host, port))[:2]
        return await original(self, protocol, host, port, **options)

    return hooked


def _loop_create_datagram_endpoint(hooks: Hooks, original: Any) -> Any:
    async def hooked(
        self: Any, protocol: Any, local_addr: Any = None, remote_addr: Any = None, **options: Any
    ) -> Any:
        if remote_addr is not None:
            datagram_destination(hooks, _Datagram, remote_addr)
        return await original(self, protocol, local_addr, remote_addr, **options)

    return hooked


class _Stream:
    """Stands for the TCP socket that uvloop has not made yet."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM


class _Datagram:
    """Stands for the UDP socket that uvloop has not made yet."""

    family = socket.AF_INET
    type = socket.SOCK_DGRAM


def _socket_base(hooks: Hooks, original: Any) -> Any:
    class SocketBaseType(type):
        """Makes all instances of the original class instances of this one."""

        def __instancecheck__(cls, instance: Any) -> bool:
            if cls is SocketBase:
                return isinstance(instance, original)
            return super().__instancecheck__(instance)

    class SocketBase(original, metaclass=SocketBaseType):  # type: ignore[misc]
        """The base of ``socket.socket`` in a module that is reloaded; also used without it."""

        __slots__ = ()

        def connect(self, address: Any) -> None:
            check_unhooked(hooks, self, address)
            super().connect(address)

        def connect_ex(self, address: Any) -> int:
            check_unhooked(hooks, self, address)
            return super().connect_ex(address)  # type: ignore[no-any-return]

    return SocketBase


def _socket_init(hooks: Hooks, original: Any) -> Any:
    def hooked(self: socket.socket, *args: Any, **options: Any) -> None:
        # Before it connects: it may use an address without a lookup.
        hooks.repair(socket.socket)
        original(self, *args, **options)

    return hooked


def _connect(hooks: Hooks, original: Any) -> Any:
    def hooked(self: socket.socket, address: Any) -> Any:
        return original(self, destination(hooks, self, address))

    return hooked


def _send(hooks: Hooks, original: Any) -> Any:
    def hooked(self: socket.socket, data: Any, *more: Any) -> Any:
        check_sent(hooks, self, data)
        return original(self, data, *more)

    return hooked


def _sendto(hooks: Hooks, original: Any) -> Any:
    def hooked(self: socket.socket, data: Any, *more: Any) -> Any:
        if more:  # flags, which may be left out, and the address
            more = (*more[:-1], datagram_destination(hooks, self, more[-1]))
        return original(self, data, *more)

    return hooked


def _sendmsg(hooks: Hooks, original: Any) -> Any:
    def hooked(self: socket.socket, buffers: Any, *more: Any) -> Any:
        buffers = list(buffers)
        if len(more) > 2 and more[2] is not None:  # noqa: PLR2004  # ancillary data, flags, address
            more = (*more[:2], datagram_destination(hooks, self, more[2]))
        else:
            check_sent(hooks, self, b"".join(buffers[:8]))
        return original(self, buffers, *more)

    return hooked


def _write(hooks: Hooks, original: Any) -> Any:
    def hooked(self: Any, data: Any, *more: Any) -> Any:
        check_tls(hooks, self, data)
        return original(self, data, *more)

    return hooked


def _wrap_socket(hooks: Hooks, original: Any) -> Any:
    def hooked(self: ssl.SSLContext, sock: socket.socket, *args: Any, **options: Any) -> Any:
        name = options.get("server_hostname", args[3] if len(args) > 3 else None)  # noqa: PLR2004
        check_peer(hooks, sock, name)
        add_trust(hooks, self, name)
        return hooks.mark_trusted(original(self, sock, *args, **options))

    return hooked


def _wrap_bio(hooks: Hooks, original: Any) -> Any:
    def hooked(self: ssl.SSLContext, *args: Any, **options: Any) -> Any:
        name = options.get("server_hostname", args[3] if len(args) > 3 else None)  # noqa: PLR2004
        add_trust(hooks, self, name)
        return hooks.mark_trusted(original(self, *args, **options))

    return hooked


def _getaddrinfo(hooks: Hooks, original: Any) -> Any:
    def hooked(  # noqa: PLR0917  # the signature of the original
        host: Any,
        port: Any,
        family: int = 0,
        type: int = 0,  # noqa: A002
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        hooks.repair()
        placeholder = hooks.placeholder_ip(host)
        if placeholder is None:
            entries = original(host, port, family, type, proto, flags)
            hooks.remember_addresses(host, [entry[4][0] for entry in entries])
            return entries
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if family == socket.AF_INET6:
            placeholder = f"::ffff:{placeholder}"
        entries = original(placeholder, port, family, type, proto, flags)
        if flags & socket.AI_CANONNAME:
            entries = [(*entries[0][:3], normalise(host), entries[0][4]), *entries[1:]]
        return entries

    return hooked


def _gethostbyname(hooks: Hooks, original: Any) -> Any:
    def hooked(host: Any) -> Any:
        placeholder = hooks.placeholder_ip(host)
        if placeholder is not None:
            return placeholder
        address = original(host)
        hooks.remember_addresses(host, [address])
        return address

    return hooked


def _gethostbyname_ex(hooks: Hooks, original: Any) -> Any:
    def hooked(host: Any) -> Any:
        placeholder = hooks.placeholder_ip(host)
        if placeholder is not None:
            return normalise(host), [], [placeholder]
        name, aliases, addresses = original(host)
        hooks.remember_addresses(host, addresses)
        return name, aliases, addresses

    return hooked


# One per process, as the patched functions are.
HOOKS = Hooks()

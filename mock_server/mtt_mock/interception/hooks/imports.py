"""Watches the import of libraries with their own sockets, which the hooks on ``socket`` miss.

Hooks those of gevent, eventlet and clients in Rust and Go. Refuses gRPC, which MTT does not have.
Standard library only, Python 3.8.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import re
import socket
import sys
from typing import Any, Callable, Iterator  # noqa: UP035

from mtt_mock.interception.hooks.hook_state import HookState
from mtt_mock.interception.hooks.native_clients import NATIVE_CLIENTS, native_patches

_GRPC = ("grpc._channel", "grpc.aio._channel")
# Modules with classes that replace socket.socket.
_GREEN = {"gevent.socket": "socket", "eventlet.greenio": "GreenSocket"}
_WATCHED = (*_GREEN, *_GRPC, *NATIVE_CLIENTS)


@contextlib.contextmanager
def watch_imports(
    patch: Callable[[Any, str, Callable[..., Any]], Any],
    connect: Callable[..., Any],
) -> Iterator[None]:
    """Act on these libraries now if they are loaded, else when they are imported.

    Args:
        patch: Replaces an attribute: owner, name, function that makes the hook.
        connect: Makes the hook of a socket's ``connect`` and ``connect_ex``.
    """

    def act(module: Any) -> None:
        if module.__name__ in _GRPC:
            patch(module.Channel, "__init__", _grpc_channel)
            return
        if module.__name__ in _GREEN:
            sockets = getattr(module, _GREEN[module.__name__])
            if sockets is not socket.socket:  # gevent has patched it already
                for method in ("connect", "connect_ex"):
                    patch(sockets, method, connect)
            return
        for owner, name, make_hook in native_patches(module):
            patch(owner, name, make_hook)

    watcher = _Watcher(act)
    sys.meta_path.insert(0, watcher)
    try:
        for name in _WATCHED:
            if name in sys.modules:
                act(sys.modules[name])
        yield
    finally:
        sys.meta_path.remove(watcher)


class _Watcher(importlib.abc.MetaPathFinder):
    """Calls a function with each of these modules after its import."""

    def __init__(self, act: Callable[[Any], None]) -> None:
        self._act = act

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in _WATCHED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        loader: Any = None if spec is None else spec.loader
        if loader is not None:
            execute = loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                self._act(module)

            loader.exec_module = exec_module
        return spec


def _grpc_channel(state: HookState, original: Any) -> Any:
    def hooked(self: Any, target: Any, *args: Any, **options: Any) -> None:
        # Such as host:443, dns:///host:443, dns://8.8.8.8/host:443 and ipv4:192.0.2.1:443.
        for part in re.split(r"[/:,]", target.decode() if isinstance(target, bytes) else target):
            redirect = state.find_redirect(part)
            if redirect is not None:
                raise redirect.refuse(f"a gRPC channel to {target}: the fake speaks HTTP/1.1 only")
        original(self, target, *args, **options)

    return hooked

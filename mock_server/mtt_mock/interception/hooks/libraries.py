"""Hooks on aiodns, which resolves in C. It is imported here if it is installed.

Standard library only, Python 3.8.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from typing import Any, List, Tuple  # noqa: UP035

from mtt_mock.interception.hooks.hook_state import HookState

PatchTarget = Tuple[Any, str, Any]  # noqa: UP006  # owner, attribute, function that makes the hook


def library_patches() -> List[PatchTarget]:  # noqa: UP006
    """Return the functions of installed libraries to hook."""
    targets: List[PatchTarget] = []  # noqa: UP006
    aiodns = installed("aiodns")
    if aiodns is not None:
        names = ("getaddrinfo", "gethostbyname")
        targets += [(aiodns.DNSResolver, name, _aiodns_lookup) for name in names]
        names = ("query", "query_dns")
        targets += [(aiodns.DNSResolver, name, _aiodns_query) for name in names]
    return targets


def installed(name: str) -> Any:
    """Return the module ``name``, ``None`` where it is not installed or cannot be loaded."""
    try:
        if importlib.util.find_spec(name.partition(".")[0]) is None:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the program itself may not use it
            return importlib.import_module(name)
    except (ImportError, OSError, ValueError):
        return None


def _aiodns_lookup(state: HookState, original: Any) -> Any:
    def lookup(self: Any, host: str, *args: Any, **options: Any) -> Any:
        placeholder = state.placeholder_ip(host)
        future = original(self, placeholder or host, *args, **options)
        if placeholder is None:
            future.add_done_callback(lambda done: _remember(state, host, done))
        return future

    return lookup


def _aiodns_query(state: HookState, original: Any) -> Any:
    def query(self: Any, host: str, *args: Any, **options: Any) -> Any:
        redirect = state.find_redirect(host)
        if redirect is not None:
            raise redirect.refuse(
                f"a DNS query for {host} by aiodns; look up its address with getaddrinfo or "
                "gethostbyname, which return the fake's"
            )
        return original(self, host, *args, **options)

    return query


def _remember(state: HookState, host: str, done: Any) -> None:
    if done.cancelled() or done.exception() is not None:
        return
    result = done.result()
    nodes = [node.addr[0] for node in getattr(result, "nodes", ())]
    state.remember_addresses(host, [*nodes, *getattr(result, "addresses", ())])

"""Hooks on HTTP clients in Rust and Go: refuse their requests to MTT, which no hook can redirect.

Standard library only, Python 3.8.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Iterator, List  # noqa: UP035
from urllib.parse import urlsplit

from mtt_mock.interception.hooks.hook_state import HookState, real_addresses
from mtt_mock.interception.hooks.libraries import PatchTarget
from mtt_mock.interception.hooks.sniffing import is_public

NATIVE_CLIENTS = (
    "impit",
    "primp",
    "pyreqwest.client",
    "pyreqwest.simple.request",
    "pyreqwest.simple.sync_request",
    "rnet",
    "tls_client",
    "wreq",
)
_VERBS = ("delete", "get", "head", "options", "patch", "post", "put", "request", "trace")
_SENDERS = {
    *_VERBS,
    *(f"pyreqwest_{verb}" for verb in _VERBS),
    *("base_url", "execute_request", "stream", "websocket"),
}
_MAX_POSITION = 3  # the URL follows at most self and the HTTP method
_HEAP_TYPE = 1 << 9  # a class whose attributes can be replaced


def native_patches(module: ModuleType) -> List[PatchTarget]:  # noqa: UP006
    """Return the functions and methods of ``module`` and its loaded submodules that take a URL."""
    package = module.__name__.partition(".")[0]
    loaded = {
        name: item for name, item in list(sys.modules.items()) if isinstance(item, ModuleType)
    }
    # By the key: modules in Rust often have another name.
    own = [item for name, item in loaded.items() if f"{name}.".startswith(f"{package}.")]
    classes = [item for submodule in own for item in _classes(submodule, package)]
    targets = {}
    for owner in dict.fromkeys([*own, *classes]):
        for name in _SENDERS.intersection(vars(owner)):
            sender = vars(owner)[name]
            is_hooked = getattr(sender, "__module__", None) == __name__
            if is_hooked or not callable(sender):
                continue
            owners = [owner]
            if isinstance(owner, ModuleType):  # other modules may have imported the function
                owners = [item for item in loaded.values() if vars(item).get(name) is sender]
            for holder in owners:
                targets[id(holder), name] = (holder, name, _refusing(package))
    return list(targets.values())


def _classes(module: ModuleType, package: str) -> Iterator[type]:
    for item in list(vars(module).values()):
        is_class = isinstance(item, type) and item.__flags__ & _HEAP_TYPE
        # Classes in Rust often name no module.
        if is_class and item.__module__.partition(".")[0] in (package, "builtins"):
            yield item


def _refusing(package: str) -> Any:
    def make_hook(state: HookState, original: Any) -> Any:
        def hooked(*args: Any, **options: Any) -> Any:
            urls = [*args[:_MAX_POSITION], options.get("url"), options.get("base_url")]
            urls += [getattr(value, "base_url", None) for value in args[:1]]
            for host in filter(None, map(_host, urls)):
                redirect = state.find_redirect(host)
                if redirect is not None and not redirect.has_proxy and not _is_isolated(host):
                    raise redirect.refuse(
                        f"a request to {host} by {package}, which does not use Python's sockets. "
                        "Run the program as mtt-mock exec --isolate -- COMMAND"
                    )
            return original(*args, **options)

        return hooked

    return make_hook


def _host(value: Any) -> str | None:
    """Return the host of a URL, ``None`` for other values."""
    if not isinstance(value, str) and type(value).__name__.lower() != "url":
        return None
    try:
        return urlsplit(str(value)).hostname
    except ValueError:
        return None  # the library reports it


def _is_isolated(host: str) -> bool:
    """Return whether ``host`` resolves to this machine, as under mtt-mock exec --isolate."""
    addresses = real_addresses(host)
    return bool(addresses) and not any(map(is_public, addresses))

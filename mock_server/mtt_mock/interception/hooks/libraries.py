"""Hooks on libraries that resolve and connect in C: pycurl, curl_cffi and aiodns.

The hooks on ``socket`` do not see their connections, nor those of gevent's and eventlet's sockets.
Each library is imported here if it is installed.
Standard library only, Python 3.8.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import warnings
from typing import Any, List, Tuple  # noqa: UP035

from mtt_mock.interception.hooks.state import HookState

PatchTarget = Tuple[Any, str, Any]  # noqa: UP006  # owner, attribute, function that makes the hook

_BUNDLE_VARIABLE = "SSL_CERT_FILE"


def library_patches() -> List[PatchTarget]:  # noqa: UP006
    """Return the functions of installed libraries to hook."""
    targets: List[PatchTarget] = []  # noqa: UP006
    pycurl = _installed("pycurl")
    if pycurl is not None and hasattr(pycurl, "CONNECT_TO"):
        # A program may hold the class under its own name: from pycurl import Curl.
        original = pycurl.Curl
        owners = [
            module
            for module in list(sys.modules.values())
            if getattr(module, "__dict__", {}).get("Curl") is original
        ]
        targets += [(owner, "Curl", _pycurl_class) for owner in owners]
    curl_cffi = _installed("curl_cffi.curl")
    if curl_cffi is not None:
        targets.append((curl_cffi.Curl, "setopt", _curl_cffi_setopt))
    aiodns = _installed("aiodns")
    if aiodns is not None:
        names = ("getaddrinfo", "gethostbyname")
        targets += [(aiodns.DNSResolver, name, _aiodns_lookup) for name in names]
        names = ("query", "query_dns")
        targets += [(aiodns.DNSResolver, name, _aiodns_query) for name in names]
    return targets


def green_sockets() -> List[Any]:  # noqa: UP006
    """Return the socket classes of gevent and eventlet, which replace Python's."""
    classes = []
    for module, name in (("gevent.socket", "socket"), ("eventlet.greenio", "GreenSocket")):
        sockets = _installed(module)
        if sockets is not None:
            classes.append(getattr(sockets, name))
    return classes


def _installed(name: str) -> Any:
    """Return the module ``name``, ``None`` where it is not installed or cannot be loaded."""
    try:
        if importlib.util.find_spec(name.partition(".")[0]) is None:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it says of itself is not for this program
            return importlib.import_module(name)
    except (ImportError, OSError, ValueError):
        return None


def _connect_to(state: HookState) -> List[str]:  # noqa: UP006
    """Return libcurl's CONNECT_TO entries: HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT."""
    entries = []
    for redirect in reversed(state.redirects):  # the first match counts
        for host in sorted(redirect.hosts):
            name = f"[{host}]" if ":" in host else host
            entries.append(f"{name}:80:127.0.0.1:{redirect.http_port}")
            entries.append(f"{name}::127.0.0.1:{redirect.tls_port}")
    return entries


def _pycurl_class(state: HookState, original: Any) -> Any:
    pycurl = sys.modules["pycurl"]

    class Curl(original):  # type: ignore[misc]
        """A handle whose connections to the MTT host are made to the fake."""

        def __init__(self) -> None:
            super().__init__()
            self._lead()

        def reset(self) -> None:
            super().reset()
            self._lead()

        def perform(self) -> Any:
            self.setopt(pycurl.CONNECT_TO, _connect_to(state))
            return super().perform()

        def _lead(self) -> None:
            self.setopt(pycurl.CONNECT_TO, _connect_to(state))
            bundle = os.environ.get(_BUNDLE_VARIABLE)
            if bundle and state.redirects:
                self.setopt(pycurl.CAINFO, bundle)

    return Curl


def _curl_cffi_setopt(state: HookState, original: Any) -> Any:
    module: Any = sys.modules["curl_cffi.curl"]

    def setopt(self: Any, option: Any, value: Any) -> Any:
        # The URL is set for each request; curl_cffi itself has no way to set CONNECT_TO.
        if option == module.CurlOpt.URL and state.redirects:
            entries = module.ffi.NULL
            for entry in _connect_to(state):
                entries = module.lib.curl_slist_append(entries, entry.encode())
            module.lib._curl_easy_setopt(self._curl, module.CurlOpt.CONNECT_TO, entries)  # noqa: SLF001
            # libcurl does not copy the list: it stays as long as the handle.
            self._mtt_mock_connect_to = entries
            bundle = os.environ.get(_BUNDLE_VARIABLE)
            if bundle:
                self._cacert = bundle
        return original(self, option, value)

    return setopt


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
                "gethostbyname, which are answered with the fake's"
            )
        return original(self, host, *args, **options)

    return query


def _remember(state: HookState, host: str, done: Any) -> None:
    if done.cancelled() or done.exception() is not None:
        return
    result = done.result()
    nodes = [node.addr[0] for node in getattr(result, "nodes", ())]
    state.remember_addresses(host, [*nodes, *getattr(result, "addresses", ())])

"""Hooks on pycurl and curl_cffi: libcurl resolves and connects in C.

Handles that are older than the interception are redirected to the fake too, until it ends.
Standard library only, Python 3.8.
"""

from __future__ import annotations

import contextlib
import gc
import os
import struct
import sys
import warnings
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Set  # noqa: UP035

from mtt_mock.interception.hooks.hook_state import HookState, InterceptWarning
from mtt_mock.interception.hooks.libraries import PatchTarget, installed

_BUNDLE_VARIABLE = "SSL_CERT_FILE"
_BLOB_COPY = 1  # CURL_BLOB_COPY


def libcurl_patches() -> List[PatchTarget]:  # noqa: UP006
    """Return the classes and methods to hook of pycurl and curl_cffi, if they are installed."""
    targets: List[PatchTarget] = []  # noqa: UP006
    pycurl = installed("pycurl")
    if pycurl is not None and hasattr(pycurl, "CONNECT_TO"):
        # A program may hold the class under its own name: from pycurl import Curl.
        original = pycurl.Curl
        owners = [
            module
            for module in list(sys.modules.values())
            if getattr(module, "__dict__", {}).get("Curl") is original
        ]
        targets += [(owner, "Curl", _pycurl_class) for owner in owners]
        tornado = sys.modules.get("tornado.curl_httpclient")  # else its handles come later
        if tornado is not None:
            targets.append((tornado.CurlAsyncHTTPClient, "_curl_setup_request", _tornado_setup))
    curl_cffi = installed("curl_cffi.curl")
    if curl_cffi is not None:
        # Called before each transfer, also for an AsyncCurl.
        targets.append((curl_cffi.Curl, "_ensure_cacert", _curl_cffi_ensure_cacert))
        targets.append((curl_cffi.Curl, "setopt", _curl_cffi_setopt))
    return targets


@contextlib.contextmanager
def redirect_open_handles(state: HookState) -> Iterator[None]:
    """Redirect handles that exist already to the fake; restore them at the end.

    A handle's own CONNECT_TO is lost, because libcurl has no way to read it.
    """
    pycurl: Any = sys.modules.get("pycurl")
    former = []
    try:
        if _older_handles(pycurl):
            gc.collect()  # remove handles that only reference cycles keep alive
        older = _older_handles(pycurl)
        for handle in older:
            handle_class = type(handle)
            if handle_class.__module__ != "pycurl":  # C classes cannot be replaced
                former.append((handle, handle_class))
                _set_class(handle, _pycurl_class(state, handle_class))
            with contextlib.suppress(pycurl.error):  # in use by another thread
                _redirect(state, handle)
                handle.setopt(pycurl.CAINFO_BLOB, _bundle())  # its own CAINFO stays below
        number = len(older) - len(former)
        if number:  # tornado's handles are found by a slow search of all objects
            number -= len(_tornado_handles())
        if number > 0:
            warnings.warn(
                f"pycurl handles created before the interception: {number}. "
                "They reach the fake now, but the real MTT after a call of their reset(). Create "
                "them during the interception; in pytest set mtt_intercept = true",
                InterceptWarning,
                stacklevel=4,
            )
        yield
    finally:
        for handle, handle_class in former:
            _set_class(handle, handle_class)
        curl_cffi: Any = sys.modules.get("curl_cffi.curl")
        for handle in _handles(pycurl, curl_cffi):
            if isinstance(handle, _handle_class(curl_cffi) or ()):
                _restore_curl_cffi(handle)
            else:
                with contextlib.suppress(pycurl.error):
                    handle.unsetopt(pycurl.CONNECT_TO)
                    handle.unsetopt(pycurl.CAINFO_BLOB)


def _older_handles(pycurl: Any) -> List[Any]:  # noqa: UP006
    """Return the open handles of pycurl that were created before the interception."""
    return [
        handle
        for handle in _handles(pycurl)
        if not _is_hooked(type(handle)) and not getattr(handle, "closed", False)
    ]


def _tornado_handles() -> List[Any]:  # noqa: UP006
    """Return the handles of tornado's clients: a hook redirects them before each request."""
    client_class = getattr(sys.modules.get("tornado.curl_httpclient"), "CurlAsyncHTTPClient", None)
    clients = [object_ for object_ in gc.get_objects() if type(object_) is client_class]
    return [handle for client in clients for handle in vars(client).get("_curls", ())]


def _tornado_setup(state: HookState, original: Any) -> Any:
    pycurl: Any = sys.modules["pycurl"]

    def setup(self: Any, curl: Any, *args: Any, **options: Any) -> Any:
        if state.redirects:  # tornado has reset the handle
            _redirect(state, curl)
            curl.setopt(pycurl.CAINFO, os.environ[_BUNDLE_VARIABLE])
        return original(self, curl, *args, **options)

    return setup


def _set_class(handle: Any, handle_class: Any) -> None:
    # Not an assignment: pycurl's handles would take it for an attribute of their own.
    vars(object)["__class__"].__set__(handle, handle_class)


def _is_hooked(handle_class: Any) -> bool:
    return any(parent.__module__ == __name__ for parent in handle_class.__mro__)


def _bundle() -> bytes:
    return Path(os.environ[_BUNDLE_VARIABLE]).read_bytes()


def _with_authority(state: HookState, file: Any) -> bytes | None:
    """Return the certificates in ``file`` and the fake's; ``None`` if it cannot be read."""
    authorities = {redirect.authority or "" for redirect in state.redirects}
    try:
        return b"\n".join([Path(os.fsdecode(file)).read_bytes(), *map(str.encode, authorities)])
    except (OSError, TypeError):
        return None  # libcurl reports it


def _handles(*modules: Any) -> List[Any]:  # noqa: UP006
    """Return the live handles of ``modules``: pycurl, curl_cffi."""
    classes = tuple(filter(None, map(_handle_class, modules)))
    if not classes:
        return []
    objects = gc.get_objects()
    with contextlib.suppress(TypeError):  # a metaclass whose classes have no hash
        # Most programs have no handle. This search takes a fifth of the time of the one below.
        if _with_subclasses(classes).isdisjoint(map(type, objects)):
            return []
    return [object_ for object_ in objects if issubclass(type(object_), classes)]


def _with_subclasses(classes: Iterable[type]) -> Set[type]:  # noqa: UP006
    subclasses = (_with_subclasses(type.__subclasses__(each)) for each in classes)
    return set(classes).union(*subclasses)


def _handle_class(module: Any) -> Any:
    """Return the library's own class of handles, below our hook; ``None`` without the library."""
    handle_class = getattr(module, "Curl", None)
    if not isinstance(handle_class, type) or not hasattr(handle_class, "perform"):
        return None
    return handle_class.__mro__[-2]


def _connect_to(state: HookState) -> List[str]:  # noqa: UP006
    """Return libcurl's CONNECT_TO entries: HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT."""
    entries = []
    for redirect in reversed(state.redirects):  # the first match counts
        for host in sorted(redirect.hosts):
            name = f"[{host}]" if ":" in host else host
            entries.append(f"{name}:80:127.0.0.1:{redirect.http_port}")
            entries.append(f"{name}::127.0.0.1:{redirect.tls_port}")
    return entries


def _no_proxy(state: HookState) -> str:
    """Return NO_PROXY with the MTT host, "" where mtt-mock has set no proxy.

    CONNECT_TO and the proxy that mtt-mock exec sets exclude each other.
    """
    if not any(redirect.has_proxy for redirect in state.redirects):
        return ""
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = sorted(host for redirect in state.redirects for host in redirect.hosts)
    return ",".join(filter(None, [given, *hosts]))


def _redirect(state: HookState, handle: Any) -> None:
    """Redirect the connections of a pycurl handle to the fake."""
    pycurl: Any = sys.modules["pycurl"]
    handle.setopt(pycurl.CONNECT_TO, _connect_to(state))
    no_proxy = _no_proxy(state)
    if no_proxy:
        handle.setopt(pycurl.NOPROXY, no_proxy)


def _pycurl_class(state: HookState, original: Any) -> Any:
    pycurl: Any = sys.modules["pycurl"]

    class Curl(original):  # type: ignore[misc]
        """A handle that connects to the fake instead of the MTT host."""

        __slots__ = ()  # so that a handle can change its class to this one

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._redirect()

        def reset(self) -> None:
            super().reset()
            self._redirect()

        def perform(self) -> Any:
            _redirect(state, self)
            return super().perform()

        def setopt(self, option: int, value: Any) -> Any:
            result = super().setopt(option, value)
            if option == pycurl.CAINFO:
                blob = _with_authority(state, value)
                if blob is None:
                    super().unsetopt(pycurl.CAINFO_BLOB)  # it has precedence
                else:
                    super().setopt(pycurl.CAINFO_BLOB, blob)
            return result

        def _redirect(self) -> None:
            _redirect(state, self)
            bundle = os.environ.get(_BUNDLE_VARIABLE)
            if bundle and state.redirects:
                super().setopt(pycurl.CAINFO, bundle)

    return Curl


def _curl_cffi_ensure_cacert(state: HookState, original: Any) -> Any:
    module: Any = sys.modules["curl_cffi.curl"]

    def ensure_cacert(self: Any) -> Any:
        if state.redirects:
            # curl_cffi itself has no way to set CONNECT_TO.
            entries = module.ffi.NULL
            for entry in _connect_to(state):
                entries = module.lib.curl_slist_append(entries, entry.encode())
            module.lib._curl_easy_setopt(self._curl, module.CurlOpt.CONNECT_TO, entries)  # noqa: SLF001
            # libcurl does not copy the list, so it must live as long as the handle.
            self._mtt_mock_connect_to = entries
            no_proxy = _no_proxy(state)
            if no_proxy:
                self.setopt(module.CurlOpt.NOPROXY, no_proxy)
        return original(self)

    return ensure_cacert


def _curl_cffi_setopt(state: HookState, original: Any) -> Any:
    module: Any = sys.modules["curl_cffi.curl"]

    def setopt(self: Any, option: Any, value: Any) -> Any:
        # A session remembers the default certificates from its creation.
        if state.redirects and option == module.CurlOpt.CAINFO and value == module.DEFAULT_CACERT:
            value = os.environ[_BUNDLE_VARIABLE]
        result = original(self, option, value)
        if state.redirects and option == module.CurlOpt.CAINFO:
            blob = _with_authority(state, value)
            if blob is not None:
                _set_curl_cffi_blob(self, blob)
        return result

    return setopt


def _set_curl_cffi_blob(handle: Any, content: bytes) -> None:
    """Set CAINFO_BLOB, which curl_cffi itself has no way to set."""
    module: Any = sys.modules["curl_cffi.curl"]
    data = module.ffi.from_buffer(content)
    # A struct curl_blob: data, length, flags. libcurl copies the data.
    packed = struct.pack("PNI4x", int(module.ffi.cast("uintptr_t", data)), len(content), _BLOB_COPY)
    blob = module.ffi.new("char[]", packed)
    module.lib._curl_easy_setopt(handle._curl, module.CurlOpt.CAINFO_BLOB, blob)  # noqa: SLF001


def _restore_curl_cffi(handle: Any) -> None:
    module: Any = sys.modules["curl_cffi.curl"]
    if vars(handle).pop("_mtt_mock_connect_to", None) is not None and handle._curl is not None:  # noqa: SLF001
        for option in (module.CurlOpt.CONNECT_TO, module.CurlOpt.CAINFO_BLOB):
            module.lib._curl_easy_setopt(handle._curl, option, module.ffi.NULL)  # noqa: SLF001

"""The variables of the environment by which a program meets the fake."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtt_mock.interception.hooks import Redirect

_HERE = Path(__file__).parent
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Both cases: curl reads only the small http_proxy, other programs only the large ones.
_PROXY = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
_NO_PROXY = ("NO_PROXY", "no_proxy")
_BUNDLE = (
    "SSL_CERT_FILE",  # OpenSSL, and Python with it
    "REQUESTS_CA_BUNDLE",  # requests
    "CURL_CA_BUNDLE",  # curl
    "NODE_EXTRA_CA_CERTS",  # Node
)


def ca_env(bundle: str) -> dict[str, str]:
    """Return what makes programs trust the certificates in the file ``bundle``."""
    return dict.fromkeys(_BUNDLE, bundle)


def redirect_env(redirect: Redirect, bundle: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what makes Python and Node programs trust ``bundle`` and connect to the fake."""
    told = {
        "hosts": sorted(redirect.hosts),
        "tls_port": redirect.tls_port,
        "http_port": redirect.http_port,
        "also": sorted(redirect.ports - {redirect.tls_port, redirect.http_port}),
        "allow": [str(network) for network in redirect.allow],
    }
    return {
        **ca_env(bundle),
        "MTT_MOCK_REDIRECT": json.dumps(told, separators=(",", ":")),
        "PYTHONPATH": _once(str(_HERE / "python"), environ.get("PYTHONPATH"), os.pathsep),
        "NODE_OPTIONS": _once(
            f'--require "{_HERE / "node" / "redirect.cjs"}"', environ.get("NODE_OPTIONS"), " "
        ),
    }


def proxy_env(proxy: str, hosts: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return what makes programs use the HTTP proxy at the URL ``proxy`` for ``hosts``.

    PHP's own streams ask nobody for a proxy: they are given one by a file that PHP loads first.
    """
    scanned = environ.get("PHP_INI_SCAN_DIR", "")
    ours = str(_HERE / "php")
    if ours not in scanned.split(os.pathsep):
        scanned = f"{scanned}{os.pathsep}{ours}"  # an empty folder is the one compiled in
    return {
        **dict.fromkeys(_PROXY, proxy),
        **_no_proxy(environ, keep_out=hosts, add=_LOOPBACK),
        "PHP_INI_SCAN_DIR": scanned,
        "MTT_MOCK_PHP": str(_HERE / "php" / "prepend.php"),
        "MTT_MOCK_PROXY": proxy,
        "MTT_MOCK_HOSTS": ",".join(hosts),
    }


def exec_env(
    redirect: Redirect, bundle: str, proxy: str, environ: Mapping[str, str]
) -> dict[str, str]:
    """Return all of it: what a program in any language is given, and the fake's own URLs."""
    return {
        "MTT_MOCK_URL": f"http://127.0.0.1:{redirect.http_port}/index.php",
        "MTT_MOCK_TLS_URL": f"https://localhost:{redirect.tls_port}/index.php",
        **redirect_env(redirect, bundle, environ),
        **proxy_env(proxy, sorted(redirect.hosts), environ),
    }


def without_proxy_for(hosts: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return what keeps programs from using a proxy of the environment for ``hosts``."""
    return _no_proxy(environ, keep_out=(), add=hosts)


def _no_proxy(
    environ: Mapping[str, str], keep_out: Iterable[str], add: Iterable[str]
) -> dict[str, str]:
    given = next((environ[name] for name in reversed(_NO_PROXY) if environ.get(name)), "")
    entries = [entry.strip() for entry in given.split(",") if entry.strip()]
    kept = [entry for entry in entries if not any(_matches(entry, host) for host in keep_out)]
    return dict.fromkeys(_NO_PROXY, ",".join(dict.fromkeys([*kept, *add])))


def _matches(entry: str, host: str) -> bool:
    """Return whether the ``entry`` of a NO_PROXY is meant for ``host`` too."""
    name = entry.lower().partition(":")[0].lstrip("*").lstrip(".")
    return not name or host == name or host.endswith(f".{name}")


def _once(addition: str, given: str | None, separator: str) -> str:
    if not given:
        return addition
    return given if addition in given else f"{addition}{separator}{given}"

"""Environment variables that redirect a program to the fake and make it trust the fake."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mtt_mock.interception.child_env.trust_files import (
    certificate_folder,
    java_truststore,
    wgetrc,
)
from mtt_mock.interception.hooks.child_processes import KEPT_VARIABLES

if TYPE_CHECKING:
    from mtt_mock.interception.hooks import Redirect

REDIRECT_VARIABLE = "MTT_MOCK_REDIRECT"  # JSON: the hosts, and the fake's ports
_JAVA_OPTIONS = "JAVA_TOOL_OPTIONS"  # every JVM reads it, and says so on stderr
_HERE = Path(__file__).parent
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Both cases: curl reads only http_proxy, other programs only upper case.
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
_PRELOADS = ("NODE_OPTIONS", "BUN_OPTIONS")
_NO_PROXY = ("NO_PROXY", "no_proxy")
_BUNDLE = (
    "SSL_CERT_FILE",  # OpenSSL, and Python with it
    "REQUESTS_CA_BUNDLE",  # requests
    "CURL_CA_BUNDLE",  # curl
    "NODE_EXTRA_CA_CERTS",  # Node, Deno, Bun
)
# Further variables that name the bundle. The process that runs mtt-mock needs none of them.
_MORE_BUNDLE = (
    "PERL_LWP_SSL_CA_FILE",  # Perl: LWP
    "MOJO_CA_FILE",  # Perl: Mojolicious
    "SYSTEM_CERTIFICATE_PATH",  # Haskell: http-conduit
    "AWS_CA_BUNDLE",  # AWS SDKs and their HTTP clients
)
_PERL_PROXY = (
    "PERL_LWP_ENV_PROXY",  # LWP reads HTTPS_PROXY only with it
    "MOJO_PROXY",  # so does Mojolicious
)


def ca_env(bundle: str) -> dict[str, str]:
    """Return the variables that make programs trust the certificates in the file ``bundle``."""
    return dict.fromkeys(_BUNDLE, bundle)


def trust_env(bundle: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make programs in any language trust ``bundle``."""
    variables = ca_env(bundle) | dict.fromkeys(_MORE_BUNDLE, bundle)
    user_file = Path(environ.get("WGETRC") or Path(environ.get("HOME", "/")) / ".wgetrc")
    variables["WGETRC"] = str(wgetrc(Path(bundle), user_file))
    variables["GUILE_TLS_CERTIFICATE_DIRECTORY"] = str(certificate_folder(Path(bundle)))
    truststore = java_truststore(Path(bundle))
    options = f"-Djavax.net.ssl.trustStore={truststore} -Djavax.net.ssl.trustStoreType=JKS"
    variables[_JAVA_OPTIONS] = _prepend_once(options, environ.get(_JAVA_OPTIONS), " ")
    return variables


def _java_proxy_env(proxy: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the JVM's options for the proxy, which it does not read from HTTPS_PROXY."""
    parts = urlsplit(proxy)
    options = " ".join(
        f"-D{scheme}.proxyHost={parts.hostname} -D{scheme}.proxyPort={parts.port}"
        for scheme in ("https", "http")
    )
    return {_JAVA_OPTIONS: _prepend_once(options, environ.get(_JAVA_OPTIONS), " ")}


def redirect_env(redirect: Redirect, bundle: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that load the hooks into Python and Node programs."""
    variables = node_env(redirect, bundle, environ)
    folder = str(_HERE / "python")
    kept = {**json.loads(variables[KEPT_VARIABLES]), "PYTHONPATH": folder}
    return {
        **variables,
        KEPT_VARIABLES: json.dumps(kept, separators=(",", ":")),
        "PYTHONPATH": _prepend_once(folder, environ.get("PYTHONPATH"), os.pathsep),
    }


def node_env(redirect: Redirect, bundle: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that load the hooks into Node and Bun programs."""
    script = _HERE / "node" / "redirect.cjs"
    target = {
        "hosts": sorted(redirect.hosts),
        "tls_port": redirect.tls_port,
        "http_port": redirect.http_port,
        "other_ports": sorted(redirect.ports - {redirect.tls_port, redirect.http_port}),
        "allow": [str(network) for network in redirect.allow],
        "authority": redirect.authority,
    }
    own = {
        **ca_env(bundle),
        REDIRECT_VARIABLE: json.dumps(target, separators=(",", ":")),
        "NODE_OPTIONS": f'--require "{script}"',
        "BUN_OPTIONS": f"--preload={script}",
    }
    return {
        **own,
        KEPT_VARIABLES: json.dumps(own, separators=(",", ":")),
        **{name: _prepend_once(own[name], environ.get(name), " ") for name in _PRELOADS},
    }


def proxy_env(proxy: str, hosts: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make programs use the HTTP proxy at the URL ``proxy``.

    PHP's own streams ignore these: a file that PHP loads first gives them the proxy.
    """
    scanned = environ.get("PHP_INI_SCAN_DIR", "")
    ours = str(_HERE / "php")
    if ours not in scanned.split(os.pathsep):
        scanned = f"{scanned}{os.pathsep}{ours}"  # an empty entry: the folder compiled in
    return {
        **dict.fromkeys(PROXY_VARIABLES, proxy),
        **_no_proxy(environ, keep_out=hosts, add=_LOOPBACK),
        "PHP_INI_SCAN_DIR": scanned,
        "MTT_MOCK_PHP": str(_HERE / "php" / "prepend.php"),
        "MTT_MOCK_PROXY": proxy,
        "MTT_MOCK_HOSTS": ",".join(hosts),
    }


def exec_env(
    redirect: Redirect, bundle: str, proxy: str, environ: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables for a program in any language: proxy, hooks, trust, the fake's URLs."""
    variables = {
        **fake_env(redirect),
        **trust_env(bundle, environ),
        **redirect_env(redirect, bundle, environ),
        **proxy_env(proxy, sorted(redirect.hosts), environ),
        **dict.fromkeys(_PERL_PROXY, "1"),
    }
    variables |= _java_proxy_env(proxy, {**environ, **variables})
    own = json.loads(variables[KEPT_VARIABLES])
    variables[KEPT_VARIABLES] = json.dumps({**variables, **own}, separators=(",", ":"))
    return variables


def fake_env(redirect: Redirect, address: str | None = None) -> dict[str, str]:
    """Return the variables with the fake's own URLs, at ``address`` (default: loopback)."""
    return {
        "MTT_MOCK_URL": f"http://{address or '127.0.0.1'}:{redirect.http_port}/index.php",
        "MTT_MOCK_TLS_URL": f"https://{address or 'localhost'}:{redirect.tls_port}/index.php",
    }


def without_proxy_for(hosts: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that keep programs from using a proxy for ``hosts``."""
    return _no_proxy(environ, keep_out=(), add=hosts)


def _no_proxy(
    environ: Mapping[str, str], keep_out: Iterable[str], add: Iterable[str]
) -> dict[str, str]:
    given = next((environ[name] for name in reversed(_NO_PROXY) if environ.get(name)), "")
    entries = [entry.strip() for entry in given.split(",") if entry.strip()]
    others = [entry for entry in entries if not any(_matches(entry, host) for host in keep_out)]
    return dict.fromkeys(_NO_PROXY, ",".join(dict.fromkeys([*others, *add])))


def _matches(entry: str, host: str) -> bool:
    """Return whether the ``entry`` of a NO_PROXY covers ``host``."""
    name = entry.lower().partition(":")[0].lstrip("*").lstrip(".")
    return not name or host == name or host.endswith(f".{name}")


def _prepend_once(addition: str, given: str | None, separator: str) -> str:
    if not given:
        return addition
    return given if addition in given else f"{addition}{separator}{given}"

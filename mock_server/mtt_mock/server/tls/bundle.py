"""A file of certificates to trust: the usual public roots, and this machine's authority."""

from __future__ import annotations

import hashlib
import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path

import certifi

from mtt_mock.server.tls.authority import Authority, AuthorityError
from mtt_mock.server.tls.private_files import FolderError, write_whole

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----", re.DOTALL)

_INSTEAD = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_MORE = ("CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def bundle(authority: Authority, environ: Mapping[str, str] = os.environ) -> Path:
    """Return a file beside the authority's that holds what is trusted now, and the authority.

    What is trusted now: the files that ``SSL_CERT_FILE`` and ``REQUESTS_CA_BUNDLE`` name; without
    them the system's certificates and certifi's; what curl and Node are told to trust as well. The
    file's name says its content, so processes with other roots do not disturb each other. Raises
    ``AuthorityError``.
    """
    certificates: dict[bytes, None] = {}
    for root in _roots(environ):
        certificates.update(dict.fromkeys(_CERTIFICATE.findall(_read(root))))
    certificates[authority.pem.strip()] = None
    content = b"\n".join(sorted(certificates)) + b"\n"
    path = authority.path.with_name(f"bundle-{hashlib.sha256(content).hexdigest()[:12]}.pem")
    try:
        if not path.is_file() or path.read_bytes() != content:
            write_whole(path, content, 0o644)
    except (FolderError, OSError) as error:
        raise AuthorityError(f"cannot keep the certificates to trust: {error}") from None
    return path


def _roots(environ: Mapping[str, str]) -> list[str]:
    given = [environ.get(name) for name in _INSTEAD]
    named = [path for path in given if path]
    if not named:
        usual = (ssl.get_default_verify_paths().openssl_cafile, certifi.where())
        named = [path for path in usual if Path(path).is_file()]
    named += [path for path in [environ.get(name) for name in _MORE] if path]
    return list(dict.fromkeys(named))


def _read(path: str) -> bytes:
    # REQUESTS_CA_BUNDLE may be a folder as well; OpenSSL reads those by itself.
    files = sorted(Path(path).glob("*.[0-9]")) if Path(path).is_dir() else [Path(path)]
    try:
        return b"\n".join(file.read_bytes() for file in files)
    except OSError as error:
        raise AuthorityError(
            f"{path}, named by {' or '.join(_INSTEAD + _MORE)}: {error.strerror}"
        ) from None

"""Bundles of trusted certificates: the public roots and this machine's authority in one file."""

from __future__ import annotations

import hashlib
import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path

import certifi

from mtt_mock.server.tls.authority import Authority, AuthorityError
from mtt_mock.server.tls.private_files import FolderError, write_atomically

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----", re.DOTALL)

_REPLACING = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_ADDING = ("CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def bundle(authority: Authority, environ: Mapping[str, str] = os.environ) -> Path:
    """Return a file with the currently trusted certificates and the authority's.

    Currently trusted are the files named by ``SSL_CERT_FILE`` and ``REQUESTS_CA_BUNDLE``, or else
    the system's certificates and certifi's; and those named by ``CURL_CA_BUNDLE`` and
    ``NODE_EXTRA_CA_CERTS``. The file is stored next to the authority's under a hash of its content,
    so that processes with different roots do not overwrite each other's bundle.

    Raises ``AuthorityError`` if a named file cannot be read, or the bundle not be written.
    """
    certificates: dict[bytes, None] = {}
    for root in _roots(environ):
        certificates.update(dict.fromkeys(_CERTIFICATE.findall(_read(root))))
    certificates[authority.pem.strip()] = None
    content = b"\n".join(sorted(certificates)) + b"\n"
    path = authority.path.with_name(f"bundle-{hashlib.sha256(content).hexdigest()[:12]}.pem")
    try:
        if not path.is_file() or path.read_bytes() != content:
            write_atomically(path, content, 0o644)
    except (FolderError, OSError) as error:
        raise AuthorityError(f"cannot write the bundle of certificates: {error}") from error
    return path


def _roots(environ: Mapping[str, str]) -> list[str]:
    paths = [path for name in _REPLACING if (path := environ.get(name))]
    if not paths:
        defaults = (ssl.get_default_verify_paths().openssl_cafile, certifi.where())
        paths = [path for path in defaults if Path(path).is_file()]
    paths += [path for name in _ADDING if (path := environ.get(name))]
    return list(dict.fromkeys(paths))


def _read(path: str) -> bytes:
    # REQUESTS_CA_BUNDLE may also be a folder with files named by OpenSSL's hashes.
    files = sorted(Path(path).glob("*.[0-9]")) if Path(path).is_dir() else [Path(path)]
    try:
        return b"\n".join(file.read_bytes() for file in files)
    except OSError as error:
        raise AuthorityError(
            f"{path}, named by {' or '.join(_REPLACING + _ADDING)}: {error.strerror}"
        ) from error

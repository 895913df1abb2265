"""Writes files that make programs trust a bundle if a PEM file in a variable is not enough.

They have the bundle's folder and name, and are written once.
"""

from __future__ import annotations

import hashlib
import os
import re
import ssl
import struct
from pathlib import Path

from mtt_mock.server.tls.private_files import write_atomically

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_JKS_MAGIC, _JKS_VERSION, _TRUSTED_CERTIFICATE = 0xFEEDFEED, 2, 2
_JKS_PASSWORD = "changeit"  # noqa: S105  # the usual one of cacerts


def java_truststore(bundle: Path) -> Path:
    """Return a JKS trust store with the certificates of ``bundle``.

    JKS as a system's ``cacerts``: the JVM reads it without a password, ``keytool`` with the usual
    one. Source: ``sun.security.provider.JavaKeyStore`` of OpenJDK.
    """
    path = bundle.with_suffix(".jks")
    if not path.is_file():
        certificates = _CERTIFICATE.findall(bundle.read_text(encoding="utf-8", errors="replace"))
        content = struct.pack(">III", _JKS_MAGIC, _JKS_VERSION, len(certificates))
        for number, certificate in enumerate(certificates):
            der = ssl.PEM_cert_to_DER_cert(certificate)
            content += struct.pack(">I", _TRUSTED_CERTIFICATE) + _java_text(f"root-{number}")
            content += bytes(8) + _java_text("X.509") + struct.pack(">I", len(der)) + der
        secret = _JKS_PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite"
        digest = hashlib.sha1(secret + content, usedforsecurity=False).digest()
        write_atomically(path, content + digest, 0o644)
    return path


def _java_text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode("ascii")


def wgetrc(bundle: Path, user_file: Path) -> Path:
    """Return a wgetrc that repeats the user's own and names ``bundle``."""
    own = user_file.read_bytes() if user_file.is_file() and os.access(user_file, os.R_OK) else b""
    path = bundle.with_suffix(".wgetrc")
    content = own + b"\nca_certificate = " + os.fsencode(bundle) + b"\n"
    if not path.is_file() or path.read_bytes() != content:
        write_atomically(path, content, 0o600)
    return path


def certificate_folder(bundle: Path) -> Path:
    """Return a folder that holds ``bundle`` and nothing else."""
    path = bundle.with_suffix(".d") / bundle.name
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, bundle.read_bytes(), 0o644)
    return path.parent

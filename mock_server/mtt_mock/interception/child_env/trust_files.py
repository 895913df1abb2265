"""Files that make programs trust a bundle where a PEM file in a variable is not enough.

They are stored in the bundle's folder under its name, and written once.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from mtt_mock.server.tls.private_files import write_atomically


def java_truststore(bundle: Path) -> Path | None:
    """Return a PKCS 12 trust store with the certificates of ``bundle``.

    It has no password, as a system's ``cacerts`` may have none. ``None``: the installed
    ``cryptography`` is older than 45 and cannot write one.
    """
    serialize = getattr(pkcs12, "serialize_java_truststore", None)
    if serialize is None:
        return None
    path = bundle.with_suffix(".p12")
    if not path.is_file():
        with warnings.catch_warnings():
            # Some public roots break RFC 5280; they are the system's, not ours.
            warnings.simplefilter("ignore")
            certificates = x509.load_pem_x509_certificates(bundle.read_bytes())
        entries = [
            pkcs12.PKCS12Certificate(certificate, f"root-{number}".encode())
            for number, certificate in enumerate(certificates)
        ]
        write_atomically(path, serialize(entries, NoEncryption()), 0o644)
    return path


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

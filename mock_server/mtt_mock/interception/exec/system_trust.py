"""Mounts the fake's certificate over the system's, for one command only.

Programs such as libcurl and wget2 read no variable for certificates, only the files of the system.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from mtt_mock.interception.child_env.trust_files import java_truststore
from mtt_mock.interception.exec.namespaces import bind_contents, bind_copy, unshare_mounts

# Where systems and language runtimes keep the certificates that they trust.
_PEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/ssl/cert.pem",  # Alpine, OpenBSD layout
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/pki/tls/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/usr/lib/ssl/cert.pem",
)
_JAVA_FILES = (
    "/etc/ssl/certs/java/cacerts",  # Debian, Ubuntu
    "/etc/pki/ca-trust/extracted/java/cacerts",  # Fedora, RHEL
)
# update-ca-certificates of Debian, Ubuntu and Alpine writes to the first and reads the second.
_UPDATED_FOLDER = Path("/etc/ssl/certs")
_ADDED_FOLDER = Path("/usr/local/share/ca-certificates")


def pem_files() -> list[Path]:
    """Return the files in which this system keeps the certificates that it trusts."""
    return sorted({Path(name).resolve() for name in _PEM_FILES if Path(name).is_file()})


def java_contents(bundle: Path) -> dict[Path, bytes]:
    """Return the files of the system's Java, with a trust store made of ``bundle``."""
    files = {Path(name).resolve() for name in _JAVA_FILES if Path(name).is_file()}
    return dict.fromkeys(files, java_truststore(bundle).read_bytes()) if files else {}


def trust_installer(bundle: Path, authority: str) -> Callable[[], None]:
    """Return a function that makes the calling process and its children trust the fake.

    It may be called between fork and exec. It never raises: without the privilege to mount files
    (``CAP_SYS_ADMIN``) nothing changes.

    Args:
        bundle: A file with the public roots and the authority.
        authority: The authority's certificate (PEM).
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    pem = authority.encode()
    contents = {file: file.read_bytes() + b"\n" + pem for file in pem_files()}
    contents |= java_contents(bundle)
    updated = {
        str(file.relative_to(_UPDATED_FOLDER)): content
        for file, content in contents.items()
        if file.is_relative_to(_UPDATED_FOLDER)
    }
    tempfile.gettempdir()  # looked up once, before the fork

    def install() -> None:
        with contextlib.suppress(OSError):
            unshare_mounts()
            others = contents
            if updated:
                with contextlib.suppress(OSError):
                    bind_copy(_UPDATED_FOLDER, updated)
                    others = {
                        file: content
                        for file, content in contents.items()
                        if not file.is_relative_to(_UPDATED_FOLDER)
                    }
            bind_contents(others)
            bind_copy(_ADDED_FOLDER, {"mtt-mock.crt": pem})

    return install

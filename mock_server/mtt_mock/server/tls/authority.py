"""The certificate authority of this machine: created once, stored in the user's data folder.

Written with ``cryptography`` itself. trustme creates roots that expire in the year 3000, and leaves
that are also valid for code signing and as client certificates: too much for a trusted root.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import logging
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import filelock
import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.hosts import MTT_HOST
from mtt_mock.domain.text import error_text
from mtt_mock.server.tls.private_files import FolderError, private_folder, write_atomically
from mtt_mock.server.tls.real_time import real_datetime, utc_now

FOLDER_VARIABLE = "MTT_MOCK_CA_DIR"
_LIFETIME = dt.timedelta(days=730)
_RENEW_BEFORE = dt.timedelta(days=60)  # an authority closer to its expiry is replaced
_LEAF_LIFETIME = dt.timedelta(days=30)
_BACKDATED = dt.timedelta(hours=1)  # for clients whose clock is slow
_OWN_NAMES = (MTT_HOST, "localhost")
_OWN_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_LOCK_TIMEOUT = 20  # seconds; creating an authority takes milliseconds

Clock = Callable[[], dt.datetime]
_LOG = logging.getLogger("mtt_mock")


class AuthorityError(MttMockError):
    """The authority cannot be read or created; the message is one line with a remedy."""


def default_folder() -> Path:
    """Return the authority's folder: ``MTT_MOCK_CA_DIR``, or one in the user's data folder."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else platformdirs.user_data_path("mtt-mock", appauthor=False) / "ca"


@dataclass(frozen=True)
class Leaf:
    """A server certificate: private key and chain in PEM, and its expiry."""

    pem: bytes = field(repr=False)
    not_after: dt.datetime


@dataclass(frozen=True)
class Authority:
    """A certificate authority; ``path`` is the file of its certificate, for clients to trust."""

    path: Path
    certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def of_machine(
        cls, folder: Path | None = None, now: Clock = utc_now, hosts: Iterable[str] = ()
    ) -> Self:
        """Return this machine's authority; create a missing or expiring one.

        The files are readable by the user only. Several processes may call this at once. The
        authority can sign for MTT's host and this machine; other ``hosts`` have an authority of
        their own, in a folder below. So a stolen key impersonates no other host.

        Args:
            folder: Folder of the authority; ``default_folder()`` if not given.
            now: Returns the current time.
            hosts: Names and addresses that it must be able to sign for.

        Raises:
            AuthorityError: If the authority cannot be read or created.
        """
        folder = default_folder() if folder is None else folder
        others = sorted(_normal(host) for host in {*hosts} if not _is_own(host))
        try:
            with real_datetime():
                private_folder(folder)
                if others:
                    folder = _folder_of(folder, others)
                    private_folder(folder)
                authority = cls._read(folder, now, others)
                if authority is None:
                    with filelock.FileLock(folder / ".lock", timeout=_LOCK_TIMEOUT, mode=0o600):
                        authority = cls._read(folder, now, others)
                        authority = authority or cls._create(folder, now, others)
        except (FolderError, OSError, filelock.Timeout) as error:
            raise AuthorityError(
                f"no certificate authority in {folder}: {error_text(error)} "
                f"({FOLDER_VARIABLE} names another folder)"
            ) from error
        return authority

    @property
    def pem(self) -> bytes:
        """The certificate, in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint of the certificate, in hexadecimal."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def issue(self, hosts: Iterable[str], now: Clock = utc_now) -> Leaf:
        """Return a certificate for ``hosts`` (names and addresses), valid for 30 days."""
        with real_datetime():
            return self._issue(hosts, now)

    def _issue(self, hosts: Iterable[str], now: Clock) -> Leaf:
        key = ec.generate_private_key(ec.SECP256R1())
        start = now()
        # Not beyond the authority's own expiry.
        end = min(start + _LEAF_LIFETIME, self.certificate.not_valid_after_utc)
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mtt-mock")])
        builder = _builder(subject, self.certificate.subject, key, start, end)
        builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
            critical=False,
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        chain = certificate.public_bytes(serialization.Encoding.PEM)
        return Leaf(_key_pem(key) + chain, end)

    @classmethod
    def _read(cls, folder: Path, now: Clock, others: list[str]) -> Self | None:
        """Return the authority in ``folder``, ``None`` if none is valid now and for a while."""
        content = _read_private(folder / "ca-key.pem")
        if content is None:
            return None
        key, certificate = _parse(content)
        # One without limits is of a version before 0.1.0.
        if not _is_valid(certificate, now(), folder) or not _is_limited(certificate, others):
            return None
        authority = cls(folder / "ca.pem", certificate, key)
        if not authority.path.is_file() or authority.path.read_bytes() != authority.pem:
            write_atomically(authority.path, authority.pem, 0o644)
        return authority

    @classmethod
    def _create(cls, folder: Path, now: Clock, others: list[str]) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mtt-mock, this machine only")])
        builder = _builder(name, name, key, now(), now() + _LIFETIME)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
        builder = builder.add_extension(_limits(others), critical=True)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        certificate = builder.sign(key, hashes.SHA256())
        authority = cls(folder / "ca.pem", certificate, key)
        # Key and certificate in one file, so that they always match.
        write_atomically(folder / "ca-key.pem", _key_pem(key) + authority.pem, 0o600)
        write_atomically(authority.path, authority.pem, 0o644)
        return authority


def _read_private(file: Path) -> bytes | None:
    """Return the content of a file that only the user can read; ``None`` if it is missing."""
    try:
        with file.open("rb") as opened:
            state = os.fstat(opened.fileno())
            content = opened.read()
    except FileNotFoundError:
        return None
    if os.name == "posix" and stat.S_IMODE(state.st_mode) & 0o077:
        raise FolderError("others may read its key; delete the folder to get a new authority")
    if hasattr(os, "geteuid") and state.st_uid != os.geteuid():
        raise FolderError("its key belongs to another user")
    return content


def _parse(content: bytes) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return the key and the certificate in the content of ca-key.pem."""
    try:
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except (ValueError, TypeError) as error:
        raise FolderError("ca-key.pem is broken; delete it to get a new authority") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or (
        key.public_key() != certificate.public_key()
    ):
        raise FolderError("ca-key.pem is not mtt-mock's; delete it to get a new authority")
    return key, certificate


def _is_valid(certificate: x509.Certificate, now: dt.datetime, folder: Path) -> bool:
    """Return whether a certificate is valid now and for a while."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if end - now < _RENEW_BEFORE:
        return False
    if start > now or end > now + _LIFETIME + _BACKDATED:
        _LOG.warning(
            "mtt-mock replaces its certificate authority in %s: it was created with a clock "
            "that was ahead, and is valid only from %s on",
            folder,
            start.date(),
        )
        return False
    return True


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    start: dt.datetime,
    end: dt.datetime,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _BACKDATED)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _is_own(host: str) -> bool:
    """Return whether every authority may sign for ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in _OWN_NAMES


def _normal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def _folder_of(folder: Path, others: list[str]) -> Path:
    return folder / f"hosts-{hashlib.sha256(' '.join(others).encode()).hexdigest()[:12]}"


def _limits(others: list[str]) -> x509.NameConstraints:
    """Return the hosts that the authority can sign for, with all names below them."""
    networks = [*_OWN_NETWORKS]
    names = [*_OWN_NAMES]
    for host in others:
        try:
            networks.append(ipaddress.ip_network(host))
        except ValueError:
            names.append(host)
    return x509.NameConstraints(
        [*map(x509.DNSName, names), *map(x509.IPAddress, networks)], excluded_subtrees=None
    )


def _is_limited(certificate: x509.Certificate, others: list[str]) -> bool:
    try:
        limits = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return False
    return limits == _limits(others)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

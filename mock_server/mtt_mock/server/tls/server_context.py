"""Creates the server's TLS context, with a certificate that renews itself."""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from mtt_mock.domain.hosts import MTT_HOST, host_names
from mtt_mock.server.tls.authority import Authority, AuthorityError, Clock, Leaf
from mtt_mock.server.tls.real_time import utc_now

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
_RENEW_BEFORE = dt.timedelta(days=10)  # a certificate closer to its expiry is replaced


def server_context(
    hosts: Iterable[str] = (MTT_HOST,), folder: Path | None = None, now: Clock = utc_now
) -> ssl.SSLContext:
    """Return a TLS context with a certificate for ``hosts`` and this machine.

    The private key stays in memory. A long-running server gets a new certificate before the old
    one expires.

    Args:
        hosts: Names and addresses for the certificate.
        folder: Folder of the authority; ``default_folder()`` if not given.
        now: Returns the current time.

    Raises:
        AuthorityError: If the authority cannot be read or created.
        HostError: If a host is neither a name nor an address.
    """
    names = tuple(dict.fromkeys([*host_names(list(hosts)), *_LOCAL_HOSTS]))
    leaf = Authority.of_machine(folder, now, names).issue(names, now)
    first = current = _context(leaf)
    lock = threading.Lock()

    def renew(connection: ssl.SSLObject, _name: str | None, _old: ssl.SSLContext) -> None:
        # OpenSSL calls this in every handshake, with and without a server name.
        nonlocal leaf, current
        with lock:
            if leaf.not_after - now() < _RENEW_BEFORE:
                with contextlib.suppress(
                    AuthorityError
                ):  # then the old one is used until it expires
                    leaf = Authority.of_machine(folder, now, names).issue(names, now)
                    current = _context(leaf)
            if current is not first:
                connection.context = current

    first.sni_callback = renew
    return first


def _context(leaf: Leaf) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    # The ssl module reads keys from files only: one for the user alone, for a moment.
    with tempfile.TemporaryDirectory(prefix="mtt-mock-") as folder:
        file = Path(folder) / "leaf.pem"
        file.touch(mode=0o600)
        file.write_bytes(leaf.pem)
        context.load_cert_chain(file)
    return context

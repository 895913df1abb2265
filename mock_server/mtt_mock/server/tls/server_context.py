"""Creates the server's TLS context, with a certificate that renews itself."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import ssl
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
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

    Raises:
        AuthorityError: If the authority cannot be read or created.
        HostError: If a host is neither a name nor an address.
    """
    names = tuple(dict.fromkeys([*host_names(list(hosts)), *_LOCAL_HOSTS]))
    certificates = _Certificates(names, folder, now)
    lock = threading.Lock()

    def choose(connection: ssl.SSLObject, name: str | None, _old: ssl.SSLContext) -> None:
        # OpenSSL calls this in every handshake, with and without a server name.
        nonlocal certificates
        with lock:
            if certificates.not_after - now() < _RENEW_BEFORE:
                # If it fails, the old ones are used until they expire.
                with contextlib.suppress(AuthorityError):
                    certificates = _Certificates(names, folder, now)
            connection.context = certificates.context_for(name)

    first = certificates.context_for(None)
    first.sni_callback = choose
    return first


class _Certificates:
    """A certificate for all hosts, and one without addresses for clients that send a name.

    BoringSSL, as in Bun, refuses a certificate with addresses from an authority that may only sign
    for certain addresses.
    """

    def __init__(self, hosts: Sequence[str], folder: Path | None, now: Clock) -> None:
        authority = Authority.of_machine(folder, now, hosts)
        everything = authority.issue(hosts, now)
        self.not_after = everything.not_after
        self._for_all = _context(everything)
        names = [host for host in hosts if not _is_address(host)]
        self._for_names = _context(authority.issue(names, now))

    def context_for(self, name: str | None) -> ssl.SSLContext:
        """Return the context for a client that sent the server name ``name``."""
        return self._for_all if name is None or _is_address(name) else self._for_names


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _context(leaf: Leaf) -> ssl.SSLContext:
    # The standard library's own class: that of truststore, which may stand in its place, calls no
    # ``sni_callback``.
    context_class = next(kind for kind in ssl.SSLContext.__mro__ if kind.__module__ == "ssl")
    context: ssl.SSLContext = context_class(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    with _pem_file(leaf.pem) as file:
        context.load_cert_chain(file)
    return context


@contextlib.contextmanager
def _pem_file(pem: bytes) -> Iterator[str]:
    """Give the path of a file with ``pem``: the ssl module reads keys from files only."""
    if hasattr(os, "memfd_create"):  # Linux: in memory, so nothing stays when a signal comes
        with open(os.memfd_create("leaf.pem"), "wb") as memory:  # noqa: PTH123
            memory.write(pem)
            memory.flush()
            yield f"/proc/self/fd/{memory.fileno()}"
        return
    with tempfile.TemporaryDirectory(prefix="mtt-mock-") as folder:
        file = Path(folder) / "leaf.pem"
        file.touch(mode=0o600)
        file.write_bytes(pem)
        yield str(file)

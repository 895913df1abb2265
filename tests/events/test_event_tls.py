"""Events over HTTPS: certificates are checked for the name, connections go to the address."""

from __future__ import annotations

import socket
import ssl

import pytest
from raw_receiver import OK

trustme = pytest.importorskip("trustme")


@pytest.fixture
def authority(monkeypatch, tmp_path):
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return authority


@pytest.fixture
def secure(authority, raw):
    """Return a function that opens a TLS receiver with a certificate for ``names``."""

    def open_one(*names, on_name=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        if on_name is not None:
            context.sni_callback = lambda _socket, name, _context: on_name.append(name)
        return raw(lambda connection, _head: connection.sendall(OK), context=context)

    return open_one


@pytest.fixture
def _local_names(monkeypatch):
    def getaddrinfo(_host, _port, *_arguments, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.usefixtures("_local_names")
def test_a_certificate_for_the_name_is_accepted(secure, deliver):
    names = []
    receiver = secure("hooks.example.com", on_name=names)
    delivery = deliver(f"https://hooks.example.com.:{receiver.port}/t")
    assert (delivery.status, delivery.problem) == (200, None)
    assert names == ["hooks.example.com"]
    assert f"Host: hooks.example.com.:{receiver.port}\r\n".encode() in receiver.heads[0]


@pytest.mark.usefixtures("_local_names")
def test_a_certificate_for_a_different_name_is_refused(secure, deliver):
    receiver = secure("other.example.com", "127.0.0.1")
    place = f"hooks.example.com:{receiver.port}"
    assert deliver(f"https://{place}/").problem == (
        f"no TLS with {place} (127.0.0.1): Hostname mismatch, certificate is not valid for "
        "'hooks.example.com'."
    )
    assert receiver.heads == []


@pytest.mark.usefixtures("_local_names")
def test_a_connection_is_not_reused_for_other_names(secure, deliver):
    receiver = secure("hooks.example.com")
    assert deliver(f"https://hooks.example.com:{receiver.port}/").status == 200
    assert deliver(f"https://other.example.com:{receiver.port}/").status is None
    assert len(receiver.heads) == 1


def test_a_certificate_for_the_address_is_accepted(secure, deliver):
    assert deliver(f"https://127.0.0.1:{secure('127.0.0.1').port}/").status == 200


def test_a_certificate_of_an_unknown_authority_is_refused(secure, deliver, monkeypatch):
    receiver = secure("127.0.0.1")
    monkeypatch.delenv("SSL_CERT_FILE")
    assert deliver(f"https://127.0.0.1:{receiver.port}/").problem == (
        f"no TLS with 127.0.0.1:{receiver.port}: unable to get local issuer certificate"
    )

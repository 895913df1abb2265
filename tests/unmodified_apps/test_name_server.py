"""The DNS server of an isolated network."""

import socket
import struct

import pytest

from mtt_mock.interception.exec import name_server as module
from mtt_mock.interception.exec.name_server import answer, name_server

NAMES = ("webapicommon.mtt.ru",)
ADDRESS = "127.0.0.1"
A, AAAA = 1, 28
NO_SUCH_NAME = 3


def query(name, kind=A, flags=0x100, questions=1):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", 7, flags, questions, 0, 0, 0) + labels + struct.pack("!xHH", kind, 1)


def test_the_hosts_name_has_the_fakes_address():
    asked = query("WebAPIcommon.mtt.ru")
    response = answer(asked, NAMES, ADDRESS)
    assert struct.unpack_from("!6H", response) == (7, 0x8580, 1, 1, 0, 0)
    assert response[12 : len(asked)] == asked[12:]
    assert response[len(asked) :] == bytes.fromhex("c00c 0001 0001 00000000 0004 7f000001")


def test_the_hosts_name_has_no_ipv6_address():
    response = answer(query("webapicommon.mtt.ru", AAAA), NAMES, ADDRESS)
    assert struct.unpack_from("!6H", response) == (7, 0x8580, 1, 0, 0, 0)


def test_other_names_do_not_exist():
    response = answer(query("mtt.ru"), NAMES, ADDRESS)
    assert struct.unpack_from("!6H", response) == (7, 0x8580 | NO_SUCH_NAME, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\0" * 11,
        query("mtt.ru")[:-6],
        query("mtt.ru")[:-1],
        query("mtt.ru", flags=0x8000),
        query("mtt.ru", questions=2),
        b"\xff" * 300,
    ],
)
def test_bytes_that_are_no_query_get_no_response(sent):
    assert answer(sent, NAMES, ADDRESS) == b""


def test_it_answers_over_udp(monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((ADDRESS, 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(module, "PORT", port)
    with (
        name_server(NAMES, ADDRESS),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        client.settimeout(20)
        client.sendto(b"no query", (ADDRESS, port))
        client.sendto(query("webapicommon.mtt.ru"), (ADDRESS, port))
        assert client.recv(512).endswith(socket.inet_aton(ADDRESS))

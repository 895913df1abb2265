"""A DNS server for a private network: MTT's names have one address, other names do not exist.

Programs with their own resolver (c-ares, hickory) query it; others read /etc/hosts. RFC 1035.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Collection, Iterator

PORT = 53
_HEADER = struct.Struct("!6H")  # id, flags, questions, answers, authorities, additional records
_MAX_QUERY_BYTES = 4096
_RESPONSE, _NO_SUCH_NAME = 0x8580, 3  # the flags QR, AA, RD, RA; a response code
_QUERY_FLAGS = 0xF800  # QR and the opcode, which are 0 in a query
_A, _ANY, _IN = 1, 255, 1
_NAME_POINTER = 0xC00C  # a pointer to the name in the question
_TTL = 0  # seconds


@contextlib.contextmanager
def name_server(names: Collection[str], address: str) -> Iterator[None]:
    """Answer DNS queries on ``address``: ``names`` have this address.

    Raises:
        OSError: The port is in use.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, PORT))
        serve = threading.Thread(
            target=_serve, args=(sock, names, address), name="mtt-mock DNS", daemon=True
        )
        serve.start()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # not connected; but it wakes the thread
                sock.shutdown(socket.SHUT_RDWR)
            serve.join()


def _serve(sock: socket.socket, names: Collection[str], address: str) -> None:
    while True:
        query, client = sock.recvfrom(_MAX_QUERY_BYTES)
        if client is None:  # shut down
            return
        response = answer(query, names, address)
        if response:
            with contextlib.suppress(OSError):  # the client has closed its socket
                sock.sendto(response, client)


def answer(query: bytes, names: Collection[str], address: str) -> bytes:
    """Return the response to a DNS query; empty for other bytes."""
    try:
        query_id, flags, questions = _HEADER.unpack_from(query)[:3]
        labels, end = [], _HEADER.size
        while length := query[end]:
            labels.append(query[end + 1 : end + 1 + length].decode("latin-1"))
            end += 1 + length
        record_type, dns_class = struct.unpack_from("!HH", query, end + 1)
    except (struct.error, IndexError):
        return b""
    if questions != 1 or flags & _QUERY_FLAGS:
        return b""
    exists = ".".join(labels).lower() in names
    records = b""
    if exists and record_type in {_A, _ANY} and dns_class == _IN:
        records = struct.pack("!3HIH", _NAME_POINTER, _A, _IN, _TTL, 4)
        records += socket.inet_aton(address)
    code = _RESPONSE if exists else _RESPONSE | _NO_SUCH_NAME
    header = _HEADER.pack(query_id, code, 1, 1 if records else 0, 0, 0)
    return header + query[_HEADER.size : end + 5] + records

"""Redirects a command's connections to MTT's addresses to the fake, in any language.

A program that ignores the proxy and runs without a hook connects to MTT's address. A
seccomp filter stops each connect(2) of the command and its children until the guard answers. The
guard connects the socket to the fake instead, or refuses. It also refuses datagrams (QUIC) that
sockets without a connection send to MTT. Linux only; it needs no privileges.
"""

from __future__ import annotations

import errno
import ipaddress
import json
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from mtt_mock.domain.text import error_text
from mtt_mock.interception.child_env.variables import REDIRECT_VARIABLE
from mtt_mock.interception.exec.seccomp import (
    SeccompError,
    SeccompListener,
    SystemCall,
    installer,
    receive_listener,
)
from mtt_mock.interception.hooks import Redirect
from mtt_mock.interception.hooks.hook_state import HTTP_PORT
from mtt_mock.interception.hooks.sniffing import Address, is_public, may_be_mtt, parse_address
from mtt_mock.server.sockets import look_up

_LOOKUP_INTERVAL = 5.0  # seconds between look-ups of MTT's addresses
_MAX_PORT = 65535
_MAX_KINDS = 1000  # different connections that are counted
_IPV4_BYTES, _IPV6_BYTES = 8, 24  # of a struct sockaddr, up to its address
_LOCAL_IP = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::ffff:127.0.0.1"}


@dataclass
class GuardReport:
    """The connections that a guard redirected, refused or could not watch.

    Attributes:
        redirected: Connections to the fake, by program and address.
        refused: Connections that were refused, by program, address and reason.
        unwatched: Why connections past the proxy were not watched; empty if they were.
    """

    redirected: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unwatched: str = ""


class ConnectionGuard:
    """Watches a command that is started inside; use it as a context manager."""

    def __init__(self, redirect: Redirect) -> None:
        self.report = GuardReport()
        self.install: Callable[[], None] | None = None
        self._redirect = redirect
        self._addresses: set[Address] = set()
        self._looked_up_at = float("-inf")
        self._lookup_error = ""
        self._channel, self._command_end = socket.socketpair()
        self._stopped, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="mtt-mock guard", daemon=True)

    def __enter__(self) -> Self:
        try:
            self.install = installer(self._command_end)
        except SeccompError as error:
            self.report.unwatched = str(error)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the watch, if it has not ended; the report is complete then."""
        self._command_end.close()
        self._stop.close()
        self._thread.join()

    def _run(self) -> None:
        with self._channel, self._stopped:
            try:
                listener = self._wait_for_listener()
            except SeccompError as error:
                self.report.unwatched = str(error)
                return
            if listener is not None:
                try:
                    self._watch(listener)
                finally:
                    listener.close()

    def _wait_for_listener(self) -> SeccompListener | None:
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        poller.register(self._stopped, select.POLLIN)
        ready = dict(poller.poll())
        return receive_listener(self._channel) if self._channel.fileno() in ready else None

    def _watch(self, listener: SeccompListener) -> None:
        poller = select.poll()
        poller.register(listener, select.POLLIN)
        poller.register(self._stopped, select.POLLIN)
        while True:
            ready = dict(poller.poll())
            event = ready.get(listener.fileno(), 0)
            if event & select.POLLIN:
                call = listener.receive()
                if call is not None:
                    self._answer(listener, call)
            elif event & (select.POLLHUP | select.POLLNVAL) or self._stopped.fileno() in ready:
                return  # all processes, or the command, have ended
            # POLLERR alone: a signal interrupted the kernel while a program made a call.

    def _answer(self, listener: SeccompListener, call: SystemCall) -> None:
        try:
            call = call.resolved()
            targets = list(filter(None, map(_parse, call.addresses())))
        except OSError as error:
            self.report.unwatched = f"{call.program} cannot be read: {error.strerror}"
            targets = []
        error_number = errno.EOPNOTSUPP if call.connects_by_sending else None
        for target in targets:
            if error_number is None:
                error_number = self._decide(listener, call, *target)
        if error_number is None:
            listener.allow(call)
        else:
            listener.answer(call, error_number)

    def _decide(
        self, listener: SeccompListener, call: SystemCall, address: Address, port: int
    ) -> int | None:
        """Return the error number for the program, 0 for success; ``None`` to let it through."""
        if not is_public(address) or not listener.is_waiting(call):
            return None
        is_mtt, connects = self._is_mtt(address), call.name == "connect"
        if not is_mtt and not self._lookup_error:
            return None
        try:
            with call.open_socket() as sock:
                # TCP sends nothing without a connection; UDP may be a query to a DNS server.
                is_stream = sock.type == socket.SOCK_STREAM
                if (is_stream and not connects) or not may_be_mtt(sock, address, port):
                    return None
                if is_mtt and connects:
                    return self._connect_to_fake(sock, call, address, port)
        except OSError as error:
            return self._refuse(call, address, port, error_text(error))
        reason = f"MTT's address is unknown: {self._lookup_error}"
        if is_mtt:
            reason = "a datagram (QUIC); the fake speaks HTTP/1.1 over TCP"
        return self._refuse(call, address, port, reason)

    def _connect_to_fake(
        self, sock: socket.socket, call: SystemCall, address: Address, port: int
    ) -> int:
        """Connect ``sock`` to the fake and return the error number, 0 for success."""
        if sock.type != socket.SOCK_STREAM or sock.family not in _LOCAL_IP:
            return errno.ECONNREFUSED  # QUIC, or a test of the route to the address
        _count(self.report.redirected, _name(call, address, port))
        fake_port = _inner_fake_port(call, port) or self._redirect.port_for(port)
        return sock.connect_ex((_LOCAL_IP[sock.family], fake_port))

    def _refuse(self, call: SystemCall, address: Address, port: int, reason: str) -> int:
        _count(self.report.refused, f"{_name(call, address, port)}: {reason}")
        return errno.ECONNREFUSED

    def _is_mtt(self, address: Address) -> bool:
        age = time.monotonic() - self._looked_up_at
        if address not in self._addresses and age > _LOOKUP_INTERVAL:
            self._lookup_error = ""
            for host in sorted(self._redirect.hosts):
                try:
                    addresses = map(parse_address, look_up(host))
                except OSError as error:
                    self._lookup_error = error_text(error)
                else:
                    self._addresses.update(filter(None, addresses))
            self._looked_up_at = time.monotonic()
        return address in self._addresses


def _parse(raw: bytes) -> tuple[Address, int] | None:
    """Return the public address and the port of a struct sockaddr; ``None`` for others."""
    family = struct.unpack_from("H", raw)[0] if len(raw) > 1 else socket.AF_UNSPEC
    if family == socket.AF_INET and len(raw) >= _IPV4_BYTES:
        packed = raw[4:8]
    elif family == socket.AF_INET6 and len(raw) >= _IPV6_BYTES:
        packed = raw[8:24]
    else:
        return None
    address = parse_address(str(ipaddress.ip_address(packed)))
    if address is None or address.is_loopback:
        return None
    return address, int.from_bytes(raw[2:4], "big")


def _inner_fake_port(call: SystemCall, port: int) -> int | None:
    """Return the port of the fake that the program's own environment names, ``None`` for none.

    An interception or an exec inside this one has its own fake; the innermost applies.
    """
    try:
        target = json.loads(call.variable(REDIRECT_VARIABLE))
        number = int(target["http_port" if port == HTTP_PORT else "tls_port"])
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None  # any program can set it
    return number if 0 < number <= _MAX_PORT else None


def _name(call: SystemCall, address: Address, port: int) -> str:
    return f"{call.program} to {address} port {port}"


def _count(counts: Counter[str], name: str) -> None:
    if name in counts or len(counts) < _MAX_KINDS:
        counts[name] += 1

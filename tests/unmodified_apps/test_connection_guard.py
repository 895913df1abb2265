"""Connections that a command makes past the proxy, to MTT's addresses: redirected to the fake or refused."""

import ctypes
import errno
import fcntl
import json
import os
import platform
import select
import signal
import socket
import struct
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock import serve
from mtt_mock.interception.exec import connection_guard, seccomp
from mtt_mock.interception.exec.connection_guard import ConnectionGuard
from mtt_mock.interception.exec.seccomp import (
    SeccompError,
    SeccompListener,
    SystemCall,
    installer,
    receive_listener,
)
from mtt_mock.interception.hooks import Redirect
from mtt_mock.interception.hooks.sniffing import parse_address

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's"),
]

MTT_IP = "45.45.45.45"  # an address of the public internet; no packet is sent to it
PYTHON = (sys.executable, "-S", "-c")  # -S: without the hooks
CONNECT = """
import socket, sys
family, kind, address, port = sys.argv[1:]
sock = socket.socket(getattr(socket, family), getattr(socket, kind))
print(sock.connect_ex((address, int(port))))
"""
ASK = f"""
import socket, threading
def ask():
    with socket.create_connection(("{MTT_IP}", 80), timeout=20) as sock:
        sock.sendall(b"OPTIONS /index.php HTTP/1.0\\r\\n\\r\\n")
        print(sock.recv(100).split()[1].decode())
ask()
thread = threading.Thread(target=ask)
thread.start()
thread.join()
"""


@pytest.fixture
def addresses(monkeypatch):
    """The addresses of MTT as the guard looks them up."""
    addresses = [MTT_IP, "2a00::45"]
    monkeypatch.setattr(connection_guard, "look_up", lambda _host: addresses)
    return addresses


@pytest.fixture
def no_lookup(monkeypatch):
    def look_up(_host):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(connection_guard, "look_up", look_up)


def test_a_connection_past_the_proxy_reaches_the_fake(execute, addresses):
    done = execute(*PYTHON, ASK)
    assert done.stdout == "200\n200\n"
    assert "mtt-mock: 2 connections past the proxy redirected to the fake\n" in done.stderr
    program = Path(sys.executable).name[:15]
    assert f"mtt-mock:   {program} (process " in done.stderr
    assert f" to {MTT_IP} port 80 (2 times)\n" in done.stderr


@pytest.mark.parametrize(
    ("family", "kind", "address", "port", "result"),
    [
        ("AF_INET6", "SOCK_STREAM", f"::ffff:{MTT_IP}", 443, 0),
        ("AF_INET6", "SOCK_STREAM", "2a00::45", 443, 0),
        ("AF_INET", "SOCK_DGRAM", MTT_IP, 443, errno.ECONNREFUSED),  # QUIC
    ],
)
def test_every_kind_of_socket_is_kept_from_mtt(execute, addresses, family, kind, address, port, result):  # fmt: skip
    done = execute(*PYTHON, CONNECT, family, kind, address, str(port))
    assert done.stdout == f"{result}\n", done.stderr


@pytest.mark.parametrize(
    "redirect",
    [
        "{}",
        "[]",
        pytest.param("[" * 100_000, id="deep"),
        '{"http_port": "y"}',
        '{"http_port": 1e999}',
        '{"http_port": 70000}',
    ],
)
def test_an_invalid_redirect_of_a_program_does_not_count(execute, addresses, redirect):
    done = execute("env", f"MTT_MOCK_REDIRECT={redirect}", *PYTHON, ASK)
    assert done.stdout == "200\n200\n", done.stderr


def test_the_innermost_fake_is_reached(execute, addresses):
    # As in a suite with mtt_intercept under exec, or an exec inside it.
    with serve() as inner:
        port = inner.live.port
        redirect = json.dumps({"tls_port": port, "http_port": port})
        code = f"import urllib.request; urllib.request.urlopen('http://{MTT_IP}/index.php')"
        execute("env", "http_proxy=", "HTTP_PROXY=", f"MTT_MOCK_REDIRECT={redirect}", *PYTHON, code)
        assert len(inner.journal) == 1


def test_a_connection_by_sending_is_refused(execute, addresses):
    code = (
        "import socket\n"
        "for send in ('sendto(b\"x\", socket.MSG_FASTOPEN, address)',\n"
        "             'sendmsg([b\"x\"], [], socket.MSG_FASTOPEN, address)'):\n"
        f"    address = ('{MTT_IP}', 443)\n"
        "    try: eval('socket.socket().' + send)\n"
        "    except OSError as error: print(error.errno)\n"
        "ours, theirs = socket.socketpair()\n"
        "ours.sendmsg([b'x']), ours.send(b'y')\n"
        "print(theirs.recv(2))\n"
    )
    done = execute(*PYTHON, code)
    assert done.stdout.split()[:2] == [str(errno.EOPNOTSUPP)] * 2, done.stderr
    assert done.stdout.split()[2] == "b'xy'"


def test_sendmmsg_and_io_uring_connect_to_nothing(execute, addresses):
    code = (
        "import ctypes, socket, struct\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        f"packed = struct.pack('<H', 2) + struct.pack('>H', 443) + socket.inet_aton('{MTT_IP}')\n"
        "address = ctypes.create_string_buffer(packed, 16)\n"
        "part = ctypes.create_string_buffer(struct.pack('QQ', ctypes.addressof(address), 1), 16)\n"
        "head = struct.pack(\n"
        "    'QQQQQQQQ', ctypes.addressof(address), 16, ctypes.addressof(part), 1, 0, 0, 0, 0\n"
        ")\n"
        "message = ctypes.create_string_buffer(head, 64)\n"
        "sock = socket.socket()\n"
        "print(libc.sendmmsg(sock.fileno(), message, 1, socket.MSG_FASTOPEN), ctypes.get_errno())\n"
        "settings = ctypes.create_string_buffer(120)\n"
        "print(libc.syscall(425, 8, settings), ctypes.get_errno())\n"
        "ours, theirs = socket.socketpair()\n"
        "message = ctypes.create_string_buffer(struct.pack('QQ', 0, 0) + head[16:], 64)\n"
        "print(libc.sendmmsg(ours.fileno(), message, 1, 0), len(theirs.recv(9)))\n"
        "datagram = socket.socket(type=socket.SOCK_DGRAM)\n"
        "message = ctypes.create_string_buffer(head, 64)\n"
        "for flags in (0, socket.MSG_NOSIGNAL):\n"
        "    print(libc.sendmmsg(datagram.fileno(), message, 1, flags), ctypes.get_errno())\n"
    )
    done = execute(*PYTHON, code)
    refused, absent, sent, *datagrams = done.stdout.splitlines()
    assert refused == f"-1 {errno.EOPNOTSUPP}", done.stderr
    assert absent == f"-1 {errno.ENOSYS}"
    assert sent == "1 1"
    assert datagrams == [f"-1 {errno.ECONNREFUSED}"] * 2


def test_other_connections_are_left_alone(execute, addresses, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as local, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
        unix.listen()
        code = (
            "import socket, sys\n"
            "socket.create_connection(('127.0.0.1', int(sys.argv[1]))).close()\n"
            "socket.socket(socket.AF_UNIX).connect(sys.argv[2])\n"
            "socket.socket(type=socket.SOCK_DGRAM).connect(('10.0.0.1', 53))\n"
        )
        port = local.getsockname()[1]
        done = execute(*PYTHON, code, str(port), str(tmp_path / "socket"))
    assert "Refused" not in done.stderr
    assert "past the proxy" not in done.stderr


def test_public_addresses_are_refused_when_mtts_is_unknown(execute, no_lookup):
    done = execute(*PYTHON, CONNECT, "AF_INET", "SOCK_STREAM", MTT_IP, "443", options=["--strict"])
    assert (done.stdout, done.returncode) == (f"{errno.ECONNREFUSED}\n", 3)
    assert "mtt-mock: 1 connection past the proxy refused\n" in done.stderr
    dns = execute(*PYTHON, CONNECT, "AF_INET", "SOCK_DGRAM", MTT_IP, "53")
    assert dns.stdout == "0\n"
    reason = "MTT's address is unknown: Name or service not known"
    [line] = [line for line in done.stderr.splitlines() if "--strict: connection" in line]
    assert line.endswith(f" to {MTT_IP} port 443: {reason}")


def test_strict_can_leave_refused_connections_out(execute, no_lookup):
    connect = (*PYTHON, CONNECT, "AF_INET", "SOCK_STREAM", MTT_IP, "443")
    assert execute(*connect, options=["--strict=errors"]).returncode == 0
    assert execute(*connect, options=["--strict=refused"]).returncode == 3


@pytest.mark.parametrize(("options", "mode"), [([], "2"), (["--no-guard"], "0")])
def test_no_guard_leaves_the_command_unfiltered(execute, options, mode):
    status = Path("/proc/self/status").read_text()
    if "\nSeccomp:\t0\n" not in status:
        pytest.skip("these tests run under a filter themselves")
    done = execute("grep", "^Seccomp:", "/proc/self/status", options=options)
    assert done.stdout == f"Seccomp:\t{mode}\n"


def test_the_guard_ends_with_a_command_that_is_not_found(execute):
    assert execute("/nowhere").returncode == 127


def test_connections_of_processes_that_are_left_fail(execute, addresses, tmp_path):
    guard_ended, results = tmp_path / "guard-ended", tmp_path / "results"
    os.mkfifo(guard_ended)
    os.mkfifo(results)
    code = (
        "import os, socket, sys\n"
        "if os.fork(): os._exit(0)\n"
        "open(sys.argv[1]).read()\n"
        f"result = socket.socket().connect_ex(('{MTT_IP}', 443))\n"
        "open(sys.argv[2], 'w').write(str(result))\n"
    )
    assert execute(*PYTHON, code, str(guard_ended), str(results)).returncode == 0
    guard_ended.open("w").close()
    assert results.read_text() == str(errno.ENOSYS)


def test_the_summary_waits_for_the_report_of_the_guard(execute, addresses, monkeypatch):
    wait_for_listener = ConnectionGuard._wait_for_listener

    def wait_for_stop(guard):
        select.select([guard._stopped], [], [])
        return wait_for_listener(guard)

    def refusing_installer(channel):
        return lambda: channel.send(struct.pack("i", errno.EBUSY))

    monkeypatch.setattr(ConnectionGuard, "_wait_for_listener", wait_for_stop)
    monkeypatch.setattr(connection_guard, "installer", refusing_installer)
    done = execute("true", options=("--allow-none",))
    assert "an outer mtt-mock exec watches them" in done.stderr, done.stderr


class InterruptedPoll:
    """A poll object whose first poll of a listener ends with POLLERR.

    The kernel answers so where a signal interrupts it while a program makes a call.
    """

    def __init__(self):
        self._poll = select.poll()
        self._errors = []

    def register(self, file, events):
        if isinstance(file, SeccompListener):
            self._errors.append((file.fileno(), select.POLLERR))
        self._poll.register(file, events)

    def poll(self):
        errors, self._errors = self._errors, []
        return errors or self._poll.poll()


def test_a_signal_during_a_poll_does_not_end_the_guard(execute, addresses, monkeypatch):
    replaced = SimpleNamespace(**{**vars(select), "poll": InterruptedPoll})
    monkeypatch.setattr(connection_guard, "select", replaced)
    done = execute(*PYTHON, ASK)
    assert done.stdout == "200\n200\n", done.stderr


def test_a_nested_exec_names_the_outer_one(execute, addresses):
    done = execute(sys.executable, "-m", "mtt_mock", "exec", "--allow-none", "--", "true")
    assert done.returncode == 0
    assert "an outer mtt-mock exec watches them" in done.stderr, done.stderr


def test_a_system_without_seccomp_is_named(execute, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    done = execute("true")
    assert done.returncode == 0
    assert (
        "mtt-mock: connections past the proxy were not watched (the system call numbers of "
        "riscv64 are unknown); a program that ignores the proxy may have reached the real MTT\n"
    ) in done.stderr
    monkeypatch.setattr(sys, "platform", "darwin")
    with socket.socket() as sock, pytest.raises(SeccompError, match="darwin has no seccomp"):
        installer(sock)


class Kernel:
    """Answers the calls of an installer with results and error numbers."""

    def __init__(self, *results):
        self.results = list(results)
        self.privileges_given_up = False

    def syscall(self, *_arguments):
        result, number = self.results.pop(0)
        ctypes.set_errno(number)
        return result

    def prctl(self, *arguments):
        self.privileges_given_up = arguments[:2] == (38, 1)


def test_a_user_without_rights_gives_up_further_ones(monkeypatch):
    with open(os.devnull) as file:
        kernel = Kernel((-1, errno.EACCES), (os.dup(file.fileno()), 0))
    monkeypatch.setattr(seccomp, "_libc", lambda: kernel)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        installer(theirs)()
        listener = receive_listener(ours)
    assert kernel.privileges_given_up
    listener.close()


@pytest.mark.parametrize(
    ("number", "message"),
    [(errno.EBUSY, "an outer mtt-mock exec"), (errno.EPERM, "the kernel refuses seccomp")],
)
def test_a_refused_filter_is_reported(monkeypatch, number, message):
    monkeypatch.setattr(seccomp, "_libc", lambda: Kernel((-1, number)))
    with ConnectionGuard(Redirect(["mtt.example"], 1, 2)) as guard:
        guard.install()
        guard._thread.join()
    assert message in guard.report.unwatched


def test_a_process_that_may_not_be_read_is_reported():
    class Kept:
        def allow(self, call):
            self.call = call

    with ConnectionGuard(Redirect(["mtt.example"], 1, 2)) as guard:
        pid = 2**22 + 1  # more than the last
        listener, call = Kept(), SystemCall(1, pid, "connect", (3, 4, 16))
        guard._answer(listener, call)
    assert listener.call is call
    assert guard.report.unwatched == ("process 4194305 cannot be read: No such file or directory")


def test_a_socket_that_may_not_be_taken_is_refused(execute, addresses, monkeypatch):
    def refused(_call):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(SystemCall, "open_socket", refused)
    done = execute(*PYTHON, CONNECT, "AF_INET", "SOCK_STREAM", MTT_IP, "443")
    assert done.stdout == f"{errno.ECONNREFUSED}\n"
    assert f"{MTT_IP} port 443: Operation not permitted" in done.stderr
    code = "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('8.8.8.8', 53))"
    assert execute(*PYTHON, code).returncode == 0


def test_threads_that_end_meanwhile_are_left_alone(monkeypatch):
    def gone(*_arguments):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(fcntl, "ioctl", gone)
    listener = SeccompListener(os.dup(0))
    call = SystemCall(1, os.getpid(), "connect", (2**20, 0, 16))
    assert listener.receive() is None
    assert not listener.is_waiting(call)
    listener.answer(call, 0)
    listener.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        call.open_socket()


DATAGRAMS = f"""
import socket
sock = socket.socket(type=socket.SOCK_DGRAM)
for send in (
    lambda address: sock.sendto(b"x", address),
    lambda address: sock.sendmsg([b"x"], [], 0, address),
):
    for address in (("{MTT_IP}", 443), ("127.0.0.1", 9)):
        try:
            print(send(address))
        except OSError as error:
            print(error.errno)
        sock.close(), sock.__init__(type=socket.SOCK_DGRAM)  # the kernel reports closed ports
"""


def test_datagrams_without_a_connection_are_refused(execute, addresses):
    done = execute(*PYTHON, DATAGRAMS)
    assert done.stdout.split() == [str(errno.ECONNREFUSED), "1"] * 2, done.stderr
    assert "mtt-mock: 2 connections past the proxy refused\n" in done.stderr
    assert f" to {MTT_IP} port 443: a datagram (QUIC); the fake speaks HTTP/1.1" in done.stderr


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("sendto", (3, 0, 1, 0, 0, 0)), ("sendmsg", (3, 0, 0)), ("sendmmsg", (3, 0, 1, 0))],
)
def test_a_datagram_of_a_stream_is_let_through(addresses, name, arguments):
    class Waiting(SystemCall):
        def open_socket(self):
            return socket.socket()  # a stream ignores the address

    class Listener:
        def is_waiting(self, _call):
            return True

    with ConnectionGuard(Redirect(["mtt.example"], 1, 2)) as guard:
        decide = guard._decide
        call = Waiting(1, 1, name, arguments)
        assert decide(Listener(), call, parse_address(MTT_IP), 443) is None


# Calls of the 32-bit kind by a 64-bit program: int 0x80 with memory below 4 GB.
CALLS_OF_32_BITS = f"""
import ctypes, socket, struct
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
memory = libc.mmap(None, 4096, 7, 0x40 | 0x22, -1, 0)  # MAP_32BIT
def place(offset, data):
    ctypes.memmove(memory + offset, data, len(data))
    return memory + offset
def words(offset, *numbers):
    return place(offset, struct.pack(f"{{len(numbers)}}I", *numbers))
code = place(0, bytes.fromhex("5389f889f389ce89d189f2cd805bc3"))
call = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_uint] * 4)(code)
packed = struct.pack("<H", 2) + struct.pack(">H", 443) + socket.inet_aton("{MTT_IP}")
address = place(1000, packed)
message = words(1200, address, 16, words(1100, address, 1), 1, 0, 0, 0, 0)
streams = [socket.socket() for _ in range(3)]
unconnected = socket.socket(type=socket.SOCK_DGRAM)
datagram = unconnected.fileno()
ours, theirs = socket.socketpair()
CONNECT, SEND, SENDTO, SENDMSG, SENDMMSG = 3, 9, 11, 16, 20
def socketcall(kind, *arguments):
    return call(102, kind, words(2000, *arguments), 0)
print(call(362, streams[0].fileno(), address, 16))
print(socketcall(CONNECT, streams[1].fileno(), address, 16))
print(socketcall(SENDTO, datagram, address, 1, 0, address, 16))
print(socketcall(SENDMSG, datagram, message, 0))
print(socketcall(SENDMMSG, datagram, message, 1, 0))
print(call(370, datagram, message, 0))
print(socketcall(SENDTO, streams[2].fileno(), address, 1, socket.MSG_FASTOPEN, address, 16))
print(call(425, 8, address, 0))  # io_uring_setup
print(socketcall(SEND, ours.fileno(), address, 2, 0))
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the calls are those of i386")
def test_programs_of_32_bits_are_watched_too(execute, addresses):
    done = execute(*PYTHON, CALLS_OF_32_BITS)
    if done.returncode == 128 + signal.SIGSEGV:
        pytest.skip("this kernel runs no programs of 32 bits")
    refused, absent = [-errno.ECONNREFUSED] * 4, [-errno.EOPNOTSUPP, -errno.ENOSYS]
    assert list(map(int, done.stdout.split())) == [0, 0, *refused, *absent, 2], done.stderr


@given(st.binary(max_size=40))
def test_any_address_is_parsed_or_left_alone(raw):
    parsed = connection_guard._parse(raw)
    assert parsed is None or not parsed[0].is_loopback


def test_addresses_are_parsed():
    raw = struct.pack("H", socket.AF_INET) + b"\x01\xbb" + socket.inet_aton(MTT_IP) + bytes(8)
    address, port = connection_guard._parse(raw)
    assert (str(address), port) == (MTT_IP, 443)

"""Connections that a command makes past the proxy, to MTT's addresses: led to the fake or refused."""

import ctypes
import errno
import fcntl
import json
import os
import platform
import socket
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock import serve
from mtt_mock.interception.exec import connection_guard, seccomp
from mtt_mock.interception.exec.connection_guard import ConnectionGuard
from mtt_mock.interception.exec.seccomp import (
    Connect,
    SeccompError,
    SeccompListener,
    installer,
    receive_listener,
)
from mtt_mock.interception.hooks import Redirect

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
    assert "mtt-mock: 2 connections past the proxy led to the fake\n" in done.stderr
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
    )
    done = execute(*PYTHON, code)
    refused, absent, sent = done.stdout.splitlines()
    assert refused == f"-1 {errno.EOPNOTSUPP}", done.stderr
    assert absent == f"-1 {errno.ENOSYS}"
    assert sent == "1 1"


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
    reason = "MTT's address is not known: Name or service not known"
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


def test_a_nested_exec_names_the_outer_one(execute, addresses):
    done = execute(sys.executable, "-m", "mtt_mock", "exec", "--allow-none", "--", "true")
    assert done.returncode == 0
    assert "another mtt-mock exec around this one watches them" in done.stderr


def test_a_system_without_seccomp_is_named(execute, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    done = execute("true")
    assert done.returncode == 0
    assert (
        "mtt-mock: connections past the proxy were not watched (the numbers of system calls on "
        "riscv64 are not known); a program that ignores the proxy may have gone to the real MTT\n"
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
    [(errno.EBUSY, "another mtt-mock exec"), (errno.EPERM, "the kernel refuses seccomp")],
)
def test_a_refused_filter_is_reported(monkeypatch, number, message):
    monkeypatch.setattr(seccomp, "_libc", lambda: Kernel((-1, number)))
    with ConnectionGuard(Redirect(["mtt.example"], 1, 2)) as guard:
        guard.install()
        guard._thread.join()
    assert message in guard.report.unwatched


def test_a_process_that_may_not_be_read_is_reported():
    class Kept:
        def let_through(self, connect):
            self.connect = connect

    with ConnectionGuard(Redirect(["mtt.example"], 1, 2)) as guard:
        listener, connect = Kept(), Connect(1, 2**22 + 1, 3, 4, 16)  # more than the last pid
        guard._answer(listener, connect)
    assert listener.connect is connect
    assert guard.report.unwatched == ("process 4194305 may not be read: No such file or directory")


def test_a_socket_that_may_not_be_taken_is_refused(execute, addresses, monkeypatch):
    def refused(_connect):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Connect, "open_socket", refused)
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
    connect = Connect(1, os.getpid(), 2**20, 0, 16)
    assert listener.receive() is None
    assert not listener.is_waiting(connect)
    listener.answer(connect, 0)
    listener.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        connect.open_socket()


@given(st.binary(max_size=40))
def test_any_address_is_parsed_or_left_alone(raw):
    parsed = connection_guard._parse(raw)
    assert parsed is None or not parsed[0].is_loopback


def test_addresses_are_parsed():
    raw = struct.pack("H", socket.AF_INET) + b"\x01\xbb" + socket.inet_aton(MTT_IP) + bytes(8)
    address, port = connection_guard._parse(raw)
    assert (str(address), port) == (MTT_IP, 443)

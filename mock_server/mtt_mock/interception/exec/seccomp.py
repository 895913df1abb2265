"""Installs a seccomp filter by ctypes: it reports where a command connects and sends.

Sources: seccomp(2), seccomp_unotify(2), pidfd_getfd(2), socketcall(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

if sys.platform != "win32":
    import fcntl

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER = 1
_FILTER_FLAG_NEW_LISTENER = 8
_PIDFD_GETFD = 438  # the same on both machines
_NOTIF_RECV = 0xC0502100
_NOTIF_ID_VALID = 0x40082102
_NOTIF_SEND = 0xC0182101
_FLAG_CONTINUE = 1
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _USER_NOTIF, _ERRNO = 0x7FFF0000, 0x7FC00000, 0x00050000
_NR, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_ARGUMENT_BYTES = 8
_MSG_FASTOPEN = 0x20000000  # sendto, sendmsg and sendmmsg connect with it
_MSG_NOSIGNAL = 0x4000  # set on streams: a datagram causes no SIGPIPE
_IO_URING_SETUP = 425  # the same on all machines
_X32 = 0x40000000  # in the numbers of x86-64's second set of system calls
_INSTRUCTION = struct.Struct("HBBI")
_NOTIFICATION = struct.Struct("QIIiIQ6Q")
_RESPONSE = struct.Struct("QqiI")
_MAX_ADDRESS_BYTES = 128  # struct sockaddr_storage
_MAX_MESSAGES = 1024  # of one sendmmsg, as in the kernel
# The calls that socketcall(2) makes, by its first argument.
_BY_SOCKETCALL = {3: "connect", 11: "sendto", 16: "sendmsg", 20: "sendmmsg"}


class _Abi(NamedTuple):
    """An ABI: its AUDIT_ARCH, its pointer size and the numbers of its system calls."""

    arch: int
    pointer_bytes: int
    connect: int
    sendto: int
    sendmsg: int
    sendmmsg: int
    socketcall: int = -1

    def name(self, number: int) -> str:
        return self._fields[self.index(number, 2)]


# machine: the number of seccomp(2), and its ABIs of 64 and 32 bits
_MACHINES = {
    "x86_64": (
        317,
        (
            _Abi(0xC000003E, 8, 42, 44, 46, 307),
            _Abi(0x40000003, 4, 362, 369, 370, 345, 102),
        ),
    ),
    "aarch64": (
        277,
        (
            _Abi(0xC00000B7, 8, 203, 206, 211, 269),
            _Abi(0x40000028, 4, 283, 290, 296, 374),
        ),
    ),
}
_ABIS = {abi.arch: abi for _, abis in _MACHINES.values() for abi in abis}


class SeccompError(OSError):
    """The system has no such filters or refuses them; the message names the reason."""


@dataclass(frozen=True)
class SystemCall:
    """A system call that waits for an answer.

    Attributes:
        id: Its number.
        pid: The thread that called it.
        name: ``connect``, ``sendto``, ``sendmsg``, ``sendmmsg`` or ``socketcall``.
        arguments: Numbers, and pointers into the thread's memory.
        pointer_bytes: The size of its pointers.
    """

    id: int
    pid: int
    name: str
    arguments: tuple[int, ...]
    pointer_bytes: int = 8

    def resolved(self) -> SystemCall:
        """Return the call that a ``socketcall`` makes; other calls unchanged.

        Raises ``OSError`` if the memory cannot be read.
        """
        if self.name != "socketcall":
            return self
        arguments = self._pointers(self.arguments[1], 6)
        return replace(self, name=_BY_SOCKETCALL[self.arguments[0]], arguments=arguments)

    @property
    def connects_by_sending(self) -> bool:
        """Whether it is a TCP Fast Open."""
        flags = {"sendto": 3, "sendmsg": 2, "sendmmsg": 3}.get(self.name)
        return flags is not None and bool(self.arguments[flags] & _MSG_FASTOPEN)

    def addresses(self) -> Iterator[bytes]:
        """Yield the struct sockaddr of each destination.

        Raises ``OSError`` if the memory cannot be read.
        """
        if self.name == "connect":
            yield self._read_address(*self.arguments[1:3])
        elif self.name == "sendto":
            yield self._read_address(*self.arguments[4:6])
        else:
            # A struct msghdr begins with the pointer to the name and the length of it; it has
            # seven words, and one more in the array of sendmmsg.
            count = min(self.arguments[2], _MAX_MESSAGES) if self.name == "sendmmsg" else 1
            for number in range(count):
                pointer = self.arguments[1] + number * 8 * self.pointer_bytes
                yield self._read_address(*self._pointers(pointer, 2))

    def _read_address(self, pointer: int, length: int) -> bytes:
        size = min(length & 0xFFFFFFFF, _MAX_ADDRESS_BYTES)
        return self._read(pointer, size) if pointer else b""

    def _pointers(self, pointer: int, count: int) -> tuple[int, ...]:
        raw = self._read(pointer, count * self.pointer_bytes)
        return struct.unpack(f"{count}{'Q' if self.pointer_bytes == 8 else 'I'}", raw)  # noqa: PLR2004

    def _read(self, pointer: int, size: int) -> bytes:
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:  # noqa: PTH123  # seek
            memory.seek(pointer)
            return memory.read(size)

    @property
    def program(self) -> str:
        """The name of the program and the number of its process."""
        try:
            process = _process_of(self.pid)
            name = Path(f"/proc/{process}/comm").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return f"process {self.pid}"
        return f"{name.strip()} (process {process})"

    def variable(self, name: str) -> bytes:
        """Return a variable of the environment that the program was started with, or nothing."""
        with contextlib.suppress(OSError):
            for entry in Path(f"/proc/{self.pid}/environ").read_bytes().split(b"\0"):
                if entry.startswith(f"{name}=".encode()):
                    return entry.partition(b"=")[2]
        return b""

    def open_socket(self) -> socket.socket:
        """Return a duplicate of the thread's socket. Raises ``OSError``."""
        # Only the process can be opened; its threads share its sockets.
        pidfd = os.pidfd_open(_process_of(self.pid))
        try:
            fd = self.arguments[0] & 0x7FFFFFFF
            number = _libc().syscall(_PIDFD_GETFD, pidfd, fd, 0)
        finally:
            os.close(pidfd)
        if number < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return socket.socket(fileno=number)


class SeccompListener:
    """Receives and answers the calls that a filter stops."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def fileno(self) -> int:
        """Return the descriptor, for poll(2). It hangs up when no filtered process is left."""
        return self._fd

    def receive(self) -> SystemCall | None:
        """Return the next call; ``None`` if its thread has ended."""
        buffer = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(self._fd, _NOTIF_RECV, buffer)
        except (FileNotFoundError, InterruptedError):
            return None
        number, pid, _flags, call, arch, _ip, *arguments = _NOTIFICATION.unpack(buffer)
        abi = _ABIS[arch]
        name = abi.name(call)
        return SystemCall(number, pid, name, tuple(arguments), abi.pointer_bytes)

    def is_waiting(self, call: SystemCall) -> bool:
        """Return whether the thread still waits; if not, its id may belong to another."""
        try:
            fcntl.ioctl(self._fd, _NOTIF_ID_VALID, struct.pack("Q", call.id))
        except OSError:
            return False
        return True

    def allow(self, call: SystemCall) -> None:
        """Let the kernel execute the call."""
        self._respond(_RESPONSE.pack(call.id, 0, 0, _FLAG_CONTINUE))

    def answer(self, call: SystemCall, error: int) -> None:
        """Make the call end with ``error``, 0 for success."""
        self._respond(_RESPONSE.pack(call.id, 0, -error, 0))

    def _respond(self, response: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):  # the thread has ended
            fcntl.ioctl(self._fd, _NOTIF_SEND, response)

    def close(self) -> None:
        """Stop answering. Later calls of filtered processes fail with ENOSYS."""
        os.close(self._fd)


def installer(channel: socket.socket) -> Callable[[], None]:
    """Return a function that filters the process that calls it, and sends its listener.

    It may be called between fork and exec. It sends the listener, or the number of an error, to
    ``channel``, and never raises. Raises ``SeccompError`` where there are no such filters.
    """
    machine = _MACHINES.get(platform.machine())
    if not sys.platform.startswith("linux"):
        raise SeccompError(f"{sys.platform} has no seccomp")
    if machine is None:
        raise SeccompError(f"the system call numbers of {platform.machine()} are unknown")
    seccomp, abis = machine
    program = _assemble(list(_filter(abis)))
    instructions = ctypes.create_string_buffer(program, len(program))
    count = len(program) // _INSTRUCTION.size
    fprog = struct.pack("HxxxxxxQ", count, ctypes.addressof(instructions))
    libc = _libc()

    def install() -> None:
        # ``instructions`` lives as long as this function, which uses it here.
        arguments = (seccomp, _SET_MODE_FILTER, _FILTER_FLAG_NEW_LISTENER, fprog, instructions)
        fd = libc.syscall(*arguments)
        if fd < 0 and ctypes.get_errno() == errno.EACCES:
            # Without privileges, only programs that cannot gain any may be filtered.
            libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            fd = libc.syscall(*arguments)
        if fd < 0:
            channel.send(struct.pack("i", ctypes.get_errno()))
            return
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", fd))
        # MSG_NOSIGNAL passes the filter, which would stop other messages until it has a listener.
        channel.sendmsg([struct.pack("i", 0)], [rights], socket.MSG_NOSIGNAL)
        os.close(fd)

    return install


# An instruction: operation, value, label to go to if it is true, and if not; or a label.
_Line = tuple[int, int, str, str] | str


def _filter(abis: Sequence[_Abi]) -> Iterator[_Line]:
    yield (_LOAD, _ARCH, "", "")
    for abi in abis:
        yield (_JUMP_IF_EQUAL, abi.arch, str(abi.arch), "")
    yield (_RETURN, _ERRNO | errno.ENOSYS, "", "")
    for abi in abis:
        yield str(abi.arch)
        yield (_LOAD, _NR, "", "")
        yield (_JUMP_IF_EQUAL, abi.connect, "ask", "")
        yield (_JUMP_IF_EQUAL, abi.sendto, "sendto", "")
        yield (_JUMP_IF_EQUAL, abi.sendmsg, "sendmsg", "")
        yield (_JUMP_IF_EQUAL, abi.sendmmsg, "sendmmsg", "")
        if abi.socketcall > 0:
            yield (_JUMP_IF_EQUAL, abi.socketcall, "socketcall", "")
        yield (_JUMP_IF_EQUAL, _IO_URING_SETUP, "absent", "")
        yield (_JUMP_IF_SET, _X32, "absent", "allow")
    yield from (
        "socketcall",
        _load_argument(0),
        *((_JUMP_IF_EQUAL, number, "ask", "") for number in _BY_SOCKETCALL),
        (_RETURN, _ALLOW, "", ""),
        "sendto",
        _load_argument(3),
        (_JUMP_IF_SET, _MSG_FASTOPEN, "fast open", ""),
        _load_argument(4),  # the pointer to the address, in two halves
        (_JUMP_IF_EQUAL, 0, "", "ask"),
        _load_argument(4, offset=4),
        (_JUMP_IF_EQUAL, 0, "allow", "ask"),
        "sendmsg",
        _load_argument(2),
        (_JUMP_IF_SET, _MSG_FASTOPEN, "fast open", ""),
        (_JUMP_IF_SET, _MSG_NOSIGNAL, "allow", "ask"),
        "sendmmsg",  # rarely used on streams
        _load_argument(3),
        (_JUMP_IF_SET, _MSG_FASTOPEN, "fast open", "ask"),
        "allow",
        (_RETURN, _ALLOW, "", ""),
        "ask",
        (_RETURN, _USER_NOTIF, "", ""),
        "fast open",
        (_RETURN, _ERRNO | errno.EOPNOTSUPP, "", ""),
        "absent",
        (_RETURN, _ERRNO | errno.ENOSYS, "", ""),  # programs have a fallback
    )


def _load_argument(number: int, offset: int = 0) -> _Line:
    return (_LOAD, _ARGUMENTS + _ARGUMENT_BYTES * number + offset, "", "")


def _assemble(lines: Sequence[_Line]) -> bytes:
    instructions = [line for line in lines if not isinstance(line, str)]
    positions, position = {}, 0
    for line in lines:
        if isinstance(line, str):
            positions[line] = position
        else:
            position += 1

    def skipped(label: str, position: int) -> int:
        return positions[label] - position - 1 if label else 0

    return b"".join(
        _INSTRUCTION.pack(operation, skipped(yes, position), skipped(no, position), value)
        for position, (operation, value, yes, no) in enumerate(instructions)
    )


def receive_listener(channel: socket.socket) -> SeccompListener | None:
    """Return the listener that an installer sent; ``None`` if its process never ran.

    Raises ``SeccompError`` if the filter was refused.
    """
    data, fds, _flags, _address = socket.recv_fds(channel, 4, 1)
    if not data:
        return None
    if not fds:
        number = struct.unpack("i", data)[0]
        if number == errno.EBUSY:
            raise SeccompError("an outer mtt-mock exec watches them")
        raise SeccompError(f"the kernel refuses seccomp: {os.strerror(number)}")
    return SeccompListener(fds[0])


def _process_of(thread: int) -> int:
    status = Path(f"/proc/{thread}/status").read_text(encoding="utf-8", errors="replace")
    return int(status.partition("\nTgid:")[2].split()[0])


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

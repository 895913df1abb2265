"""Seccomp by ctypes: a filter that asks this process about each connect(2) of a command.

Sources: seccomp(2), seccomp_unotify(2), pidfd_getfd(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
# Offsets in struct seccomp_data.
_NR, _ARCH, _SENDTO_FLAGS, _SENDMSG_FLAGS = 0, 4, 40, 32
_MSG_FASTOPEN = 0x20000000  # sendto, sendmsg and sendmmsg connect with it
_IO_URING_SETUP = 425  # the same on both machines
_X32 = 0x40000000  # in the numbers of x86-64's second set of system calls
_INSTRUCTION = struct.Struct("HBBI")
_NOTIFICATION = struct.Struct("QIIiIQ6Q")
_RESPONSE = struct.Struct("QqiI")
_MAX_ADDRESS_BYTES = 128  # struct sockaddr_storage
# machine: its number in the audit, those of the system calls seccomp, connect, sendto, sendmsg and
# sendmmsg
_MACHINES = {
    "x86_64": (0xC000003E, 317, 42, 44, 46, 307),
    "aarch64": (0xC00000B7, 277, 203, 206, 211, 269),
}


class SeccompError(OSError):
    """The system has no such filters or refuses them; the message names the reason."""


@dataclass(frozen=True)
class Connect:
    """A connect(2) that waits for an answer.

    Attributes:
        id: Its number.
        pid: The thread that called it.
        fd: The number of the thread's socket.
        pointer: Where its address stands in the thread's memory.
        length: The bytes of the address.
    """

    id: int
    pid: int
    fd: int
    pointer: int
    length: int

    @property
    def address(self) -> bytes:
        """The struct sockaddr. Raises ``OSError`` where the memory may not be read."""
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:  # noqa: PTH123  # seek
            memory.seek(self.pointer)
            return memory.read(min(self.length, _MAX_ADDRESS_BYTES))

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
        """Return the thread's socket, as one of this process too. Raises ``OSError``."""
        # A thread shares its sockets with the process, which alone can be opened.
        pidfd = os.pidfd_open(_process_of(self.pid))
        try:
            number = _libc().syscall(_PIDFD_GETFD, pidfd, self.fd, 0)
        finally:
            os.close(pidfd)
        if number < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return socket.socket(fileno=number)


class SeccompListener:
    """Receives and answers the connects of a filter."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def fileno(self) -> int:
        """Return the descriptor, for poll(2). It hangs up when no filtered process is left."""
        return self._fd

    def receive(self) -> Connect | None:
        """Return the next connect; ``None`` if its thread ended meanwhile."""
        buffer = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(self._fd, _NOTIF_RECV, buffer)
        except (FileNotFoundError, InterruptedError):
            return None
        number, pid, _flags, _call, _machine, _ip, *arguments = _NOTIFICATION.unpack(buffer)
        fd, pointer, length = arguments[:3]
        return Connect(number, pid, fd & 0x7FFFFFFF, pointer, length & 0xFFFFFFFF)

    def is_waiting(self, connect: Connect) -> bool:
        """Return whether the thread still waits: else its number may be another's."""
        try:
            fcntl.ioctl(self._fd, _NOTIF_ID_VALID, struct.pack("Q", connect.id))
        except OSError:
            return False
        return True

    def let_through(self, connect: Connect) -> None:
        """Let the kernel connect."""
        self._respond(_RESPONSE.pack(connect.id, 0, 0, _FLAG_CONTINUE))

    def answer(self, connect: Connect, error: int) -> None:
        """Make the connect end with ``error``, 0 for success."""
        self._respond(_RESPONSE.pack(connect.id, 0, -error, 0))

    def _respond(self, response: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):  # the thread has ended
            fcntl.ioctl(self._fd, _NOTIF_SEND, response)

    def close(self) -> None:
        """Stop answering. Later connects of filtered processes fail with ENOSYS."""
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
        raise SeccompError(f"the numbers of system calls on {platform.machine()} are not known")
    architecture, seccomp, connect, sendto, sendmsg, sendmmsg = machine
    program = b"".join(
        _INSTRUCTION.pack(*instruction)
        for instruction in (
            # operation, instructions to skip if it is true and if not, value
            (_LOAD, 0, 0, _ARCH),
            (_JUMP_IF_EQUAL, 0, 11, architecture),
            (_LOAD, 0, 0, _NR),
            (_JUMP_IF_EQUAL, 10, 0, connect),
            (_JUMP_IF_EQUAL, 4, 0, sendto),
            (_JUMP_IF_EQUAL, 3, 0, sendmmsg),
            (_JUMP_IF_EQUAL, 4, 0, sendmsg),
            (_JUMP_IF_EQUAL, 8, 0, _IO_URING_SETUP),
            (_JUMP_IF_SET, 7, 4, _X32),
            (_LOAD, 0, 0, _SENDTO_FLAGS),  # and sendmmsg's
            (_JUMP_IF_SET, 4, 2, _MSG_FASTOPEN),
            (_LOAD, 0, 0, _SENDMSG_FLAGS),
            (_JUMP_IF_SET, 2, 0, _MSG_FASTOPEN),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _USER_NOTIF),
            (_RETURN, 0, 0, _ERRNO | errno.EOPNOTSUPP),
            (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),  # programs take another way
        )
    )
    instructions = ctypes.create_string_buffer(program, len(program))
    count = len(program) // _INSTRUCTION.size
    fprog = struct.pack("HxxxxxxQ", count, ctypes.addressof(instructions))
    libc = _libc()

    def install() -> None:
        # ``instructions`` lives as long as this function, which uses it here.
        arguments = (seccomp, _SET_MODE_FILTER, _FILTER_FLAG_NEW_LISTENER, fprog, instructions)
        fd = libc.syscall(*arguments)
        if fd < 0 and ctypes.get_errno() == errno.EACCES:
            # A user without rights may filter only programs that cannot gain any.
            libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            fd = libc.syscall(*arguments)
        if fd < 0:
            channel.send(struct.pack("i", ctypes.get_errno()))
            return
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", fd))
        channel.sendmsg([struct.pack("i", 0)], [rights])
        os.close(fd)

    return install


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
            raise SeccompError("another mtt-mock exec around this one watches them")
        raise SeccompError(f"the kernel refuses seccomp: {os.strerror(number)}")
    return SeccompListener(fds[0])


def _process_of(thread: int) -> int:
    status = Path(f"/proc/{thread}/status").read_text(encoding="utf-8", errors="replace")
    return int(status.partition("\nTgid:")[2].split()[0])


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

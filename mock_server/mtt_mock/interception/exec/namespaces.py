"""Enters Linux namespaces by ctypes: private mounts, a private network, the user's own uid.

No ``unshare``, ``ip`` or ``bwrap`` is needed. Sources: unshare(2), mount(2), netdevice(7),
user_namespaces(7).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_MS_BIND = 4096
_MS_REC = 16384
_MS_PRIVATE = 1 << 18
_MS_SLAVE = 1 << 19
_MNT_DETACH = 2
_SIOCSIFFLAGS = 0x8914
_SIOCSIFADDR = 0x8916
# Programs such as aria2 look up no IPv4 address where 127.0.0.1 is the only one. From RFC 5737.
_OTHER_IP = "192.0.2.1"
_IFF_UP = 1
_IFREQ_BYTES = 40
_CONTAINER_FILES = (Path("/.dockerenv"), Path("/run/.containerenv"))
_MOUNTS = Path("/proc/self/mountinfo")
_USERNS_SWITCHES = (
    # file, value that refuses, remedy
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=15000"),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "sysctl kernel.unprivileged_userns_clone=1",
    ),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or run it with sudo",
    ),
)


class NamespaceError(OSError):
    """The system refuses a namespace; the message names the switch and the remedy."""


def enter(*, network: bool) -> None:
    """Move this process into private mounts and, with ``network``, a private network.

    Call it while the process has one thread. Without privileges the process gets a user namespace
    in which the uid and gid stay the same. The new network has only a loopback interface.

    Raises:
        NamespaceError: The system has no such namespaces or refuses them.
    """
    if not sys.platform.startswith("linux"):
        raise NamespaceError(f"{sys.platform} has no namespaces; Linux is needed")
    flags = _CLONE_NEWNS | (_CLONE_NEWNET if network else 0)
    uid, gid = os.geteuid(), os.getegid()
    try:
        _unshare(flags)
    except OSError:
        try:
            _unshare(flags | _CLONE_NEWUSER)
        except OSError as error:
            raise NamespaceError(_refusal(error)) from error
        try:
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{uid} {uid} 1")
            _write("/proc/self/gid_map", f"{gid} {gid} 1")
        except OSError as error:
            raise NamespaceError(_refusal(error)) from error
    try:
        _mount("none", "/", _MS_REC | _MS_PRIVATE)
        if network:
            _raise_loopback()
    except OSError as error:
        raise NamespaceError(_refusal(error)) from error


def unshare_mounts() -> None:
    """Give this process private mounts, which also receive later mounts of the host.

    Raises:
        OSError: The process lacks the privilege.
    """
    _unshare(_CLONE_NEWNS)
    _mount("none", "/", _MS_REC | _MS_SLAVE)


def bind_file(source: Path, target: Path) -> None:
    """Mount the file ``source`` over the file ``target``, in this namespace.

    Raises:
        NamespaceError: The system refuses the mount.
    """
    try:
        _mount(str(source), str(target.resolve()), _MS_BIND)
    except OSError as error:
        raise NamespaceError(f"cannot mount over {target}: {error.strerror}") from error


def bind_contents(contents: Mapping[Path, bytes]) -> None:
    """Mount ``contents`` over files, in this namespace, and leave nothing on disk.

    Raises:
        NamespaceError: The system refuses a mount.
    """
    with _folder_in_memory() as folder:
        for number, (target, content) in enumerate(contents.items()):
            file = folder / str(number)
            _write_public(file, content)
            bind_file(file, target)


def bind_copy(target: Path, contents: Mapping[str, bytes]) -> None:
    """Mount a copy of the folder ``target`` over it, in this namespace, with more files.

    Programs can replace the files of the copy, but not files that are mounts. Their changes are in
    memory.

    Args:
        target: A folder.
        contents: Names and contents of the files.

    Raises:
        OSError: The system refuses a mount, or the folder cannot be read.
    """
    with _folder_in_memory() as folder:
        shutil.copytree(target, folder, symlinks=True, dirs_exist_ok=True)
        for name, content in contents.items():
            _write_public(folder / name, content)
        bind_file(folder, target)


def _write_public(file: Path, content: bytes) -> None:
    file.unlink(missing_ok=True)  # a symbolic link would lead to a file of the system
    file.write_bytes(content)
    file.chmod(0o644)


@contextlib.contextmanager
def _folder_in_memory() -> Iterator[Path]:
    """Yield a folder of a file system in memory, and unmount that afterwards.

    Not a deleted temporary file: a nested isolation could mount nothing over it.
    """
    # Delay signals that end this process until the folder is removed. (Not server.signals: a test
    # runs this module alone, as another user.)
    end_signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    former = signal.pthread_sigmask(signal.SIG_BLOCK, end_signals)
    folder = Path(tempfile.mkdtemp(prefix="mtt-mock-"))
    try:
        _mount("tmpfs", str(folder), 0, kind="tmpfs", data="mode=0755")
        try:
            yield folder
        finally:
            _libc().umount2(os.fsencode(folder), _MNT_DETACH)
    except NamespaceError:
        raise
    except OSError as error:
        raise NamespaceError(f"cannot mount a file system in memory: {error.strerror}") from error
    finally:
        folder.rmdir()
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _unshare(flags: int) -> None:
    if _libc().unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _mount(source: str, target: str, flags: int, kind: str = "", data: str = "") -> None:
    if _libc().mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    ):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh", b"lo", _IFF_UP).ljust(_IFREQ_BYTES, b"\0")
        fcntl.ioctl(sock, _SIOCSIFFLAGS, request)
        address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(_OTHER_IP))
        fcntl.ioctl(sock, _SIOCSIFADDR, struct.pack("16s", b"lo:1") + address)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123  # one write call
        file.write(text)


def _refusal(error: OSError) -> str:
    """Return one line about a refused namespace: the reason and the remedy."""
    for file, value, remedy in _USERNS_SWITCHES:
        try:
            setting = Path(file).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if setting == value:
            return f"{file} is {value}; remedy: {remedy}"
    if _in_plain_chroot():
        return (
            "this is a chroot whose folder is not a mount point; remedy, as root and before the "
            "chroot: mount --bind FOLDER FOLDER"
        )
    if error.errno in (errno.EPERM, errno.EACCES) and _in_container():
        return (
            "the container's seccomp or AppArmor profile refuses namespaces; remedy: docker run "
            "--cap-add SYS_ADMIN --security-opt apparmor=unconfined"
        )
    return f"the kernel refuses namespaces: {error.strerror}; remedy: run it as root"


def _in_container() -> bool:
    return any(file.exists() for file in _CONTAINER_FILES)


def _in_plain_chroot() -> bool:
    """Return whether no mount point is the root of this process, as in a chroot to a folder."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False  # a system without /proc; a chroot may have none either
    return not any(mount.split()[4] == "/" for mount in mounts)

"""Writes files atomically, in a folder that only the user can read."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


class FolderError(Exception):
    """The folder is unsafe for secrets or not writable; the message is the reason."""


def private_folder(folder: Path) -> None:
    """Create ``folder`` with mode 0700 if it is missing; refuse one that others can write."""
    try:
        for missing in [path for path in reversed(folder.parents) if not path.exists()]:
            missing.mkdir(mode=0o700, exist_ok=True)  # mkdir's own parents have the umask's mode
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.stat()
    except FileExistsError:
        raise FolderError(f"{folder} is not a folder") from None
    except OSError as error:
        raise FolderError(f"{folder}: {error.strerror}") from error
    if hasattr(os, "geteuid") and state.st_uid != os.geteuid():
        raise FolderError(f"{folder} belongs to another user")
    if stat.S_IMODE(state.st_mode) & 0o022:
        raise FolderError(f"{folder} can be written by others; run: chmod 700 {folder}")


def write_atomically(path: Path, content: bytes, mode: int) -> None:
    """Write ``content`` to ``path``; a reader sees the whole file or the former one.

    Raises ``FolderError``.
    """
    try:
        _replace(path, content, mode)
    except OSError as error:
        raise FolderError(f"cannot write {path}: {error.strerror}") from error


def write_private(path: Path, content: bytes) -> None:
    """Write ``content`` to a file that only the user can read, as a whole or not at all.

    A symbolic link is replaced, its target stays. A device or a pipe, such as /dev/stdout, gets the
    content. Raises ``OSError``, and ``ValueError`` for a path that cannot be.
    """
    is_device = path.parts[:2] in {("/", "dev"), ("/", "proc")}
    if is_device or (path.exists() and not path.is_file()):
        path.write_bytes(content)
    else:
        _replace(path, content, 0o600)


def _replace(path: Path, content: bytes, mode: int) -> None:
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise

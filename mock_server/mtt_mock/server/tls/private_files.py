"""Files that are whole or not there, in a folder that is the user's alone."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


class FolderError(Exception):
    """The folder cannot hold secrets, or nothing can be kept there; the message says why."""


def private_folder(folder: Path) -> None:
    """Make ``folder`` where it is missing (mode 0700); refuse one that is not the user's own."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except FileExistsError:
        raise FolderError(f"{folder} is not a folder") from None
    except OSError as error:
        raise FolderError(f"{folder}: {error.strerror}") from None
    if hasattr(os, "geteuid") and state.st_uid != os.geteuid():
        raise FolderError(f"{folder} belongs to another user")
    if stat.S_IMODE(state.st_mode) & 0o022:
        raise FolderError(f"{folder} can be written by others; run: chmod 700 {folder}")


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Write ``content`` to ``path`` with ``mode``; whoever reads it sees all of it or nothing.

    Raises ``FolderError``.
    """
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as error:
        raise FolderError(f"cannot write {path}: {error.strerror}") from None

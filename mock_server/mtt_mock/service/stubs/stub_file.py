"""A TOML file of stubs, read again when it changes."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from mtt_mock.service.stubs.stub import Stub, StubError
from mtt_mock.service.stubs.stub_registry import StubRegistry
from mtt_mock.service.toml_file import read_toml

VERSION = 1
MAX_FILE_BYTES = 4 * 1024 * 1024
CHECK_INTERVAL = 0.5  # seconds

_log = logging.getLogger("mtt_mock")


def read_stubs(path: str | Path) -> tuple[Stub, ...]:
    """Return the stubs of a TOML file: ``version = 1`` and tables ``[[stubs]]``.

    Raises:
        StubError: The file cannot be read, is not TOML, is of a newer version, or holds a stub
            that cannot be used. The message names the file and the place in it.
    """
    document = read_toml(path, version=VERSION, max_bytes=MAX_FILE_BYTES, error_type=StubError)
    tables = document.pop("stubs", [])
    if document or not isinstance(tables, list):
        unknown = next(iter(document), "stubs")
        raise StubError(f"{path}: unknown key {unknown!r}; write [[stubs]] tables")
    stubs = []
    for index, table in enumerate(tables):
        try:
            stubs.append(Stub.from_dict(table))
        except StubError as error:
            raise StubError(f"{path}: stubs[{index}]: {error}") from error
    return tuple(stubs)


def load_stubs(source: str | Iterable[Stub], registry: StubRegistry) -> StubFile | None:
    """Fill ``registry`` with stubs, or with those of a TOML file, which is returned to be watched.

    A file that cannot be used leaves the registry as it is; the log says so.
    """
    if not isinstance(source, str):
        stubs = tuple(source)
        if stubs:
            registry.install(stubs)
        return None
    file = StubFile(source)
    file.read(registry)
    return file


class StubFile:
    """Keeps the stubs of a registry in step with a file.

    ``refresh`` checks the file at most every ``CHECK_INTERVAL`` seconds. While the file is missing
    or broken, the last valid stubs apply; the log says so once.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._next_check = 0.0
        self._seen = self._stat()

    def refresh(self, registry: StubRegistry) -> bool:
        """Read the file again if it has changed; return whether it has."""
        now = time.monotonic()
        if now < self._next_check or not self._lock.acquire(blocking=False):
            return False
        try:
            self._next_check = now + CHECK_INTERVAL
            stat = self._stat()
            if stat == self._seen:
                return False
            self.read(registry)
            self._seen = stat  # not if the database did not answer
            return True
        finally:
            self._lock.release()

    def read(self, registry: StubRegistry) -> None:
        """Replace the stubs of ``registry`` by those of the file, if it can be used."""
        try:
            registry.install(read_stubs(self.path))
        except StubError as error:
            _log.warning("the stubs stay as they were: %s", error)

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            status = os.stat(self.path)  # noqa: PTH116
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

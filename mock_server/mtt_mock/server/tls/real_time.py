"""The real time for certificates, despite a test's freezegun or time-machine.

TLS libraries compare certificates with the system's clock, which no test tool moves.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.RLock()


def utc_now() -> dt.datetime:
    """Return the system's time in UTC.

    The kernel writes it into a new file. Test tools replace the clocks of ``datetime`` and
    ``time``, but not this one.
    """
    with tempfile.TemporaryFile() as file:
        seconds = os.fstat(file.fileno()).st_mtime
    return _real_class().fromtimestamp(seconds, dt.UTC)


@contextmanager
def real_datetime() -> Iterator[None]:
    """Give cryptography the real ``datetime`` class inside.

    cryptography keeps the class that it first finds. If that is freezegun's, every later
    certificate of the process fails with a TypeError.
    """
    with _LOCK:
        current, real = dt.datetime, _real_class()
        dt.datetime = real  # type: ignore[misc]
        try:
            yield
        finally:
            dt.datetime = current  # type: ignore[misc]


def _real_class() -> type[dt.datetime]:
    """Return the class of the standard library that a test tool's class inherits from."""
    return next(base for base in dt.datetime.__mro__ if base.__module__ == "datetime")

"""Bounds the open connections of a server; a new one takes the place of an idle one."""

from __future__ import annotations

import logging
import sys
from itertools import chain
from typing import Any, Protocol

if sys.platform != "win32":
    import resource

DEFAULT_MAX_CONNECTIONS = 10_000
_RESERVED_DESCRIPTORS = 64  # for listeners, files, the database, callbacks

_log = logging.getLogger("mtt_mock")


class Connection(Protocol):
    """A connection that ``ConnectionLimit`` counts."""

    def drop(self) -> None:
        """Close the connection at once."""


class AnsweredConnection(Connection, Protocol):
    """A connection whose request is being answered."""

    is_write_paused: bool  # its client reads too slowly


class ConnectionLimit:
    """The open connections of a server, at most ``maximum``.

    When there are more, one is closed that is not being answered: the one that has been idle
    longest, else the one whose request has been unfinished longest, else one whose client does not
    read its response. So a client that opens connections and does nothing with them takes no place
    from others.
    """

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self._count = 0
        self._is_reported = False
        # The longest waiting first.
        self._idle: dict[Connection, None] = {}  # without an open request
        self._unfinished: dict[Connection, None] = {}  # with a request whose body is awaited
        self._busy: dict[AnsweredConnection, None] = {}  # with a request that is being answered

    def opened(self, connection: Connection) -> bool:
        """Count ``connection``; return whether there is room for it."""
        self._count += 1
        if self._count <= self.maximum:
            self._idle[connection] = None
            return True
        if not self._is_reported:
            self._is_reported = True
            _log.warning(
                "%d connections are open, the maximum; the longest idle are closed. It follows "
                "from the limit of open files (ulimit -n)",
                self.maximum,
            )
        unread = (busy for busy in self._busy if busy.is_write_paused)
        for oldest in chain(self._idle, self._unfinished, unread):
            self._forget(oldest)
            oldest.drop()
            self._idle[connection] = None
            return True
        return False

    def closed(self, connection: Connection) -> None:
        """Stop counting ``connection``."""
        self._count -= 1
        self._forget(connection)

    def unfinished(self, connection: Connection) -> None:
        """Note that ``connection`` has a request whose body is awaited."""
        self._forget(connection)
        self._unfinished[connection] = None

    def busy(self, connection: AnsweredConnection) -> None:
        """Note that ``connection`` has a request that is being answered."""
        self._forget(connection)
        self._busy[connection] = None

    def idle(self, connection: AnsweredConnection) -> None:
        """Note that ``connection`` has no open request."""
        self._forget(connection)
        self._idle[connection] = None

    def renewed(self, connection: Connection) -> None:
        """Note that ``connection``, which has no open request, had one just now."""
        self._idle.pop(connection, None)
        self._idle[connection] = None

    def _forget(self, connection: Any) -> None:
        for connections in (self._idle, self._unfinished, self._busy):
            connections.pop(connection, None)


def max_connections() -> int:
    """Return how many connections a server of this process may have: below its descriptors."""
    if sys.platform == "win32":
        return DEFAULT_MAX_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return DEFAULT_MAX_CONNECTIONS
    return max(1, min(soft - _RESERVED_DESCRIPTORS, DEFAULT_MAX_CONNECTIONS))

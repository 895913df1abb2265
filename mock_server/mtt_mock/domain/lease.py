"""Lease: decides which process runs the call scheduler."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Protocol

from mtt_mock.domain.errors import MttMockError


class ClockBusyError(MttMockError, RuntimeError):
    """Another thread, or code inside an event handler, is advancing the clock.

    Advance the clock from one place at a time.
    """


class Lease(Protocol):
    """The exclusive right to claim steps of calls and to advance a manual clock.

    A term is one uninterrupted time of holding the lease. Its number is never reused, so that it
    can serve as a fencing token. The methods of a shared lease may raise
    ``StoreUnavailableError``.
    """

    shared: bool
    """Whether other processes compete for the lease."""

    @property
    def pause(self) -> float:
        """Seconds until the next call of ``acquire_or_renew``, at most."""
        ...

    def acquire_or_renew(self) -> int:
        """Acquire or renew the lease; return the term, 0 while another process holds it."""
        ...

    def handoff_requested(self) -> bool:
        """Return whether another process waits for the lease. Release it soon."""
        ...

    def exclusive_advance(self) -> AbstractContextManager[int]:
        """Hold the lease while the clock is advanced; gives the term.

        Requests a handoff from the current holder and waits for it. Raises ``ClockBusyError`` when
        another process is advancing the clock, or when the handoff takes too long.
        """
        ...

    def release(self) -> None:
        """Release the lease."""
        ...


class LocalLease:
    """The lease of a process that does not share its state: always held."""

    shared = False
    pause = 60.0  # the machine's clock may jump

    def acquire_or_renew(self) -> int:
        """Return the only term."""
        return 1

    def handoff_requested(self) -> bool:
        """Return false: no other process exists."""
        return False

    def exclusive_advance(self) -> AbstractContextManager[int]:
        """Give the only term."""
        return contextlib.nullcontext(1)

    def release(self) -> None:
        """Do nothing."""

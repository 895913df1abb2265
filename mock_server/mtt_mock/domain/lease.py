"""The right to let calls happen, which one process has at a time."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Protocol

from mtt_mock.domain.errors import MttMockError


class ClockBusyError(MttMockError, RuntimeError):
    """The clock is being advanced in another thread, or from inside an event that this sent.

    Advance it from one place at a time.
    """


class Lease(Protocol):
    """The right to drive: to take steps of calls that are due, and to turn a manual clock.

    A term is one unbroken time of having it, a number that never comes again. Where ``shared`` is
    true, methods may raise ``StoreUnavailableError``.
    """

    shared: bool
    """Whether other processes may have it."""

    @property
    def pause(self) -> float:
        """Seconds after which to look again, at the latest."""
        ...

    def acquire_or_renew(self) -> int:
        """Take it or keep it; return the term, 0 while another process has it."""
        ...

    def handoff_requested(self) -> bool:
        """Return whether another process waits for it: then let go soon."""
        ...

    def exclusive_advance(self) -> AbstractContextManager[int]:
        """Hold it while the clock is being advanced; gives the term.

        Another process that has it is asked to let go, and waited for. Raises ``ClockBusyError``
        when one is advancing the clock or does not let go in time.
        """
        ...

    def release(self) -> None:
        """Have it no more."""
        ...


class LocalLease:
    """The lease of a process that shares its state with nobody: it always has it."""

    shared = False
    pause = 60.0  # the machine's clock may jump

    def acquire_or_renew(self) -> int:
        """Return the only term."""
        return 1

    def handoff_requested(self) -> bool:
        """Return that nobody else is there."""
        return False

    def exclusive_advance(self) -> AbstractContextManager[int]:
        """Hold what it has."""
        return contextlib.nullcontext(1)

    def release(self) -> None:
        """Do nothing."""

"""Leadership: at most one process executes the steps of calls, the one that holds the lease.

The lease counts terms. A term is one unbroken time that one process holds the lease. At the start
of a term the holder resumes the steps that the former holder left in flight.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mtt_mock.domain.lease import ClockBusyError, Lease
from mtt_mock.domain.store import Store, StoreUnavailableError
from mtt_mock.service.callbacks import EventSender
from mtt_mock.service.scheduler.steps import StepRunner

_log = logging.getLogger("mtt_mock")
_STORE_CHECK_INTERVAL = 1.0  # seconds


class Leadership:
    """Holds the lease for this process: for the loop, or exclusively while a client advances.

    Every method may raise ``StoreUnavailableError`` where the lease is shared.
    """

    def __init__(self, lease: Lease, store: Store, sender: EventSender, steps: StepRunner) -> None:
        self.shared = lease.shared
        self._lease = lease
        self._store = store
        self._sender = sender
        self._steps = steps
        self._advancing = threading.Lock()

    @property
    def poll_interval(self) -> float:
        """Seconds after which the loop must look at the lease again."""
        return self._lease.pause

    def acquire(self) -> bool:
        """Return whether the loop may execute steps now.

        It may not while another process holds the lease or a client advances the clock. At the
        start of a term the steps in flight are resumed.
        """
        term = self._lease.acquire_or_renew()
        if not term or self._advancing.locked():
            return False
        self._steps.resume(term)
        return True

    def hand_off(self) -> bool:
        """Release the lease if another process requests it; return whether one does.

        Finishes in-flight deliveries first; the next lease holder continues with the call's next
        event.
        """
        if not self._lease.handoff_requested():
            return False
        if self._sender.drain(self._lease.pause):
            self._lease.release()
        return True

    @contextmanager
    def exclusive_advance(self) -> Iterator[int]:
        """Hold the lease while a client advances the clock; yield the term.

        Steps in flight are finished first.

        Raises:
            ClockBusyError: Another client advances the clock, or the lease holder does not hand
                off in time.
        """
        if not self._advancing.acquire(blocking=False):
            raise ClockBusyError(
                "the clock is being advanced already, in another thread or from inside an event; "
                "advance it from one place at a time"
            )
        try:
            with self._lease.exclusive_advance() as term:
                for done in self._steps.resume(term):
                    self.wait_for(done)
                yield term
        finally:
            self._advancing.release()

    def wait_for(self, done: threading.Event) -> None:
        """Wait until a step is done; raise ``StoreUnavailableError`` if it cannot be."""
        while not done.wait(_STORE_CHECK_INTERVAL):
            _ = self._store.generation  # raises if the database is unavailable

    def ensure_term(self, term: int) -> None:
        """Raise ``ClockBusyError`` unless this process still holds the lease in ``term``."""
        if self._lease.acquire_or_renew() != term:
            raise ClockBusyError(
                "another process took over while the clock was being advanced; try again"
            )

    def drain(self, timeout: float) -> None:
        """Wait up to ``timeout`` seconds for in-flight deliveries; keep the lease meanwhile."""
        deadline = time.monotonic() + timeout
        while not self._sender.drain(self._lease.pause) and time.monotonic() < deadline:
            with suppress(StoreUnavailableError):
                self._lease.acquire_or_renew()

    def resign(self) -> None:
        """Release the lease at the end of the process."""
        try:
            self._lease.release()
        except StoreUnavailableError:
            _log.warning("the lease stays until it expires: the database does not answer")

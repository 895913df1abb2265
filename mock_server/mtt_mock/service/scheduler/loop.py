"""The background thread that executes steps while the clock runs."""

from __future__ import annotations

import logging
import math
import threading

from mtt_mock.domain.clock import Clock
from mtt_mock.domain.store import Store, StoreUnavailableError
from mtt_mock.service.scheduler.leadership import Leadership
from mtt_mock.service.scheduler.step_delivery import RETRY_INTERVAL
from mtt_mock.service.scheduler.steps import StepRunner

_log = logging.getLogger("mtt_mock")


class SchedulerLoop:
    """Waits for the next step and executes it, if this process holds the lease.

    The thread starts with the first ``wake`` that finds the clock running, and ends with ``stop``.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        steps: StepRunner,
        leadership: Leadership,
        closed: threading.Event,
    ) -> None:
        self._store = store
        self._clock = clock
        self._steps = steps
        self._leadership = leadership
        self._closed = closed
        self._changed = threading.Condition()  # guards the fields below
        self._changes = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, also for a manual clock."""
        with self._changed:
            if self._thread is None:
                self._start()

    def wake(self) -> None:
        """Look at clock and store again: something has changed."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()
            if self._thread is None and not self._closed.is_set() and self._clock.speed:
                self._start()

    def stop(self) -> None:
        """Set ``closed`` and wait for the thread to end."""
        with self._changed:
            self._closed.set()
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="mtt-mock calls", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._closed.is_set():
            seen = self._changes
            try:
                seconds = self._run_once()
            except StoreUnavailableError:
                seconds = RETRY_INTERVAL
            except Exception:  # noqa: BLE001 -- one call's failure must not stop the others
                _log.exception("a step of a call failed")
                seconds = RETRY_INTERVAL
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closed.is_set() or self._changes != seen,  # noqa: B023
                    seconds,
                )

    def _run_once(self) -> float:
        """Execute a batch of due steps; return the seconds to wait."""
        if not self._leadership.acquire():
            return self._leadership.poll_interval
        if self._leadership.hand_off():
            return 0.0
        next_at = self._store.next_due()
        seconds = math.inf if next_at is None else self._clock.seconds_until(next_at)
        if seconds > 0:
            return min(seconds, self._leadership.poll_interval)
        self._steps.run_batch(self._clock.now(), self._store.generation)
        return 0.0

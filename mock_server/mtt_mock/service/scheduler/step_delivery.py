"""The delivery of one step's event, as the event sender sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from mtt_mock.domain.store import ClaimedStep, Store, StoreUnavailableError
from mtt_mock.service.callbacks import Delivery

RETRY_INTERVAL = 0.5  # seconds between two attempts to reach the database
_T = TypeVar("_T")


class StepDelivery:
    """The handle of one event on its way; ``done`` is set when it is delivered and reported.

    ``still_owner()`` is False after a takeover. The new owner resends undelivered events, so they
    are not reported as failed here. While the database is unavailable, its methods retry until the
    scheduler is closed; ``wait_closed(seconds)`` waits and returns whether it is.
    """

    def __init__(
        self,
        claimed: ClaimedStep,
        store: Store,
        report: Callable[[Delivery], None],
        still_owner: Callable[[], bool],
        wait_closed: Callable[[float], bool],
        *,
        finished: Callable[[bool], None] = lambda _is_done: None,
    ) -> None:
        self.done = threading.Event()
        self._claimed = claimed
        self._store = store
        self._report = report
        self._still_owner = still_owner
        self._wait_closed = wait_closed
        self._finished = finished

    def should_send(self) -> bool:
        """Return whether the step is still in flight and this process owns it."""
        return self._still_owner() and self._retry(
            lambda: self._store.is_in_flight(self._claimed), if_closed=False
        )

    def is_same_generation(self) -> bool:
        """Return False if the store was cleared since the step was claimed."""
        return self._retry(
            lambda: self._store.generation == self._claimed.generation, if_closed=False
        )

    def retry_until_available(self, operation: Callable[[], _T]) -> _T | None:
        """Return the result of ``operation`` once the database answers; ``None`` after close."""
        return self._retry(operation, if_closed=None)

    def report_attempt(self, delivery: Delivery) -> None:
        """Report an attempt before the last one."""
        if self.is_same_generation():
            self._report(delivery)

    def finish(self, delivery: Delivery) -> None:
        """Complete the step and report its delivery, unless another process owns the step."""
        is_completed = False
        try:
            # After a takeover the new owner sends the event, so the step must stay in flight.
            left_to_owner = delivery.status is None and not self.should_send()
            is_completed = not left_to_owner and self._retry(
                lambda: self._store.complete(self._claimed), if_closed=False
            )
            if is_completed:
                self._report(delivery)
        finally:
            self._finished(is_completed or delivery.status is not None)
            self.done.set()

    def _retry(self, operation: Callable[[], _T], if_closed: _T) -> _T:
        while True:
            try:
                return operation()
            except StoreUnavailableError:
                if self._wait_closed(RETRY_INTERVAL):
                    return if_closed

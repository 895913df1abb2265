"""A step of a call that is being done, as the sender of its event sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from mtt_mock.domain.store import ClaimedStep, Store, StoreUnavailableError
from mtt_mock.service.callbacks import Delivery

RETRY_INTERVAL = 0.5  # seconds between two tries
_T = TypeVar("_T")


class StepDelivery:
    """The step ``due``, whose event goes out; ``done`` is set when that is over and reported.

    ``goes_on()`` is false when what is left is begun anew, here or by another process: then nothing
    is noted of an event that was not delivered, for it is sent once more. Meanwhile a database that
    does not answer is asked again; ``is_closed_after(seconds)`` waits, and says whether all is to
    end.
    """

    def __init__(
        self,
        due: ClaimedStep,
        store: Store,
        report: Callable[[Delivery], None],
        goes_on: Callable[[], bool],
        is_closed_after: Callable[[float], bool],
    ) -> None:
        self.done = threading.Event()
        self._due = due
        self._store = store
        self._report = report
        self._goes_on = goes_on
        self._is_closed_after = is_closed_after

    def should_send(self) -> bool:
        """Return whether the event is still to be sent, and by this process."""
        return self._goes_on() and self._asked(
            lambda: self._store.is_under_way(self._due), otherwise=False
        )

    def is_current(self) -> bool:
        """Return whether nothing was forgotten since."""
        return self._asked(lambda: self._store.generation == self._due.generation, otherwise=False)

    def wait_for(self, ask: Callable[[], _T]) -> _T | None:
        """Return what ``ask`` returns once the database answers; ``None`` when all is to end."""
        return self._asked(ask, otherwise=None)

    def tell(self, delivery: Delivery) -> None:
        """Report an attempt."""
        if self.is_current():
            self._report(delivery)

    def finish(self, delivery: Delivery) -> None:
        """Report what became of the event, unless it was forgotten or is left to another."""
        try:
            # Whoever lost the lease must not say of an event that it need not be sent any more.
            left = delivery.status is None and not self.should_send()
            if not left and self._asked(lambda: self._store.complete(self._due), otherwise=False):
                self._report(delivery)
        finally:
            self.done.set()

    def _asked(self, ask: Callable[[], _T], otherwise: _T) -> _T:
        while True:
            try:
                return ask()
            except StoreUnavailableError:
                if self._is_closed_after(RETRY_INTERVAL):
                    return otherwise

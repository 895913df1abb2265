"""Claims steps of calls from the store and executes them: sends an event or settles a call."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from mtt_mock.domain.clock import Clock
from mtt_mock.domain.store import ClaimedStep, Store, StoreUnavailableError
from mtt_mock.service.callbacks import CallbackEvent, Delivery, EventRules, EventSender
from mtt_mock.service.scheduler.step_delivery import StepDelivery

_log = logging.getLogger("mtt_mock")
BATCH_SIZE = 50  # steps that the loop claims together
MAX_COMPLETED_STEPS = 20_000  # remembered in case the database loses their completion
_StepKey = tuple[int, str, int]


class StepRunner:
    """Executes steps in the order of their times.

    A claimed step stays in flight in the store until it is completed. ``resume`` executes the steps
    that a former lease holder, or this process before an outage, left in flight. With ``shared``,
    other processes continue after this one is ``closed``.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sender: EventSender,
        *,
        shared: bool,
        closed: threading.Event,
        settle: Callable[[Sequence[ClaimedStep]], None],
        report: Callable[[Delivery], None],
        rules: Callable[[], EventRules],
    ) -> None:
        # Held while steps are claimed and started, and while state is replaced (reset, restore).
        self.lock = threading.Lock()
        self._store = store
        self._clock = clock
        self._sender = sender
        self._shared = shared
        self._closed = closed
        self._settle = settle
        self._report = report
        self._rules = rules
        self._term = 0  # the lease's term in which steps were resumed; 0: resume them again
        self._stale = False  # an operation of the store failed: compare the steps in flight
        self._resumptions = 0
        self._deliveries: dict[_StepKey, StepDelivery] = {}  # in flight in this process
        self._completed: OrderedDict[_StepKey, None] = OrderedDict()  # the latest ones

    def resume(self, term: int) -> list[threading.Event]:
        """Execute the steps in flight, once for each ``term`` and after each failure of the store.

        If this process held the lease before ``term`` too, its deliveries continue. After a crash
        of the database, which lost a completion, a completed step is in flight again: it is
        completed again, without a second event.

        Returns:
            For each step, the event that is set when the step is done.
        """
        with self.lock:
            if not term or (term == self._term and not self._stale):
                return []
            in_flight = self._store.in_flight()
            # Terms count up by one, so no other process held the lease in between.
            if not self._term or term not in (self._term, self._term + 1):
                self._resumptions += 1
                self._deliveries.clear()
            self._term, self._stale = term, False
            return [self.execute(claimed) for claimed in in_flight]

    def run_next(self, until: int, generation: int) -> threading.Event | None:
        """Claim the next step until ``until`` (ms), move the clock to it and execute it.

        Returns:
            An event that is set when the step is done and reported; ``None`` if no step is left
            or the store was cleared since ``generation``.
        """
        with self.lock:
            try:
                claimed = self._store.claim_next(until, generation)
                if claimed is not None:
                    self._clock.move_to(claimed.step.at)
            except StoreUnavailableError:
                self._stale = True  # The step may be claimed although the answer was lost.
                raise
            return None if claimed is None else self.execute(claimed)

    def run_batch(self, until: int, generation: int) -> None:
        """Claim up to 50 steps until ``until`` (ms) and execute them."""
        with self.lock:
            try:
                batch = self._store.claim_batch(until, generation, BATCH_SIZE)
            except StoreUnavailableError:
                self._stale = True  # The steps may be claimed although the answer was lost.
                raise
            self._settle_calls([claimed for claimed in batch if claimed.step.event is None])
            for claimed in batch:
                if claimed.step.event is not None:
                    self.execute(claimed)

    def execute(self, claimed: ClaimedStep) -> threading.Event:
        """Execute ``claimed``; the caller holds ``lock``. The event is set when it is done."""
        key = _key(claimed)
        if key in self._deliveries:
            return self._deliveries[key].done
        resumptions = self._resumptions
        handle = StepDelivery(
            claimed,
            self._store,
            self._report,
            still_owner=lambda: self._is_owner_since(resumptions),
            wait_closed=self._closed.wait,
            finished=lambda is_done: self._finish(key, handle, is_done=is_done),
        )
        call, step = claimed.call, claimed.step
        if step.event is None:
            self._settle_calls([claimed])
            handle.done.set()
            return handle.done
        if key in self._completed:
            self._store.complete(claimed)
            handle.done.set()
            return handle.done
        self._deliveries[key] = handle
        callback = CallbackEvent(
            call_id=call.id,
            customer=call.order.customer,
            event=step.event,
            side=step.side or "A",
            url=call.order.callback_url or "",
            due=step.at,
        )
        for _ in range(self._rules().attempts - 1):
            sent = self._sender.send(callback)
            sent.add_done_callback(lambda done: self._report(done.result()))
        self._sender.send(callback, handle)
        return handle.done

    def _settle_calls(self, claims: Sequence[ClaimedStep]) -> None:
        if not claims:
            return
        try:
            self._settle(claims)
        except StoreUnavailableError:
            self._stale = True  # The steps stay in flight until they are resumed.
            raise
        except Exception:  # noqa: BLE001 -- one call's failure must not stop the others
            if len(claims) == 1:
                _log.exception("a call could not be settled")
                return
            for claimed in claims:
                self._settle_calls([claimed])

    def forget_completed(self) -> None:
        """Forget the completed steps, because a snapshot may bring them back."""
        self._completed.clear()

    def _finish(self, key: _StepKey, handle: StepDelivery, *, is_done: bool) -> None:
        if self._deliveries.get(key) is handle:
            del self._deliveries[key]
        if is_done and self._shared:
            self._completed[key] = None
            while len(self._completed) > MAX_COMPLETED_STEPS:
                self._completed.popitem(last=False)

    def _is_owner_since(self, resumptions: int) -> bool:
        """Return False if the step was resumed since, or is left to another process."""
        return resumptions == self._resumptions and not (self._shared and self._closed.is_set())


def _key(claimed: ClaimedStep) -> _StepKey:
    return claimed.generation, claimed.call.id, claimed.step_index

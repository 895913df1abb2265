"""The commands of the call scheduler: start a call, advance the clock, reset, restore, close.

While the clock runs, the loop's thread executes each step at its time. While it stands still,
``advance`` and ``run_until_idle`` execute the steps in their own thread, in order, and return when
all of them are done. Where processes share their state, only the lease holder executes steps.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mtt_mock.domain.calls import Call, Order, call_id
from mtt_mock.domain.clock import Clock
from mtt_mock.domain.lease import Lease
from mtt_mock.domain.snapshot import Snapshot
from mtt_mock.domain.store import ClaimedStep, Store
from mtt_mock.service.callbacks import Delivery, EventRules, EventSender
from mtt_mock.service.scheduler.leadership import Leadership
from mtt_mock.service.scheduler.loop import SchedulerLoop
from mtt_mock.service.scheduler.steps import StepRunner

if TYPE_CHECKING:
    from mtt_mock.domain.call_planning import PlanContext

MAX_ADVANCE_SECONDS = 10 * 366 * 24 * 3600.0
MAX_IDLE_SECONDS = 7 * 24 * 3600.0
_MAX_CLOCK_MS = 253_402_300_799_999  # the end of the year 9999


class CallScheduler:
    """Starts calls and executes their steps; safe to use from any thread.

    ``settle`` is called with steps that end calls, once for each call. ``report`` is called with
    each attempt to deliver an event. The scheduler closes ``sender``.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        lease: Lease,
        sender: EventSender,
        *,
        settle: Callable[[Sequence[ClaimedStep]], None],
        report: Callable[[Delivery], None],
        rules: Callable[[], EventRules],
    ) -> None:
        self.clock = clock
        self._store = store
        self._sender = sender
        self._rules = rules
        closed = threading.Event()
        self._steps = StepRunner(
            store,
            clock,
            sender,
            shared=lease.shared,
            closed=closed,
            settle=settle,
            report=report,
            rules=rules,
        )
        self._leadership = Leadership(lease, store, sender, self._steps)
        self._loop = SchedulerLoop(store, clock, self._steps, self._leadership, closed)

    def start(self) -> None:
        """Continue calls that other processes started, where processes share their state."""
        if self._leadership.shared:
            self._loop.start()

    def start_call(self, order: Order, context: PlanContext) -> Call:
        """Plan the call of ``order``, start it now and return it."""
        from mtt_mock.domain.call_planning import plan_call  # noqa: PLC0415 -- for calls only

        plan = plan_call(order, context)
        call = None
        while call is None:  # A reset at this moment has the call start again, after the reset.
            generation, now = self._store.generation, self.clock.now()
            call = self._store.add_call(
                lambda number, at=now: Call(call_id(number), at, order, plan),  # type: ignore[misc]
                generation,
            )
        self._loop.wake()
        return call

    def advance(self, seconds: float) -> None:
        """Advance the clock and execute all steps on the way, in order.

        Returns when every step is done: its event is delivered, or has failed.

        Args:
            seconds: Seconds of the fake's clock, from 0 to ten years.

        Raises:
            ValueError: ``seconds`` is something else, or leads beyond the year 9999.
            ClockBusyError: The clock is being advanced already.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ValueError(f"advance takes seconds, got {seconds!r}")  # noqa: TRY004
        if not (math.isfinite(seconds) and 0 <= seconds <= MAX_ADVANCE_SECONDS):
            raise ValueError(f"advance takes 0 to {MAX_ADVANCE_SECONDS:.0f} seconds, got {seconds}")
        with self._exclusive_advance() as (term, generation):
            target = self.clock.now() + round(seconds * 1000)
            if target > _MAX_CLOCK_MS:
                raise ValueError("the clock does not go beyond the year 9999")
            self._run_until(target, generation, term)
            if generation == self._store.generation:
                self.clock.move_to(target)

    def run_until_idle(self) -> None:
        """Advance the clock until no step is left, a week at most.

        Raises:
            ClockBusyError: The clock is being advanced already.
        """
        with self._exclusive_advance() as (term, generation):
            self._run_until(self.clock.now() + round(MAX_IDLE_SECONDS * 1000), generation, term)

    def set_speed(self, speed: float) -> None:
        """Run the clock at ``speed`` times real time; 0 stops it."""
        self.clock.set_speed(speed)
        self._loop.wake()

    def reset(self, speed: float) -> None:
        """Delete all state and restart the clock at ``speed``.

        Pending events are not sent, those in flight are not reported.
        """
        with self._steps.lock:
            # The clock first: a call that starts meanwhile starts again, at the new time.
            self.clock.reset(speed)
            self._store.clear()
        self._loop.wake()

    def delete_customer(self, customer_name: str) -> None:
        """Delete one customer's state; its calls stop."""
        with self._steps.lock:
            self._store.delete_customer(customer_name)
        self._loop.wake()

    def restore(self, snapshot: Snapshot, *, replace: bool) -> None:
        """Load ``snapshot`` into the store and continue its calls.

        Args:
            snapshot: The state to load.
            replace: Delete all other state first.

        Raises:
            CallsTakenError: The store has calls of the same ids.
            ClockBusyError: The snapshot has steps in flight, and the clock is being advanced.
        """
        if not snapshot.in_flight():
            with self._steps.lock:
                self._steps.forget_completed()
                self._store.restore(snapshot, replace=replace)
            self._loop.wake()
            return
        # Hold the lease, so that no other process executes these steps too.
        with self._exclusive_advance(), self._steps.lock:
            self._steps.forget_completed()
            self._store.restore(snapshot, replace=replace)
            restored = {call.call.id for call in snapshot.calls}
            for claimed in self._store.in_flight():
                if claimed.call.id in restored:
                    self._steps.execute(claimed)

    def close(self) -> None:
        """Stop the loop and cancel deliveries.

        Where processes share their state, in-flight deliveries get the timeout of an event to be
        finished, and the other processes execute the remaining steps.
        """
        self._loop.stop()
        if self._leadership.shared:
            self._leadership.drain(self._rules().timeout)
        self._sender.close()
        self._leadership.resign()

    @contextmanager
    def _exclusive_advance(self) -> Iterator[tuple[int, int]]:
        """Advance the clock exclusively; yield the lease's term and the store's generation."""
        try:
            with self._leadership.exclusive_advance() as term:
                generation = self._store.generation
                yield term, generation
                if generation != self._store.generation:
                    # The reset came first, and the clock may have been advanced after it.
                    self.clock.reset(self.clock.speed)
        finally:
            self._loop.wake()

    def _run_until(self, target: int, generation: int, term: int) -> None:
        open_steps = []
        while (done := self._steps.run_next(target, generation)) is not None:
            if self._rules().in_order:
                self._leadership.wait_for(done)
            else:
                open_steps.append(done)
        for done in open_steps:
            self._leadership.wait_for(done)
        self._leadership.ensure_term(term)

"""Lets calls happen: does what is due, when the clock says so.

While the clock runs, a thread of its own waits for what is due next. When it stands still, whoever
advances it does what becomes due, in order, and comes back when all of it is done. Where processes
share their state, one at a time drives: the one that has the lease.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from mtt_mock.domain.call_planning import PlanContext, plan_call
from mtt_mock.domain.calls import Call, Order, call_id
from mtt_mock.domain.clock import Clock
from mtt_mock.domain.lease import ClockBusyError, Lease
from mtt_mock.domain.snapshot import Snapshot
from mtt_mock.domain.store import ClaimedStep, Store, StoreUnavailableError
from mtt_mock.service.callbacks import CallbackEvent, Delivery, EventSender
from mtt_mock.service.scheduler.step_delivery import RETRY_INTERVAL, StepDelivery

__all__ = ["CallScheduler", "ClockBusyError"]

_log = logging.getLogger("mtt_mock")
_LONGEST_ADVANCE = 10 * 366 * 24 * 3600.0  # seconds
_END_OF_TIME = 253_402_300_799_999  # the end of the year 9999, in milliseconds
_IDLE_WITHIN = 7 * 24 * 3600.0  # seconds
_AT_ONCE = 50  # steps that are taken together
_LOOK = 1.0  # seconds after which whoever waits for an event looks whether the database is there


class CallScheduler:
    """Makes calls and carries them through.

    ``settle(due)`` is called once for each call, when it is over; ``report`` gets every attempt
    to deliver an event. ``grace()`` is how many seconds events under way get at the end where
    others go on with the rest.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        lease: Lease,
        sender: EventSender,
        *,
        settle: Callable[[ClaimedStep], None],
        report: Callable[[Delivery], None],
        grace: Callable[[], float] = lambda: 5.0,
    ) -> None:
        self.clock = clock
        self._store = store
        self._lease = lease
        self._sender = sender
        self._settle = settle
        self._report = report
        self._grace = grace
        self._turning = threading.Lock()
        # Taking and doing a step and starting anew exclude each other.
        self._working = threading.Lock()
        self._changed = threading.Condition()
        self._changes = 0
        self._thread: threading.Thread | None = None
        self._closed = False
        self._term = 0
        self._round = 0  # counts how often what was under way was begun again

    def begin(self) -> None:
        """Go on with calls that others made, where processes share their state."""
        with self._changed:
            if self._lease.shared and self._thread is None:
                self._start()

    def place(self, order: Order, world: PlanContext) -> Call:
        """Make a call, starting now, and return it."""
        plan = plan_call(order, world)
        call = None
        while call is None:  # or everything was forgotten at this moment, and it begins anew
            generation, started = self._store.generation, self.clock.now()
            call = self._store.add_call(
                lambda number, at=started: Call(call_id(number), at, order, plan),  # type: ignore[misc]
                generation,
            )
        self._wake()
        return call

    def advance(self, seconds: float) -> None:
        """Put the clock forward and do all that is due within, in order.

        Returns when everything is done, every event delivered or given up. Raises ``ValueError``
        for anything but 0 to ten years, ``ClockBusyError`` when the clock is being advanced.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ValueError(f"advance takes seconds, got {seconds!r}")  # noqa: TRY004
        if not (math.isfinite(seconds) and 0 <= seconds <= _LONGEST_ADVANCE):
            raise ValueError(f"advance takes 0 to {_LONGEST_ADVANCE:.0f} seconds, got {seconds}")
        with self._turn() as (term, generation):
            target = self.clock.now() + round(seconds * 1000)
            if target > _END_OF_TIME:
                raise ValueError("the clock does not go beyond the year 9999")
            self._do_until(target, generation, term)
            if generation == self._store.generation:
                self.clock.move_to(target)

    def run_until_idle(self) -> None:
        """Put the clock forward until nothing is left to do (a week at most)."""
        with self._turn() as (term, generation):
            self._do_until(self.clock.now() + round(_IDLE_WITHIN * 1000), generation, term)

    def set_speed(self, speed: float) -> None:
        """Let the clock go on at ``speed`` (0: stand still)."""
        self.clock.set_speed(speed)
        self._wake()

    def reset(self, speed: float) -> None:
        """Forget all state and start the clock anew.

        Events that wait are not sent, those under way not reported.
        """
        with self._working:
            # The clock first: a call that is made meanwhile is made anew, by the new time.
            self.clock.reset(speed)
            self._store.clear()
        self._wake()

    def delete_customer(self, customer_name: str) -> None:
        """Forget all of one customer; calls under way go no further."""
        with self._working:
            self._store.delete_customer(customer_name)
        self._wake()

    def restore(self, snapshot: Snapshot, *, replace: bool) -> None:
        """Take in what ``snapshot`` says, as the store does, and go on with its calls.

        Raises ``CallsTakenError``; where events of its calls were under way, ``ClockBusyError``
        when the clock is being advanced.
        """
        if not snapshot.in_flight():
            with self._working:
                self._store.restore(snapshot, replace=replace)
            self._wake()
            return
        # Only who drives can begin them, and no other is to begin its own anew.
        with self._turn(), self._working:
            self._store.restore(snapshot, replace=replace)
            restored = {each.call.id for each in snapshot.calls}
            for due in self._store.in_flight():
                if due.call.id in restored:
                    self._do(due)

    def close(self) -> None:
        """End the thread, and deliveries under way.

        Where others share the state, what is being delivered is waited for, and what has not been
        begun is left to them.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        if self._lease.shared:
            self._drain(self._grace())
        self._sender.close()
        try:
            self._lease.release()
        except StoreUnavailableError:
            _log.warning("the lease stays until it expires: the database does not answer")

    def _drain(self, seconds: float) -> None:
        """Wait for what is being delivered, and let nobody send it once more meanwhile."""
        give_up = time.monotonic() + seconds
        while not self._sender.drain(self._lease.pause) and time.monotonic() < give_up:
            with suppress(StoreUnavailableError):
                self._lease.acquire_or_renew()

    @contextmanager
    def _turn(self) -> Iterator[tuple[int, int]]:
        """Have the clock to oneself when what was under way is done; gives the term and the era."""
        if not self._turning.acquire(blocking=False):
            raise ClockBusyError(
                "the clock is being advanced already, in another thread or from inside an event; "
                "advance it from one place at a time"
            )
        try:
            with self._lease.exclusive_advance() as term:
                for done in self._resume(term):
                    self._wait_for(done)
                generation = self._store.generation
                yield term, generation
                if (
                    generation != self._store.generation
                ):  # and the clock may have been put forward after that
                    self.clock.reset(self.clock.speed)
        finally:
            self._turning.release()
            self._wake()

    def _do_until(self, target: int, generation: int, term: int) -> None:
        while (done := self._do_next(target, generation)) is not None:
            self._wait_for(done)
        if self._lease.acquire_or_renew() != term:
            raise ClockBusyError(
                "another process took over while the clock was being advanced; try again"
            )

    def _wait_for(self, done: threading.Event) -> None:
        while not done.wait(_LOOK):
            _ = self._store.generation  # raises when the database is gone: that may take for ever

    def _do_next(self, until: int, generation: int) -> threading.Event | None:
        """Put the clock to the next step that is due and do that.

        The event is set when it is done and reported. ``None``: nothing is due, or everything was
        forgotten since ``era``.
        """
        with self._working:
            try:
                due = self._store.claim_next(until, generation)
                if due is not None:
                    self.clock.move_to(due.step.at)
            except StoreUnavailableError:
                self._term = 0  # a step may be under way that nobody does: look for it
                raise
            if due is None:
                return None
            return self._do(due)

    def _do_some(self, until: int, generation: int) -> None:
        """Do some of the steps that are due."""
        with self._working:
            try:
                taken = self._store.claim_batch(until, generation, _AT_ONCE)
            except StoreUnavailableError:
                self._term = 0  # steps may be under way that nobody does: look for them
                raise
            for due in taken:
                self._do(due)

    def _do(self, due: ClaimedStep) -> threading.Event:
        begun = self._round
        handle = StepDelivery(
            due, self._store, self._report, lambda: self._goes_on(begun), self._is_closed_after
        )
        call, step = due.call, due.step
        if step.event is None:
            try:
                self._settle(due)
            except StoreUnavailableError:
                self._term = 0  # it is under way and nobody does it: begin again
                raise
            except Exception:  # noqa: BLE001 -- whatever one call runs into, the others go on
                _log.exception("a call could not be settled")
            handle.done.set()
            return handle.done
        callback = CallbackEvent(
            call_id=call.id,
            customer=call.order.customer,
            event=step.event,
            side=step.side or "A",
            url=call.order.callback_url or "",
            due=step.at,
        )
        self._sender.send(callback, handle)
        return handle.done

    def _goes_on(self, begun: int) -> bool:
        """Return whether what was begun in that round is still this process's to do."""
        return begun == self._round and not (self._closed and self._lease.shared)

    def _is_closed_after(self, seconds: float) -> bool:
        """Wait so long, less when all of this is closed, and return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, seconds)

    def _resume(self, term: int) -> list[threading.Event]:
        """Begin what was under way when the former term ended, for this process now drives."""
        with self._working:
            if not term or term == self._term:
                return []
            left = self._store.in_flight()
            self._round += 1
            self._term = term
            return [self._do(due) for due in left]

    def _wake(self) -> None:
        """Tell the thread that something has changed; start it when the clock needs one."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()
            if self._thread is None and not self._closed and self.clock.speed:
                self._start()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._drive, name="mtt-mock calls", daemon=True)
        self._thread.start()

    def _drive(self) -> None:
        while not self._closed:
            seen = self._changes
            try:
                wait = self._drive_once()
            except StoreUnavailableError:
                wait = RETRY_INTERVAL
            except Exception:  # noqa: BLE001 -- whatever one call runs into, the others go on
                _log.exception("a step of a call failed")
                wait = RETRY_INTERVAL
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._changes != seen, wait)  # noqa: B023

    def _drive_once(self) -> float:
        """Do what is due if this process drives; return the seconds until the next look."""
        term = self._lease.acquire_or_renew()
        if not term or self._turning.locked():
            return self._lease.pause  # whoever turns the clock does what becomes due
        self._resume(term)
        if self._lease.handoff_requested():
            # Whoever asks goes on with the next event of a call when this one's is delivered.
            if self._sender.drain(self._lease.pause):
                self._lease.release()
            return 0.0
        due = self._store.next_due()
        wait = math.inf if due is None else self.clock.seconds_until(due)
        if wait > 0:
            return min(wait, self._lease.pause)
        self._do_some(self.clock.now(), self._store.generation)
        return 0.0

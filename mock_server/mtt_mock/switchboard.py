"""Lets calls happen: does what is due, when the clock says so.

While the clock runs, a thread of its own waits for what is due next. When it stands still, whoever
advances it does what becomes due, in order, and comes back when all of it is done.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable

from mtt_mock.domain.calls import Call, Order
from mtt_mock.domain.clock import Clock
from mtt_mock.domain.planning import World, plan
from mtt_mock.domain.store import Due, Store
from mtt_mock.events import Delivery, EventSender, Notice

_log = logging.getLogger("mtt_mock")
_FIRST_ID = 1_000_000
_LONGEST_ADVANCE = 10 * 366 * 24 * 3600.0  # seconds
_END_OF_TIME = 253_402_300_799_999  # the end of the year 9999, in milliseconds
_IDLE_WITHIN = 7 * 24 * 3600.0  # seconds
_LONGEST_WAIT = 60.0  # seconds that the thread sleeps at most: the machine's clock may jump


class ClockBusyError(RuntimeError):
    """The clock is being advanced in another thread, or from inside an event that this sent.

    Advance it from one place at a time.
    """


class Switchboard:
    """Makes calls and carries them through.

    ``settle(call)`` is called once for each call, when it is over; ``report`` gets every attempt
    to deliver an event.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sender: EventSender,
        settle: Callable[[Call], None],
        report: Callable[[Delivery], None],
    ) -> None:
        self.clock = clock
        self._store = store
        self._sender = sender
        self._settle = settle
        self._report = report
        self._turning = threading.Lock()
        # Taking and doing a step, making a call and starting anew exclude each other.
        self._working = threading.Lock()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._era = 0  # counts resets: what was under way before one is not reported after it

    def place(self, order: Order, world: World) -> Call:
        """Make a call, starting now, and return it."""
        course = plan(order, world)
        with self._working:
            started = self.clock.now()
            call = self._store.add_call(
                lambda number: Call(str(_FIRST_ID + number), started, order, course)
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
        with _Turn(self._turning):
            target, era = self.clock.now() + round(seconds * 1000), self._era
            if target > _END_OF_TIME:
                raise ValueError("the clock does not go beyond the year 9999")
            self._do_until(target)
            if era == self._era:
                self.clock.move_to(target)
        self._wake()

    def run_until_idle(self) -> None:
        """Put the clock forward until nothing is left to do (a week at most)."""
        with _Turn(self._turning):
            self._do_until(self.clock.now() + round(_IDLE_WITHIN * 1000))
        self._wake()

    def set_speed(self, speed: float) -> None:
        """Let the clock go on at ``speed`` (0: stand still)."""
        self.clock.set_speed(speed)
        self._wake()

    def reset(self, speed: float) -> None:
        """Forget all state and start the clock anew.

        Events that wait are not sent, those under way not reported.
        """
        with self._working:
            self._era += 1
            self._sender.forget()
            self._store.clear()
            self.clock.reset(speed)
        self._wake()

    def forget(self, customer_name: str) -> None:
        """Forget all of one customer; calls under way go no further."""
        with self._working:
            self._store.forget(customer_name)
        self._wake()

    def close(self) -> None:
        """End the thread, and deliveries under way."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._sender.close()

    def _do_until(self, target: int) -> None:
        era = self._era
        while (done := self._do_next(target, era, turn=True)) is not None:
            done.wait()

    def _do_next(self, until: int, era: int, *, turn: bool = False) -> threading.Event | None:
        """Do the next step that is due; the event is set when it is done and reported.

        ``None``: nothing is due, or everything was forgotten since ``era``. With ``turn`` the clock
        is put to the step's time.
        """
        with self._working:
            due = self._store.take_due(until) if era == self._era else None
            if due is None:
                return None
            if turn:
                self.clock.move_to(due.step.at)
            done = threading.Event()
            if due.step.event is None:
                self._settle(due.call)
                done.set()
            else:
                self._send(due, era, done)
            return done

    def _send(self, due: Due, era: int, done: threading.Event) -> None:
        call, step = due

        def report(delivery: Delivery) -> None:
            try:
                if era == self._era:
                    self._report(delivery)
            finally:
                done.set()

        notice = Notice(
            call_id=call.id,
            customer=call.order.customer,
            event=step.event or "",
            side=step.side or "A",
            url=call.order.callback_url or "",
            due=step.at,
        )
        self._sender.send(notice, report)

    def _wake(self) -> None:
        """Tell the thread that something has changed; start it when the clock needs one."""
        with self._changed:
            self._changed.notify_all()
            if self._thread is None and self.clock.speed and not self._closed:
                self._thread = threading.Thread(
                    target=self._drive, name="mtt-mock calls", daemon=True
                )
                self._thread.start()

    def _drive(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                due = self._store.next_due()
                wait = math.inf if due is None else self.clock.seconds_until(due)
                if wait > 0:
                    self._changed.wait(min(wait, _LONGEST_WAIT))
                    continue
            try:
                self._do_next(self.clock.now(), self._era)
            except Exception:  # noqa: BLE001 -- whatever one call runs into, the others go on
                _log.exception("a step of a call failed")


class _Turn:
    """Holds the lock of who advances the clock; does not wait for it."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise ClockBusyError(
                "the clock is being advanced already, in another thread or from inside an event; "
                "advance it from one place at a time"
            )

    def __exit__(self, *_: object) -> None:
        self._lock.release()

"""The event sender: accepts events from any thread, and runs the dispatcher in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from mtt_mock.domain.faults import TriggeredFault
from mtt_mock.service.callbacks.delivery import CallbackEvent, Delivery
from mtt_mock.service.callbacks.event_rules import EventRules
from mtt_mock.service.callbacks.pending_event import (
    STOPPED,
    DeliveryHandle,
    NoHandle,
    PendingEvent,
    not_sent,
)

if TYPE_CHECKING:
    from mtt_mock.service.callbacks.dispatcher import Dispatcher

MAX_PENDING_EVENTS = 200_000  # about 2 KB each


class EventSender:
    """Sends events with GET to their callBackURLs; safe to use from any thread.

    The events of one call are sent one after another, unless the rules say otherwise; those of
    different calls at once, up to 16 for each receiver. A failed delivery is not repeated
    (assumption). The first ``send`` starts a daemon thread with an event loop; ``close`` ends it.

    Args:
        rules: Returns the current rules. Called at each delivery.
        match_fault: Returns the injected fault that an event triggers.
        blocking: Whether ``match_fault`` and handles may block, such as on a database. Then they
            run in separate threads.
    """

    def __init__(
        self,
        rules: Callable[[], EventRules],
        match_fault: Callable[[CallbackEvent], TriggeredFault | None] = lambda _callback: None,
        *,
        blocking: bool = False,
    ) -> None:
        self._rules = rules
        self._match_fault = match_fault
        self._blocking = blocking
        self._changed = threading.Condition()  # guards the fields below
        self._closed = threading.Event()
        self._inbox: list[PendingEvent] = []
        self._pending = 0
        self._thread: threading.Thread | None = None
        self._dispatcher: Dispatcher | None = None

    @property
    def pending(self) -> int:
        """The number of events that wait or are in flight."""
        return self._pending

    def send(
        self, callback: CallbackEvent, handle: DeliveryHandle | None = None
    ) -> Future[Delivery]:
        """Queue ``callback`` after the other events of its call and return at once.

        Returns:
            A future that always ends with a ``Delivery`` and cannot be cancelled. The ``Delivery``
            says that nothing was sent if 200,000 events are pending, after ``close``, or if the
            handle no longer wants it.
        """
        event = PendingEvent(callback, Future(), handle or NoHandle())
        event.future.set_running_or_notify_cancel()
        with self._changed:
            problem = STOPPED if self._closed.is_set() else None
            if self._pending >= MAX_PENDING_EVENTS:
                problem = f"not sent: {MAX_PENDING_EVENTS:,} events were waiting already"
            if problem is None:
                self._add(event)
        if problem is not None:
            delivery = not_sent(callback, problem)
            event.handle.finish(delivery)
            event.future.set_result(delivery)
        return event.future

    def drain(self, timeout: float | None = None) -> bool:
        """Wait until no event is pending; return False after ``timeout`` seconds.

        In the sender's own thread (from a future's callback) it does not wait.
        """
        if threading.current_thread() is self._thread:
            timeout = 0
        with self._changed:
            return self._changed.wait_for(lambda: not self._pending, timeout)

    def close(self) -> None:
        """Cancel deliveries in flight and end the thread. Calling it again does nothing."""
        with self._changed:
            self._closed.set()
            if self._dispatcher is not None:
                self._dispatcher.stop()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _add(self, event: PendingEvent) -> None:
        self._pending += 1
        self._inbox.append(event)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="mtt-mock events", daemon=True)
            self._thread.start()
        elif self._dispatcher is not None and len(self._inbox) == 1:
            self._dispatcher.wake()

    def _run(self) -> None:
        import asyncio  # noqa: PLC0415 -- loaded by the first event

        from mtt_mock.service.callbacks.callback_client import CallbackClient  # noqa: PLC0415
        from mtt_mock.service.callbacks.dispatcher import Dispatcher  # noqa: PLC0415

        dispatcher = Dispatcher(
            CallbackClient(self._rules),
            self._rules,
            self._match_fault,
            take=self._take_inbox,
            settle=self._settle,
            closed=self._closed,
            blocking=self._blocking,
        )
        try:
            asyncio.run(self._dispatch(dispatcher))
        finally:
            self._closed.set()
            for event in [*dispatcher.remaining(), *self._take_inbox()]:
                delivery = not_sent(event.callback, STOPPED)
                event.handle.finish(delivery)
                self._settle(event, delivery)

    async def _dispatch(self, dispatcher: Dispatcher) -> None:
        with self._changed:
            dispatcher.start()
            self._dispatcher = dispatcher
            if self._closed.is_set():
                dispatcher.stop()
        try:
            await dispatcher.wait_stopped()
        finally:
            with self._changed:
                self._dispatcher = None
            await dispatcher.close()

    def _take_inbox(self) -> list[PendingEvent]:
        with self._changed:
            events, self._inbox = self._inbox, []
            return events

    def _settle(self, event: PendingEvent, delivery: Delivery) -> None:
        event.future.set_result(delivery)
        with self._changed:
            self._pending -= 1
            if not self._pending:
                self._changed.notify_all()

"""Events on their way: in order for each call, many calls at once, in a thread of their own."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from mtt_mock.domain.faults import TriggeredFault
from mtt_mock.service.callbacks.allowlist import CallbackAllowlist
from mtt_mock.service.callbacks.delivery import CallbackEvent, Delivery

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

    from mtt_mock.service.callbacks.callback_client import CallbackClient

__all__ = ["CallbackEvent", "Delivery", "EventSender"]

_log = logging.getLogger("mtt_mock")
_T = TypeVar("_T")
_AT_ONCE = 16
_MOST_PENDING = 200_000  # about 2 KB each
_FORGOTTEN = "not sent: the fake was reset"
_CLOSED = "not sent: the fake was stopped"


class DeliveryHandle(Protocol):
    """On whose behalf an event is sent; called in the sender's thread, or in one of its own."""

    def should_send(self) -> bool:
        """Return whether the event is still to be sent."""
        ...

    def is_same_generation(self) -> bool:
        """Return whether a late word on an event that is finished is of use."""
        ...

    def retry_until_available(self, ask: Callable[[], _T]) -> _T | None:
        """Return what ``ask`` returns, however long that takes; ``None`` when all is to end."""
        ...

    def report_attempt(self, delivery: Delivery) -> None:
        """Take note of an attempt, which is not the last word on the event."""
        ...

    def finish(self, delivery: Delivery) -> None:
        """Take note of what became of the event; the call's next one is sent after that."""
        ...


class _NoHandle:
    def should_send(self) -> bool:
        return True

    is_same_generation = should_send

    def retry_until_available(self, ask: Callable[[], _T]) -> _T | None:
        return ask()

    def report_attempt(self, delivery: Delivery) -> None:
        pass

    finish = report_attempt


class _Job:
    """A notice, its future, and the job of the same call that comes after it."""

    __slots__ = ("callback", "following", "future", "handle")

    def __init__(
        self, callback: CallbackEvent, future: Future[Delivery], handle: DeliveryHandle
    ) -> None:
        self.callback = callback
        self.future = future
        self.handle = handle
        self.following: _Job | None = None


class EventSender:
    """Sends events with GET to where ``targets()`` lets them go; safe to use from any thread.

    ``timeout()`` is how many seconds one delivery may take. Both are asked at each delivery. The
    events of one call are sent one after another, those of different calls at once, 16 at the
    most. One event is one GET: a delivery that failed is not tried again (assumption).
    ``strike`` says which fault strikes a notice. ``waits``: it and errands may wait, for a
    database; then they are called in threads of their own.

    The first ``send`` starts a daemon thread with an event loop; ``close`` ends it.
    """

    def __init__(
        self,
        targets: Callable[[], CallbackAllowlist],
        timeout: Callable[[], float],
        trigger: Callable[[CallbackEvent], TriggeredFault | None] = lambda _notice: None,
        *,
        waits: bool = False,
    ) -> None:
        self._targets = targets
        self._timeout = timeout
        self._match_fault = trigger
        self._waits = waits
        self._held: dict[str, tuple[_Job, TriggeredFault]] = {}  # by call; the thread's own
        self._changed = threading.Condition()  # guards everything below
        self._ready: deque[_Job] = deque()  # the first of each call that is not under way
        self._last: dict[str, _Job] = {}
        self._pending = 0
        self._workers = 0
        self._woken = False
        self._closed = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def pending(self) -> int:
        """How many notices wait or are under way."""
        return self._pending

    def send(
        self, callback: CallbackEvent, handle: DeliveryHandle | None = None
    ) -> Future[Delivery]:
        """Send ``notice`` when those before it of the same call are done; return at once.

        The future ends with a ``Delivery`` in every case, and cannot be cancelled. When 200,000 are
        pending, after ``close`` or when the handle does not want it any more, the ``Delivery`` says
        that nothing was sent.
        """
        from concurrent.futures import Future  # noqa: PLC0415

        job = _Job(callback, Future(), handle or _NoHandle())
        job.future.set_running_or_notify_cancel()
        with self._changed:
            problem = _CLOSED if self._closed else None
            if self._pending >= _MOST_PENDING:
                problem = f"not sent: {_MOST_PENDING:,} events were waiting already"
            if problem is None:
                self._add(job)
        if problem is not None:
            delivery = _not_sent(callback, problem)
            job.handle.finish(delivery)
            job.future.set_result(delivery)
        return job.future

    def drain(self, timeout: float | None = None) -> bool:
        """Wait until nothing is pending, ``timeout`` seconds at the most; say whether that is so.

        Called in the sender's own thread (from a future's callback), it does not wait.
        """
        if threading.current_thread() is self._thread:
            timeout = 0
        with self._changed:
            return self._changed.wait_for(lambda: not self._pending, timeout)

    def close(self) -> None:
        """Break off what is under way and end the thread. May be called again."""
        with self._changed:
            self._closed = True
            if self._loop is not None and self._stop is not None:
                self._loop.call_soon_threadsafe(self._stop.set)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _add(self, job: _Job) -> None:
        before = self._last.get(job.callback.call_id)
        self._last[job.callback.call_id] = job
        self._pending += 1
        if before is not None:
            before.following = job
            return
        self._ready.append(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="mtt-mock events", daemon=True)
            self._thread.start()
        elif self._loop is not None and not self._woken and self._workers < _AT_ONCE:
            self._woken = True
            self._loop.call_soon_threadsafe(self._start_workers)

    # From here on everything runs in the sender's thread.

    def _run(self) -> None:
        import asyncio  # noqa: PLC0415

        try:
            asyncio.run(self._main())
        finally:
            with self._changed:
                self._closed = True
            while self._ready:
                job = self._ready.popleft()
                delivery = _not_sent(job.callback, _CLOSED)
                job.handle.finish(delivery)
                self._finish(job, delivery)

    async def _main(self) -> None:
        import asyncio  # noqa: PLC0415

        from mtt_mock.service.callbacks.callback_client import CallbackClient  # noqa: PLC0415

        self._getter: CallbackClient = CallbackClient(self._targets, self._timeout)
        self._tasks: set[asyncio.Task[None]] = set()
        with self._changed:
            self._loop = asyncio.get_running_loop()
            self._stop = asyncio.Event()
            if self._closed:
                self._stop.set()
        try:
            self._start_workers()
            await self._stop.wait()
        finally:
            with self._changed:
                self._loop = None
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._getter.close()

    def _start_workers(self) -> None:
        assert self._loop is not None  # noqa: S101
        with self._changed:
            self._woken = False
            more = min(_AT_ONCE - self._workers, len(self._ready))
            self._workers += more
        for _ in range(more):
            self._spawn(self._work())

    async def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                delivery = await self._deliver(job)
                await self._let_go(job.callback.call_id, job)
                await self._run_blocking(job.handle.finish, delivery)
            except Exception as error:  # noqa: BLE001 -- whatever one event runs into, the others go on
                _log.exception("an event failed")
                delivery = _not_sent(job.callback, f"not sent: {error}")
            self._finish(job, delivery)

    async def _deliver(self, job: _Job) -> Delivery:
        if not await self._run_blocking(job.handle.should_send):
            return _not_sent(job.callback, _FORGOTTEN)
        trigger = await self._run_blocking(
            job.handle.retry_until_available, partial(self._match_fault, job.callback)
        )
        if self._closed:
            return _not_sent(job.callback, _CLOSED)
        if trigger is None:
            return await self._getter.deliver(job.callback)
        return await self._deliver_with_fault(job, trigger)

    async def _deliver_with_fault(self, job: _Job, trigger: TriggeredFault) -> Delivery:
        if trigger.name == "event-lost":
            return _not_sent(job.callback, f"not sent: fault {trigger.text}", trigger.text)
        if trigger.name == "event-out-of-order" and job.callback.call_id not in self._held:
            self._held[job.callback.call_id] = job, trigger
            self._spawn(self._let_go_later(job, trigger.seconds))
            return _not_sent(job.callback, f"held back: fault {trigger.text}", trigger.text)
        if trigger.name == "event-late" and not await self._sleep(trigger.seconds):
            return _not_sent(job.callback, _CLOSED, trigger.text)
        if not await self._run_blocking(job.handle.should_send):
            return _not_sent(job.callback, _FORGOTTEN, trigger.text)
        delivery = replace(await self._getter.deliver(job.callback), fault=trigger.text)
        if trigger.name == "event-twice":
            await self._run_blocking(job.handle.report_attempt, delivery)
            delivery = replace(await self._getter.deliver(job.callback), fault=trigger.text)
        return delivery

    async def _let_go(self, call_id: str, after: _Job | None = None) -> None:
        """Send what was held back of the call, unless that is ``after``."""
        job, trigger = self._held.get(call_id, (after, None))
        if job is after or job is None or trigger is None:
            return
        del self._held[call_id]
        if await self._run_blocking(job.handle.is_same_generation):
            delivery = await self._getter.deliver(job.callback)
            await self._run_blocking(
                job.handle.report_attempt, replace(delivery, fault=trigger.text)
            )

    async def _run_blocking(self, ask: Callable[..., _T], *arguments: Any) -> _T:
        """Return what ``ask`` returns; where it may wait, nobody else does meanwhile."""
        import asyncio  # noqa: PLC0415

        if not self._waits:
            return ask(*arguments)
        asked = asyncio.ensure_future(asyncio.to_thread(ask, *arguments))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            return await asked  # what was begun is told to the end

    async def _let_go_later(self, job: _Job, seconds: float) -> None:
        if await self._sleep(seconds) and self._held.get(job.callback.call_id, (None,))[0] is job:
            await self._let_go(job.callback.call_id)

    async def _sleep(self, seconds: float) -> bool:
        """Wait ``seconds``; say whether that was not broken off."""
        import asyncio  # noqa: PLC0415

        assert self._stop is not None  # noqa: S101
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return True
        except asyncio.CancelledError:
            pass
        return False

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None  # noqa: S101
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _next(self) -> _Job | None:
        with self._changed:
            if self._ready and not self._closed:
                return self._ready.popleft()
            self._workers -= 1
            return None

    def _finish(self, job: _Job, delivery: Delivery) -> None:
        job.future.set_result(delivery)
        with self._changed:
            self._pending -= 1
            if job.following is not None:
                self._ready.append(job.following)
            else:
                del self._last[job.callback.call_id]
            if not self._pending:
                self._changed.notify_all()


def _not_sent(callback: CallbackEvent, problem: str, fault: str | None = None) -> Delivery:
    return Delivery(callback, None, None, problem, time.time(), 0.0, fault)

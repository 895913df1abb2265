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

from mtt_mock.domain.faults import Strike
from mtt_mock.service.callbacks.allowlist import EventTargets
from mtt_mock.service.callbacks.delivery import Delivery, Notice

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

    from mtt_mock.service.callbacks.callback_client import EventGetter

__all__ = ["Delivery", "EventSender", "Notice"]

_log = logging.getLogger("mtt_mock")
_T = TypeVar("_T")
_AT_ONCE = 16
_MOST_PENDING = 200_000  # about 2 KB each
_FORGOTTEN = "not sent: the fake was reset"
_CLOSED = "not sent: the fake was stopped"


class Errand(Protocol):
    """On whose behalf an event is sent; called in the sender's thread, or in one of its own."""

    def is_wanted(self) -> bool:
        """Return whether the event is still to be sent."""
        ...

    def is_current(self) -> bool:
        """Return whether a late word on an event that is finished is of use."""
        ...

    def wait_for(self, ask: Callable[[], _T]) -> _T | None:
        """Return what ``ask`` returns, however long that takes; ``None`` when all is to end."""
        ...

    def tell(self, delivery: Delivery) -> None:
        """Take note of an attempt, which is not the last word on the event."""
        ...

    def finish(self, delivery: Delivery) -> None:
        """Take note of what became of the event; the call's next one is sent after that."""
        ...


class _NoErrand:
    def is_wanted(self) -> bool:
        return True

    is_current = is_wanted

    def wait_for(self, ask: Callable[[], _T]) -> _T | None:
        return ask()

    def tell(self, delivery: Delivery) -> None:
        pass

    finish = tell


class _Job:
    """A notice, its future, and the job of the same call that comes after it."""

    __slots__ = ("errand", "following", "future", "notice")

    def __init__(self, notice: Notice, future: Future[Delivery], errand: Errand) -> None:
        self.notice = notice
        self.future = future
        self.errand = errand
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
        targets: Callable[[], EventTargets],
        timeout: Callable[[], float],
        strike: Callable[[Notice], Strike | None] = lambda _notice: None,
        *,
        waits: bool = False,
    ) -> None:
        self._targets = targets
        self._timeout = timeout
        self._strike = strike
        self._waits = waits
        self._held: dict[str, tuple[_Job, Strike]] = {}  # by call; the thread's own
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

    def send(self, notice: Notice, errand: Errand | None = None) -> Future[Delivery]:
        """Send ``notice`` when those before it of the same call are done; return at once.

        The future ends with a ``Delivery`` in every case, and cannot be cancelled. When 200,000 are
        pending, after ``close`` or when the errand does not want it any more, the ``Delivery`` says
        that nothing was sent.
        """
        from concurrent.futures import Future  # noqa: PLC0415

        job = _Job(notice, Future(), errand or _NoErrand())
        job.future.set_running_or_notify_cancel()
        with self._changed:
            problem = _CLOSED if self._closed else None
            if self._pending >= _MOST_PENDING:
                problem = f"not sent: {_MOST_PENDING:,} events were waiting already"
            if problem is None:
                self._add(job)
        if problem is not None:
            delivery = _not_sent(notice, problem)
            job.errand.finish(delivery)
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
        before = self._last.get(job.notice.call_id)
        self._last[job.notice.call_id] = job
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
                delivery = _not_sent(job.notice, _CLOSED)
                job.errand.finish(delivery)
                self._finish(job, delivery)

    async def _main(self) -> None:
        import asyncio  # noqa: PLC0415

        from mtt_mock.service.callbacks.callback_client import EventGetter  # noqa: PLC0415

        self._getter: EventGetter = EventGetter(self._targets, self._timeout)
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
                await self._let_go(job.notice.call_id, job)
                await self._aside(job.errand.finish, delivery)
            except Exception as error:  # noqa: BLE001 -- whatever one event runs into, the others go on
                _log.exception("an event failed")
                delivery = _not_sent(job.notice, f"not sent: {error}")
            self._finish(job, delivery)

    async def _deliver(self, job: _Job) -> Delivery:
        if not await self._aside(job.errand.is_wanted):
            return _not_sent(job.notice, _FORGOTTEN)
        strike = await self._aside(job.errand.wait_for, partial(self._strike, job.notice))
        if self._closed:
            return _not_sent(job.notice, _CLOSED)
        if strike is None:
            return await self._getter.deliver(job.notice)
        return await self._go_astray(job, strike)

    async def _go_astray(self, job: _Job, strike: Strike) -> Delivery:
        if strike.name == "event-lost":
            return _not_sent(job.notice, f"not sent: fault {strike.text}", strike.text)
        if strike.name == "event-out-of-order" and job.notice.call_id not in self._held:
            self._held[job.notice.call_id] = job, strike
            self._spawn(self._let_go_later(job, strike.seconds))
            return _not_sent(job.notice, f"held back: fault {strike.text}", strike.text)
        if strike.name == "event-late" and not await self._sleep(strike.seconds):
            return _not_sent(job.notice, _CLOSED, strike.text)
        if not await self._aside(job.errand.is_wanted):
            return _not_sent(job.notice, _FORGOTTEN, strike.text)
        delivery = replace(await self._getter.deliver(job.notice), fault=strike.text)
        if strike.name == "event-twice":
            await self._aside(job.errand.tell, delivery)
            delivery = replace(await self._getter.deliver(job.notice), fault=strike.text)
        return delivery

    async def _let_go(self, call_id: str, after: _Job | None = None) -> None:
        """Send what was held back of the call, unless that is ``after``."""
        job, strike = self._held.get(call_id, (after, None))
        if job is after or job is None or strike is None:
            return
        del self._held[call_id]
        if await self._aside(job.errand.is_current):
            delivery = await self._getter.deliver(job.notice)
            await self._aside(job.errand.tell, replace(delivery, fault=strike.text))

    async def _aside(self, ask: Callable[..., _T], *arguments: Any) -> _T:
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
        if await self._sleep(seconds) and self._held.get(job.notice.call_id, (None,))[0] is job:
            await self._let_go(job.notice.call_id)

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
                del self._last[job.notice.call_id]
            if not self._pending:
                self._changed.notify_all()


def _not_sent(notice: Notice, problem: str, fault: str | None = None) -> Delivery:
    return Delivery(notice, None, None, problem, time.time(), 0.0, fault)

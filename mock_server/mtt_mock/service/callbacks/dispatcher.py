"""Dispatches events in an event loop, up to 16 at once per receiver; those of a call in order."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from msgspec.structs import replace

from mtt_mock.domain.faults import TriggeredFault
from mtt_mock.service.callbacks.callback_client import CallbackClient
from mtt_mock.service.callbacks.delivery import CallbackEvent, Delivery
from mtt_mock.service.callbacks.event_rules import EventRules
from mtt_mock.service.callbacks.pending_event import STOPPED, PendingEvent, not_sent

_log = logging.getLogger("mtt_mock")
_T = TypeVar("_T")
MAX_DELIVERIES_PER_RECEIVER = 16  # at once; a receiver that hangs keeps these, and no others
MAX_CONCURRENT_DELIVERIES = 4 * MAX_DELIVERIES_PER_RECEIVER
_RESET = "not sent: the fake was reset"


class Dispatcher:
    """Delivers events and applies injected faults. Only ``wake`` and ``stop`` are thread-safe.

    ``take`` returns new events and removes them from the inbox. ``settle`` is called when an event
    is done; the call's next event is sent after that. Once ``closed`` is set, the dispatcher sends
    no further event. If ``blocking``, ``match_fault`` and handles run in threads.
    """

    def __init__(
        self,
        client: CallbackClient,
        rules: Callable[[], EventRules],
        match_fault: Callable[[CallbackEvent], TriggeredFault | None],
        *,
        take: Callable[[], list[PendingEvent]],
        settle: Callable[[PendingEvent, Delivery], None],
        closed: threading.Event,
        blocking: bool,
    ) -> None:
        self._client = client
        self._rules = rules
        self._match_fault = match_fault
        self._take = take
        self._settle = settle
        self._closed = closed
        self._blocking = blocking
        self._stop = asyncio.Event()
        self._ready: asyncio.Queue[PendingEvent] = asyncio.Queue()
        self._active: Counter[str] = Counter()  # events that are ready or in flight, by receiver
        self._waiting: dict[str, deque[PendingEvent]] = {}  # by receiver: for one of its places
        # By call; a key for each active call whose events are sent in order.
        self._following: dict[str, list[PendingEvent]] = {}
        self._held: dict[str, tuple[PendingEvent, TriggeredFault]] = {}  # by call
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the workers."""
        self._loop = asyncio.get_running_loop()
        for _ in range(MAX_CONCURRENT_DELIVERIES):
            self._spawn(self._work())
        self.wake()

    def wake(self) -> None:
        """Take new events; safe to call from any thread."""
        self._loop.call_soon_threadsafe(self._enqueue)

    def stop(self) -> None:
        """End ``wait_stopped``; safe to call from any thread."""
        self._loop.call_soon_threadsafe(self._stop.set)

    async def wait_stopped(self) -> None:
        """Wait for ``stop``."""
        await self._stop.wait()

    async def close(self) -> None:
        """Cancel deliveries in flight and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.close()

    def remaining(self) -> list[PendingEvent]:
        """Return the events that were not sent, those of one call in their order."""
        ready = [self._ready.get_nowait() for _ in range(self._ready.qsize())]
        waiting = (event for events in self._waiting.values() for event in events)
        following = (event for events in self._following.values() for event in events)
        return [*ready, *waiting, *following]

    def _enqueue(self) -> None:
        for event in self._take():
            following = self._following.get(event.callback.call_id)
            if following is not None and self._rules().in_order:
                following.append(event)
                continue
            self._following.setdefault(event.callback.call_id, [])
            self._make_ready(event)

    async def _work(self) -> None:
        while not self._closed.is_set():
            event = await self._ready.get()
            try:
                delivery = await self._deliver(event)
                await self._send_held(event.callback.call_id, after=event)
                await self._run_blocking(event.handle.finish, delivery)
            except Exception as error:  # noqa: BLE001 -- one event's failure must not stop the others
                _log.exception("an event failed")
                delivery = not_sent(event.callback, f"not sent: {error}")
            self._finish(event, delivery)

    def _finish(self, event: PendingEvent, delivery: Delivery) -> None:
        self._settle(event, delivery)
        following = self._following.get(event.callback.call_id)
        if following:
            self._make_ready(following.pop(0))
        else:
            self._following.pop(event.callback.call_id, None)
        self._free_slot(_receiver(event))

    def _make_ready(self, event: PendingEvent) -> None:
        receiver = _receiver(event)
        if self._active[receiver] < MAX_DELIVERIES_PER_RECEIVER:
            self._active[receiver] += 1
            self._ready.put_nowait(event)
        else:
            self._waiting.setdefault(receiver, deque()).append(event)

    def _free_slot(self, receiver: str) -> None:
        waiting = self._waiting.get(receiver)
        if waiting:
            self._ready.put_nowait(waiting.popleft())
            if not waiting:
                del self._waiting[receiver]
            return
        self._active[receiver] -= 1
        if not self._active[receiver]:
            del self._active[receiver]

    async def _deliver(self, event: PendingEvent) -> Delivery:
        if not await self._run_blocking(event.handle.should_send):
            return not_sent(event.callback, _RESET)
        fault = await self._run_blocking(
            event.handle.retry_until_available, partial(self._match_fault, event.callback)
        )
        if self._closed.is_set():
            return not_sent(event.callback, STOPPED)
        if fault is None:
            return await self._client.deliver(event.callback)
        return await self._deliver_with_fault(event, fault)

    async def _deliver_with_fault(self, event: PendingEvent, fault: TriggeredFault) -> Delivery:
        callback, handle = event.callback, event.handle
        if fault.name == "event-lost":
            return not_sent(callback, f"not sent: fault {fault.text}", fault.text)
        if fault.name == "event-out-of-order" and callback.call_id not in self._held:
            self._held[callback.call_id] = event, fault
            self._spawn(self._send_held_later(event, fault.seconds))
            return not_sent(callback, f"held back: fault {fault.text}", fault.text)
        if fault.name == "event-late" and not await self._sleep(fault.seconds):
            return not_sent(callback, STOPPED, fault.text)
        if not await self._run_blocking(handle.should_send):
            return not_sent(callback, _RESET, fault.text)
        delivery = replace(await self._client.deliver(callback), fault=fault.text)
        if fault.name == "event-twice":
            await self._run_blocking(handle.report_attempt, delivery)
            delivery = replace(await self._client.deliver(callback), fault=fault.text)
        return delivery

    async def _send_held(self, call_id: str, after: PendingEvent | None = None) -> None:
        """Send the call's event that was held back, unless it is ``after`` itself."""
        held = self._held.get(call_id)
        if held is None or held[0] is after:
            return
        event, fault = held
        del self._held[call_id]
        if await self._run_blocking(event.handle.is_same_generation):
            delivery = await self._client.deliver(event.callback)
            await self._run_blocking(
                event.handle.report_attempt, replace(delivery, fault=fault.text)
            )

    async def _send_held_later(self, event: PendingEvent, seconds: float) -> None:
        call_id = event.callback.call_id
        if await self._sleep(seconds) and self._held.get(call_id, (None,))[0] is event:
            await self._send_held(call_id)

    async def _run_blocking(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Return the result of ``function``; run it in a thread if it may block."""
        if not self._blocking:
            return function(*arguments)
        running = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            return await running  # A delivery that was made must be reported.

    async def _sleep(self, seconds: float) -> bool:
        """Sleep for ``seconds``; return False if the dispatcher stops before."""
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return True
        except asyncio.CancelledError:
            pass
        return False

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _receiver(event: PendingEvent) -> str:
    """Return the host and port that an event goes to."""
    url = event.callback.url
    try:
        return urlsplit(url if "://" in url else f"http://{url}").netloc.lower()
    except ValueError:  # it is never sent
        return url

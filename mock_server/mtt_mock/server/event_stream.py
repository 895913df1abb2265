"""Streams changes of a fake as server-sent events, under ``/_mtt/stream``.

The fake is polled ten times a second, and nothing is buffered for a client: a slow reader receives
later what the journal still holds then. sse-starlette would save 40 lines for two dependencies.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import parse_qs

from msgspec import Struct

from mtt_mock import jsonrpc
from mtt_mock.domain.changes import PARTS, Part
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.server.connection_limit import DEFAULT_MAX_CONNECTIONS, max_connections
from mtt_mock.server.request_cycle import HttpConnection, Message, Receive, Send, connection_of
from mtt_mock.service.fake import Fake
from mtt_mock.service.journal import MAX_PIECE_BYTES, Entry, first_bytes
from mtt_mock.service.journal.serialization import entry_to_dict
from mtt_mock.web.access import is_authorized, is_control_host, is_mtt_host

_T = TypeVar("_T")
MAX_STREAMS = DEFAULT_MAX_CONNECTIONS // 2
_POLL_INTERVAL = 0.1  # seconds
_LAST_ID = re.compile(rb"(?:([0-9]{1,15})-)?([0-9]{1,15})")
_KEEPALIVE_INTERVAL = 15.0  # seconds without events, after which a comment is sent
_BATCH_SIZE = 100  # entries that are encoded in one iteration of the event loop
_SMALL_BYTES = 4 * 1024  # of an event that is sent together with others
_SLICE_BYTES = 16 * 1024  # buffered for a client that does not read
_BURST_BYTES = 64 * 1024  # that all streams send before they pause: 25 MB/s at most
_BURST_INTERVAL = 0.002  # seconds
_MAX_ENCODED_BYTES = 4 * 1024 * 1024  # kept for the other streams, which may lag behind
_MAX_NAMED_CUSTOMERS = 50  # in a message; of more changes none is named
# The parts that a client loads again, each with its part of the store.
_PARTS: dict[str, Part | None] = {
    "clock": "calls",
    "state": "customers",
    "calls": "calls",
    "faults": "faults",
    "subscribers": "subscribers",
    "stubs": None,
    "journal": None,
}


async def answer_stream(
    watch: ChangeWatch, scope: Message, receive: Receive, send: Send, stopped: asyncio.Event
) -> bool:
    """Answer a request for the stream; return False if it must be refused, which Flask does.

    ``watch`` looks for changes of the fake, once for all streams; ``stopped`` ends the stream.
    """
    fake = watch.fake
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if not _may_use_host(fake, scope) or not _has_token(fake, scope):
        return False
    if watch.streams >= watch.max_streams:
        await _refuse(
            send,
            f"{watch.max_streams} streams are open, the maximum: half of the connections that the "
            "limit of open files (ulimit -n) permits",
        )
        return True
    # Created before the head is sent: a client that has read the head misses no event.
    mask = query.get("mask") == ["1"]
    try:
        cursor = await _run_blocking(
            fake, StreamCursor, fake, _last_event_id(scope), mask, watch.encoded
        )
    except StoreUnavailableError as error:
        await _refuse(send, str(error))
        return True
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    disconnected = asyncio.ensure_future(_wait_for_disconnect(receive))
    watch.streams += 1
    try:
        await send(_chunk(b": mtt-mock\n\n"))
        while not (disconnected.done() or stopped.is_set()):
            if not await _send_changes(watch, cursor, connection_of(scope), send):
                await asyncio.wait({disconnected}, timeout=_POLL_INTERVAL)
        await send({"type": "http.response.body", "body": b""})
    finally:
        watch.streams -= 1
        disconnected.cancel()
    return True


async def _send_changes(
    watch: ChangeWatch, cursor: StreamCursor, connection: HttpConnection, send: Send
) -> bool:
    """Send the events since the last time; return whether there may be more."""
    version = await watch.version()
    if version == cursor.seen_version and time.monotonic() - cursor.polled < _KEEPALIVE_INTERVAL:
        return False
    events = await watch.poll(cursor)
    cursor.polled = time.monotonic()
    cursor.seen_version = None if events else version
    for piece in _slices(events):
        await watch.send(piece, connection, send)
    return bool(events)


class ChangeWatch:
    """The look for changes, ten times a second, and the turns that all streams of a fake share.

    One stream at a time polls or sends, in an iteration of the event loop of its own. A request
    passes through several iterations: if every stream sent in each of them, a hundred streams
    would delay it by hundreds of slices.
    """

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self.encoded = EncodedEntries()
        self.streams = 0
        self.max_streams = max(1, min(MAX_STREAMS, max_connections() // 2))
        self._look: asyncio.Task[object] | None = None
        self._looked = 0.0
        self._turn = asyncio.Lock()
        self._burst = 0  # bytes sent since the last pause

    async def poll(self, cursor: StreamCursor) -> list[bytes]:
        """Return the events that the stream of ``cursor`` sends now."""
        async with self._turn:
            events = await _run_blocking(self.fake, cursor.poll)
            await asyncio.sleep(0)
        return events

    async def send(self, piece: bytes | memoryview, connection: HttpConnection, send: Send) -> None:
        """Send ``piece`` on one stream; all streams together pause after ``_BURST_BYTES``."""
        # Outside of the turn: a client that does not read keeps no other waiting.
        await connection.wait_until_writable()
        async with self._turn:
            await send(_chunk(piece))
            self._burst += len(piece)
            is_over = self._burst >= _BURST_BYTES
            self._burst = 0 if is_over else self._burst
            await asyncio.sleep(_BURST_INTERVAL if is_over else 0)  # the transport writes meanwhile

    async def version(self) -> object:
        """Return a value that differs when the fake's journal or state has changed."""
        is_recent = time.monotonic() - self._looked < _POLL_INTERVAL
        if self._look is None or (self._look.done() and not is_recent):
            self._looked = time.monotonic()
            self._look = asyncio.ensure_future(_run_blocking(self.fake, self._version))
        return await asyncio.shield(self._look)

    def _version(self) -> object:
        journal, store, clock = self.fake.journal, self.fake.store, self.fake.service.clock
        with contextlib.suppress(StoreUnavailableError):
            speed = clock.speed
            now = None if speed else clock.now()
            journal_version = journal.generation, journal.last
            stubs = self.fake.service.stubs.revision
            return journal_version, store.generation, store.revision, stubs, speed, now
        return None


class EncodedEntries:
    """The newest entries as events, encoded once for all streams."""

    def __init__(self) -> None:
        self._events: OrderedDict[tuple[int, int, bool], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def event(self, generation: int, entry: Entry, *, mask: bool) -> bytes:
        """Return the event of ``entry``."""
        key = generation, entry.seq, mask
        event = self._events.get(key)
        if event is None:
            values = entry_to_dict(entry, mask=mask)
            event = _event("entry", values, LastEventId(generation, entry.seq))
            with self._lock:
                if self._events.setdefault(key, event) is event:
                    self._bytes += len(event)
                while self._bytes > _MAX_ENCODED_BYTES:
                    self._bytes -= len(self._events.popitem(last=False)[1])
        return event


async def _run_blocking(fake: Fake, function: Callable[..., _T], *arguments: Any) -> _T:
    """Call ``function``, in a thread if it may wait for a database."""
    if fake.state.waits:
        return await asyncio.to_thread(function, *arguments)
    return function(*arguments)


def _has_token(fake: Fake, scope: Message) -> bool:
    # In the header only: a token in the query would be written to the logs of proxies.
    given = [
        value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"
    ]
    return any(is_authorized(fake, value) for value in given or [""])


class StreamCursor:
    """A client's position in the journal and in the changes of the state."""

    def __init__(
        self,
        fake: Fake,
        after: LastEventId | None,
        mask: bool,  # noqa: FBT001
        encoded: EncodedEntries | None = None,
    ) -> None:
        self._fake = fake
        self._encoded = encoded or EncodedEntries()
        self._mask = mask
        journal = fake.journal
        self._generation, self._store_generation = journal.generation, fake.store.generation
        self._seen = journal.last
        if after is not None:
            # A position in a journal that was cleared means nothing in this one.
            is_known = after.generation in (None, self._generation) and after.seq <= self._seen
            self._seen = after.seq if is_known else 0
        self._sent_state = self._state()
        self._last_sent = time.monotonic()
        self.polled = 0.0
        self.seen_version: object = None  # after whose events no more were left

    def poll(self) -> list[bytes]:
        """Return the events to send now."""
        try:
            parts = [*self._changes(), *self._entries()]
        except StoreUnavailableError:
            parts = []  # sent when the database answers again
        now = time.monotonic()
        if not parts and now - self._last_sent > _KEEPALIVE_INTERVAL:
            parts = [b":\n\n"]
        if parts:
            self._last_sent = now
        return parts

    def _changes(self) -> list[bytes]:
        state, former = self._state(), self._sent_state
        self._sent_state = state
        generation, store_generation = self._fake.journal.generation, self._fake.store.generation
        if (generation, store_generation) != (self._generation, self._store_generation):
            self._seen = self._seen if generation == self._generation else 0
            self._generation, self._store_generation = generation, store_generation
            return [_event("changed", {"parts": list(_PARTS), "customers": None})]
        if state == former:
            return []
        revisions = self._fake.store.revisions
        changed = {part for part in PARTS if revisions[part] > former.revision}
        customers = self._fake.store.changed_customers(former.revision)
        if state.clock != former.clock:
            changed, customers = changed | {"calls"}, None
        if self._mask or (customers is not None and len(customers) > _MAX_NAMED_CUSTOMERS):
            customers = None
        parts = [name for name, part in _PARTS.items() if part in changed]
        if state.stubs != former.stubs:
            parts.append("stubs")
        names = None if customers is None else sorted(customers)
        return [_event("changed", {"parts": parts, "customers": names})] if parts else []

    def _entries(self) -> list[bytes]:
        journal = self._fake.journal
        if journal.last == self._seen:
            return []
        entries = first_bytes(journal.entries(self._seen, _BATCH_SIZE), MAX_PIECE_BYTES)
        self._seen = entries[-1].seq if entries else journal.last
        return [self._encoded.event(self._generation, entry, mask=self._mask) for entry in entries]

    def _state(self) -> SentState:
        service = self._fake.service
        speed = service.clock.speed
        clock = speed, None if speed else service.clock.now()
        return SentState(clock, self._fake.store.revision, service.stubs.revision)


class SentState(Struct, frozen=True):
    """The state that a client knows of: the clock, and counters of changes."""

    clock: object
    revision: int
    stubs: int


class LastEventId(Struct, frozen=True):
    """The id of an event: the journal's generation (``None`` if not given) and the entry's seq."""

    generation: int | None
    seq: int


def _event(name: str, values: Any, event_id: LastEventId | None = None) -> bytes:
    head = f"event: {name}\n"
    if event_id is not None:
        head = f"id: {event_id.generation}-{event_id.seq}\n{head}"
    # Encoded JSON holds no line break.
    return head.encode() + b"data: " + jsonrpc.encode(values) + b"\n\n"


def _may_use_host(fake: Fake, scope: Message) -> bool:
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return all(is_control_host(fake, host) and not is_mtt_host(host) for host in hosts)


def _slices(events: list[bytes]) -> Iterator[bytes | memoryview]:
    """Yield ``events`` in pieces of ``_SLICE_BYTES`` at most; large ones are not copied."""
    small: list[bytes] = []
    for event in events:
        if len(event) < _SMALL_BYTES:
            small.append(event)
            continue
        if small:
            yield b"".join(small)
            small = []
        view = memoryview(event)
        for start in range(0, len(view), _SLICE_BYTES):
            yield view[start : start + _SLICE_BYTES]
    if small:
        yield b"".join(small)


def _chunk(text: bytes | memoryview) -> Message:
    return {"type": "http.response.body", "body": text, "more_body": True}


def _last_event_id(scope: Message) -> LastEventId | None:
    for name, value in scope["headers"]:
        match = _LAST_ID.fullmatch(value) if name == b"last-event-id" else None
        if match:
            return LastEventId(int(match[1]) if match[1] else None, int(match[2]))
    return None


async def _refuse(send: Send, reason: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": jsonrpc.encode({"error": reason})})


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

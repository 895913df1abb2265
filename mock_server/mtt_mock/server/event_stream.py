"""What happens in a fake as server-sent events, under ``/_mtt/stream``.

It looks at the fake every tenth of a second and keeps nothing for a client: whoever reads slowly
gets later what the journal still holds then.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qs

from mtt_mock import jsonrpc
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.server.inline_wsgi import InlineWsgiAdapter, Message, Receive, Send
from mtt_mock.service.fake import Fake
from mtt_mock.service.journal.serialization import entry_to_dict
from mtt_mock.web.control import CONTROL_PATH
from mtt_mock.web.control.http import is_authorized, is_mtt_host

_T = TypeVar("_T")
PATH = f"{CONTROL_PATH}stream"
_PAUSE = 0.1  # seconds
_LAST_ID = re.compile(rb"(?:([0-9]{1,15})-)?([0-9]{1,15})")
_QUIET = 15.0  # seconds after which a comment shows that the line is alive
_AT_ONCE = 500  # entries
_EVERYTHING = ["clock", "state", "calls", "faults", "subscribers", "journal"]


class EventStreamMiddleware:
    """Answers the stream itself and leaves every other request to ``app``.

    ``end`` ends all streams, and what ``app`` holds back.
    """

    def __init__(self, app: InlineWsgiAdapter, fake: Fake) -> None:
        self._app = app
        self._fake = fake
        self._ended = False

    def end(self) -> None:
        """Hold nothing open any more; to be called in the event loop."""
        self._ended = True
        self._app.end()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_stream = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET"
        query = parse_qs(scope["query_string"].decode("latin-1")) if is_stream else {}
        if not (is_stream and not _by_mtts_host(scope) and self._is_let_in(scope, query)):
            await self._app(scope, receive, send)  # which says what is wrong, too
            return
        # Before the answer begins: whoever has read its head is told what comes after.
        mask = query.get("mask") == ["1"]
        try:
            feed = await self._run_blocking(_Feed, self._fake, _resumed(scope), mask)
        except StoreUnavailableError as error:
            await _refuse(send, error)
            return
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await send(_chunk(b": mtt-mock\n\n"))
            while not (gone.done() or self._ended):
                text = await self._run_blocking(feed.news)
                if text:
                    await send(_chunk(text))
                else:
                    await asyncio.wait({gone}, timeout=_PAUSE)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()

    async def _run_blocking(self, ask: Callable[..., _T], *arguments: Any) -> _T:
        """Return what ``ask`` returns; where it may wait for a database, in a thread."""
        if self._fake.state.waits:
            return await asyncio.to_thread(ask, *arguments)
        return ask(*arguments)

    def _is_let_in(self, scope: Message, query: dict[str, list[str]]) -> bool:
        # EventSource sends no headers of one's own, so that the token may stand in the query here.
        given = [f"Bearer {token}" for token in query.get("token", ())]
        given += [
            value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"
        ]
        return any(is_authorized(self._fake, each) for each in given or [""])


class _Feed:
    """What one client has not been told yet."""

    def __init__(self, fake: Fake, after: _Place | None, mask: bool) -> None:  # noqa: FBT001
        self._fake = fake
        self._mask = mask
        journal = fake.journal
        self._generation, self._forgotten = journal.generation, fake.store.generation
        self._seen = journal.last
        if after is not None:
            # What was seen of a journal that has been forgotten says nothing about this one.
            is_known = after.generation in (None, self._generation) and after.seq <= self._seen
            self._seen = after.seq if is_known else 0
        self._told = self._state()
        self._spoke = time.monotonic()

    def news(self) -> bytes:
        """Return the events to send now, empty when there are none."""
        try:
            parts = [*self._changes(), *self._entries()]
        except StoreUnavailableError:
            parts = []  # told when the database answers again
        now = time.monotonic()
        if not parts and now - self._spoke > _QUIET:
            parts = [b":\n\n"]
        if parts:
            self._spoke = now
        return b"".join(parts)

    def _changes(self) -> list[bytes]:
        state = self._state()
        what: list[str] = []
        generation, forgotten = self._fake.journal.generation, self._fake.store.generation
        if (generation, forgotten) != (self._generation, self._forgotten):
            self._seen = self._seen if generation == self._generation else 0
            self._generation, self._forgotten = generation, forgotten
            what = _EVERYTHING
        elif state != self._told:
            (clock, revision), (former_clock, former_revision) = state, self._told
            what = ["clock", "calls"] if clock != former_clock else []
            if revision != former_revision:
                what = ["clock", "state", "calls", "faults", "subscribers"]
        self._told = state
        return [_event("changed", {"what": what})] if what else []

    def _entries(self) -> list[bytes]:
        journal = self._fake.journal
        if journal.last == self._seen:
            return []
        entries = journal.entries(self._seen, _AT_ONCE)
        self._seen = entries[-1].seq if entries else journal.last
        return [
            _event(
                "entry", entry_to_dict(entry, mask=self._mask), _Place(self._generation, entry.seq)
            )
            for entry in entries
        ]

    def _state(self) -> tuple[Any, int]:
        clock = self._fake.service.clock
        speed = clock.speed
        return (speed, None if speed else clock.now()), self._fake.store.revision


class _Place(NamedTuple):
    """How far a client has come: in which journal, ``None`` when it does not say, and in that."""

    generation: int | None
    seq: int


def _event(name: str, values: Any, place: _Place | None = None) -> bytes:
    head = f"event: {name}\n"
    if place is not None:
        head = f"id: {place.generation}-{place.seq}\n{head}"
    # JSON has no line break in it, whatever it says.
    return head.encode() + b"data: " + jsonrpc.encode(values) + b"\n\n"


def _by_mtts_host(scope: Message) -> bool:
    return any(
        is_mtt_host(value.decode("latin-1")) for name, value in scope["headers"] if name == b"host"
    )


def _chunk(text: bytes) -> Message:
    return {"type": "http.response.body", "body": text, "more_body": True}


def _resumed(scope: Message) -> _Place | None:
    for name, value in scope["headers"]:
        found = _LAST_ID.fullmatch(value) if name == b"last-event-id" else None
        if found:
            return _Place(int(found[1]) if found[1] else None, int(found[2]))
    return None


async def _refuse(send: Send, error: Exception) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": jsonrpc.encode({"error": str(error)})})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

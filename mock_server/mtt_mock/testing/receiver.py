"""The event receiver: an HTTP server that stores events. Usable without pytest."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from mtt_mock.domain.http_status import REDIRECTS, STATUSES_WITHOUT_BODY
from mtt_mock.domain.text import counted
from mtt_mock.server.live_server import WsgiServer

MAX_EVENTS = 10_000
MAX_BODY_BYTES = 64 * 1024
MAX_SHOWN_EVENTS = 20  # events in a message
_STATUSES = range(200, 600)


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """A request that the receiver got.

    Attributes:
        event: The query's last ``event``; ``""`` if it has none.
        id: The query's last ``id``, a callBackCall_id; ``""`` if it has none.
        path: The path, percent-decoded.
        query_string: The query as sent, not decoded.
        method: The HTTP method.
        at: When it arrived, in seconds of ``time.monotonic``.
    """

    event: str
    id: str
    path: str
    query_string: str
    method: str = "GET"
    at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def query(self) -> dict[str, list[str]]:
        """The whole query, decoded."""
        return parse_qs(self.query_string, keep_blank_values=True)


class EventReceiver:
    """An HTTP server that stores events, and waits for them.

    Use it as a context manager, or call ``start`` and ``stop``. It answers GET on any path with
    200. It stores requests with another method too, so that a test sees them, and answers 405,
    because MTT sends GET. It stores the newest 10,000 requests.

    Args:
        host: The address to bind.
        port: The port to bind; 0 takes a free one.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = WsgiServer(
            self._answer,
            lambda _path: MAX_BODY_BYTES,
            lambda _path: self._delay > 0,
            host=host,
            port=port,
        )
        self._changed = threading.Condition()  # guards everything below
        self._events: deque[ReceivedEvent] = deque(maxlen=MAX_EVENTS)
        self._status = 200
        self._location = self.url
        self._passed = 0  # events that still get 200
        self._delay = 0.0

    @property
    def url(self) -> str:
        """The callBackURL of this receiver, such as ``http://127.0.0.1:41234/events``."""
        return f"{self._server.origin}/events"

    @property
    def events(self) -> list[ReceivedEvent]:
        """The received events, oldest first."""
        with self._changed:
            return list(self._events)

    @property
    def names(self) -> list[str]:
        """The names of the received events, oldest first."""
        return [event.event for event in self.events]

    def wait(self, count: int = 1, timeout: float = 5.0) -> list[ReceivedEvent]:
        """Wait until ``count`` events were received, since the start or the last ``clear``.

        Args:
            count: The number of events, at most 10,000.
            timeout: Seconds to wait at most.

        Returns:
            All received events, oldest first.

        Raises:
            AssertionError: Fewer events came within ``timeout``. The message lists them.
            ValueError: ``count`` exceeds 10,000.
        """
        if count > MAX_EVENTS:
            raise ValueError(f"count must be at most {MAX_EVENTS}, got {count}")
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._events) >= count, timeout):
                raise AssertionError(self._missing(counted(count, "event"), timeout))
            return list(self._events)

    def wait_for(
        self, event: str, call_id: str | None = None, timeout: float = 5.0
    ) -> ReceivedEvent:
        """Wait until ``event`` was received.

        Args:
            event: The name of the event, such as ``"start_side_A"``.
            call_id: The callBackCall_id of the call; ``None`` accepts any call.
            timeout: Seconds to wait at most.

        Returns:
            The first such event.

        Raises:
            AssertionError: The event did not come within ``timeout``. The message lists the
                received events.
        """

        def first_match() -> ReceivedEvent | None:
            matches = (item for item in self._events if item.event == event)
            return next((item for item in matches if call_id in (None, item.id)), None)

        with self._changed:
            received = self._changed.wait_for(first_match, timeout)
            if received is None:
                wanted = event if call_id is None else f"{event} of call {call_id}"
                raise AssertionError(self._missing(wanted, timeout))
            return received

    def respond_with(
        self, status: int, *, after: int = 0, location: str | None = None, delay: float = 0.0
    ) -> None:
        """Answer GET with ``status`` from now on.

        Args:
            status: The HTTP status, from 200 to 599.
            after: Number of events that still get 200 first.
            location: The target of a redirect. By default it is this receiver, so that a followed
                redirect shows as one more event.
            delay: Seconds between the arrival of a request and its answer.

        Raises:
            ValueError: ``status`` is out of range, or ``after`` or ``delay`` is negative.
        """
        if status not in _STATUSES:
            raise ValueError(f"status must be from 200 to 599, got {status}")
        if after < 0:
            raise ValueError(f"after must not be negative, got {after}")
        if not 0 <= delay < float("inf"):
            raise ValueError(f"delay must be finite and not negative, got {delay}")
        with self._changed:
            self._status = status
            self._location = location or self.url
            self._passed = after
            self._delay = delay

    def clear(self) -> None:
        """Remove the received events, and answer 200 again."""
        with self._changed:
            self._events.clear()
            self._status, self._passed, self._delay = 200, 0, 0.0

    def start(self) -> None:
        """Start the server in a thread; return when it accepts connections."""
        self._server.start()

    def stop(self) -> None:
        """Stop the server. The received events stay."""
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        received = _received(environ)
        with self._changed:
            self._events.append(received)
            status, headers = self._status_for(received.method)
            delay = self._delay
            self._changed.notify_all()
        if delay:
            time.sleep(delay)
        body = b"" if status in STATUSES_WITHOUT_BODY else f"{status}\n".encode()
        headers += [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        start_response(f"{status} ", headers)  # the server knows the phrases
        return [body]

    def _status_for(self, method: str) -> tuple[int, list[tuple[str, str]]]:
        if method != "GET":
            return 405, [("Allow", "GET")]
        if self._passed:
            self._passed -= 1
            return 200, []
        headers = [("Location", self._location)] if self._status in REDIRECTS else []
        return self._status, headers

    def _missing(self, wanted: str, timeout: float) -> str:
        received = [_line(event) for event in self._events]
        if len(received) > MAX_SHOWN_EVENTS:
            more = len(received) - MAX_SHOWN_EVENTS
            received = [*received[:MAX_SHOWN_EVENTS], f"... and {more} more"]
        lines = "".join(f"\n  {line}" for line in received) or (
            " nothing. On a manual clock, advance it first: mtt_clock.run_until_idle(); "
            "mtt_server.events has what was sent"
        )
        return f"{wanted} did not come within {timeout:g} s; received:{lines}"


def _received(environ: WSGIEnvironment) -> ReceivedEvent:
    query_string = environ["QUERY_STRING"]
    query = parse_qs(query_string, keep_blank_values=True)
    return ReceivedEvent(
        event=query.get("event", [""])[-1],
        id=query.get("id", [""])[-1],
        path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        query_string=query_string,
        method=environ["REQUEST_METHOD"],
    )


def _line(received: ReceivedEvent) -> str:
    if received.event and received.method == "GET":
        return f"{received.event} of call {received.id}"
    query = f"?{received.query_string}" if received.query_string else ""
    return f"{received.method} {received.path}{query}"

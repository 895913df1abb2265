"""A receiver of events for tests: what the fixture ``mtt_receiver`` is; usable without pytest."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from mtt_mock.server.live_server import WsgiServer

MAX_EVENTS = 10_000
MAX_BODY_BYTES = 64 * 1024
MAX_SHOWN_EVENTS = 20  # events in a message
_STATUSES = range(200, 600)
_WITHOUT_BODY = (204, 205, 304)
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """A request that came to the receiver.

    ``event`` and ``id`` are of the query, ``""`` when it has none (the last ones when it has
    several). ``path`` is decoded, ``query_string`` is as it came.
    """

    event: str
    id: str
    path: str
    query_string: str
    method: str = "GET"

    @property
    def query(self) -> dict[str, list[str]]:
        """The whole query, decoded."""
        return parse_qs(self.query_string, keep_blank_values=True)


class EventReceiver:
    """An HTTP server that collects events and can be waited on.

    It binds 127.0.0.1 and a free port unless told otherwise.

    Use it as a context manager, or call ``start`` and ``stop``. It takes GET on any path and
    answers 200. Any other method is kept with the events, so that a test sees it, and answered with
    405: MTT sends GET. Of more than 10,000 events the oldest are forgotten.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = WsgiServer(self._answer, lambda _path: MAX_BODY_BYTES, host=host, port=port)
        self._came = threading.Condition()  # guards everything below
        self._events: deque[ReceivedEvent] = deque(maxlen=MAX_EVENTS)
        self._status = 200
        self._location = self.url
        self._passed = 0  # events that are still answered with 200

    @property
    def url(self) -> str:
        """What to give as callBackURL, such as ``http://127.0.0.1:41234/events``."""
        return f"{self._server.origin}/events"

    @property
    def events(self) -> list[ReceivedEvent]:
        """What has come, oldest first."""
        with self._came:
            return list(self._events)

    @property
    def names(self) -> list[str]:
        """The names of the events that have come, oldest first."""
        return [each.event for each in self.events]

    def wait(self, count: int = 1, timeout: float = 5.0) -> list[ReceivedEvent]:
        """Wait until ``count`` events have come, and return all that have.

        Returns at once when they have come already. Raises ``AssertionError`` after ``timeout``
        seconds: a missing event is what the test is to fail with. Its message lists what has come.
        """
        if count > MAX_EVENTS:
            raise ValueError(f"count must be at most {MAX_EVENTS}, got {count}")
        with self._came:
            if not self._came.wait_for(lambda: len(self._events) >= count, timeout):
                raise AssertionError(self._missing(f"{count} event{'s' * (count != 1)}", timeout))
            return list(self._events)

    def wait_for(
        self, event: str, call_id: str | None = None, timeout: float = 5.0
    ) -> ReceivedEvent:
        """Wait until ``event`` (of the call ``call_id``) has come, and return the first such.

        Returns at once when it has come already; raises ``AssertionError`` like ``wait``.
        """

        def found() -> ReceivedEvent | None:
            fitting = (each for each in self._events if each.event == event)
            return next((each for each in fitting if call_id in (None, each.id)), None)

        with self._came:
            received = self._came.wait_for(found, timeout)
            if received is None:
                wanted = event if call_id is None else f"{event} of call {call_id}"
                raise AssertionError(self._missing(wanted, timeout))
            return received

    def respond_with(self, status: int, *, after: int = 0, location: str | None = None) -> None:
        """Answer GET with ``status`` from now on, ``after`` more events that are answered with 200.

        A redirect leads to ``location`` (default: this receiver, so that one that is followed
        shows as one more event). Raises ``ValueError`` for a status that is not 200 to 599.
        """
        if status not in _STATUSES:
            raise ValueError(f"status must be from 200 to 599, got {status}")
        if after < 0:
            raise ValueError(f"after must not be negative, got {after}")
        with self._came:
            self._status = status
            self._location = location or self.url
            self._passed = after

    def clear(self) -> None:
        """Forget what has come, and answer 200 again."""
        with self._came:
            self._events.clear()
            self._status, self._passed = 200, 0

    def start(self) -> None:
        """Serve in a thread of its own; return when requests are answered."""
        self._server.start()

    def stop(self) -> None:
        """Close the socket. What has come stays."""
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        received = _received(environ)
        with self._came:
            self._events.append(received)
            status, headers = self._status_for(received.method)
            self._came.notify_all()
        body = b"" if status in _WITHOUT_BODY else f"{status}\n".encode()
        headers += [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        start_response(f"{status} ", headers)  # the server knows the phrases
        return [body]

    def _status_for(self, method: str) -> tuple[int, list[tuple[str, str]]]:
        if method != "GET":
            return 405, [("Allow", "GET")]
        if self._passed:
            self._passed -= 1
            return 200, []
        headers = [("Location", self._location)] if self._status in _REDIRECTS else []
        return self._status, headers

    def _missing(self, wanted: str, timeout: float) -> str:
        came = [_line(each) for each in self._events]
        if len(came) > MAX_SHOWN_EVENTS:
            came = [*came[:MAX_SHOWN_EVENTS], f"... and {len(came) - MAX_SHOWN_EVENTS} more"]
        lines = "".join(f"\n  {line}" for line in came) or " nothing"
        return f"{wanted} did not come within {timeout:g} s; what came:{lines}"


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

"""HTTP/1.1 on a connection, in front of uvicorn: limits, pipelining, half-closed clients."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from mtt_mock.server.coalescing import CoalescingTransport
from mtt_mock.server.connection_limit import ConnectionLimit
from mtt_mock.server.request_cycle import AsgiApp, CycleTransport, RequestCycle
from mtt_mock.server.request_parser import ReceivedHead, RequestParser, RequestRefused
from mtt_mock.service.limits import HeadLimit

MAX_HEAD_BYTES = 64 * 1024  # request line and headers; a fake's profile may change both
MAX_HEADER_FIELDS = 200
DEFAULT_HEAD_LIMIT = HeadLimit(MAX_HEAD_BYTES, MAX_HEADER_FIELDS, HTTPStatus.BAD_REQUEST)
MAX_PIPELINED_REQUESTS = 16  # of a connection, parsed before they are answered
_HEAD_SLICE_BYTES = 2 * 1024  # parsed at once: some eighty requests, which take some milliseconds
_BODY_SLICE_BYTES = 16 * 1024
HEAD_TIMEOUT = 20.0  # seconds from the connection, or a request's first byte, to its head's end
BODY_TIMEOUT = 60.0  # seconds from the end of the head to the end of the body
HALF_CLOSED_TIMEOUT = 5.0  # seconds for the answer to a client that has ended its side

_STATUSES = frozenset(HTTPStatus)


class HttpProtocol(asyncio.Protocol):
    """HTTP/1.1 on one connection.

    It parses the requests and gives each in its turn to a ``RequestCycle``, which uvicorn answers.
    A request whose head is larger than ``head_limit`` is answered with the limit's status, one with
    no or two Host fields with 400, one whose head or body does not come in time with 408. The
    connection is then closed. A client that ends its side of the connection behind a request gets
    the answer; not over TLS, where asyncio cannot.

    Args:
        config: uvicorn's configuration.
        server_state: uvicorn's state of the server.
        app_state: The state of ASGI scopes.
        _loop: The event loop; the running one if ``None``.
    """

    limit: ConnectionLimit  # set by ``limited``
    tunnel_hosts: tuple[str, ...] = ()  # of a proxy's tunnel that the connection comes from
    transport: asyncio.Transport

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.config = config
        self.server_state = server_state
        self.app_state = app_state
        self.loop = _loop or asyncio.get_running_loop()
        self._parser = RequestParser(self, lambda: self.head_limit)
        self.cycles: deque[RequestCycle] = deque()  # the first one is being answered
        self._uvicorn: CycleTransport | None = None  # answers the cycles
        self._incoming: RequestCycle | None = None  # whose body is being received
        self._unparsed = b""  # behind pipelined requests
        self._after_answers: Callable[[], None] | None = None
        self.is_write_paused = False
        self._writable = asyncio.Event()
        self._is_held = self._is_reading_paused = self._is_silenced = False
        self._timed: str | None = None  # the purpose of the running timer
        self._timer: asyncio.TimerHandle | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_since = 0.0  # by the loop's clock

    @property
    def head_limit(self) -> HeadLimit:
        """The limit of a request's head."""
        return DEFAULT_HEAD_LIMIT

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        self.transport = CoalescingTransport(transport, self.loop)
        self.server_state.connections.add(self)  # type: ignore[arg-type]
        if self.limit.opened(self):
            self._set_timer()
        else:
            reason = f"503: {self.limit.maximum} connections are open, the maximum\n"
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, reason)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._cancel_timer()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self.limit.closed(self)
        self.server_state.connections.discard(self)
        self._writable.set()
        for cycle in self.cycles:
            cycle.is_ended = True
        if self._uvicorn is not None:
            self._uvicorn.protocol.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive ``data`` from the connection."""
        if self._is_silenced:
            return
        if self._after_answers is None:
            self._parse_slices(self._unparsed + data)
        else:
            self._unparsed += data
            self._hold(is_held=len(self._unparsed) > _BODY_SLICE_BYTES)

    def eof_received(self) -> bool:
        """Return whether to keep the connection until its last request is answered.

        The client may also be gone: only a write to it shows that.
        """
        if (
            not self._is_answering
            or self.cycles[-1].has_status
            or self.transport.get_extra_info("sslcontext")
        ):
            self.transport.close()  # behind what is not written yet
            return False
        if self._after_answers is None:
            self._in_turn(self.transport.close)
        self.loop.call_later(HALF_CLOSED_TIMEOUT, self.transport.close)
        return True

    def silence(self) -> None:
        """Answer nothing more; go on reading, which shows that the client is gone."""
        self._is_silenced = True
        self._unparsed = b""
        self._incoming = None
        self._hold(is_held=False)

    def pause_writing(self) -> None:
        """Let the application wait: the client reads too slowly."""
        self.is_write_paused = True
        self._writable.clear()
        if self._uvicorn is not None:
            self._uvicorn.protocol.pause_writing()

    def resume_writing(self) -> None:
        """Let the application go on."""
        self.is_write_paused = False
        self._writable.set()
        if self._uvicorn is not None:
            self._uvicorn.protocol.resume_writing()

    def on_head(self, head: ReceivedHead) -> None:
        """Begin a request."""
        if self.tunnel_hosts:
            self._set_tunnel_host(head.fields)
        self._begin(head)

    def on_part(self, part: bytes) -> None:
        """Receive a part of the request's body."""
        assert self._incoming is not None  # noqa: S101 -- the parser calls on_head first
        self._incoming.receive(part)
        self.update_reading()

    def on_end(self) -> None:
        """End the request."""
        assert self._incoming is not None  # noqa: S101 -- the parser calls on_head first
        cycle, self._incoming = self._incoming, None
        cycle.receive_end()
        if not cycle.is_ended:
            self.limit.busy(self)

    def _begin(self, head: ReceivedHead, app: AsgiApp | None = None) -> None:
        """Let the application answer the request, or ``app``."""
        self.limit.unfinished(self)
        self._incoming = RequestCycle(self, head, app)
        self.cycles.append(self._incoming)
        if len(self.cycles) == 1:
            self._start(self._incoming)

    def _start(self, cycle: RequestCycle) -> None:
        if self._uvicorn is None:
            self._uvicorn = CycleTransport(self)
        cycle.start(self._uvicorn)

    def on_response_end(self) -> None:
        """Go on behind a response."""
        if not self.cycles.popleft().is_whole and self._uvicorn is not None:
            self._uvicorn.protocol.connection_lost(None)  # it waits for the rest of the body
            self._uvicorn = None
        self._reset_idle_time()
        if self._after_answers is not None:
            self._in_turn(self._after_answers)
        if not self.transport.is_closing():
            if self.cycles:
                self._start(self.cycles[0])
            if self._after_answers is None and self._unparsed:
                self._parse_slices(self._unparsed)
            self.update_reading()
        if not self.cycles:
            self.limit.idle(self)

    def _parse_slices(self, data: bytes) -> None:
        """Parse ``data`` up to the maximum of pipelined requests; keep the rest.

        Without a maximum thousands of requests in one packet would delay other connections.
        """
        start, self._unparsed = 0, b""
        while start < len(data) and len(self.cycles) <= MAX_PIPELINED_REQUESTS:
            is_body = self._parser.awaited == "body"
            end = start + (_BODY_SLICE_BYTES if is_body else _HEAD_SLICE_BYTES)
            if not self._parse(data[start:end]):
                return
            start = end
        self._unparsed = data[start:]
        self._hold(is_held=bool(self._unparsed))
        self._set_timer()

    def _parse(self, data: bytes) -> bool:
        """Parse ``data``; return whether to go on."""
        try:
            self._parser.feed(data)
        except RequestRefused as refusal:
            self._in_turn(partial(self._refuse, refusal.status, refusal.text))
            return False
        return not self.transport.is_closing()

    @property
    def _is_answering(self) -> bool:
        """Whether a request that has been received as a whole is not answered yet."""
        return len(self.cycles) > (self._parser.awaited == "body")

    def _in_turn(self, action: Callable[[], None]) -> None:
        """Call ``action`` when the requests before it are answered; parse nothing until then.

        Reading goes on for a while: it shows that the client is gone.
        """
        if self._is_answering:
            self._after_answers = action
            self._cancel_timer()
        else:
            self._after_answers = None
            self._hold(is_held=False)
            action()

    def _hold(self, *, is_held: bool) -> None:
        """Read nothing while ``is_held``: pipelined requests wait."""
        self._is_held = is_held
        self.update_reading()

    def update_reading(self) -> None:
        """Pause or resume reading."""
        incoming = self._incoming
        is_paused = self._is_held or (incoming is not None and incoming.pauses_reading)
        if is_paused != self._is_reading_paused and not self.transport.is_closing():
            self._is_reading_paused = is_paused
            if is_paused:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    async def wait_until_writable(self) -> None:
        """Wait until the client has read enough, or is gone."""
        if self.is_write_paused:
            await self._writable.wait()

    def _reset_idle_time(self) -> None:
        """Close the connection when it has been idle for some seconds from now on.

        One timer looks again and again: a timer a response costs more than the look.
        """
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(
                self.config.timeout_keep_alive, self._close_if_idle
            )

    def _close_if_idle(self) -> None:
        """Close the connection if it is idle and has been for long enough."""
        self._idle_timer = None
        if self._parser.awaited is not None or self.cycles:
            return  # the end of the response sets the timer again
        seconds = self._idle_since + self.config.timeout_keep_alive - self.loop.time()
        if seconds <= 0:
            self.transport.close()
        else:
            self._idle_timer = self.loop.call_later(seconds, self._close_if_idle)

    def drop(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def shutdown(self) -> None:
        """Stop: close a connection whose request has not come yet, else finish the response."""
        if self._parser.awaited == "body" or not self.cycles:
            self.transport.close()
        else:
            self.cycles[-1].end_connection()

    def _set_tunnel_host(self, fields: list[tuple[bytes, bytes]]) -> None:
        """Let the tunnel's target decide, not a Host header that names another host."""
        hosts = [value for name, value in fields if name == b"host"]
        name = hosts[0].decode("latin-1").partition(":")[0] if hosts else ""
        if name.lower().rstrip(".") not in self.tunnel_hosts:
            others = [field for field in fields if field[0] != b"host"]
            fields[:] = [(b"host", self.tunnel_hosts[0].encode()), *others]

    def _set_timer(self) -> None:
        """Set the timer of the part that is awaited, if it does not run yet."""
        awaited = None if self._unparsed else self._parser.awaited
        if awaited == self._timed or self.transport.is_closing():
            return
        self._cancel_timer()
        if awaited is not None:
            seconds = HEAD_TIMEOUT if awaited == "head" else BODY_TIMEOUT
            self._timed = awaited
            self._timer = self.loop.call_later(seconds, self._time_out, awaited, seconds)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._timed = None

    def _time_out(self, part: str, seconds: float) -> None:
        """Refuse the request whose ``part`` did not come within ``seconds``."""
        if self.transport.is_closing():
            return
        # A silent connection gets no answer, and an answer that has begun gets no second one.
        incoming = self._incoming
        is_begun = incoming is not None and (incoming.has_status or incoming.is_ended)
        if is_begun or (part == "head" and not self._parser.received_bytes):
            self.transport.close()
        else:
            reason = f"408: the request's {part} did not come within {seconds:g} s\n"
            self._in_turn(partial(self._refuse, HTTPStatus.REQUEST_TIMEOUT, reason))

    def _refuse(self, status: int, text: str) -> None:
        """Answer ``status`` and close the connection."""
        head = [status_line(status)]
        for name, value in self.server_state.default_headers:
            head += name, b": ", value, b"\r\n"
        self.transport.write(
            b"%bcontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%b" % (b"".join(head), len(text), text.encode())
        )
        self.transport.close()


def limited(protocol: type[HttpProtocol], limit: ConnectionLimit) -> type[HttpProtocol]:
    """Return ``protocol`` for a server whose connections ``limit`` counts."""
    return type(protocol.__name__, (protocol,), {"limit": limit})


@lru_cache(maxsize=64)
def status_line(status: int) -> bytes:
    """Return the first line of a response; a profile may have a status without a phrase."""
    phrase = HTTPStatus(status).phrase if status in _STATUSES else ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()

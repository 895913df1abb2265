"""uvicorn's HTTP protocol with limits: the size and time of a request.

This module, ``endpoint_protocol`` and ``upgrade_offer`` alone use uvicorn's internals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mtt_mock.server.coalescing import CoalescingTransport
from mtt_mock.server.connection_limit import ConnectionLimit
from mtt_mock.service.limits import FIELD_OVERHEAD_BYTES, LINE_OVERHEAD_BYTES, HeadLimit

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


class _Flow(FlowControl):
    """Flow control of a connection that reads nothing while pipelined requests wait."""

    _is_held = False

    def hold(self, *, is_held: bool) -> None:
        """Read nothing while ``is_held``; an application that asks for a body changes nothing."""
        if is_held:
            self.pause_reading()
        self._is_held, was_held = is_held, self._is_held
        if was_held and not is_held:
            self.resume_reading()

    def resume_reading(self) -> None:
        """Read again, unless held."""
        if not self._is_held:
            super().resume_reading()


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 on one connection.

    A request whose head is larger than ``head_limit`` is answered with the limit's status, one with
    no or two Host fields with 400 (RFC 9112, section 3.2), one whose head or body does not come in
    time with 408. The connection is then closed. Trailer fields are dropped (RFC 9110, section
    6.5.1). A client that ends its side of the connection behind a request gets the answer; not over
    TLS, where asyncio cannot.
    """

    flow: _Flow
    limit: ConnectionLimit  # set by ``limited``
    tunnel_hosts: tuple[str, ...] = ()  # of a proxy's tunnel that the connection comes from

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._options = arguments, options
        self._receiving: str | None = "head"
        self._timed: str | None = None  # the purpose of the running timer
        self._timer: asyncio.TimerHandle | None = None
        self._idle_since = 0.0  # by the loop's clock
        self._offers_upgrade = False
        self._received_bytes = 0  # of a head, a trailer or a chunk extension that is not complete
        self._fields = self._field_bytes = self._hosts = 0
        self._max_head = DEFAULT_HEAD_LIMIT
        self._has_body = False  # the bytes that were parsed last hold some of a body
        self._refusal: tuple[int, str] | None = None
        self._unparsed = b""  # behind pipelined requests
        self._after_answers: Callable[[], None] | None = None
        self._open_cycle: RequestResponseCycle | None = None  # the request that is being answered
        self._is_silenced = False

    @property
    def head_limit(self) -> HeadLimit:
        """The limit of a request's head."""
        return DEFAULT_HEAD_LIMIT

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        if not isinstance(transport, CoalescingTransport):  # it is after an upgrade offer
            transport = CoalescingTransport(transport, self.loop)
        super().connection_made(transport)
        self.flow = _Flow(transport)
        if self.limit.opened(self):
            self._set_timer()
        else:
            self._refuse(503, f"{self.limit.maximum} connections are open, the maximum")

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        if not self._has_answered_all() and self._open_cycle is not None:
            # uvicorn tells it to the last of pipelined requests alone.
            self._open_cycle.disconnected = True
            self._open_cycle.message_event.set()
        self._cancel_timer()
        self._unset_keepalive_if_required()
        self.limit.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive ``data`` from the connection."""
        if self._is_silenced:
            return
        if self._after_answers is None:
            self._parse_slices(self._unparsed + data)
        else:
            self._unparsed += data
            self.flow.hold(is_held=len(self._unparsed) > _BODY_SLICE_BYTES)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Return whether to keep the connection until its last request is answered.

        The client may also be gone: only a write to it shows that.
        """
        is_whole = self._receiving != "body" and not self._has_answered_all()
        if not is_whole or self.cycle.response_started or self.scheme == "https":
            self.transport.close()  # behind what is not written yet
            return False
        self.cycle.keep_alive = False
        self.loop.call_later(HALF_CLOSED_TIMEOUT, self.transport.close)
        return True

    def silence(self) -> None:
        """Answer nothing more; go on reading, which shows that the client is gone."""
        self._is_silenced = True
        self._unparsed = b""
        self.flow.hold(is_held=False)

    def _parse_slices(self, data: bytes) -> None:
        """Parse ``data`` up to the maximum of pipelined requests; keep the rest.

        Without a maximum thousands of requests in one packet would delay other connections.
        """
        start, self._unparsed = 0, b""
        while start < len(data) and len(self.pipeline) < MAX_PIPELINED_REQUESTS:
            is_body = self._receiving == "body"
            end = start + (_BODY_SLICE_BYTES if is_body else _HEAD_SLICE_BYTES)
            if not self._parse(data[start:end], data[end:]):
                return
            start = end
        self._unparsed = data[start:]
        self.flow.hold(is_held=bool(self._unparsed))
        self._set_timer()

    def _parse(self, data: bytes, following: bytes) -> bool:
        """Parse ``data``; return whether to go on."""
        if self._receiving is None and self._has_answered_all():
            self._receiving = "head"
        self._has_body = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._in_turn(partial(self._ignore_upgrade, data[offer.args[0] :] + following))
            return False
        except httptools.HttpParserError:
            if self._refusal is None:
                self._in_turn(partial(self.send_400_response, "Invalid HTTP request received."))
            else:
                self._in_turn(partial(self._refuse, *self._refusal))
            return False
        if self._receiving is None or self._has_body:
            self._received_bytes = 0
        else:
            self._received_bytes += len(data)
        if self._received_bytes > self._max_head.bytes and not self.transport.is_closing():
            self._refuse(*self._head_refusal())
        return not self.transport.is_closing()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._receiving = "head"
        self._received_bytes = self._fields = self._field_bytes = self._hosts = 0
        self._max_head = self.head_limit
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive one header field."""
        name = name.lower()
        self._fields += 1
        self._field_bytes += len(name) + len(value) + FIELD_OVERHEAD_BYTES
        is_trailer = self._receiving == "body"
        if name == b"host" and not is_trailer:
            self._hosts += 1
        if self._hosts > 1:
            self._refusal = 400, "the request has two Host fields"
        elif self._fields > self._max_head.fields:
            self._refusal = self._head_refusal()
        else:
            if not is_trailer:
                super().on_header(name, value)
            return
        raise ValueError(self._refusal)  # httptools ends the parsing

    def on_headers_complete(self) -> None:
        """End the head."""
        if not self._hosts and self.parser.get_http_version() == "1.1":
            self._refusal = 400, "the request has no Host field"
            raise ValueError(self._refusal)
        line_bytes = len(self.parser.get_method()) + len(self.url) + LINE_OVERHEAD_BYTES
        if line_bytes + self._field_bytes > self._max_head.bytes:
            self._refusal = self._head_refusal()
            raise ValueError(self._refusal)
        if self.tunnel_hosts:
            self._set_tunnel_host()
        if self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False  # RFC 9110, section 10.1.1
        self._offers_upgrade = self.parser.should_upgrade()
        if self._offers_upgrade:
            return  # ``_ignore_upgrade`` begins the request
        self._receiving = "body"
        self._received_bytes = 0
        self._begin_request()

    def _begin_request(self) -> None:
        """Let the application answer the request."""
        self.limit.unfinished(self)
        super().on_headers_complete()
        if not self.pipeline:
            self._open_cycle = self.cycle

    def on_body(self, body: bytes) -> None:
        """Receive a part of the body."""
        self._has_body = True
        if not self._offers_upgrade:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if not self._offers_upgrade:
            self._receiving = None
            self.limit.busy(self)
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """End a response."""
        if self.pipeline:
            self._open_cycle = self.pipeline[-1][0]
        super().on_response_complete()
        self._idle_since = self.loop.time()
        if not self.transport.is_closing():
            if self._after_answers is not None:
                self._in_turn(self._after_answers)
            elif self._unparsed:
                self._parse_slices(self._unparsed)
        if self._has_answered_all():
            self.limit.idle(self)

    def _in_turn(self, action: Callable[[], None]) -> None:
        """Call ``action`` when the requests before it are answered; parse nothing until then.

        Reading goes on for a while: it shows that the client is gone.
        """
        is_open = self.pipeline if self._receiving == "body" else not self._has_answered_all()
        self._after_answers = action if is_open else None
        if is_open:
            self._cancel_timer()
        else:
            self.flow.hold(is_held=False)
            action()

    def _keep_alive(self) -> None:
        """Close the connection when it has been idle for some seconds.

        One timer looks again and again: a timer a response costs more than the look.
        """
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it is idle and has been for long enough."""
        self.timeout_keep_alive_task = None
        if self._receiving is not None or not self._has_answered_all():
            return  # the end of the response sets the timer again
        seconds = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if seconds <= 0:
            super().timeout_keep_alive_handler()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                seconds, self.timeout_keep_alive_handler
            )

    def _has_answered_all(self) -> bool:
        """Return whether no request waits for its response."""
        return self.cycle is None or self.cycle.response_complete

    def drop(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def shutdown(self) -> None:
        """Stop: close a connection whose request has not come yet, else finish the response."""
        if self._receiving == "body":
            self.transport.close()
        else:
            super().shutdown()

    def _set_tunnel_host(self) -> None:
        """Let the tunnel's target decide, not a Host header that names another host."""
        hosts = [value for name, value in self.headers if name == b"host"]
        name = hosts[0].decode("latin-1").partition(":")[0] if hosts else ""
        if name.lower().rstrip(".") not in self.tunnel_hosts:
            fields = [field for field in self.headers if field[0] != b"host"]
            # In place: the request's scope holds this list.
            self.headers[:] = [(b"host", self.tunnel_hosts[0].encode()), *fields]

    def _set_timer(self) -> None:
        """Let the rest of the head, or of the body, come in time."""
        receiving = None if self._unparsed else self._receiving
        if receiving == self._timed or self.transport.is_closing():
            return
        self._cancel_timer()
        if receiving is not None:
            seconds = HEAD_TIMEOUT if receiving == "head" else BODY_TIMEOUT
            self._timed = receiving
            self._timer = self.loop.call_later(seconds, self._time_out, receiving, seconds)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._timed = None

    def _time_out(self, part: str, seconds: float) -> None:
        if self.transport.is_closing():
            return
        # A silent connection gets no answer, and an answer that has begun gets no second one.
        is_begun = part == "body" and self.cycle.response_started
        if is_begun or (part == "head" and not self._received_bytes):
            self.transport.close()
        else:
            self._refuse(408, f"the request's {part} did not come within {seconds:g} s")

    def _head_refusal(self) -> tuple[int, str]:
        most = self._max_head
        reason = (
            f"the request's head or trailer is too large: {most.bytes} bytes and {most.fields} "
        )
        return most.status, reason + "fields are the maximum"

    def _refuse(self, status: int, reason: str) -> None:
        """Answer ``status`` and close the connection."""
        text = f"{status}: {reason}\n"
        # A profile may have a status without a phrase.
        phrase = HTTPStatus(status).phrase if status in _STATUSES else ""
        self.transport.write(
            f"HTTP/1.1 {status} {phrase}\r\n"
            f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(text)}\r\n"
            f"connection: close\r\n\r\n{text}".encode()
        )
        self.transport.close()

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Let h11 serve a request that offers an upgrade, to HTTP/2, say.

        httptools takes the body of such a request for data of the new protocol. RFC 9110, section
        7.8, lets a server ignore the offer, which h11 does. ``rest`` are the bytes after the head.
        """
        rest, self._unparsed = rest + self._unparsed, b""
        self._cancel_timer()
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self.limit.closed(self)
        arguments, options = self._options
        from mtt_mock.server.upgrade_offer import UpgradeOffer  # noqa: PLC0415 -- h11 is seldom used

        replacement = UpgradeOffer(*arguments, **options)
        replacement.limit = self.limit
        replacement.body_timeout = BODY_TIMEOUT
        replacement.next_protocol = self._next_protocol
        self.transport.set_protocol(replacement)
        replacement.connection_made(self.transport)
        version = self.parser.get_http_version().encode()
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/", version, b"\r\n"]
        for name, value in self.headers:
            head += [name, b": ", value, b"\r\n"]
        replacement.data_received(b"".join([*head, b"\r\n", rest]))

    def _next_protocol(self) -> HttpProtocol:
        arguments, options = self._options
        protocol = type(self)(*arguments, **options)
        protocol.tunnel_hosts = self.tunnel_hosts
        return protocol


def limited(protocol: type[HttpProtocol], limit: ConnectionLimit) -> type[HttpProtocol]:
    """Return ``protocol`` for a server whose connections ``limit`` counts."""
    return type(protocol.__name__, (protocol,), {"limit": limit})


def transport_of(send: Callable[..., Awaitable[None]]) -> asyncio.Transport:
    """Return the transport of the connection that ``send`` answers: uvicorn's request owns both."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return transport


def silence(send: Callable[..., Awaitable[None]]) -> None:
    """Let the connection that ``send`` answers get no response any more."""
    send.__self__.on_response.__self__.silence()  # type: ignore[attr-defined]


async def wait_until_writable(send: Callable[..., Awaitable[None]]) -> None:
    """Wait until the client that ``send`` answers has read enough, or is gone."""
    await send.__self__.flow.drain()  # type: ignore[attr-defined]

"""Parses the requests of a connection with httptools, within the limits of their heads."""

from __future__ import annotations

from collections.abc import Callable, Container
from http import HTTPStatus
from typing import Any, Literal, Protocol

import httptools
from msgspec import Struct

from mtt_mock.service.limits import FIELD_OVERHEAD_BYTES, LINE_OVERHEAD_BYTES, HeadLimit

_BAD_REQUEST = HTTPStatus.BAD_REQUEST
_LENGTH = (b"content-length", b"transfer-encoding")
_FRAMING = (*_LENGTH, b"connection", b"expect")


class ReceivedHead(Struct, frozen=True):
    """A request without its body."""

    method: bytes
    url: bytes
    version: str  # "1.0" or "1.1"
    fields: list[tuple[bytes, bytes]]  # names in lower case
    keeps_alive: bool
    expects_continue: bool

    def framing(self) -> bytes:
        """Return the request line and the fields that say where the request ends.

        An upgrade offer is left out: RFC 9110, section 7.8, lets a server ignore it. A connection
        of HTTP/1.0 is closed behind the response.
        """
        lines = [self.method, b" ", self.url, b" HTTP/", self.version.encode(), b"\r\n"]
        names: Container[bytes] = _FRAMING
        if self.version == "1.0":  # no interim response: RFC 9110, section 10.1.1
            names = _LENGTH
            lines.append(b"connection: close\r\n")
        for name, value in self.fields:
            if name in names:
                lines += name, b": ", value, b"\r\n"
        return b"".join([*lines, b"\r\n"])


class RequestRefused(Exception):
    """A request that is answered with ``status`` and ``text``; then the connection closes."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


class RequestReceiver(Protocol):
    """Receives what a parser has parsed."""

    def on_head(self, head: ReceivedHead) -> None:
        """Receive a request's head."""

    def on_part(self, part: bytes) -> None:
        """Receive a part of the request's body."""

    def on_end(self) -> None:
        """Receive the request's end."""


class RequestParser:
    """Parses the requests of a connection.

    Trailer fields are dropped (RFC 9110, section 6.5.1).

    Attributes:
        awaited: The part of a request that comes next, ``None`` between two requests.
        received_bytes: Bytes of a head, a trailer or a chunk extension that is not complete.

    Args:
        receiver: Receives the requests.
        head_limit: Returns the limit of a head.
    """

    def __init__(self, receiver: RequestReceiver, head_limit: Callable[[], HeadLimit]) -> None:
        self._receiver = receiver
        self._head_limit = head_limit
        self._max_head = head_limit()
        self.awaited: Literal["head", "body"] | None = "head"
        self.received_bytes = 0
        self._refusal: RequestRefused | None = None
        self._is_repeat = False  # of a head that offered an upgrade
        self._has_body = False  # the bytes that were parsed last hold some of a body
        self._parser = _new_parser(self)

    def feed(self, data: bytes) -> None:
        """Parse ``data``. Raises ``RequestRefused``; parse nothing more then."""
        self._has_body = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._ignore_upgrade(data[offer.args[0] :])
            return
        except httptools.HttpParserError as error:
            raise self._refusal or RequestRefused(
                _BAD_REQUEST, "Invalid HTTP request received."
            ) from error
        if self.awaited is None or self._has_body:
            self.received_bytes = 0
        else:
            self.received_bytes += len(data)
        if self.received_bytes > self._max_head.bytes:
            raise self._head_refusal()

    def on_message_begin(self) -> None:
        """Begin a request."""
        if self._is_repeat:
            return
        self.awaited = "head"
        self._url = b""
        self._received_fields: list[tuple[bytes, bytes]] = []
        self._expects_continue = False
        self.received_bytes = self._fields = self._field_bytes = self._hosts = 0
        self._max_head = self._head_limit()

    def on_url(self, url: bytes) -> None:
        """Receive a part of the request's target."""
        if not self._is_repeat:
            self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a header or trailer field."""
        if self._is_repeat:
            return
        name = name.lower()
        self._fields += 1
        self._field_bytes += len(name) + len(value) + FIELD_OVERHEAD_BYTES
        if self._fields > self._max_head.fields:
            self._refuse(self._head_refusal())
        if self.awaited == "body":
            return
        if name == b"host":
            self._hosts += 1
            if self._hosts > 1:
                self._refuse(RequestRefused(_BAD_REQUEST, "400: the request has two Host fields\n"))
        elif name == b"expect":
            self._expects_continue = value.lower() == b"100-continue"
        self._received_fields.append((name, value))

    def on_headers_complete(self) -> None:
        """End the head."""
        parser = self._parser
        if not self._is_repeat:
            if not self._hosts and parser.get_http_version() == "1.1":
                text = "400: the request has no Host field\n"  # RFC 9112, section 3.2
                self._refuse(RequestRefused(_BAD_REQUEST, text))
            self._method = parser.get_method()
            line_bytes = len(self._method) + len(self._url) + LINE_OVERHEAD_BYTES
            if line_bytes + self._field_bytes > self._max_head.bytes:
                self._refuse(self._head_refusal())
            if parser.should_upgrade():
                return  # httptools raises HttpParserUpgrade
        self._is_repeat = False
        self.awaited = "body"
        self.received_bytes = 0
        self._receiver.on_head(
            ReceivedHead(
                self._method,
                self._url,
                parser.get_http_version(),
                self._received_fields,
                parser.should_keep_alive(),
                self._expects_continue,
            )
        )

    def on_body(self, body: bytes) -> None:
        """Receive a part of the body."""
        self._has_body = True
        self._receiver.on_part(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if self.awaited == "body":  # else it offers an upgrade
            self.awaited = None
            self._receiver.on_end()

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Parse a request that offers an upgrade as one that does not. ``rest`` follows its head.

        httptools takes the body of such a request for data of the new protocol.
        """
        version = self._parser.get_http_version()
        head = ReceivedHead(
            b"POST",
            b"/",
            version,
            self._received_fields,
            keeps_alive=True,
            expects_continue=False,
        )
        self._is_repeat = True
        self._parser = _new_parser(self)
        self.feed(head.framing() + rest)

    def _head_refusal(self) -> RequestRefused:
        most = self._max_head
        return RequestRefused(
            most.status,
            f"{most.status}: the request's head or trailer is too large: {most.bytes} bytes and "
            f"{most.fields} fields are the maximum\n",
        )

    def _refuse(self, refusal: RequestRefused) -> None:
        """End the parsing by an exception."""
        self._refusal = refusal
        raise refusal


def _new_parser(receiver: RequestParser) -> Any:
    parser = httptools.HttpRequestParser(receiver)
    # A request behind one with "Connection: close" is dropped rather than refused.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser

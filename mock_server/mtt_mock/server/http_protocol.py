"""uvicorn's HTTP protocol with limits on the head, and deaf to upgrades."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HEAD = 64 * 1024  # bytes of request line and headers
_MOST_FIELDS = 200


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 on one connection.

    A request whose head is larger than 64 KiB or has more than 200 fields is answered with 400, and
    the connection closed.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._options = arguments, options
        self._untouched = True
        self._in_head = True
        self._head = 0
        self._fields = 0

    def data_received(self, data: bytes) -> None:
        """Take ``data`` from the connection."""
        if self._untouched:
            self._untouched = False
            if b"\nupgrade:" in data[:_MOST_HEAD].lower():
                self._hand_over(data)
                return
        super().data_received(data)
        self._head = self._head + len(data) if self._in_head else 0
        if self._head > _MOST_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        self._fields = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header field."""
        self._fields += 1
        if self._fields > _MOST_FIELDS:
            raise ValueError("too many header fields")  # uvicorn answers 400 and closes
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the head."""
        self._in_head = False
        super().on_headers_complete()

    def _hand_over(self, data: bytes) -> None:
        """Let the slower parser serve a client that offers to upgrade (to HTTP/2, say).

        httptools takes the body of such a request for the new protocol's; RFC 9110 lets a server
        ignore the offer, and h11 does.
        """
        arguments, options = self._options
        transport = self.transport
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.connections.discard(self)
        other = H11Protocol(*arguments, **options)
        transport.set_protocol(other)
        other.connection_made(transport)
        other.data_received(data)

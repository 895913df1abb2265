"""uvicorn's HTTP protocol with header limits; ignores ``Upgrade``.

The only module that uses uvicorn's internals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024  # request line and headers
MAX_HEADER_FIELDS = 200


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 on one connection.

    A request with a head of more than 64 KiB or more than 200 header fields is answered with 400,
    and the connection is closed.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._options = arguments, options
        self._is_new = True
        self._in_head = True
        self._head_bytes = 0
        self._fields = 0

    def data_received(self, data: bytes) -> None:
        """Receive ``data`` from the connection."""
        if self._is_new:
            self._is_new = False
            if b"\nupgrade:" in data[:MAX_HEAD_BYTES].lower():
                self._switch_to_h11(data)
                return
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        self._fields = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive one header field."""
        self._fields += 1
        if self._fields > MAX_HEADER_FIELDS:
            raise ValueError("too many header fields")  # uvicorn answers 400 and closes
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the head."""
        self._in_head = False
        super().on_headers_complete()

    def _switch_to_h11(self, data: bytes) -> None:
        """Serve a client that offers an upgrade (to HTTP/2, say) with the slower parser.

        httptools treats the body of such a request as data of the new protocol. RFC 9110, section
        7.8, lets a server ignore the offer, which h11 does.
        """
        arguments, options = self._options
        transport = self.transport
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.connections.discard(self)
        replacement = H11Protocol(*arguments, **options)
        transport.set_protocol(replacement)
        replacement.connection_made(transport)
        replacement.data_received(data)


def transport_of(send: Callable[..., Awaitable[None]]) -> asyncio.Transport:
    """Return the transport of the connection that ``send`` answers: uvicorn's request owns both."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return transport

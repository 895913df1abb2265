"""Requests with their responses, which uvicorn's HTTP protocol answers one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import uvicorn
from uvicorn.server import ServerState

from mtt_mock.server.request_parser import ReceivedHead

MAX_WAITING_BYTES = 64 * 1024  # of the body of a request that waits for the responses before it
CONNECTION_KEY = "mtt_mock.connection"  # in the state of an ASGI scope

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]


class HttpConnection(Protocol):
    """A connection with its request cycles."""

    config: uvicorn.Config
    server_state: ServerState
    app_state: dict[str, Any]
    transport: asyncio.Transport
    is_write_paused: bool

    def on_response_end(self) -> None:
        """Receive the end of the response."""

    def silence(self) -> None:
        """Answer nothing more."""

    def update_reading(self) -> None:
        """Pause or resume reading."""

    async def wait_until_writable(self) -> None:
        """Wait until the client has read enough, or is gone."""


class CycleTransport(asyncio.Transport):
    """The transport of uvicorn's protocol: that of the connection, while a cycle is open."""

    cycle: RequestCycle  # the last one that was started

    def __init__(self, connection: HttpConnection) -> None:
        super().__init__()
        from uvicorn.protocols.http.httptools_impl import (  # noqa: PLC0415 -- for a fast start
            HttpToolsProtocol,
        )

        self._connection = connection
        self.protocol = HttpToolsProtocol(
            connection.config,
            connection.server_state,
            {**connection.app_state, CONNECTION_KEY: self},
        )
        self.protocol.connection_made(self)
        if connection.is_write_paused:
            self.protocol.pause_writing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._connection.transport.write(data)

    def close(self) -> None:
        if not self.cycle.is_ended:  # else it is uvicorn's timer of idle connections
            self._connection.transport.close()

    def is_closing(self) -> bool:
        return self._connection.transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._connection.transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self.cycle.pauses_reading = True
        self._connection.update_reading()

    def resume_reading(self) -> None:
        self.cycle.pauses_reading = False
        self._connection.update_reading()


class RequestCycle:
    """A request and its response.

    Args:
        connection: The connection that the request came on.
        head: The request's head.
        app: Answers the request instead of the server's application.
    """

    def __init__(
        self, connection: HttpConnection, head: ReceivedHead, app: AsgiApp | None = None
    ) -> None:
        self._connection = connection
        self._head = head
        self._app = app
        self._is_chunked = any(name == b"transfer-encoding" for name, _ in head.fields)
        self._waiting = bytearray()  # the body that came before the start
        self._is_last = False
        self._protocol: Any = None  # uvicorn's, after the start
        self.is_whole = False  # the request has been received
        self.has_status = False  # the response has begun
        self.is_ended = False  # the response is complete, or the connection lost
        self.pauses_reading = False

    def start(self, transport: CycleTransport) -> None:
        """Answer the request, the responses before it being complete."""
        transport.cycle = self
        self._protocol = transport.protocol
        self.pauses_reading = False
        self._protocol.data_received(self._head.framing())
        if self._is_last:
            self._protocol.shutdown()
        if self._waiting:
            self._forward(bytes(self._waiting))
            self._waiting.clear()
        if self.is_whole:
            self.receive_end()

    def receive(self, part: bytes) -> None:
        """Receive a part of the request's body."""
        if self._protocol is not None:
            self._forward(part)
        else:
            self._waiting += part
            self.pauses_reading = len(self._waiting) > MAX_WAITING_BYTES

    def receive_end(self) -> None:
        """Receive the end of the request's body."""
        self.is_whole = True
        if self._protocol is not None and self._is_chunked:
            self._feed(b"0\r\n\r\n")

    def end_connection(self) -> None:
        """Close the connection behind this response."""
        self._is_last = True
        if self._protocol is not None:
            self._protocol.shutdown()

    async def answer(self, app: AsgiApp, scope: Message, receive: Receive, send: Send) -> None:
        """Let ``app`` answer the request, and note the progress of the response."""

        async def send_message(message: Message) -> None:
            self.has_status = True
            await send(message)
            is_end = message["type"] == "http.response.body" and not message.get("more_body", False)
            if is_end and not self.is_ended:
                self.is_ended = True
                self.pauses_reading = False
                self._connection.on_response_end()

        # A copy: uvicorn goes by the fields of the framing.
        seen_scope = {
            **scope,
            "headers": self._head.fields,
            "state": {CONNECTION_KEY: self._connection},
        }
        await (self._app or app)(seen_scope, receive, send_message)

    def _forward(self, part: bytes) -> None:
        if self._is_chunked:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        self._feed(part)

    def _feed(self, data: bytes) -> None:
        if not self.is_ended and not self._connection.transport.is_closing():
            self._protocol.data_received(data)


class CycleApp:
    """The ASGI application of a server: lets ``app`` answer, or the cycle's own application."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        transport: CycleTransport = scope["state"][CONNECTION_KEY]
        await transport.cycle.answer(self.app, scope, receive, send)


def connection_of(scope: Message) -> HttpConnection:
    """Return the connection that the request of an ASGI scope came on."""
    connection: HttpConnection = scope["state"][CONNECTION_KEY]
    return connection

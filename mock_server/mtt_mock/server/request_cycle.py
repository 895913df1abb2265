"""One request and its response: uvicorn's HTTP protocol, on a transport of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import uvicorn
from uvicorn.server import ServerState

from mtt_mock.server.request_parser import ReceivedHead

MAX_WAITING_BYTES = 64 * 1024  # of the body of a request that waits for the responses before it
_KEY = "mtt_mock.request_cycle"  # in the state of an ASGI scope

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]


class CycleOwner(Protocol):
    """The connection of an cycle."""

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


class RequestCycle(asyncio.Transport):
    """A request and its response. It is the transport of uvicorn's protocol, which answers it.

    Args:
        connection: The connection that the request came on.
        head: The request's head.
        app: Answers the request instead of the server's application.
    """

    def __init__(
        self, connection: CycleOwner, head: ReceivedHead, app: AsgiApp | None = None
    ) -> None:
        super().__init__()
        self._connection = connection
        self.head = head
        self._app = app
        self._is_chunked = any(name == b"transfer-encoding" for name, _ in head.fields)
        self._waiting = bytearray()  # the body that came before the start
        self._is_whole = self._is_last = False
        self._protocol: Any = None  # uvicorn's, after the start
        self._is_ended = False
        self.has_status = False  # the response has begun
        self.pauses_reading = False

    def start(self) -> None:
        """Answer the request, the responses before it being complete."""
        owner = self._connection
        from uvicorn.protocols.http.httptools_impl import (  # noqa: PLC0415 -- for a fast start
            HttpToolsProtocol,
        )

        self._protocol = HttpToolsProtocol(
            owner.config, owner.server_state, {**owner.app_state, _KEY: self}
        )
        self._protocol.connection_made(self)
        if owner.is_write_paused:
            self._protocol.pause_writing()
        self.pauses_reading = False
        self._protocol.data_received(self.head.framing())
        if self._is_last:
            self._protocol.shutdown()
        if self._waiting:
            self._forward(bytes(self._waiting))
            self._waiting.clear()
        if self._is_whole:
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
        self._is_whole = True
        if self._protocol is not None and self._is_chunked:
            self._feed(b"0\r\n\r\n")

    @property
    def is_ended(self) -> bool:
        """Whether the response is complete, or the connection lost."""
        return self._is_ended

    def end_connection(self) -> None:
        """Close the connection behind this response."""
        self._is_last = True
        if self._protocol is not None:
            self._protocol.shutdown()

    def lose_connection(self, error: Exception | None) -> None:
        """Tell the application that the client is gone."""
        if not self._is_ended:
            self._end(error)

    async def answer(self, app: AsgiApp, scope: Message, receive: Receive, send: Send) -> None:
        """Let ``app`` answer the request, and note the progress of the response."""

        async def send_message(message: Message) -> None:
            self.has_status = True
            await send(message)
            is_end = message["type"] == "http.response.body" and not message.get("more_body", False)
            if is_end and not self._is_ended:
                self._end(None)
                self._connection.on_response_end()

        # A copy: uvicorn goes by the fields of the framing.
        seen_scope = {**scope, "headers": self.head.fields}
        await (self._app or app)(seen_scope, receive, send_message)

    def silence(self) -> None:
        """Let the connection get no response any more."""
        self._connection.silence()

    async def wait_until_writable(self) -> None:
        """Wait until the client has read enough, or is gone."""
        await self._connection.wait_until_writable()

    def pause_writing(self) -> None:
        """Let the application wait until ``resume_writing``."""
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Let the application go on."""
        if self._protocol is not None:
            self._protocol.resume_writing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write ``data`` to the connection."""
        if not self._is_ended:
            self._connection.transport.write(data)

    def close(self) -> None:
        """Close the connection, unless the response is complete."""
        if not self._is_ended:
            self._connection.transport.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self._connection.transport.abort()

    def is_closing(self) -> bool:
        """Return whether the connection is closing."""
        return self._connection.transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return information about the connection, such as ``peername``."""
        return self._connection.transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Receive nothing until ``resume_reading``."""
        self.pauses_reading = True
        self._connection.update_reading()

    def resume_reading(self) -> None:
        """Receive again."""
        self.pauses_reading = False
        self._connection.update_reading()

    def _forward(self, part: bytes) -> None:
        if self._is_chunked:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        self._feed(part)

    def _feed(self, data: bytes) -> None:
        if not self._is_ended and not self.is_closing():
            self._protocol.data_received(data)

    def _end(self, error: Exception | None) -> None:
        self._is_ended = True
        self.pauses_reading = False
        if self._protocol is not None:
            self._protocol.connection_lost(error)


class CycleApp:
    """The ASGI application of a server: lets ``app`` answer, or the cycle's own application."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await cycle_of(scope).answer(self.app, scope, receive, send)


def cycle_of(scope: Message) -> RequestCycle:
    """Return the cycle of an ASGI scope: the transport of its response."""
    cycle: RequestCycle = scope["state"][_KEY]
    return cycle

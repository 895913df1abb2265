"""Applies response faults to a connection: delays, resets, truncated and trickled answers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Any

from mtt_mock.server.request_cycle import Message, Receive, Send, connection_of
from mtt_mock.service.reply import ResponseFault

_TRICKLE_PARTS = 20
_LINGER_NONE = struct.pack("ii", 1, 0)  # SO_LINGER of 0 seconds: closing sends a reset


class ConnectionFaults:
    """Sends answers with faults; ``stopped`` ends all that are still delayed."""

    def __init__(self, stopped: asyncio.Event) -> None:
        self._stopped = stopped

    async def answer(
        self,
        response_fault: ResponseFault,
        answer: tuple[int, list[tuple[bytes, bytes]], bytes],
        scope: Message,
        receive: Receive,
        send: Send,
    ) -> None:
        """Send ``answer`` (status, headers, body) with ``response_fault``."""
        status, headers, content = answer
        connection = connection_of(scope)
        transport = connection.transport
        if response_fault.name == "no-answer":
            connection.silence()
            await self._wait(None, receive)
        if response_fault.name == "no-answer" or response_fault.name.startswith("reset"):
            _reset(transport)
            await _disconnected(receive)
            return
        if response_fault.name == "delay":
            await self._wait(response_fault.seconds)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if response_fault.name == "truncated":
            half = content[: len(content) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            transport.close()
            await _disconnected(receive)
            return
        if response_fault.name == "trickle":
            size = -(-len(content) // _TRICKLE_PARTS) or 1
            while len(content) > size:
                part, content = content[:size], content[size:]
                await send({"type": "http.response.body", "body": part, "more_body": True})
                await self._wait(response_fault.seconds / _TRICKLE_PARTS)
        await send({"type": "http.response.body", "body": content})

    async def _wait(self, seconds: float | None, receive: Receive | None = None) -> None:
        """Wait ``seconds``, at most until the stop or until the client disconnects."""
        waits: list[asyncio.Task[Any]] = [asyncio.ensure_future(self._stopped.wait())]
        if receive is not None:
            waits.append(asyncio.ensure_future(receive()))
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _reset(transport: asyncio.Transport) -> None:
    with contextlib.suppress(OSError):  # the client has disconnected
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE
        )
    transport.abort()


async def _disconnected(receive: Receive) -> None:
    """Wait until uvicorn has seen the disconnect, so that it sends no answer of its own."""
    while (await receive())["type"] != "http.disconnect":
        pass

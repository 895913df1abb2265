"""Answers that go wrong on the way: late, in bits, cut off, or never."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from mtt_mock.service.fault_injection import ResponseFault

_BITS = 20
_RESET = struct.pack("ii", 1, 0)  # linger for no time: closing sends a reset

Message = MutableMapping[str, Any]


class Trouble:
    """Carries out mishaps in an event loop; ``end`` ends all that wait."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Wait no more, now and from now on; to be called in the event loop."""
        self._ended.set()

    async def answer(
        self,
        response_fault: ResponseFault,
        answer: tuple[int, list[tuple[bytes, bytes]], bytes],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Send the answer, or not."""
        status, headers, content = answer
        # uvicorn's object for one request, whose method ``send`` is.
        transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
        if response_fault.name == "no-answer":
            await self._wait(None, receive)
        if response_fault.name == "no-answer" or response_fault.name.startswith("reset"):
            _reset(transport)
            await _gone(receive)
            return
        if response_fault.name == "delay":
            await self._wait(response_fault.seconds)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if response_fault.name == "truncated":
            half = content[: len(content) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            transport.close()
            await _gone(receive)
            return
        if response_fault.name == "trickle":
            size = -(-len(content) // _BITS) or 1
            while len(content) > size:
                bit, content = content[:size], content[size:]
                await send({"type": "http.response.body", "body": bit, "more_body": True})
                await self._wait(response_fault.seconds / _BITS)
        await send({"type": "http.response.body", "body": content})

    async def _wait(
        self, seconds: float | None, receive: Callable[[], Awaitable[Message]] | None = None
    ) -> None:
        """Wait ``seconds``, or until the end or until the client hangs up."""
        waits: list[asyncio.Task[Any]] = [asyncio.ensure_future(self._ended.wait())]
        if receive is not None:
            waits.append(asyncio.ensure_future(receive()))
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _reset(transport: asyncio.Transport) -> None:
    with contextlib.suppress(OSError):  # the client is gone already
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


async def _gone(receive: Callable[[], Awaitable[Message]]) -> None:
    """Wait for uvicorn to note that the connection has ended: then it adds no answer of its own."""
    while (await receive())["type"] != "http.disconnect":
        pass

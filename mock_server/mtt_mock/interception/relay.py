"""Relays bytes from one connection to another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_CHUNK_BYTES = 64 * 1024


async def relay(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    on_data: Callable[[], None] = lambda: None,
) -> None:
    """Copy ``reader`` to ``writer`` until its end; call ``on_data`` for each chunk."""
    try:
        while data := await reader.read(_CHUNK_BYTES):
            on_data()
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()  # the other direction ends with it

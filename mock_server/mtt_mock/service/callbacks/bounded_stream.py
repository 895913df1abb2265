"""Network streams of httpcore2 that end when an answer has too many bytes.

httpcore2 bounds neither interim answers (``100 Continue``) nor chunk headers. A receiver that
sends them without an end would cost a core until the timeout.
"""

from __future__ import annotations

import ssl
from typing import Any

import httpcore2

MAX_ANSWER_BYTES = 128 * 1024  # of one answer as it comes: interim answers, head, chunks, body


class BoundedBackend(httpcore2.AnyIOBackend):
    """Opens connections whose answers are bounded."""

    async def connect_tcp(self, *arguments: Any, **options: Any) -> httpcore2.AsyncNetworkStream:
        """Return a connection to a host and port."""
        return _BoundedStream(await super().connect_tcp(*arguments, **options))


class _BoundedStream(httpcore2.AsyncNetworkStream):
    """A connection; an answer is the bytes that it receives after the last write."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._received = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        data = await self._stream.read(max_bytes, timeout)
        self._received += len(data)
        if self._received > MAX_ANSWER_BYTES:
            raise httpcore2.RemoteProtocolError(
                f"more than {MAX_ANSWER_BYTES} bytes before its end"
            )
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._received = 0
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        return _BoundedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

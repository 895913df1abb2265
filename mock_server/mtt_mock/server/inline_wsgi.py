"""Runs a WSGI application in an ASGI server's event loop.

a2wsgi calls the application in a thread for each request, which costs the time this saves.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from mtt_mock.server.connection_faults import ConnectionFaults
from mtt_mock.server.request_cycle import Message, Receive, Send
from mtt_mock.service.fault_injection import HAS_SOCKET_KEY, RESPONSE_FAULT_KEY
from mtt_mock.web.paths import OVER_LIMIT_KEY

MAX_DRAINED_BYTES = 64 * 1024 * 1024  # of an oversized body, read before the connection closes
MAX_BUFFERED_BYTES = 256 * 1024  # of a response; larger ones that may block are streamed


class InlineWsgiAdapter:
    """An ASGI application that calls a WSGI application.

    Args:
        app: The WSGI application.
        max_body: Returns the most bytes that the body of a request may have, by its scope. Of a
            larger body the application receives the length alone.
        may_block: Returns, by path, whether the application may block: then it is called in a
            thread, otherwise in the event loop.
    """

    def __init__(
        self,
        app: WSGIApplication,
        max_body: Callable[[Message], int],
        may_block: Callable[[str], bool] = lambda _path: False,
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._may_block = may_block
        self._stopped = asyncio.Event()
        self._connection_faults = ConnectionFaults(self._stopped)

    def stop(self) -> None:
        """End delayed answers. Call it in the event loop."""
        self._stopped.set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        limit = self._max_body(scope)
        body, size = await read_body(receive, limit, declared_length(scope["headers"]))
        if body is None:
            return  # the client has disconnected
        environ = _environ(scope, body, size)
        if self._may_block(path):
            status, headers, chunks = await asyncio.to_thread(_start, self._app, environ)
            if _content_length(headers) > MAX_BUFFERED_BYTES:
                await _stream(status, headers, chunks, receive, send)
                return
            answer = status, headers, await asyncio.to_thread(_join, chunks)
        else:
            status, headers, chunks = _start(self._app, environ)
            answer = status, headers, _join(chunks)
        content = answer[2]
        response_fault = environ.get(RESPONSE_FAULT_KEY)
        if response_fault is not None:
            await self._connection_faults.answer(response_fault, answer, scope, receive, send)
            return
        if size > limit:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Return the Content-Length of a request; ``None`` without one, as in a chunked body."""
    # Without leading zeros: int() refuses more than 4300 digits.
    lengths = (value.lstrip(b"0") for name, value in headers if name == b"content-length")
    return next((int(length or b"0") for length in lengths), None)


async def read_body(receive: Receive, limit: int, declared: int | None) -> tuple[bytes | None, int]:
    """Return a request's body, empty if it is larger than ``limit`` bytes, and its size.

    The body is ``None`` if the client disconnected. Nothing is kept of a body that is too large:
    its size is known from ``declared``, its Content-Length, or as soon as the limit is passed.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None, size
        size += len(message["body"])
        if size <= limit and (declared is None or declared <= limit):
            parts.append(message["body"])
        else:
            parts.clear()
        # The rest of an oversized body is read and dropped: closing a socket with unread bytes
        # would reset it, and the client would not see the refusal.
        if not message.get("more_body", False) or size > MAX_DRAINED_BYTES:
            return b"".join(parts), size


def _environ(scope: Message, body: bytes, size: int) -> dict[str, Any]:
    host, port = scope["server"]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        HAS_SOCKET_KEY: True,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    # The body is complete here, chunked or not.
    environ["CONTENT_LENGTH"] = str(size)
    if size > len(body):
        environ[OVER_LIMIT_KEY] = True
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return environ


def _start(
    app: WSGIApplication, environ: dict[str, Any]
) -> tuple[int, list[tuple[bytes, bytes]], Iterable[bytes]]:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _exc_info: Any = None
    ) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return _no_write

    start: StartResponse = start_response
    chunks: Iterable[bytes] = app(environ, start)
    status, headers = started[0]
    return (
        int(status[:3]),
        [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        chunks,
    )


def _join(chunks: Iterable[bytes]) -> bytes:
    try:
        return b"".join(chunks)
    finally:
        _close(chunks)


def _close(chunks: Iterable[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()


def _content_length(headers: list[tuple[bytes, bytes]]) -> int:
    return next((int(value) for name, value in headers if name == b"content-length"), 0)


async def _stream(
    status: int,
    headers: list[tuple[bytes, bytes]],
    chunks: Iterable[bytes],
    receive: Receive,
    send: Send,
) -> None:
    """Send the chunks as the application makes them, until the client disconnects."""
    disconnected = asyncio.ensure_future(receive())
    iterator = iter(chunks)
    try:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        while not disconnected.done():
            chunk = await asyncio.to_thread(next, iterator, None)
            body = {"type": "http.response.body", "body": chunk or b"", "more_body": bool(chunk)}
            await send(body)
            if not chunk:
                break
    finally:
        disconnected.cancel()
        _close(chunks)


def _no_write(_data: bytes) -> object:
    raise NotImplementedError("the write callable of WSGI is not supported")

"""Runs a WSGI application inside an ASGI server, in the event loop."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from mtt_mock.server.fault_transport import Trouble
from mtt_mock.service.fault_injection import ENVIRON as RESPONSE_FAULT
from mtt_mock.service.fault_injection import SOCKET

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_MOST_DRAINED = 64 * 1024 * 1024  # bytes of an oversized body that are read before hanging up


class InlineWsgiAdapter:
    """An ASGI application that answers with a WSGI one.

    ``max_body(path)`` bounds, in bytes, how much of a request is taken into memory: of a larger
    one the application sees one byte more than that. Where ``waits(path)`` is true the application
    may take its time: it is called in a thread, everywhere else in the event loop.
    """

    def __init__(
        self,
        app: WSGIApplication,
        max_body: Callable[[str], int],
        waits: Callable[[str], bool] = lambda _path: False,
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._waits = waits
        self._trouble = Trouble()

    def end(self) -> None:
        """Hold no answer back any more; to be called in the event loop."""
        self._trouble.end()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        body, complete = await self._read(receive, self._max_body(path))
        if body is None:
            return  # the client is gone
        environ = _environ(scope, body)
        if self._waits(path):
            answer = await asyncio.to_thread(_call, self._app, environ)
        else:
            answer = _call(self._app, environ)
        status, headers, content = answer
        response_fault = environ.get(RESPONSE_FAULT)
        if response_fault is not None:
            await self._trouble.answer(response_fault, answer, receive, send)
            return
        if not complete:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _read(self, receive: Receive, limit: int) -> tuple[bytes | None, bool]:
        message = await receive()
        if message["type"] != "http.request":
            return None, False
        parts = [message["body"]]
        size = len(parts[0])
        while message.get("more_body", False):
            if size > _MOST_DRAINED:
                break
            message = await receive()
            if message["type"] != "http.request":
                return None, False
            # Of a body that is too large the rest is read, not kept: closing a socket with unread
            # bytes would reset it, and the client would not see the refusal.
            if size <= limit:
                parts.append(message["body"])
            size += len(message["body"])
        return b"".join(parts)[: limit + 1], size <= limit


def _environ(scope: Message, body: bytes) -> dict[str, Any]:
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
        SOCKET: True,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    # The body has been read: what is here is all there is, chunked or not.
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return environ


def _call(
    app: WSGIApplication, environ: dict[str, Any]
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _exc_info: Any = None
    ) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return _no_write

    start: StartResponse = start_response
    chunks: Iterable[bytes] = app(environ, start)
    try:
        content = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started[0]
    return (
        int(status[:3]),
        [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        content,
    )


def _no_write(_data: bytes) -> object:
    raise NotImplementedError("the write callable of WSGI is not supported")

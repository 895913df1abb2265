"""A reverse proxy that forwards every request to the real service and records the exchanges."""

from __future__ import annotations

import asyncio
import contextlib
import time
import zlib
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx2

from mtt_mock.conformance.recording.tape import TapeWriter

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_CONTROL_SEGMENT = "_mtt"  # in any path that a load balancer may rewrite to /_mtt/
MAX_BODY_BYTES = 32 * 1024 * 1024
_STATUSES = range(200, 600)  # that uvicorn can send
_TIMEOUT = 60.0  # seconds without a byte from upstream
# Hop-by-hop headers, and those that the upstream client sets.
_NOT_FORWARDED = frozenset({
    "host", "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te",
    "trailer", "transfer-encoding", "upgrade", "content-length", "accept-encoding",
    "expect",
})  # fmt: skip


class RecordingProxy:
    """An ASGI application that forwards each request to the same path of the endpoint's origin.

    It counts requests that upstream did not answer (``failed``), answers with a refused login or
    HTML (``unusable``) and exchanges that could not be written (``unwritten``). The client gets its
    answer in each case.

    Args:
        endpoint: The URL of the service.
        tape: Stores the exchanges; ``None`` only forwards.
        say: Receives a line for each exchange.
        trust_env: Whether to use the proxies of the environment.
        mtt_hosts: If the endpoint is a fake: MTT's hosts, whose requests never reach its control
            API.
        transport: Sends the requests upstream, instead of httpx2's own transport.
    """

    def __init__(
        self,
        endpoint: str,
        tape: TapeWriter | None,
        say: Callable[[str], None],
        *,
        trust_env: bool = True,
        mtt_hosts: Collection[str] = (),
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._endpoint = urlsplit(endpoint)
        self._tape = tape
        self._say = say
        self._trust_env = trust_env
        self._mtt_hosts = mtt_hosts
        self._transport = transport
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._start = time.monotonic()
        self.failed = self.unusable = self.unwritten = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Forward one request."""
        if scope["type"] != "http":
            return
        if self._mtt_hosts and _CONTROL_SEGMENT in scope["path"] and self._is_for_mtt(scope):
            await _answer(send, HTTPStatus.NOT_FOUND, [], b"")
            return
        body = await _read(receive)
        if body is None:
            await _answer(send, 413, [], b"mtt-mock record: the body is too large\n")
            return
        at = time.monotonic() - self._start
        status, headers, content = await self._forward(scope, body)
        self._write(at, scope, body, status, headers, content)
        if status is None:
            text = b"mtt-mock record: no answer from upstream: " + content + b"\n"
            await _answer(send, 502, [(b"content-type", b"text/plain; charset=utf-8")], text)
        else:
            await _answer(send, status, headers, content)

    def _is_for_mtt(self, scope: Message) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        name = hosts[0].decode("latin-1").partition(":")[0] if hosts else ""
        return name.lower().rstrip(".") in self._mtt_hosts

    async def close(self) -> None:
        """Close the connections to the endpoint."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def close_from_thread(self) -> None:
        """Close the connections to the endpoint from another thread than the loop's."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self.close(), self._loop).result()

    async def _forward(
        self, scope: Message, body: bytes
    ) -> tuple[int | None, list[tuple[bytes, bytes]], bytes]:
        if self._client is None:
            self._loop = asyncio.get_running_loop()
            self._client = httpx2.AsyncClient(
                timeout=_TIMEOUT,
                trust_env=self._trust_env,
                transport=self._transport,
                follow_redirects=False,
                # Store no cookies: they are those of different clients.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            )
        end = self._endpoint
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        passed = [
            (name, value)
            for name, value in scope["headers"]
            if name.decode("latin-1").lower() not in _NOT_FORWARDED
        ]
        try:
            response = await self._client.request(
                scope["method"],
                urlunsplit((end.scheme, end.netloc, "/", "", "")),
                content=body,
                headers=passed,
                # Unchanged; httpx2 would normalise "//", "/.." and "%2F" in a URL.
                extensions={"target": scope["raw_path"] + query},
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return None, [], (f"{type(error).__name__}: {error}".rstrip(": ")).encode()
        if response.status_code not in _STATUSES:
            return None, [], f"invalid status {response.status_code}".encode()
        headers = [
            (name.lower(), value)
            for name, value in response.headers.raw
            # response.content is decoded.
            if name.decode("latin-1").lower() not in _NOT_FORWARDED | {"content-encoding"}
        ]
        return response.status_code, headers, response.content

    def _write(  # noqa: PLR0917
        self,
        at: float,
        scope: Message,
        body: bytes,
        status: int | None,
        headers: list[tuple[bytes, bytes]],
        content: bytes,
    ) -> None:
        sent_headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        row = _request_row(scope, sent_headers, body)
        answer = {
            "status": status,
            "content_type": dict(headers).get(b"content-type", b"").decode("latin-1"),
            "body": content,
        }
        notes = [reason] if (reason := _unusable_reason(row, answer)) else []
        self.failed += status is None
        self.unusable += bool(reason) and status is not None
        try:
            if self._tape is not None:
                self._tape.add(
                    at,
                    row,
                    answer,
                    took=time.monotonic() - self._start - at,
                    authorization=sent_headers.get("authorization", ""),
                )
        except OSError as error:
            self.unwritten += 1
            notes.append(f"NOT WRITTEN: {error.strerror}")
        own = scope["path"] == self._endpoint.path
        shown = f"{scope['method']} {self._endpoint.path if own else '(another path)'}"
        line = ": ".join([f"{shown} {status or 'failed'}", *notes])
        with contextlib.suppress(OSError):  # the output may be closed
            self._say(line)


def _request_row(scope: Message, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """Return a request in the form of a tape."""
    kind = headers.get("authorization", "").split(" ")[0].lower()
    encoding = headers.get("content-encoding", "").strip().lower()
    decoded = _decoded(body, encoding)
    return {
        "verb": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        "auth": ("basic" if kind == "basic" else "other") if kind else None,
        "content_type": headers.get("content-type", ""),
        "content_encoding": "" if decoded is body else encoding,
        "body": decoded,
    }


def _unusable_reason(request: dict[str, Any], answer: dict[str, Any]) -> str:
    """Return the reason why an answer is not the service's; empty if it is."""
    content: bytes = answer["body"]
    if answer["status"] is None:
        return f"no answer: {content.decode('utf-8', 'replace')}"
    if answer["status"] == HTTPStatus.UNAUTHORIZED and request["auth"]:
        return "the login is refused"
    if content.lstrip().startswith(b"<"):
        return "the answer is HTML, not JSON"
    return ""


def _decoded(body: bytes, encoding: str) -> bytes:
    """Return a request's body without its Content-Encoding; unchanged if it cannot be decoded."""
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        return body
    decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, by its header
    with contextlib.suppress(zlib.error):
        decoded = decoder.decompress(body, MAX_BODY_BYTES)
        if decoder.eof:
            return decoded
    return body


async def _read(receive: Receive) -> bytes | None:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        size += len(message["body"])
        if size > MAX_BODY_BYTES:
            return None
        parts.append(message["body"])
        if not message.get("more_body", False):
            return b"".join(parts)


async def _answer(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], content: bytes
) -> None:
    headers = [*headers, (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def reach(endpoint: str, timeout: float = 10) -> None:  # noqa: ASYNC109 -- it is httpx2's
    """Send one request without credentials. Raises ``OSError`` if nothing answers."""
    async with httpx2.AsyncClient(timeout=timeout) as client:
        try:
            await client.request("OPTIONS", endpoint)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise OSError(f"{type(error).__name__}: {error}".rstrip(": ")) from None
    await asyncio.sleep(0)  # let the transport close

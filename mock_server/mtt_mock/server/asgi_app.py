"""The ASGI application of a fake: answers MTT's endpoint itself, passes the rest on to Flask.

Flask is loaded by the first request that needs it, so that the server starts sooner.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property, lru_cache, partial
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from mtt_mock.server.connection_faults import ConnectionFaults
from mtt_mock.server.inline_wsgi import InlineWsgiAdapter, declared_length, read_body
from mtt_mock.server.request_cycle import AsgiApp, Message, Receive, Send
from mtt_mock.service.fake import Fake
from mtt_mock.service.limits import HeadLimit
from mtt_mock.service.profile_rules import Headers
from mtt_mock.web import endpoint
from mtt_mock.web.access import is_refused_by_head
from mtt_mock.web.endpoint import HttpRequest, HttpResponse
from mtt_mock.web.paths import ALIVE_PATH, ENDPOINT, STREAM_PATH, max_body, may_block

MAX_REFUSED_BODY_BYTES = 64 * 1024  # kept for the journal

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class FakeAsgiApp:
    """Serves a fake; ``wsgi`` answers requests for other paths than the endpoint and the stream.

    ``is_direct`` returns whether MTT's endpoint may be answered without ``wsgi``.
    """

    def __init__(self, fake: Fake, wsgi: LazyWsgi, is_direct: Callable[[], bool]) -> None:
        self._fake = fake
        self._is_direct = is_direct
        self._stopped = asyncio.Event()
        self._connection_faults = ConnectionFaults(self._stopped)
        self._adapter = InlineWsgiAdapter(wsgi, partial(_max_body, fake), self._may_block)
        self._wsgi = wsgi

    def stop(self) -> None:
        """End delayed answers and streams. Call it in the event loop."""
        self._stopped.set()
        self._adapter.stop()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        if path == ENDPOINT and method in endpoint.METHODS and self._is_direct():
            await self._answer_endpoint(scope, receive, send)
        elif not (
            path == STREAM_PATH
            and method == "GET"
            and await self._answer_stream(scope, receive, send, self._stopped)
        ):
            await self._adapter(scope, receive, send)

    @cached_property
    def _answer_stream(self) -> Callable[..., Awaitable[bool]]:
        from mtt_mock.server.event_stream import (  # noqa: PLC0415 -- few clients use it
            ChangeWatch,
            answer_stream,
        )

        return partial(answer_stream, ChangeWatch(self._fake))

    @property
    def head_limit(self) -> HeadLimit:
        """The limit of a request's head."""
        return self._fake.head_limit

    @property
    def answers_at_once(self) -> bool:
        """Whether a POST to MTT's endpoint is answered without Flask and without waiting."""
        return not self._fake.may_wait and self._is_direct()

    def answer_post(
        self,
        scheme: str,
        server: tuple[str, int],
        peer: str,
        fields: Iterable[tuple[bytes, bytes]],
        body: bytes,
    ) -> HttpResponse | None:
        """Return the response to a POST to MTT's endpoint; ``None`` to a body that is too large.

        Call it if ``answers_at_once``.
        """
        if len(body) > self._fake.settings.max_body:
            return None
        authorization, origin, wire = endpoint.read_head(
            "POST", scheme, server, peer, tuple(fields)
        )
        request = HttpRequest("POST", ENDPOINT, authorization, body, origin, wire)
        return endpoint.answer(self._fake, request)

    def sender_of(self, response: HttpResponse) -> AsgiApp:
        """Return an ASGI application that sends ``response``."""

        async def send_response(scope: Message, receive: Receive, send: Send) -> None:
            await receive()  # the body, which was answered
            await self._send(response, scope, receive, send)

        return send_response

    async def _answer_endpoint(self, scope: Message, receive: Receive, send: Send) -> None:
        fake = self._fake
        client = scope["client"]
        authorization, origin, wire = endpoint.read_head(
            scope["method"],
            scope["scheme"],
            scope["server"],
            client[0] if client else "",
            tuple(scope["headers"]),
        )
        declared = declared_length(scope["headers"])
        if declared is not None and declared <= MAX_REFUSED_BODY_BYTES:
            limit = fake.settings.max_body
        else:
            limit = _max_body(fake, scope)
        body, size = await read_body(receive, limit, declared)
        if body is None:
            return  # the client has disconnected
        request = HttpRequest(
            scope["method"],
            scope["path"],
            authorization,
            body if size <= limit else None,
            origin,
            wire,
            "" if scope["method"] == "POST" else scope["query_string"].decode("latin-1"),
        )
        if fake.may_wait:
            response = await asyncio.to_thread(endpoint.answer, fake, request)
        else:
            response = endpoint.answer(fake, request)
        content = b"" if scope["method"] == "HEAD" else None
        await self._send(response, scope, receive, send, content=content, closes=size > limit)

    async def _send(
        self,
        response: HttpResponse,
        scope: Message,
        receive: Receive,
        send: Send,
        *,
        content: bytes | None = None,
        closes: bool = False,
    ) -> None:
        """Send ``response``, with ``content`` instead of its body."""
        headers = [*encoded_headers(response.headers)]
        if response.status != HTTPStatus.NO_CONTENT:  # a profile's
            headers.append((b"content-length", b"%d" % len(response.body)))
        if content is None:
            content = response.body
        if response.fault is not None:
            await self._connection_faults.answer(
                response.fault, (response.status, headers, content), scope, receive, send
            )
            return
        if closes:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _may_block(self, path: str) -> bool:
        if path == ALIVE_PATH:
            return False
        return self._fake.may_wait or not self._wsgi.is_loaded or may_block(path)


class LazyWsgi:
    """A WSGI application that is created by the first request to it; ``app`` if it exists."""

    def __init__(self, create: Callable[[], WsgiApp], app: WsgiApp | None = None) -> None:
        self._create = create
        self._app = app
        self._lock = threading.Lock()

    @property
    def is_loaded(self) -> bool:
        """Whether the application was created."""
        return self._app is not None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._app is None:
            with self._lock:
                if self._app is None:
                    self._app = self._create()
        return self._app(environ, start_response)


def _max_body(fake: Fake, scope: Message) -> int:
    """Return the most bytes that the body of a request may have.

    Of a request that its head alone refuses only ``MAX_REFUSED_BODY_BYTES`` are kept.
    """
    path = scope["path"]
    limit = max_body(fake.settings, path)
    declared = declared_length(scope["headers"])
    if declared is not None and declared <= MAX_REFUSED_BODY_BYTES:
        return limit
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    authorization = values[0].decode("latin-1") if values else None
    if is_refused_by_head(fake, path, authorization):
        return min(limit, MAX_REFUSED_BODY_BYTES)
    return limit


@lru_cache(maxsize=64)
def encoded_headers(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    """Return the names and values of ``headers`` as ASGI has them."""
    return tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
    )

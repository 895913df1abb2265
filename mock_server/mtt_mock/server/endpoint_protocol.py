"""The HTTP protocol of a fake: answers a POST to MTT's endpoint without an ASGI task.

The task costs a quarter of a request's time, so this module uses uvicorn's internals. It answers a
POST that came in one packet, if the fake does not wait for a database. All other requests, and
responses with a fault, go through the ASGI application. Property tests compare this protocol, the
ASGI application and Flask byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from mtt_mock.server.asgi_app import FakeAsgiApp, encoded_headers
from mtt_mock.server.coalescing import CoalescingTransport
from mtt_mock.server.http_protocol import HttpProtocol
from mtt_mock.server.inline_wsgi import Message, Receive, Send
from mtt_mock.service.http_rules import Headers
from mtt_mock.service.limits import HeadLimit
from mtt_mock.web.endpoint import HttpResponse
from mtt_mock.web.paths import ENDPOINT

_URL = ENDPOINT.encode()
_NO_CONTENT = HTTPStatus.NO_CONTENT  # a profile's, for notifications; it has no Content-Length


class EndpointProtocol(HttpProtocol):
    """HTTP/1.1 on one connection of a fake."""

    fake_app: FakeAsgiApp  # set by ``endpoint_protocol``
    transport: CoalescingTransport
    _body: bytes | None = None  # of a request that may be answered without a task
    _answered_packet = (
        False  # a request of this packet; those behind it get tasks, which take turns
    )

    @property
    def head_limit(self) -> HeadLimit:
        """The limit of a request's head, which the fake's profile sets."""
        return self.fake_app.head_limit

    def data_received(self, data: bytes) -> None:
        """Receive ``data`` from the connection."""
        self._answered_packet = False
        super().data_received(data)

    def on_body(self, body: bytes) -> None:
        """Receive a part of the body."""
        if self._body is None:
            super().on_body(body)
        else:
            self._has_body = True
            self._body += body

    def on_message_complete(self) -> None:
        """End a request."""
        body, self._body = self._body, None
        if body is None:
            super().on_message_complete()
            return
        try:
            response = self.fake_app.answer_post(self.scope, body)
        except Exception as error:  # noqa: BLE001 -- as uvicorn does with an error of a task
            self._begin_task(body, _failing(error))
        else:
            if response is not None and response.fault is None and response.status != _NO_CONTENT:
                self._receiving = None
                self._answered_packet = True
                self._send(response)
                return
            self._begin_task(body, response and self.fake_app.sender_of(response))
        super().on_message_complete()

    def _begin_request(self) -> None:
        if self._is_plain():
            self._body = b""
        else:
            super()._begin_request()

    def _is_plain(self) -> bool:
        """Return whether the request may be answered at its end, without a task."""
        return (
            self.url == _URL
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.expect_100_continue
            and not self._answered_packet
            and self._has_answered_all()
            and not self.flow.write_paused
            and self.fake_app.answers_at_once
        )

    def _begin_task(self, body: bytes, app: Callable[..., Any] | None = None) -> None:
        """Let the ASGI application answer, or ``app``."""
        usual = self.app
        self.app = app or usual
        super()._begin_request()
        self.app = usual
        if body:
            super().on_body(body)

    def _parse(self, data: bytes, following: bytes) -> bool:
        goes_on = super()._parse(data, following)
        body, self._body = self._body, None
        if body is not None and goes_on:  # the rest of it is to come
            self._begin_task(body)
        return goes_on

    def _send(self, response: HttpResponse) -> None:
        content = [STATUS_LINE[response.status]]
        for name, value in self.server_state.default_headers:
            content += (name, b": ", value, b"\r\n")
        body = response.body
        content += (_header_lines(response.headers), b"%d\r\n\r\n" % len(body), body)
        # Written at the end of the loop's iteration, with other responses. To wake the client for
        # each one costs the kernel twice as much.
        self.transport.write(b"".join(content))
        self.limit.renewed(self)
        self.server_state.total_requests += 1
        self._keep_alive()


def endpoint_protocol(fake_app: FakeAsgiApp) -> type[EndpointProtocol]:
    """Return the protocol of a server of ``fake_app``."""
    return type("EndpointProtocol", (EndpointProtocol,), {"fake_app": fake_app})


@lru_cache(maxsize=64)
def _header_lines(headers: Headers) -> bytes:
    """Return the lines of ``headers``, and the name of the Content-Length behind them."""
    lines = [b"%b: %b\r\n" % field for field in encoded_headers(headers)]
    return b"".join([*lines, b"content-length: "])


def _failing(error: Exception) -> Callable[..., Any]:
    async def fail(_scope: Message, _receive: Receive, _send: Send) -> None:
        raise error

    return fail

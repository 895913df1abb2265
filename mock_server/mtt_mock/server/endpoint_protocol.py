"""The HTTP protocol of a fake: answers a POST to MTT's endpoint without an ASGI task.

The task costs more than half of a request's time. This protocol answers a POST that came in one
packet, if the fake does not wait for a database. All other requests, and responses with a fault, go
through the ASGI application. Property tests compare this protocol, the ASGI application and Flask
byte by byte.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from http import HTTPStatus

from mtt_mock.server.asgi_app import FakeAsgiApp, encoded_headers
from mtt_mock.server.http_protocol import HttpProtocol, status_line
from mtt_mock.server.request_cycle import AsgiApp, Message, Receive, Send
from mtt_mock.server.request_parser import ReceivedHead
from mtt_mock.service.limits import HeadLimit
from mtt_mock.service.profile_rules import Headers
from mtt_mock.web.endpoint import HttpResponse
from mtt_mock.web.paths import ENDPOINT

_URL = ENDPOINT.encode()
_NO_CONTENT = HTTPStatus.NO_CONTENT  # a profile's, for notifications; it has no Content-Length


class EndpointProtocol(HttpProtocol):
    """HTTP/1.1 on one connection of a fake."""

    fake_app: FakeAsgiApp  # set by ``endpoint_protocol``
    _plain: ReceivedHead | None = None  # of a request that may be answered without a task
    _body = b""
    # A request of this packet was answered without a task. Those behind it get tasks, so that other
    # connections have their turns between them.
    _answered_packet = False

    @property
    def head_limit(self) -> HeadLimit:
        """The limit of a request's head, which the fake's profile sets."""
        return self.fake_app.head_limit

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        host, port = transport.get_extra_info("sockname")[:2]
        self._server = host, port
        self._peer = (transport.get_extra_info("peername") or [""])[0]

    def data_received(self, data: bytes) -> None:
        """Receive ``data`` from the connection."""
        self._answered_packet = False
        super().data_received(data)

    def on_part(self, part: bytes) -> None:
        """Receive a part of the request's body."""
        if self._plain is not None:
            self._body += part
        else:
            super().on_part(part)

    def on_end(self) -> None:
        """Answer the request, or let a task answer it."""
        head, self._plain = self._plain, None
        if head is None:
            super().on_end()
            return
        app = None
        try:
            response = self.fake_app.answer_post(
                self._scheme, self._server, self._peer, head.fields, self._body
            )
        except Exception as error:  # noqa: BLE001 -- as uvicorn does with an error of a task
            app = _failing(error)
        else:
            if response is not None:
                if response.fault is None and response.status != _NO_CONTENT:
                    self._answered_packet = True
                    self._send(response)
                    return
                app = self.fake_app.sender_of(response)
        self._begin_task(head, app)
        super().on_end()

    def _is_plain(self, head: ReceivedHead) -> bool:
        """Return whether the request may be answered at its end, without a task."""
        return (
            head.url == _URL
            and head.method == b"POST"
            and head.version == "1.1"
            and head.keeps_alive
            and not head.expects_continue
            and not self._answered_packet
            and not self.cycles
            and not self.is_write_paused
            and self.fake_app.answers_at_once
        )

    def _begin(self, head: ReceivedHead, app: AsgiApp | None = None) -> None:
        if self._is_plain(head):
            self._plain, self._body = head, b""
        else:
            super()._begin(head, app)

    def _begin_task(self, head: ReceivedHead, app: AsgiApp | None = None) -> None:
        """Let the ASGI application answer, or ``app``."""
        super()._begin(head, app)
        if self._body:
            super().on_part(self._body)

    def _parse(self, data: bytes) -> bool:
        goes_on = super()._parse(data)
        head, self._plain = self._plain, None
        if head is not None and goes_on:  # the rest of its body is to come
            self._begin_task(head)
        return goes_on

    def _send(self, response: HttpResponse) -> None:
        content = [status_line(response.status)]
        for name, value in self.server_state.default_headers:
            content += (name, b": ", value, b"\r\n")
        body = response.body
        content += (_header_lines(response.headers), b"%d\r\n\r\n" % len(body), body)
        # Written at the end of the loop's iteration, with other responses. To wake the client for
        # each one costs the kernel twice as much.
        self.transport.write(b"".join(content))
        self.limit.renewed(self)
        self._reset_idle_time()


def endpoint_protocol(fake_app: FakeAsgiApp) -> type[EndpointProtocol]:
    """Return the protocol of a server of ``fake_app``."""
    return type("EndpointProtocol", (EndpointProtocol,), {"fake_app": fake_app})


@lru_cache(maxsize=64)
def _header_lines(headers: Headers) -> bytes:
    """Return the lines of ``headers``, and the name of the Content-Length behind them."""
    lines = [b"%b: %b\r\n" % field for field in encoded_headers(headers)]
    return b"".join([*lines, b"content-length: "])


def _failing(error: Exception) -> AsgiApp:
    async def fail(_scope: Message, _receive: Receive, _send: Send) -> None:
        raise error

    return fail

"""uvicorn's h11 protocol for one request that offers an upgrade, to HTTP/2 for instance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from mtt_mock.server.connection_limit import ConnectionLimit


class UpgradeOffer(H11Protocol):
    """One request that offers an upgrade; afterwards ``next_protocol`` takes the connection."""

    next_protocol: Callable[[], asyncio.Protocol]
    limit: ConnectionLimit
    body_timeout: float  # seconds
    _is_silenced = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection; the request's body must come in time."""
        super().connection_made(transport)
        self.limit.opened(self)
        self.limit.unfinished(self)
        self._timer = self.loop.call_later(self.body_timeout, self._time_out)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection."""
        self._timer.cancel()
        self.limit.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive ``data`` from the connection."""
        if not self._is_silenced:
            super().data_received(data)

    def silence(self) -> None:
        """Answer nothing more; go on reading, which shows that the client is gone."""
        self._is_silenced = True
        self.flow.resume_reading()

    def drop(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def on_response_complete(self) -> None:
        """Hand the connection on."""
        self._timer.cancel()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.conn.their_state in (h11.SEND_BODY, h11.ERROR, h11.MUST_CLOSE, h11.CLOSED):
            self.transport.close()
            return
        self.connections.discard(self)
        self.limit.closed(self)
        protocol = self.next_protocol()
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        self.flow.resume_reading()
        rest, _ = self.conn.trailing_data
        if rest:
            protocol.data_received(rest)

    def _time_out(self) -> None:
        if self.cycle is None or not self.cycle.response_started:
            self.transport.abort()

"""An event of a call, and the result of its delivery."""

from __future__ import annotations

from msgspec import Struct

_SUCCESS = range(200, 300)


class CallbackEvent(Struct, frozen=True):
    """An event that is reported to a callBackURL.

    Attributes:
        call_id: MTT's callBackCall_id.
        customer: The customer_name of the call.
        event: MTT's name of the event, such as ``start_side_A``.
        side: ``A`` or ``B``.
        url: The callBackURL as the application sent it.
        due: When the event happened, in milliseconds of the fake's clock.
    """

    call_id: str
    customer: str
    event: str
    side: str
    url: str
    due: int

    def __repr__(self) -> str:
        """Return the event as text, without the URL, which may hold a password."""
        return f"CallbackEvent({self.call_id!r}, {self.event!r}, side {self.side}, due={self.due})"


class Delivery(Struct, frozen=True):
    """The result of one attempt to deliver an event.

    Attributes:
        callback: The event.
        url: The requested URL; ``None`` if callBackURL makes no URL or nothing was sent.
        status: The response's HTTP status; ``None`` without a response.
        problem: A sentence about the failure; ``None`` if the delivery succeeded.
        at: Real time of the attempt, in seconds since the epoch.
        ms: Real duration of the attempt, in milliseconds.
        fault: The injected fault that triggered, as text.
    """

    callback: CallbackEvent
    url: str | None
    status: int | None
    problem: str | None
    at: float
    ms: float
    fault: str | None = None

    def __repr__(self) -> str:
        """Return the attempt as text, without the URL, which may hold a password."""
        return f"Delivery({self.callback!r}, {self.outcome!r}, at={self.at}, ms={self.ms})"

    @property
    def delivered(self) -> bool:
        """Whether the receiver confirmed the event with a status from 200 to 299."""
        return self.status in _SUCCESS

    @property
    def is_problem(self) -> bool:
        """Whether the receiver did not confirm the event."""
        return not self.delivered

    @property
    def outcome(self) -> str:
        """The result in a few words."""
        return self.problem or f"HTTP {self.status}"

"""An event of a call, and the result of its delivery."""

from __future__ import annotations

from dataclasses import dataclass, field

_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class CallbackEvent:
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
    url: str = field(repr=False)  # it may hold a password
    due: int


@dataclass(frozen=True, slots=True)
class Delivery:
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
    url: str | None = field(repr=False)
    status: int | None
    problem: str | None
    at: float
    ms: float
    fault: str | None = None

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

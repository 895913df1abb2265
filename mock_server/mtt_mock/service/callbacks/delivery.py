"""An event that is due, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class CallbackEvent:
    """An event to tell a callBackURL of.

    ``event`` is MTT's name of it (start_side_A), ``side`` A or B, ``url`` the callBackURL as it was
    given, ``due`` when it happened in milliseconds of the fake's clock.
    """

    call_id: str
    customer: str
    event: str
    side: str
    url: str
    due: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of ``notice``.

    ``url`` is what was asked, None when callBackURL makes no URL or nothing was tried. ``status``
    is the answer's HTTP status, None without an answer. ``problem`` is a sentence, None when there
    was none. ``at`` is when it was tried, in seconds since the epoch, ``ms`` how long it took in
    milliseconds; both are real time, whatever the fake's clock says. ``fault`` is the fault on
    purpose that triggered it, as text.
    """

    callback: CallbackEvent
    url: str | None
    status: int | None
    problem: str | None
    at: float
    ms: float
    fault: str | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver said that it has the event: a status from 200 to 299."""
        return self.status in _OK

    @property
    def is_problem(self) -> bool:
        """Whether the receiver did not say that it has the event."""
        return not self.delivered

    @property
    def outcome(self) -> str:
        """Return what became of it, in a few words."""
        return self.problem or f"HTTP {self.status}"

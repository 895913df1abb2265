"""The rules of events: where they may go, and how they are sent."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from mtt_mock.service.callbacks.allowlist import CallbackAllowlist
from mtt_mock.service.callbacks.callback_urls import default_url
from mtt_mock.service.callbacks.delivery import CallbackEvent


class EventRules(Struct, frozen=True):
    """The rules of events in the settings and in the profile.

    Attributes:
        allowlist: Where events may go.
        timeout: Seconds from the lookup of the host to the end of the response.
        verb: The HTTP method.
        in_order: Whether an event waits for the call's former one.
        attempts: How often each event is sent.
        url_of: Returns the URL to request for an event.
    """

    allowlist: CallbackAllowlist
    timeout: float
    verb: str = "GET"
    in_order: bool = True
    attempts: int = 1
    url_of: Callable[[CallbackEvent], str] = default_url

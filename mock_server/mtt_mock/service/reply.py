"""The HTTP response to one request, and the injected fault that the transport applies to it."""

from __future__ import annotations

from msgspec import Struct


class ResponseFault(Struct, frozen=True):
    """A fault that the transport applies while it sends the response; seconds are real ones."""

    name: str
    seconds: float


class Reply(Struct, frozen=True):
    """The HTTP response to one request.

    Attributes:
        status: The HTTP status.
        body: JSON; empty for a notification.
        content_type: Replaces ``application/json``; ``None`` keeps it.
        response_fault: A fault that the transport applies.
        challenge: The WWW-Authenticate header; ``None`` leaves it out.
    """

    status: int
    body: bytes
    content_type: str | None = None
    response_fault: ResponseFault | None = None
    challenge: str | None = None

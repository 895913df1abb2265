"""The steps of an operation and their outcomes. No IO.

An operation is a generator. It yields an ``HttpRequest`` and receives an ``Outcome``, or yields a
``Sleep`` and receives ``None``. ``_sync_client`` and ``_async_client`` execute the steps.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request: a POST with ``body``, or a GET if ``body`` is ``None``.

    Attributes:
        method: The operation's name in messages.
        id: The id that the response must echo.
        body: The body.
        url: The URL; ``None`` is the endpoint.
        content_type: The Content-Type.
        accept: The Accept header.
        authenticated: Whether to send the credentials.
        limit: Maximum bytes to read of the response's body; ``None`` means no limit.
    """

    method: str
    id: int | None = None
    body: bytes | None = field(default=None, repr=False)  # Prompts are large.
    url: str | None = None
    content_type: str = "application/json"
    accept: str = "application/json"
    authenticated: bool = True
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Sleep:
    """A pause of ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The server's response. ``whole``: the body was read to its end.

    It is False if the body is longer than the limit, or compressed although a limit is set.
    """

    status: int
    body: bytes = field(repr=False)  # Records are larger.
    whole: bool = True


@dataclass(frozen=True, slots=True)
class NoResponse:
    """No response arrived. ``sent``: the server may have received the request."""

    reason: str
    timed_out: bool
    sent: bool


Outcome: TypeAlias = HttpResponse | NoResponse
Step: TypeAlias = HttpRequest | Sleep
Operation: TypeAlias = Generator[Step, Outcome | None, T]


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """An operation's end, with its return value."""

    value: T


def advance(operation: Operation[T], outcome: Outcome | None) -> Step | Done[T]:
    """Send ``operation`` the outcome of its last step and run it to its next step.

    ``None`` starts it.
    """
    try:
        return operation.send(outcome)
    except StopIteration as end:
        return Done(end.value)


def exchange(request: HttpRequest) -> Operation[Outcome]:
    """Send ``request`` and return its outcome."""
    return cast("Outcome", (yield request))

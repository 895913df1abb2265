"""The steps of an operation, and what it learns from each; no IO.

An operation is a generator. It yields a ``Request`` and is sent an ``Outcome``, or a ``Sleep`` and
is sent ``None``. A driver carries the steps out, see ``_sync_client`` and ``_async_client``.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: a POST with ``body``, or a GET when that is ``None``.

    ``method`` is the name for messages, ``id`` what the answer must echo, ``url`` where it goes
    (``None``: to the endpoint), ``authenticated`` whether the credentials go with it, ``limit`` how
    many bytes of the answer's body are read (``None``: all).
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
    """Nothing is done for ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The server answered. ``whole``: the body was read to its end.

    It is not when it is longer than the limit, or compressed although there is a limit.
    """

    status: int
    body: bytes = field(repr=False)  # Records are larger.
    whole: bool = True


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The server did not answer. ``sent``: whether it may have got the request all the same."""

    reason: str
    timed_out: bool
    sent: bool


Outcome: TypeAlias = Answer | NoAnswer
Step: TypeAlias = Request | Sleep
Operation: TypeAlias = Generator[Step, Outcome | None, T]


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """An operation's end, and what it returned."""

    value: T


def advance(operation: Operation[T], outcome: Outcome | None) -> Step | Done[T]:
    """Give ``operation`` the outcome of its last step and run it up to the next one.

    ``None`` starts it.
    """
    try:
        return operation.send(outcome)
    except StopIteration as end:
        return Done(end.value)


def exchange(request: Request) -> Operation[Outcome]:
    """Send ``request`` and return its outcome."""
    return cast("Outcome", (yield request))

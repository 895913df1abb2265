"""An event on its way, and the interface of its owner."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from msgspec import Struct

from mtt_mock.service.callbacks.delivery import CallbackEvent, Delivery

_T = TypeVar("_T")
STOPPED = "not sent: the fake was stopped"


class DeliveryHandle(Protocol):
    """The owner of an event. The sender calls it from its own threads."""

    def should_send(self) -> bool:
        """Return whether the event must still be sent."""
        ...

    def is_same_generation(self) -> bool:
        """Return False if a reset came since the event was sent."""
        ...

    def retry_until_available(self, operation: Callable[[], _T]) -> _T | None:
        """Return the result of ``operation`` once the database answers; ``None`` after close."""
        ...

    def report_attempt(self, delivery: Delivery) -> None:
        """Report an attempt before the last one."""
        ...

    def finish(self, delivery: Delivery) -> None:
        """Report the last attempt; the call's next event is sent after that."""
        ...


class NoHandle:
    """The handle of an event without an owner."""

    def should_send(self) -> bool:
        """Return True."""
        return True

    is_same_generation = should_send

    def retry_until_available(self, operation: Callable[[], _T]) -> _T | None:
        """Return the result of ``operation``."""
        return operation()

    def report_attempt(self, delivery: Delivery) -> None:
        """Do nothing."""

    finish = report_attempt


class PendingEvent(Struct, frozen=True):
    """An event that waits or is in flight."""

    callback: CallbackEvent
    future: Future[Delivery]
    handle: DeliveryHandle


def not_sent(callback: CallbackEvent, problem: str, fault: str | None = None) -> Delivery:
    """Return the ``Delivery`` of an event without a request."""
    return Delivery(callback, None, None, problem, time.time(), 0.0, fault)

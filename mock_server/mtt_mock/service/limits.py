"""Limits of a fake: a request's head, customers, running calls, a customer's prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from mtt_mock.domain.store import Store
from mtt_mock.jsonrpc.errors import ServiceUnavailable
from mtt_mock.service.settings import Settings

LINE_OVERHEAD_BYTES = len("  HTTP/1.1\r\n\r\n")  # of the request line, and the head's end
FIELD_OVERHEAD_BYTES = len(": \r\n")


class HeadLimit(Struct, frozen=True):
    """The most bytes and fields of a request's head, and the status of a request with more."""

    bytes: int
    fields: int
    status: int


def head_bytes(method: str, target: bytes, fields: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the size of a request's head in bytes, without blanks that a client may leave out."""
    line = len(method) + len(target) + LINE_OVERHEAD_BYTES
    return line + sum(len(name) + len(value) + FIELD_OVERHEAD_BYTES for name, value in fields)


class Limits:
    """Refuses items above a total. Concurrent requests may exceed it by their number.

    It remembers up to ``max_customers`` admitted customers and does not check them again. In the
    worst case, twice as many customers are stored.
    """

    def __init__(self, store: Store, settings: Callable[[], Settings]) -> None:
        self._store = store
        self._settings = settings
        self._admitted: set[str] = set()  # most requests need no query for their customer

    def clear(self) -> None:
        """Forget the customers, after a reset."""
        self._admitted = set()

    def check_customer(self, customer_name: str) -> None:
        """Raise ``ServiceUnavailable`` for a new customer beyond the limit."""
        if customer_name in self._admitted:
            return
        maximum = self._settings().max_customers
        if not self._store.has_room_for(customer_name, maximum):
            raise ServiceUnavailable(f"{maximum} customers are stored, the limit (--max-customers)")
        if len(self._admitted) >= maximum:  # they may have no state
            self._admitted.clear()
        self._admitted.add(customer_name)

    def check_call(self) -> None:
        """Raise ``ServiceUnavailable`` while as many calls run as may run."""
        maximum = self._settings().max_running_calls
        if self._store.running_calls() >= maximum:
            raise ServiceUnavailable(
                f"{maximum} calls are running, the limit (--max-running-calls)"
            )

    def prompt_problem(self, customer_name: str, file_name: str, size: int) -> str | None:
        """Return why a prompt of ``size`` bytes has no room, ``None`` if it has."""
        maximum = self._settings().max_prompts
        kept = sum(
            prompt.size
            for prompt in self._store.prompt_metadata(customer_name)
            if prompt.name != file_name
        )
        if kept + size <= maximum:
            return None
        return f"Prompts of the customer would hold more than {maximum} bytes (--max-prompts)"

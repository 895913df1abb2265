"""Where state lives: one small interface."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple, Protocol

from mtt_mock.domain.calls import Call, Step
from mtt_mock.domain.faults import Faults
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.subscribers import Directory


class Due(NamedTuple):
    """A step of a call whose time has come."""

    call: Call
    step: Step


class Store(Protocol):
    """State per customer_name, and of calls. Every method is atomic, and safe from any thread.

    Functions that are given to it must be pure: it may call them again.
    """

    revision: int
    """Counts the changes of anything that is kept."""

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset; ``EMPTY`` for a customer nobody has set anything for."""
        ...

    def change_followme(
        self, customer_name: str, change: Callable[[Followme], Followme]
    ) -> Followme:
        """Replace what is preset by ``change`` of it, and return the new value.

        No other change of the same customer happens in between. When ``change`` raises, nothing
        is changed and the exception goes on.
        """
        ...

    def customers(self) -> list[str]:
        """Return the customers with something preset, in no promised order."""
        ...

    def known_customers(self) -> list[str]:
        """Return the customers of whom anything is kept, calls included, sorted."""
        ...

    def forget(self, customer_name: str) -> None:
        """Forget all of one customer; calls under way go no further."""
        ...

    def prompts(self, customer_name: str) -> list[Prompt]:
        """Return what was uploaded for the customer, the latest last."""
        ...

    def put_prompt(self, customer_name: str, prompt: Prompt) -> None:
        """Keep ``prompt`` in the place of one of the same name."""
        ...

    def directory(self) -> Directory:
        """Return what is set for numbers."""
        ...

    def change_directory(self, change: Callable[[Directory], Directory]) -> Directory:
        """Replace what is set for numbers by ``change`` of it, unless that raises."""
        ...

    def faults(self) -> Faults:
        """Return the faults that are set, with their counters."""
        ...

    def change_faults(self, change: Callable[[Faults], Faults]) -> Faults:
        """Replace the faults by ``change`` of them, and return the new ones."""
        ...

    def balance(self, customer_name: str) -> Decimal | None:
        """Return the customer's balance in RUB; ``None``: it was never changed."""
        ...

    def change_balance(
        self, customer_name: str, change: Callable[[Decimal | None], Decimal]
    ) -> Decimal:
        """Replace the customer's balance by ``change`` of it, and return the new one."""
        ...

    def add_call(self, make: Callable[[int], Call]) -> Call:
        """Keep the call that ``make`` makes out of its number, and schedule its steps.

        Numbers count 1, 2, 3, …
        """
        ...

    def call(self, call_id: str) -> Call | None:
        """Return the call, ``None`` when it is unknown or no longer kept."""
        ...

    def calls(self) -> list[Call]:
        """Return the calls that are kept, in the order in which they were made."""
        ...

    def finish_call(self, call_id: str, keep: int) -> None:
        """Note that a call is over; of finished calls only the last ``keep`` are kept."""
        ...

    def next_due(self) -> int | None:
        """Return when the next step is due, in ms since the epoch, ``None`` without one."""
        ...

    def take_due(self, until: int) -> Due | None:
        """Return the next step that is due at ``until`` or before, and no longer schedule it.

        Steps come by time, then by the order in which their calls were made.
        """
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

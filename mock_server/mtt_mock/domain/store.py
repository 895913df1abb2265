"""Where state lives: one small interface."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import NamedTuple, Protocol

from mtt_mock.domain.calls import Call, Step
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.faults import Faults
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.prompts import Prompt, PromptMetadata
from mtt_mock.domain.snapshot import Snapshot
from mtt_mock.domain.subscribers import Subscriber, SubscriberRegistry


class StoreUnavailableError(MttMockError):
    """State can neither be read nor written now: its database does not answer, or not in time.

    Whether a change was made is not known when this comes out of it. Try again later.
    """


class ClaimedStep(NamedTuple):
    """A step of a call whose time has come: its step number ``place``, taken in this ``era``."""

    call: Call
    step: Step
    place: int
    generation: int


class Store(Protocol):
    """State per customer_name, and of calls. Every method is atomic, and safe from any thread.

    Functions that are given to it must be pure: it may call them again. A store that others share
    may raise ``StoreUnavailableError`` from every method.
    """

    @property
    def revision(self) -> int:
        """Counts the changes of anything that is kept."""
        ...

    @property
    def generation(self) -> int:
        """Counts how often everything was forgotten."""
        ...

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset; ``EMPTY_FOLLOWME`` for a customer nobody has set anything for."""
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

    def delete_customer(self, customer_name: str) -> None:
        """Forget all of one customer; calls under way go no further."""
        ...

    def prompts(self, customer_name: str) -> list[Prompt]:
        """Return what was uploaded for the customer, the latest last."""
        ...

    def prompt_metadata(self, customer_name: str) -> list[PromptMetadata]:
        """Return the same without the bytes."""
        ...

    def put_prompt(self, customer_name: str, prompt: Prompt) -> None:
        """Keep ``prompt`` in the place of one of the same name."""
        ...

    def subscriber_registry(self) -> SubscriberRegistry:
        """Return what is set for numbers, all of it."""
        ...

    def subscriber(self, number: str) -> Subscriber | None:
        """Return what ``number`` is set to do, by itself or by a pattern; ``None``: nothing."""
        ...

    def set_subscriber(self, number: str, subscriber: Subscriber | None) -> None:
        """Set what ``number`` (or a pattern) does; ``None``: nothing any more.

        Raises as ``check_subscriber`` does.
        """
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

    def add_call(self, make: Callable[[int], Call], generation: int) -> Call | None:
        """Keep the call that ``make`` makes out of its number, and schedule its steps.

        Numbers count 1, 2, 3, …  ``None``, and nothing kept, when ``era`` is over.
        """
        ...

    def call(self, call_id: str) -> Call | None:
        """Return the call, ``None`` when it is unknown or no longer kept."""
        ...

    def calls(self) -> list[Call]:
        """Return the calls that are kept, in the order in which they were made."""
        ...

    def next_due(self) -> int | None:
        """Return when the next step is due, in ms since the epoch, ``None`` without one."""
        ...

    def claim_next(self, until: int, generation: int) -> ClaimedStep | None:
        """Return the next step that is due at ``until`` or before, and no longer schedule it.

        Steps come by time, then by the order in which their calls were made. A step that was taken
        is under way until ``settle`` or ``acknowledge``. ``None`` also when ``era`` is over, or
        when another process drives.
        """
        ...

    def claim_batch(self, until: int, generation: int, most: int) -> list[ClaimedStep]:
        """Take up to ``most`` steps as ``claim_next`` does, at once.

        Of one call it may be the next step alone: one that is due later may then come after steps
        of other calls that are due later still.
        """
        ...

    def in_flight(self) -> list[ClaimedStep]:
        """Return the steps that were taken and are not done, in the order of ``claim_next``."""
        ...

    def is_under_way(self, due: ClaimedStep) -> bool:
        """Return whether ``due`` is still to be done, and by this process."""
        ...

    def complete(self, due: ClaimedStep) -> bool:
        """Note that ``due`` is done; return whether it was still under way."""
        ...

    def settle(
        self, due: ClaimedStep, charge: Callable[[Decimal | None], Decimal | None], keep: int
    ) -> None:
        """Do the step ``due`` that ends a call: apply ``charge`` to the customer's balance.

        Of finished calls only the last ``keep`` are kept. Nothing happens unless it is under way.
        """
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    def snapshot(self, customers: Collection[str] | None = None, *, calls: bool = True) -> Snapshot:
        """Return what is kept, all of it at one moment, in the snapshot's own order.

        ``customers``: only what is kept for these; then subscribers, faults, the clock and the
        count of calls are left out. Without ``calls`` there are no calls and no clock.
        """
        ...

    def restore(self, snapshot: Snapshot, *, replace: bool = False) -> None:
        """Take in what ``snapshot`` says, all of it or nothing.

        What it says of a customer takes the place of what is there, subscribers are set, faults
        unless they stand already; a clock goes on at its speed, and never back. The rest stays;
        with ``replace`` everything is forgotten first. Raises ``CallsTakenError``.

        Steps of calls that were under way there are under way here: begin them.
        """
        ...

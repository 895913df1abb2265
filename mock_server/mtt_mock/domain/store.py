"""Store: the interface to persistent state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from msgspec import Struct

from mtt_mock.domain.calls import Call, Step
from mtt_mock.domain.changes import Part
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.faults import Faults
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.prompts import Prompt, PromptMetadata
from mtt_mock.domain.snapshot import Snapshot
from mtt_mock.domain.subscribers import Subscriber, SubscriberRegistry


class StoreUnavailableError(MttMockError):
    """The database does not answer, or not in time.

    The outcome of a write is unknown. Try again later.
    """


class ClaimedStep(NamedTuple):
    """A claimed step of a call, claimed in this ``generation`` of the store."""

    call: Call
    step: Step
    step_index: int
    generation: int


class Overrides(Struct, frozen=True):
    """Whether faults are set, and whether the store holds stubs: both replace answers."""

    faults: bool
    stubs: bool


class Store(Protocol):
    """Customers, subscribers, faults and calls. Every method is atomic and thread-safe.

    Callables that are passed in must be pure, because a store may call them again. A shared store
    may raise ``StoreUnavailableError`` from every method.
    """

    @property
    def revision(self) -> int:
        """The number of changes so far."""
        ...

    @property
    def revisions(self) -> Mapping[Part, int]:
        """The revision of each part's last change, at the latest."""
        ...

    def changed_customers(self, revision: int) -> frozenset[str] | None:
        """Return the customers whose state or calls changed after ``revision``.

        Returns ``None`` if the store does not know all of them, and if a customer or a call was
        added or removed.
        """
        ...

    @property
    def generation(self) -> int:
        """The number of times that the store was cleared."""
        ...

    def followme(self, customer_name: str) -> Followme:
        """Return the customer's preset, ``EMPTY_FOLLOWME`` by default."""
        ...

    def change_followme(
        self, customer_name: str, change: Callable[[Followme], Followme]
    ) -> Followme:
        """Replace the customer's preset by ``change(preset)``, and return the new preset.

        Changes of one customer are serialised. An exception from ``change`` propagates and leaves
        the preset as it was.
        """
        ...

    def customers(self) -> list[str]:
        """Return the names of customers with a preset, in any order."""
        ...

    def known_customers(self) -> list[str]:
        """Return the names of customers with any state, calls included, sorted."""
        ...

    def has_room_for(self, customer_name: str, maximum: int) -> bool:
        """Return whether the customer has state, or fewer than ``maximum`` customers have."""
        ...

    def delete_customer(self, customer_name: str) -> None:
        """Delete all state of a customer and cancel the customer's running calls."""
        ...

    def prompts(self, customer_name: str) -> list[Prompt]:
        """Return the customer's uploaded prompts, the latest last."""
        ...

    def prompt_metadata(self, customer_name: str) -> list[PromptMetadata]:
        """Return the customer's prompts without their content."""
        ...

    def put_prompt(self, customer_name: str, prompt: Prompt) -> None:
        """Add ``prompt``, or replace the prompt of the same name."""
        ...

    def subscriber_registry(self) -> SubscriberRegistry:
        """Return all configured subscribers."""
        ...

    def subscriber(self, number: str) -> Subscriber | None:
        """Return the subscriber configured for ``number``, directly or by a pattern."""
        ...

    def set_subscriber(self, number: str, subscriber: Subscriber | None) -> None:
        """Configure a number or a pattern; ``None`` removes it.

        Raises the errors of ``check_subscriber``.
        """
        ...

    def overrides(self) -> Overrides:
        """Return whether faults are set, and stubs in the store. Each request asks for both."""
        ...

    def faults(self) -> Faults:
        """Return the active faults with their counters."""
        ...

    def change_faults(self, change: Callable[[Faults], Faults]) -> Faults:
        """Replace the faults by ``change(faults)``, and return the new ones."""
        ...

    def balance(self, customer_name: str) -> Decimal | None:
        """Return the customer's balance in RUB, ``None`` before the first change."""
        ...

    def change_balance(
        self, customer_name: str, change: Callable[[Decimal | None], Decimal]
    ) -> Decimal:
        """Replace the customer's balance by ``change(balance)``, and return the new one."""
        ...

    def add_call(self, make: Callable[[int], Call], generation: int) -> Call | None:
        """Add the call ``make(number)`` and schedule its steps.

        Numbers count from 1. Returns ``None``, and adds nothing, when the store has been cleared
        since ``generation``.
        """
        ...

    def call(self, call_id: str) -> Call | None:
        """Return the call, ``None`` for an unknown or dropped one."""
        ...

    def calls(self) -> list[Call]:
        """Return the retained calls, oldest first."""
        ...

    def running_calls(self) -> int:
        """Return the number of calls with unclaimed steps."""
        ...

    def next_due(self) -> int | None:
        """Return when the next step is due, in ms since the epoch; ``None`` without a step."""
        ...

    def claim_next(self, until: int, generation: int) -> ClaimedStep | None:
        """Claim the next step that is due at ``until`` or earlier.

        Steps are ordered by time, then by call. A claimed step is in flight until ``settle`` or
        ``complete``. Returns ``None`` without a due step, after ``generation`` has ended, and when
        another process is the leader.
        """
        ...

    def claim_batch(self, until: int, generation: int, limit: int) -> list[ClaimedStep]:
        """Claim up to ``limit`` steps at once.

        A batch may hold only the next step of a call. A later batch may then hold an earlier time.
        """
        ...

    def in_flight(self) -> list[ClaimedStep]:
        """Return the claimed steps that are not completed, in the order of ``claim_next``."""
        ...

    def is_in_flight(self, claimed: ClaimedStep) -> bool:
        """Return whether the step is not completed and this process still holds the lease."""
        ...

    def complete(self, claimed: ClaimedStep) -> bool:
        """Complete a step; return whether it was in flight."""
        ...

    def settle(
        self,
        claims: Sequence[ClaimedStep],
        charge: Callable[[Call, Decimal | None], Decimal | None],
        keep: int,
    ) -> None:
        """Complete steps that end calls, in order, and charge the customers.

        ``charge(call, balance)`` returns the new balance. Retains only the last ``keep`` finished
        calls. Skips steps that are not in flight.
        """
        ...

    def clear(self) -> None:
        """Delete all state."""
        ...

    def snapshot(self, customers: Collection[str] | None = None, *, calls: bool = True) -> Snapshot:
        """Return a consistent snapshot.

        With ``customers``, the snapshot holds these customers only: no subscribers, no faults, no
        clock. With ``calls`` false, it has no calls and no clock.
        """
        ...

    def restore(self, snapshot: Snapshot, *, replace: bool = False) -> None:
        """Import a snapshot in one transaction; with ``replace``, clear the store first.

        Overwrites customers in the snapshot, upserts subscribers, adds missing faults; the clock
        takes the snapshot's speed and never moves backwards. Steps in flight stay in flight: the
        caller starts their deliveries. Raises ``CallsTakenError``.
        """
        ...

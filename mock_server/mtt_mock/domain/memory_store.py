"""MemoryStore: state in the memory of one process."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec.structs import replace

from mtt_mock.domain.calls import Call, Step, call_number
from mtt_mock.domain.changes import PARTS, ChangeLog, Part
from mtt_mock.domain.clock import Clock, LocalClock
from mtt_mock.domain.faults import NO_FAULTS, Faults
from mtt_mock.domain.followme import EMPTY_FOLLOWME, Followme
from mtt_mock.domain.prompts import Prompt, PromptMetadata
from mtt_mock.domain.snapshot import (
    CallsTakenError,
    SavedCall,
    SavedClock,
    SavedCustomer,
    Snapshot,
    with_faults,
)
from mtt_mock.domain.store import ClaimedStep, Overrides
from mtt_mock.domain.subscribers import EMPTY_REGISTRY, Subscriber, SubscriberRegistry

# The attributes that requests change.
_STATE = frozenset({
    "_faults", "_followme", "_prompts", "_registry", "_balances", "_calls_made", "_calls",
    "_finished", "_schedule", "_in_flight",
})  # fmt: skip

_FAULTS = Overrides(faults=True, stubs=False)
_NO_OVERRIDES = Overrides(faults=False, stubs=False)


class _ScheduledStep(NamedTuple):
    """The next step of a call; sorts by due time, then by call number."""

    due: int
    number: int
    step_index: int
    call: Call
    steps: tuple[Step, ...]


class MemoryStore:
    """The store of one process; see ``Store``. Snapshots save and restore its ``clock``."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or LocalClock()
        self._lock = threading.Lock()
        self._faults = NO_FAULTS
        self._changes = ChangeLog()
        self._empty()

        self.generation = 0

    @property
    def revision(self) -> int:
        return self._changes.revision

    @property
    def revisions(self) -> Mapping[Part, int]:
        with self._lock:
            return dict(self._changes.revisions)

    def changed_customers(self, revision: int) -> frozenset[str] | None:
        with self._lock:
            return self._changes.customers_since(revision)

    def _empty(self) -> None:
        self._followme: dict[str, Followme] = {}
        self._prompts: dict[str, dict[str, Prompt]] = {}
        self._registry = EMPTY_REGISTRY
        # Fault ids are never reused: an old handle must not refer to a new fault.
        self._faults = Faults(made=self._faults.made)
        self._balances: dict[str, Decimal] = {}
        self._calls_made = 0
        self._calls: dict[str, Call] = {}
        self._finished: deque[str] = deque()
        self._schedule: list[_ScheduledStep] = []  # a heap with one entry for each running call
        self._in_flight: dict[tuple[str, int], ClaimedStep] = {}

    def followme(self, customer_name: str) -> Followme:
        return self._followme.get(customer_name, EMPTY_FOLLOWME)

    def change_followme(
        self, customer_name: str, change: Callable[[Followme], Followme]
    ) -> Followme:
        with self._lock:
            is_known = self._has_state(customer_name)
            new = change(self._followme.get(customer_name, EMPTY_FOLLOWME))
            if new == EMPTY_FOLLOWME:
                self._followme.pop(customer_name, None)
            else:
                self._followme[customer_name] = new
            self._count_change(customer_name, is_known)
            return new

    def customers(self) -> list[str]:
        return list(self._followme)

    def known_customers(self) -> list[str]:
        with self._lock:
            calling = (call.order.customer for call in self._calls.values())
            return sorted({*self._followme, *self._prompts, *self._balances, *calling})

    def has_room_for(self, customer_name: str, maximum: int) -> bool:
        if self._has_state(customer_name):
            return True
        kinds = (self._followme, self._prompts, self._balances, self._calls)
        if sum(len(kind) for kind in kinds) < maximum:
            return True
        known = self.known_customers()
        return customer_name in known or len(known) < maximum

    def prompts(self, customer_name: str) -> list[Prompt]:
        with self._lock:
            return list(self._prompts.get(customer_name, {}).values())

    def prompt_metadata(self, customer_name: str) -> list[PromptMetadata]:
        return [prompt.head for prompt in self.prompts(customer_name)]

    def put_prompt(self, customer_name: str, prompt: Prompt) -> None:
        with self._lock:
            is_known = self._has_state(customer_name)
            prompts = self._prompts.setdefault(customer_name, {})
            prompts.pop(prompt.name, None)  # the latest comes last
            prompts[prompt.name] = prompt
            self._count_change(customer_name, is_known)

    def subscriber_registry(self) -> SubscriberRegistry:
        return self._registry

    def subscriber(self, number: str) -> Subscriber | None:
        return self._registry.find(number)

    def set_subscriber(self, number: str, subscriber: Subscriber | None) -> None:
        with self._lock:
            if subscriber is None:
                self._registry = self._registry.without(number)
            else:
                self._registry = self._registry.with_number(number, subscriber)
            self._changes.add("subscribers")

    def overrides(self) -> Overrides:
        """Return whether faults are set; this store has no stubs."""
        return _FAULTS if self._faults.active else _NO_OVERRIDES

    def faults(self) -> Faults:
        return self._faults

    def change_faults(self, change: Callable[[Faults], Faults]) -> Faults:
        with self._lock:
            self._faults = change(self._faults)
            self._changes.add("faults")
            return self._faults

    def balance(self, customer_name: str) -> Decimal | None:
        return self._balances.get(customer_name)

    def change_balance(
        self, customer_name: str, change: Callable[[Decimal | None], Decimal]
    ) -> Decimal:
        with self._lock:
            is_known = self._has_state(customer_name)
            balance = change(self._balances.get(customer_name))
            self._balances[customer_name] = balance
            self._count_change(customer_name, is_known)
            return balance

    def add_call(self, make: Callable[[int], Call], generation: int) -> Call | None:
        with self._lock:
            if generation != self.generation:
                return None
            number = self._calls_made + 1
            call = make(number)
            self._calls_made = number
            self._calls[call.id] = call
            self._schedule_step(number, 0, call, call.steps())
            self._changes.add("customers", "calls")
            return call

    def call(self, call_id: str) -> Call | None:
        return self._calls.get(call_id)

    def replace_call(self, call: Call) -> None:
        """Replace a retained call and keep its scheduled steps. A replay sets the end of a call."""
        with self._lock:
            self._calls[call.id] = call
            self._changes.add("customers", "calls")

    def checkpoint(self) -> dict[str, Any]:
        """Return the state, for ``rollback``."""
        with self._lock:
            state = {name: copy(value) for name, value in vars(self).items() if name in _STATE}
            prompts = {name: dict(prompts) for name, prompts in self._prompts.items()}
            return {**state, "_prompts": prompts}

    def rollback(self, checkpoint: dict[str, Any]) -> None:
        """Return to the state of ``checkpoint``, which serves once."""
        with self._lock:
            vars(self).update(checkpoint)
            self._changes.add(*PARTS)

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls.values())

    def running_calls(self) -> int:
        return len(self._schedule)

    def next_due(self) -> int | None:
        with self._lock:
            return self._schedule[0].due if self._schedule else None

    def claim_next(self, until: int, generation: int) -> ClaimedStep | None:
        with self._lock:
            return self._claim(until, generation)

    def claim_batch(self, until: int, generation: int, limit: int) -> list[ClaimedStep]:
        with self._lock:
            claims = (self._claim(until, generation) for _ in range(limit))
            return [claimed for claimed in claims if claimed is not None]

    def in_flight(self) -> list[ClaimedStep]:
        with self._lock:
            return sorted(self._in_flight.values(), key=lambda claimed: claimed.step.at)

    def is_in_flight(self, claimed: ClaimedStep) -> bool:
        return self._in_flight.get((claimed.call.id, claimed.step_index)) is claimed

    def complete(self, claimed: ClaimedStep) -> bool:
        with self._lock:
            return self._complete(claimed)

    def settle(
        self,
        claims: Sequence[ClaimedStep],
        charge: Callable[[Call, Decimal | None], Decimal | None],
        keep: int,
    ) -> None:
        with self._lock:
            before = len(self._finished)
            for claimed in claims:
                if not self._complete(claimed):
                    continue
                customer = claimed.call.order.customer
                balance = charge(claimed.call, self._balances.get(customer))
                if balance is not None:
                    self._balances[customer] = balance
                self._finished.append(claimed.call.id)
                self._changes.add("customers", "calls", customer=customer)
            if len(self._finished) == before:
                return
            if len(self._finished) > keep:
                self._changes.add("customers", "calls")  # calls are dropped
            while len(self._finished) > keep:
                self._calls.pop(self._finished.popleft(), None)

    def delete_customer(self, customer_name: str) -> None:
        with self._lock:
            for by_customer in (self._followme, self._prompts, self._balances):
                by_customer.pop(customer_name, None)
            deleted = {
                call.id for call in self._calls.values() if call.order.customer == customer_name
            }
            for call_id in deleted:
                del self._calls[call_id]
            self._finished = deque(call_id for call_id in self._finished if call_id not in deleted)
            self._schedule = [
                scheduled
                for scheduled in self._schedule
                if scheduled.call.order.customer != customer_name
            ]
            heapq.heapify(self._schedule)
            self._in_flight = {
                key: claimed
                for key, claimed in self._in_flight.items()
                if claimed.call.order.customer != customer_name
            }
            self._changes.add("customers", "calls")

    def clear(self) -> None:
        with self._lock:
            self._empty()
            self._changes.add(*PARTS)
            self.generation += 1

    def snapshot(self, customers: Collection[str] | None = None, *, calls: bool = True) -> Snapshot:
        with self._lock:
            names = {*self._followme, *self._prompts, *self._balances}
            if customers is not None:
                names &= {*customers}
            snapshot = Snapshot(
                customers=tuple(
                    SavedCustomer(
                        name,
                        self._followme.get(name, EMPTY_FOLLOWME),
                        self._balances.get(name),
                        tuple(self._prompts.get(name, {}).values()),
                    )
                    for name in names
                ),
                calls=tuple(
                    saved
                    for saved in (self._saved_calls() if calls else ())
                    if customers is None or saved.call.order.customer in customers
                ),
            ).in_order()
            if customers is not None:
                return snapshot
            return replace(
                snapshot,
                subscribers=tuple(self._registry.entries().items()),
                faults=self._faults.active,
                calls_made=self._calls_made if calls else 0,
                clock=SavedClock(self._clock.speed, self._clock.now()) if calls else None,
            )

    def restore(self, snapshot: Snapshot, *, replace: bool = False) -> None:
        with self._lock:
            known = {saved.call.id for saved in self._saved_calls()}
            taken = known & {saved.call.id for saved in snapshot.calls}
            if taken and not replace:
                raise CallsTakenError(taken)
            registry = EMPTY_REGISTRY if replace else self._registry
            registry = registry.with_numbers(snapshot.subscribers)
            faults = Faults(made=self._faults.made) if replace else self._faults
            faults = with_faults(faults, snapshot.faults)
            # Nothing below can fail.
            if replace:
                self._empty()
                self.generation += 1
            self._registry, self._faults = registry, faults
            for customer in snapshot.customers:
                self._put_customer(customer)
            self._put_calls(snapshot)
            self._changes.add(*PARTS)
            if snapshot.clock is not None:
                change = self._clock.reset if replace else self._clock.set_speed
                change(snapshot.clock.speed)
                self._clock.move_to(snapshot.clock.now)

    def _put_customer(self, customer: SavedCustomer) -> None:
        if customer.followme is not None:
            self._followme[customer.name] = customer.followme
            if customer.followme == EMPTY_FOLLOWME:
                del self._followme[customer.name]
        if customer.balance is not None:
            self._balances[customer.name] = customer.balance
        if customer.prompts is not None:
            self._prompts[customer.name] = {prompt.name: prompt for prompt in customer.prompts}
            if not customer.prompts:
                del self._prompts[customer.name]

    def _saved_calls(self) -> list[SavedCall]:
        calls = self._calls | {scheduled.call.id: scheduled.call for scheduled in self._schedule}
        calls |= {claimed.call.id: claimed.call for claimed in self._in_flight.values()}
        pending: dict[str, set[int]] = {call_id: set() for call_id in calls}
        for scheduled in self._schedule:
            pending[scheduled.call.id] |= {*range(scheduled.step_index, len(scheduled.steps))}
        for call_id, index in self._in_flight:
            pending[call_id].add(index)
        return [
            SavedCall(call, tuple(sorted(pending[call_id])), retained=call_id in self._calls)
            for call_id, call in calls.items()
        ]

    def _put_calls(self, snapshot: Snapshot) -> None:
        self._calls_made = max(self._calls_made, snapshot.last_number)
        retained = [saved.call for saved in snapshot.calls if saved.retained]
        calls = [*self._calls.values(), *retained]
        self._calls = {
            call.id: call for call in sorted(calls, key=lambda call: call_number(call.id))
        }
        self._finished += snapshot.newly_settled()
        for saved in snapshot.calls:
            call = saved.call
            self._schedule_step(call_number(call.id), saved.next_step, call, call.steps())
        for call, index in snapshot.in_flight():
            self._in_flight[call.id, index] = ClaimedStep(
                call, call.steps()[index], index, self.generation
            )

    def _has_state(self, customer_name: str) -> bool:
        return (
            customer_name in self._followme
            or customer_name in self._prompts
            or customer_name in self._balances
        )

    def _count_change(self, customer_name: str, was_known: bool) -> None:  # noqa: FBT001
        """Count a change of a customer; ``was_known``: there was state before the change."""
        is_known = self._has_state(customer_name)
        self._changes.add("customers", customer=customer_name if was_known and is_known else None)

    def _claim(self, until: int, generation: int) -> ClaimedStep | None:
        if generation != self.generation or not self._schedule or self._schedule[0].due > until:
            return None
        _, number, index, call, steps = heapq.heappop(self._schedule)
        self._schedule_step(number, index + 1, call, steps)
        claimed = ClaimedStep(call, steps[index], index, generation)
        self._in_flight[call.id, index] = claimed
        self._changes.add("calls", customer=call.order.customer)
        return claimed

    def _complete(self, claimed: ClaimedStep) -> bool:
        if not self.is_in_flight(claimed):
            return False
        del self._in_flight[claimed.call.id, claimed.step_index]
        return True

    def _schedule_step(self, number: int, index: int, call: Call, steps: tuple[Step, ...]) -> None:
        if index < len(steps):
            scheduled = _ScheduledStep(steps[index].at, number, index, call, steps)
            heapq.heappush(self._schedule, scheduled)

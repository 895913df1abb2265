"""The store in this process's memory."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import replace as replaced
from decimal import Decimal

from mtt_mock.domain.calls import Call, Step, call_number
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
    with_subscribers,
)
from mtt_mock.domain.store import ClaimedStep
from mtt_mock.domain.subscribers import EMPTY_REGISTRY, Subscriber, SubscriberRegistry


class MemoryStore:
    """The store of one process; gone with it. ``clock`` is the one that its calls go by."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or LocalClock()
        self._lock = threading.Lock()
        self._faults = NO_FAULTS
        self._forget()

        self.revision = 0
        self.generation = 0

    def _forget(self) -> None:
        self._followme: dict[str, Followme] = {}
        self._prompts: dict[str, dict[str, Prompt]] = {}
        self._directory = EMPTY_REGISTRY
        # Ids go on counting: who holds one from before must not mean another fault.
        self._faults = Faults(made=self._faults.made)
        self._balances: dict[str, Decimal] = {}
        self._made = 0
        self._calls: dict[str, Call] = {}
        self._finished: deque[str] = deque()
        # A priority queue with one entry a call: due, number of the call, index of the step.
        self._schedule: list[tuple[int, int, int, Call, tuple[Step, ...]]] = []
        self._under_way: dict[tuple[str, int], ClaimedStep] = {}

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset for the customer."""
        return self._followme.get(customer_name, EMPTY_FOLLOWME)

    def change_followme(
        self, customer_name: str, change: Callable[[Followme], Followme]
    ) -> Followme:
        """Replace what is preset by ``change`` of it, atomically."""
        with self._lock:
            new = change(self._followme.get(customer_name, EMPTY_FOLLOWME))
            if new == EMPTY_FOLLOWME:
                self._followme.pop(customer_name, None)
            else:
                self._followme[customer_name] = new
            self.revision += 1
            return new

    def customers(self) -> list[str]:
        """Return the customers with something preset."""
        return list(self._followme)

    def known_customers(self) -> list[str]:
        """Return the customers of whom anything is kept."""
        with self._lock:
            calling = (call.order.customer for call in self._calls.values())
            return sorted({*self._followme, *self._prompts, *self._balances, *calling})

    def prompts(self, customer_name: str) -> list[Prompt]:
        """Return what was uploaded for the customer."""
        with self._lock:
            return list(self._prompts.get(customer_name, {}).values())

    def prompt_metadata(self, customer_name: str) -> list[PromptMetadata]:
        """Return the same without the bytes."""
        return [prompt.head for prompt in self.prompts(customer_name)]

    def put_prompt(self, customer_name: str, prompt: Prompt) -> None:
        """Keep ``prompt`` in the place of one of the same name."""
        with self._lock:
            prompts = self._prompts.setdefault(customer_name, {})
            prompts.pop(prompt.name, None)  # the latest stands last
            prompts[prompt.name] = prompt
            self.revision += 1

    def subscriber_registry(self) -> SubscriberRegistry:
        """Return what is set for numbers."""
        return self._directory

    def subscriber(self, number: str) -> Subscriber | None:
        """Return what ``number`` is set to do."""
        return self._directory.find(number)

    def set_subscriber(self, number: str, subscriber: Subscriber | None) -> None:
        """Set what ``number`` does."""
        with self._lock:
            if subscriber is None:
                self._directory = self._directory.without(number)
            else:
                self._directory = self._directory.with_number(number, subscriber)
            self.revision += 1

    def faults(self) -> Faults:
        """Return the faults that are set, with their counters."""
        return self._faults

    def change_faults(self, change: Callable[[Faults], Faults]) -> Faults:
        """Replace the faults by ``change`` of them."""
        with self._lock:
            self._faults = change(self._faults)
            self.revision += 1
            return self._faults

    def balance(self, customer_name: str) -> Decimal | None:
        """Return the customer's balance in RUB; ``None``: it was never changed."""
        return self._balances.get(customer_name)

    def change_balance(
        self, customer_name: str, change: Callable[[Decimal | None], Decimal]
    ) -> Decimal:
        """Replace the customer's balance by ``change`` of it."""
        with self._lock:
            balance = change(self._balances.get(customer_name))
            self._balances[customer_name] = balance
            self.revision += 1
            return balance

    def add_call(self, make: Callable[[int], Call], generation: int) -> Call | None:
        """Keep the call that ``make`` makes out of its number, and schedule its steps."""
        with self._lock:
            if generation != self.generation:
                return None
            number = self._made + 1
            call = make(number)
            self._made = number
            self._calls[call.id] = call
            self._schedule_step(number, 0, call, call.steps())
            self.revision += 1
            return call

    def call(self, call_id: str) -> Call | None:
        """Return the call, ``None`` when it is unknown or no longer kept."""
        return self._calls.get(call_id)

    def calls(self) -> list[Call]:
        """Return the calls that are kept, in the order in which they were made."""
        with self._lock:
            return list(self._calls.values())

    def next_due(self) -> int | None:
        """Return when the next step is due, in milliseconds since the epoch."""
        with self._lock:
            return self._schedule[0][0] if self._schedule else None

    def claim_next(self, until: int, generation: int) -> ClaimedStep | None:
        """Return the next step that is due at ``until`` or before, and no longer schedule it."""
        with self._lock:
            return self._take(until, generation)

    def claim_batch(self, until: int, generation: int, most: int) -> list[ClaimedStep]:
        """Take up to ``most`` steps."""
        with self._lock:
            taken = (self._take(until, generation) for _ in range(most))
            return [due for due in taken if due is not None]

    def in_flight(self) -> list[ClaimedStep]:
        """Return the steps that were taken and are not done."""
        with self._lock:
            return sorted(self._under_way.values(), key=lambda due: due.step.at)

    def is_under_way(self, due: ClaimedStep) -> bool:
        """Return whether ``due`` is still to be done."""
        return self._under_way.get((due.call.id, due.place)) is due

    def complete(self, due: ClaimedStep) -> bool:
        """Note that ``due`` is done; return whether it was still under way."""
        with self._lock:
            return self._done(due)

    def settle(
        self, due: ClaimedStep, charge: Callable[[Decimal | None], Decimal | None], keep: int
    ) -> None:
        """Do the step ``due`` that ends a call."""
        with self._lock:
            if not self._done(due):
                return
            customer = due.call.order.customer
            balance = charge(self._balances.get(customer))
            if balance is not None:
                self._balances[customer] = balance
            self._finished.append(due.call.id)
            while len(self._finished) > keep:
                self._calls.pop(self._finished.popleft(), None)
            self.revision += 1

    def delete_customer(self, customer_name: str) -> None:
        """Forget all of one customer, calls under way included."""
        with self._lock:
            for kept in (self._followme, self._prompts, self._balances):
                kept.pop(customer_name, None)
            gone = {
                call.id for call in self._calls.values() if call.order.customer == customer_name
            }
            for call_id in gone:
                del self._calls[call_id]
            self._finished = deque(each for each in self._finished if each not in gone)
            self._schedule = [
                each for each in self._schedule if each[3].order.customer != customer_name
            ]
            heapq.heapify(self._schedule)
            self._under_way = {
                key: due
                for key, due in self._under_way.items()
                if due.call.order.customer != customer_name
            }
            self.revision += 1

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._forget()
            self.revision += 1
            self.generation += 1

    def snapshot(self, customers: Collection[str] | None = None, *, calls: bool = True) -> Snapshot:
        """Return what is kept, all of it at one moment."""
        with self._lock:
            names = {*self._followme, *self._prompts, *self._balances}
            if customers is not None:
                names &= {*customers}
            saved = Snapshot(
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
                    each
                    for each in (self._saved_calls() if calls else ())
                    if customers is None or each.call.order.customer in customers
                ),
            ).in_order()
            if customers is not None:
                return saved
            return replaced(
                saved,
                subscribers=tuple(self._directory.entries().items()),
                faults=self._faults.active,
                calls_made=self._made if calls else 0,
                clock=SavedClock(self._clock.speed, self._clock.now()) if calls else None,
            )

    def restore(self, snapshot: Snapshot, *, replace: bool = False) -> None:
        """Take in what ``snapshot`` says, all of it or nothing."""
        with self._lock:
            known = {each.call.id for each in self._saved_calls()}
            taken = known & {each.call.id for each in snapshot.calls}
            if taken and not replace:
                raise CallsTakenError(taken)
            subscriber_registry = with_subscribers(
                EMPTY_REGISTRY if replace else self._directory, snapshot.subscribers
            )
            faults = Faults(made=self._faults.made) if replace else self._faults
            faults = with_faults(faults, snapshot.faults)
            # Nothing below can fail.
            if replace:
                self._forget()
                self.generation += 1
            self._directory, self._faults = subscriber_registry, faults
            for customer in snapshot.customers:
                self._put_customer(customer)
            self._put_calls(snapshot)
            self.revision += 1
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
            self._prompts[customer.name] = {each.name: each for each in customer.prompts}
            if not customer.prompts:
                del self._prompts[customer.name]

    def _saved_calls(self) -> list[SavedCall]:
        calls = self._calls | {each[3].id: each[3] for each in self._schedule}
        calls |= {due.call.id: due.call for due in self._under_way.values()}
        left: dict[str, set[int]] = {call_id: set() for call_id in calls}
        for _, _, index, call, steps in self._schedule:
            left[call.id] |= {*range(index, len(steps))}
        for call_id, place in self._under_way:
            left[call_id].add(place)
        return [
            SavedCall(call, tuple(sorted(left[call_id])), retained=call_id in self._calls)
            for call_id, call in calls.items()
        ]

    def _put_calls(self, snapshot: Snapshot) -> None:
        self._made = max(self._made, snapshot.last_number)
        kept = [each.call for each in snapshot.calls if each.retained]
        # In the order in which they were made, whoever made them.
        every = sorted([*self._calls.values(), *kept], key=lambda call: call_number(call.id))
        self._calls = {call.id: call for call in every}
        self._finished += snapshot.newly_settled()
        for each in snapshot.calls:
            call = each.call
            self._schedule_step(call_number(call.id), each.next_step, call, call.steps())
        for call, place in snapshot.in_flight():
            self._under_way[call.id, place] = ClaimedStep(
                call, call.steps()[place], place, self.generation
            )

    def _take(self, until: int, generation: int) -> ClaimedStep | None:
        if generation != self.generation or not self._schedule or self._schedule[0][0] > until:
            return None
        _, number, index, call, steps = heapq.heappop(self._schedule)
        self._schedule_step(number, index + 1, call, steps)
        due = ClaimedStep(call, steps[index], index, generation)
        self._under_way[call.id, index] = due
        self.revision += 1
        return due

    def _done(self, due: ClaimedStep) -> bool:
        if not self.is_under_way(due):
            return False
        del self._under_way[due.call.id, due.place]
        return True

    def _schedule_step(self, number: int, index: int, call: Call, steps: tuple[Step, ...]) -> None:
        if index < len(steps):
            heapq.heappush(self._schedule, (steps[index].at, number, index, call, steps))

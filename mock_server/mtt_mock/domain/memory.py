"""The store in this process's memory."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable
from decimal import Decimal

from mtt_mock.domain.calls import Call, Step
from mtt_mock.domain.faults import NO_FAULTS, Faults
from mtt_mock.domain.followme import EMPTY, Followme
from mtt_mock.domain.prompts import Prompt, PromptHead
from mtt_mock.domain.store import Due
from mtt_mock.domain.subscribers import NOBODY, Directory, Subscriber


class MemoryStore:
    """The store of one process; gone with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults = NO_FAULTS
        self._forget()

        self.revision = 0
        self.era = 0

    def _forget(self) -> None:
        self._followme: dict[str, Followme] = {}
        self._prompts: dict[str, dict[str, Prompt]] = {}
        self._directory = NOBODY
        # Ids go on counting: who holds one from before must not mean another fault.
        self._faults = Faults(made=self._faults.made)
        self._balances: dict[str, Decimal] = {}
        self._made = 0
        self._calls: dict[str, Call] = {}
        self._finished: deque[str] = deque()
        # A priority queue with one entry a call: due, number of the call, index of the step.
        self._schedule: list[tuple[int, int, int, Call, tuple[Step, ...]]] = []
        self._under_way: dict[tuple[str, int], Due] = {}

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset for the customer."""
        return self._followme.get(customer_name, EMPTY)

    def change_followme(
        self, customer_name: str, change: Callable[[Followme], Followme]
    ) -> Followme:
        """Replace what is preset by ``change`` of it, atomically."""
        with self._lock:
            new = change(self._followme.get(customer_name, EMPTY))
            if new == EMPTY:
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

    def prompt_heads(self, customer_name: str) -> list[PromptHead]:
        """Return the same without the bytes."""
        return [prompt.head for prompt in self.prompts(customer_name)]

    def put_prompt(self, customer_name: str, prompt: Prompt) -> None:
        """Keep ``prompt`` in the place of one of the same name."""
        with self._lock:
            prompts = self._prompts.setdefault(customer_name, {})
            prompts.pop(prompt.name, None)  # the latest stands last
            prompts[prompt.name] = prompt
            self.revision += 1

    def directory(self) -> Directory:
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

    def add_call(self, make: Callable[[int], Call], era: int) -> Call | None:
        """Keep the call that ``make`` makes out of its number, and schedule its steps."""
        with self._lock:
            if era != self.era:
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

    def take_due(self, until: int, era: int) -> Due | None:
        """Return the next step that is due at ``until`` or before, and no longer schedule it."""
        with self._lock:
            if era != self.era or not self._schedule or self._schedule[0][0] > until:
                return None
            _, number, index, call, steps = heapq.heappop(self._schedule)
            self._schedule_step(number, index + 1, call, steps)
            due = Due(call, steps[index], index, era)
            self._under_way[call.id, index] = due
            self.revision += 1
            return due

    def under_way(self) -> list[Due]:
        """Return the steps that were taken and are not done."""
        with self._lock:
            return sorted(self._under_way.values(), key=lambda due: due.step.at)

    def is_under_way(self, due: Due) -> bool:
        """Return whether ``due`` is still to be done."""
        return self._under_way.get((due.call.id, due.place)) is due

    def acknowledge(self, due: Due) -> bool:
        """Note that ``due`` is done; return whether it was still under way."""
        with self._lock:
            return self._done(due)

    def settle(
        self, due: Due, charge: Callable[[Decimal | None], Decimal | None], keep: int
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

    def forget(self, customer_name: str) -> None:
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
            self.era += 1

    def _done(self, due: Due) -> bool:
        if not self.is_under_way(due):
            return False
        del self._under_way[due.call.id, due.place]
        return True

    def _schedule_step(self, number: int, index: int, call: Call, steps: tuple[Step, ...]) -> None:
        if index < len(steps):
            heapq.heappush(self._schedule, (steps[index].at, number, index, call, steps))

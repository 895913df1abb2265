"""State as one value: what a store gives out, and takes in again as a whole."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from mtt_mock.domain.calls import Call, call_number
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.faults import ActiveFault, Faults
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.subscribers import Subscriber, SubscriberRegistry

_MOST_NAMED = 5


class CallsTakenError(MttMockError, ValueError):
    """Calls with these ids are there already.

    Forget what is there first (``replace``), or leave the calls out.
    """

    def __init__(self, taken: Collection[str]) -> None:
        shown = ", ".join(sorted(taken, key=call_number)[:_MOST_NAMED])
        more = ", …" if len(taken) > _MOST_NAMED else ""
        super().__init__(
            f"calls with these ids are there already: {shown}{more}; replace what is there "
            "(--replace), or export without calls (--without-calls)"
        )


@dataclass(frozen=True, slots=True)
class SavedCustomer:
    """What is kept for one customer; ``None``: of that the snapshot says nothing.

    ``prompts`` stand in the order in which they were uploaded, ``balance`` is in RUB.
    """

    name: str
    followme: Followme | None = None
    balance: Decimal | None = None
    prompts: tuple[Prompt, ...] | None = None


@dataclass(frozen=True, slots=True)
class SavedCall:
    """A call and the indexes of its pending steps; ``retained`` calls can be queried."""

    call: Call
    pending_steps: tuple[int, ...]
    retained: bool = True

    @property
    def next_step(self) -> int:
        """The place of the step that is to be taken next: from there on none is done."""
        place = len(self.call.steps())
        waiting = set(self.pending_steps)
        while place - 1 in waiting:
            place -= 1
        return place

    @property
    def in_flight(self) -> tuple[int, ...]:
        """The places of the steps that were taken before that and are not done."""
        place = self.next_step
        return tuple(each for each in self.pending_steps if each < place)

    @property
    def is_settled(self) -> bool:
        """Whether it was charged."""
        steps = self.call.steps()
        return all(steps[place].event is not None for place in self.pending_steps)


class SavedClock(NamedTuple):
    """A clock: its ``speed`` (0: it stands still), and ``now`` in ms since the epoch."""

    speed: float
    now: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is kept, or a part of it.

    ``calls_made``: how many calls were ever made; ids of later ones count on from there.
    ``clock`` ``None``: nothing is said about time.
    """

    customers: tuple[SavedCustomer, ...] = ()
    subscribers: tuple[tuple[str, Subscriber], ...] = ()
    faults: tuple[ActiveFault, ...] = ()
    calls: tuple[SavedCall, ...] = ()
    calls_made: int = 0
    clock: SavedClock | None = None

    @property
    def last_number(self) -> int:
        """The number of the last call that was made, as far as it says."""
        return max(self.calls_made, *(call_number(each.call.id) for each in self.calls), 0)

    def in_order(self) -> Snapshot:
        """Return it with its customers by name, and its calls as they were made."""
        return replace(
            self,
            customers=tuple(sorted(self.customers, key=lambda each: each.name)),
            calls=tuple(sorted(self.calls, key=lambda each: call_number(each.call.id))),
        )

    def in_flight(self) -> list[tuple[Call, int]]:
        """Return its steps that were taken and are not done, call and place, in order."""
        found = [(each.call, place) for each in self.calls for place in each.in_flight]
        return sorted(
            found, key=lambda one: (one[0].steps()[one[1]].at, call_number(one[0].id), one[1])
        )

    def newly_settled(self) -> list[str]:
        """Return the ids of its settled calls that can be asked about, first over first."""
        over = [each.call for each in self.calls if each.retained and each.is_settled]
        return [
            call.id for call in sorted(over, key=lambda each: (each.ended, call_number(each.id)))
        ]


def with_subscribers(
    subscriber_registry: SubscriberRegistry, subscribers: Sequence[tuple[str, Subscriber]]
) -> SubscriberRegistry:
    """Return ``directory`` with these set, one after another."""
    for number, subscriber in subscribers:
        subscriber_registry = subscriber_registry.with_number(number, subscriber)
    return subscriber_registry


def with_faults(faults: Faults, saved: Sequence[ActiveFault]) -> Faults:
    """Return ``faults`` and what is missing of ``saved``, with its counters and ids of its own."""
    new = faults.with_missing([one.fault for one in saved])
    waiting: defaultdict[object, deque[ActiveFault]] = defaultdict(deque)
    for one in saved:
        waiting[one.fault].append(one)
    added = [
        replace(waiting[one.fault].popleft(), id=one.id) for one in new.active[len(faults.active) :]
    ]
    return replace(new, active=(*faults.active, *added))

"""Snapshot: the state of a store as one value, for export and import."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from mtt_mock.domain.calls import Call, call_number
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.faults import ActiveFault, Faults
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.subscribers import Subscriber

_MAX_NAMED_CALLS = 5


class CallsTakenError(MttMockError, ValueError):
    """The store already holds calls with these ids.

    Replace the state (``replace``), or export without calls.
    """

    def __init__(self, taken: Collection[str]) -> None:
        shown = ", ".join(sorted(taken, key=call_number)[:_MAX_NAMED_CALLS])
        more = ", …" if len(taken) > _MAX_NAMED_CALLS else ""
        super().__init__(
            f"calls with these ids are there already: {shown}{more}; replace the state "
            "(--replace), or export without calls (--without-calls)"
        )


class SavedCustomer(Struct, frozen=True):
    """The state of one customer; a field that is ``None`` is not part of the snapshot.

    ``prompts`` are in upload order, ``balance`` is in RUB.
    """

    name: str
    followme: Followme | None = None
    balance: Decimal | None = None
    prompts: tuple[Prompt, ...] | None = None


class SavedCall(Struct, frozen=True):
    """A call and the indexes of its pending steps. Only ``retained`` calls can be queried."""

    call: Call
    pending_steps: tuple[int, ...]
    retained: bool = True

    @property
    def next_step(self) -> int:
        """The index of the next step to claim. All steps from there on are pending."""
        index = len(self.call.steps())
        pending = set(self.pending_steps)
        while index - 1 in pending:
            index -= 1
        return index

    @property
    def in_flight(self) -> tuple[int, ...]:
        """The indexes of the claimed steps that are not completed."""
        next_step = self.next_step
        return tuple(index for index in self.pending_steps if index < next_step)

    @property
    def is_settled(self) -> bool:
        """Whether the call has been charged."""
        steps = self.call.steps()
        return all(steps[index].event is not None for index in self.pending_steps)


class SavedClock(NamedTuple):
    """A clock: its ``speed`` (0 for a manual clock) and ``now`` in ms since the epoch."""

    speed: float
    now: int


class Snapshot(Struct, frozen=True):
    """The state of a store, or a part of it.

    ``calls_made`` is the number of calls ever made: later call ids continue from there. A ``clock``
    of ``None`` leaves the clock as it is.
    """

    customers: tuple[SavedCustomer, ...] = ()
    subscribers: tuple[tuple[str, Subscriber], ...] = ()
    faults: tuple[ActiveFault, ...] = ()
    calls: tuple[SavedCall, ...] = ()
    calls_made: int = 0
    clock: SavedClock | None = None

    @property
    def last_number(self) -> int:
        """The highest call number in the snapshot."""
        return max(self.calls_made, *(call_number(saved.call.id) for saved in self.calls), 0)

    def in_order(self) -> Snapshot:
        """Return the snapshot with customers sorted by name, and calls by number."""
        return replace(
            self,
            customers=tuple(sorted(self.customers, key=lambda customer: customer.name)),
            calls=tuple(sorted(self.calls, key=lambda saved: call_number(saved.call.id))),
        )

    def in_flight(self) -> list[tuple[Call, int]]:
        """Return the steps in flight as pairs of call and step index, by due time."""
        pairs = [(saved.call, index) for saved in self.calls for index in saved.in_flight]
        return sorted(
            pairs,
            key=lambda pair: (pair[0].steps()[pair[1]].at, call_number(pair[0].id), pair[1]),
        )

    def newly_settled(self) -> list[str]:
        """Return the ids of the settled and retained calls, by end time."""
        settled = [saved.call for saved in self.calls if saved.retained and saved.is_settled]
        return [
            call.id for call in sorted(settled, key=lambda call: (call.ended, call_number(call.id)))
        ]


def with_faults(faults: Faults, saved: Sequence[ActiveFault]) -> Faults:
    """Return ``faults`` and those of ``saved`` that it lacks, with their counters and new ids."""
    new = faults.with_missing([active.fault for active in saved])
    counters: defaultdict[object, deque[ActiveFault]] = defaultdict(deque)
    for active in saved:
        counters[active.fault].append(active)
    added = [
        replace(counters[active.fault].popleft(), id=active.id)
        for active in new.active[len(faults.active) :]
    ]
    return replace(new, active=(*faults.active, *added))

"""Everything that is kept, read at one moment and taken in again, in one transaction each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, Select, case, select

from mtt_mock.domain.calls import call_number
from mtt_mock.domain.faults import NO_FAULTS, Faults
from mtt_mock.domain.followme import EMPTY_FOLLOWME
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.snapshot import (
    CallsTakenError,
    SavedCall,
    SavedClock,
    SavedCustomer,
    Snapshot,
    with_faults,
)
from mtt_mock.domain.subscribers import (
    Subscriber,
    check_subscriber,
    is_pattern,
    subscriber_from_dict,
    subscriber_to_dict,
)
from mtt_mock.storage.codec import (
    call_from_dict,
    call_to_dict,
    faults_from_dict,
    faults_to_dict,
    followme_from_dict,
)
from mtt_mock.storage.codec import followme_to_dict as preset_values
from mtt_mock.storage.sql.clock import SqlClock
from mtt_mock.storage.sql.columns import key
from mtt_mock.storage.sql.store_base import Part

_AT_ONCE = 500  # values in one statement
_T = TypeVar("_T")


class _Read(NamedTuple):
    """Rows as they were at one moment."""

    customers: Sequence[Row[Any]]
    prompts: Sequence[Row[Any]]
    calls: Sequence[Row[Any]]
    in_flight: Sequence[Row[Any]]
    subscribers: Sequence[Row[Any]]
    faults: Faults
    calls_made: int
    clock: SavedClock | None


class Snapshots(Part):
    """The part of the store that gives out everything, and takes it in."""

    def snapshot(self, customers: Collection[str] | None = None, *, calls: bool = True) -> Snapshot:
        """Return what is kept, all of it at one moment."""
        names = None if customers is None else sorted(customers)
        return _snapshot(
            self._database.read_consistent(
                lambda connection: self._rows(connection, names, calls=calls)
            )
        )

    def restore(self, snapshot: Snapshot, *, replace: bool = False) -> None:
        """Take in what ``snapshot`` says, all of it or nothing."""

        def apply(connection: Connection) -> None:
            if replace:
                self._forget_all(connection)
            else:
                self._generation(connection, lock=True)
            self._check_calls(connection, snapshot)
            self._put_customers(connection, snapshot)
            self._put_prompts(connection, snapshot.customers)
            self._put_subscribers(connection, snapshot.subscribers)
            if snapshot.faults:
                now = faults_from_dict(self._document(connection, "faults", lock=True))
                new = with_faults(now, snapshot.faults)
                self._put_document(connection, "faults", faults_to_dict(new))
            self._put_calls(connection, snapshot)
            if snapshot.clock is not None:
                SqlClock(self._database).restore(connection, snapshot.clock, anew=replace)
            self._database.count_change(connection)

        self._database.write(apply)

    def _rows(self, connection: Connection, names: list[str] | None, *, calls: bool) -> _Read:
        tables = self._tables

        def rows(asked: Select[Any], customer: Any) -> Sequence[Row[Any]]:
            if names is None:
                return connection.execute(asked).all()
            return [
                row
                for some in _parts(names)
                for row in connection.execute(asked.where(customer.in_(some)))
            ]

        of_calls, in_flight, counters = tables.calls, tables.in_flight, tables.counters
        subscribers = select(tables.subscribers).order_by(tables.subscribers.c.place)
        made = select(counters.c.value).where(counters.c.name == "calls")
        taken: Select[Any] = select(in_flight.c.call, in_flight.c.place)
        everything = names is None
        return _Read(
            rows(select(tables.customers), tables.customers.c.customer),
            rows(
                select(tables.prompts).order_by(tables.prompts.c.place), tables.prompts.c.customer
            ),
            rows(select(of_calls), of_calls.c.customer) if calls else [],
            connection.execute(taken).all() if calls else [],
            connection.execute(subscribers).all() if everything else [],
            faults_from_dict(self._document(connection, "faults")) if everything else NO_FAULTS,
            connection.execute(made).scalar_one() if everything and calls else 0,
            SqlClock(self._database).saved(connection) if everything and calls else None,
        )

    def _check_calls(self, connection: Connection, snapshot: Snapshot) -> None:
        if not snapshot.last_number:
            return
        # From here on others that make a call wait.
        counters, calls = self._tables.counters, self._tables.calls
        last = snapshot.last_number
        most = case((counters.c.value < last, last), else_=counters.c.value)
        connection.execute(counters.update().where(counters.c.name == "calls").values(value=most))
        taken = [
            found
            for some in _parts([each.call.id for each in snapshot.calls])
            for found in connection.execute(
                select(calls.c.id).where(calls.c.id.in_(some))
            ).scalars()
        ]
        if taken:
            raise CallsTakenError(taken)

    def _put_customers(self, connection: Connection, snapshot: Snapshot) -> None:
        table = self._tables.customers
        groups: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        named = {each.name for each in snapshot.customers}
        callers = {each.call.order.customer for each in snapshot.calls} - named
        for customer in (*snapshot.customers, *map(SavedCustomer, sorted(callers))):
            values: dict[str, Any] = {}
            if customer.followme is not None:
                is_empty = customer.followme == EMPTY_FOLLOWME
                values["followme"] = None if is_empty else preset_values(customer.followme)
            if customer.balance is not None:
                values["balance"] = str(customer.balance)
            groups[tuple(values)].append(
                {"customer": customer.name, "name": customer.name, **values}
            )
        for given, rows in groups.items():
            put = self._database.insert(table)
            # The name too: so the row is locked, or made again where somebody is forgetting it.
            new = {name: put.excluded[name] for name in ("name", *given)}
            put = put.on_conflict_do_update(index_elements=["customer"], set_=new)
            connection.execute(put, rows)

    def _put_prompts(self, connection: Connection, customers: Sequence[SavedCustomer]) -> None:
        table = self._tables.prompts
        changed = [each for each in customers if each.prompts is not None]
        for some in _parts([each.name for each in changed]):
            connection.execute(table.delete().where(table.c.customer.in_(some)))
        rows = [
            {
                "customer": customer.name,
                "name_key": prompt.name,
                "name": prompt.name,
                "kind": prompt.kind,
                "milliseconds": prompt.milliseconds,
                "size": len(prompt.content),
                "content": prompt.content,
            }
            for customer in changed
            for prompt in customer.prompts or ()
        ]
        if rows:
            places = self._places(connection, len(rows))
            for row, place in zip(rows, places, strict=True):
                connection.execute(table.insert().values(**row, place=place))

    def _put_subscribers(
        self, connection: Connection, subscribers: Sequence[tuple[str, Subscriber]]
    ) -> None:
        # One that is given twice is what it is given last.
        given: dict[str, Subscriber] = {}
        for number, subscriber in subscribers:
            kept = check_subscriber(number, subscriber)
            given.pop(kept, None)
            given[kept] = subscriber
        if not given:
            return
        places = self._places(connection, len(given))
        put = self._database.insert(self._tables.subscribers)
        new = {name: put.excluded[name] for name in ("does", "place")}
        put = put.on_conflict_do_update(index_elements=["number"], set_=new)
        rows = [
            {
                "number": number,
                "is_pattern": is_pattern(number),
                "does": subscriber_to_dict(subscriber),
                "place": place,
            }
            for (number, subscriber), place in zip(given.items(), places, strict=True)
        ]
        connection.execute(put, rows)

    def _put_calls(self, connection: Connection, snapshot: Snapshot) -> None:
        if not snapshot.calls:
            return
        settled = snapshot.newly_settled()
        last = self._counted(connection, "finished", len(settled))
        finished = {call_id: last - back for back, call_id in enumerate(reversed(settled))}
        rows = []
        for each in snapshot.calls:
            call, steps = each.call, each.call.steps()
            rows.append(
                {
                    "id": call.id,
                    "number": call_number(call.id),
                    "customer": call.order.customer,
                    "body": call_to_dict(call),
                    "step": each.next_step,
                    "due": steps[each.next_step].at if each.next_step < len(steps) else None,
                    "finished": finished.get(call.id),
                    "kept": each.retained,
                }
            )
        connection.execute(self._tables.calls.insert(), rows)
        taken = [
            {
                "call": call.id,
                "place": place,
                "at": call.steps()[place].at,
                "number": call_number(call.id),
            }
            for call, place in snapshot.in_flight()
        ]
        if taken:
            connection.execute(self._tables.in_flight.insert(), taken)

    def _places(self, connection: Connection, count: int) -> range:
        """Return so many places after all that were given away; others wait for theirs."""
        last = self._counted(connection, "places", count)
        return range(last - count + 1, last + 1)


def _snapshot(read: _Read) -> Snapshot:
    prompts: defaultdict[str, list[Prompt]] = defaultdict(list)
    for row in read.prompts:
        prompts[row.customer].append(Prompt(row.name, row.content, row.kind, row.milliseconds))
    left: defaultdict[str, set[int]] = defaultdict(set)
    for row in read.in_flight:
        left[row.call].add(row.place)
    calls = []
    for row in read.calls:
        call = call_from_dict(row.body)
        places = left[call.id] | {*range(row.step, len(call.steps()))}
        calls.append(SavedCall(call, tuple(sorted(places)), row.kept))
    subscribers = [(row.number, subscriber_from_dict(row.does)) for row in read.subscribers]
    return Snapshot(
        customers=tuple(
            SavedCustomer(
                row.name,
                EMPTY_FOLLOWME if row.followme is None else followme_from_dict(row.followme),
                None if row.balance is None else Decimal(row.balance),
                tuple(prompts[key(row.name)]),
            )
            for row in read.customers
        ),
        # As in a directory: patterns after numbers, in the order in which they were set.
        subscribers=tuple(sorted(subscribers, key=lambda each: is_pattern(each[0]))),
        faults=read.faults.active,
        calls=tuple(calls),
        calls_made=read.calls_made,
        clock=read.clock,
    ).in_order()


def _parts(values: list[_T]) -> Iterator[list[_T]]:
    """Yield ``values`` in parts that fit into one statement."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]

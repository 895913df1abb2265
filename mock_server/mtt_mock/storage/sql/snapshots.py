"""Snapshots of the SQL store: export and import, in one transaction each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, Select, case, select

from mtt_mock.domain.calls import Call
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
    is_pattern,
    subscriber_from_dict,
)
from mtt_mock.storage.sql.calls import call_row, in_flight_row
from mtt_mock.storage.sql.clock import SqlClock
from mtt_mock.storage.sql.columns import key
from mtt_mock.storage.sql.customers import prompt_row
from mtt_mock.storage.sql.faults import faults_from_dict, faults_to_dict
from mtt_mock.storage.sql.lease import SqlLease
from mtt_mock.storage.sql.subscribers import SubscriberStore
from mtt_mock.storage.sql.transactions import Database

BATCH_SIZE = 500  # values in one statement
_T = TypeVar("_T")


class _Rows(NamedTuple):
    """A consistent set of rows."""

    customers: Sequence[Row[Any]]
    prompts: Sequence[Row[Any]]
    calls: Sequence[Row[Any]]
    in_flight: Sequence[Row[Any]]
    subscribers: Sequence[Row[Any]]
    faults: Faults
    calls_made: int
    clock: SavedClock | None


class SnapshotStore(SubscriberStore):
    """Export and import of the whole store."""

    def __init__(self, database: Database, lease: SqlLease) -> None:
        super().__init__(database, lease)
        self._clock = SqlClock(database, lease)

    def snapshot(self, customers: Collection[str] | None = None, *, calls: bool = True) -> Snapshot:
        names = None if customers is None else sorted(customers)
        return _snapshot(
            self._database.read_consistent(
                lambda connection: self._rows(connection, names, calls=calls)
            )
        )

    def restore(self, snapshot: Snapshot, *, replace: bool = False) -> None:
        def apply(connection: Connection) -> None:
            if replace:
                self._clear(connection)
            else:
                self._generation(connection, lock=True)
            self._check_calls(connection, snapshot)
            self._put_customers(connection, snapshot)
            self._put_prompts(connection, snapshot.customers)
            self._put_subscribers(connection, snapshot.subscribers)
            if snapshot.faults:
                faults = faults_from_dict(self._document(connection, "faults", lock=True))
                new = with_faults(faults, snapshot.faults)
                self._put_document(connection, "faults", faults_to_dict(new))
            self._put_calls(connection, snapshot)
            if snapshot.clock is not None:
                self._clock.restore(connection, snapshot.clock, restart=replace)
            self._database.count_change(connection)

        self._database.write(apply)

    def _rows(self, connection: Connection, names: list[str] | None, *, calls: bool) -> _Rows:
        tables = self._tables

        def rows(query: Select[Any], customer: Any) -> Sequence[Row[Any]]:
            if names is None:
                return connection.execute(query).all()
            return [
                row
                for batch in _batches(names)
                for row in connection.execute(query.where(customer.in_(batch)))
            ]

        of_calls, in_flight, counters = tables.calls, tables.in_flight, tables.counters
        subscribers = select(tables.subscribers).order_by(tables.subscribers.c.position)
        made = select(counters.c.value).where(counters.c.name == "calls")
        steps: Select[Any] = select(in_flight.c.call_id, in_flight.c.step_index)
        everything = names is None
        return _Rows(
            rows(select(tables.customers), tables.customers.c.customer),
            rows(
                select(tables.prompts).order_by(tables.prompts.c.position),
                tables.prompts.c.customer,
            ),
            rows(select(of_calls), of_calls.c.customer) if calls else [],
            connection.execute(steps).all() if calls else [],
            connection.execute(subscribers).all() if everything else [],
            faults_from_dict(self._document(connection, "faults")) if everything else NO_FAULTS,
            connection.execute(made).scalar_one() if everything and calls else 0,
            self._clock.saved(connection) if everything and calls else None,
        )

    def _check_calls(self, connection: Connection, snapshot: Snapshot) -> None:
        if not snapshot.last_number:
            return
        # Locks the counter, so that other processes wait with new calls.
        counters, calls = self._tables.counters, self._tables.calls
        last = snapshot.last_number
        highest = case((counters.c.value < last, last), else_=counters.c.value)
        connection.execute(
            counters.update().where(counters.c.name == "calls").values(value=highest)
        )
        taken = [
            call_id
            for batch in _batches([saved.call.id for saved in snapshot.calls])
            for call_id in connection.execute(
                select(calls.c.id).where(calls.c.id.in_(batch))
            ).scalars()
        ]
        if taken:
            raise CallsTakenError(taken)

    def _put_customers(self, connection: Connection, snapshot: Snapshot) -> None:
        table = self._tables.customers
        groups: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        named = {customer.name for customer in snapshot.customers}
        callers = {saved.call.order.customer for saved in snapshot.calls} - named
        for customer in (*snapshot.customers, *map(SavedCustomer, sorted(callers))):
            values: dict[str, Any] = {}
            if customer.followme is not None:
                is_empty = customer.followme == EMPTY_FOLLOWME
                values["followme"] = None if is_empty else customer.followme
            if customer.balance is not None:
                values["balance"] = str(customer.balance)
            groups[tuple(values)].append(
                {"customer": customer.name, "name": customer.name, **values}
            )
        for given, rows in groups.items():
            put = self._database.insert(table)
            # Updating the name locks the row against a concurrent delete.
            new = {name: put.excluded[name] for name in ("name", *given)}
            put = put.on_conflict_do_update(index_elements=["customer"], set_=new)
            connection.execute(put, rows)

    def _put_prompts(self, connection: Connection, customers: Sequence[SavedCustomer]) -> None:
        table = self._tables.prompts
        changed = [customer for customer in customers if customer.prompts is not None]
        for batch in _batches([customer.name for customer in changed]):
            connection.execute(table.delete().where(table.c.customer.in_(batch)))
        rows = [
            prompt_row(customer.name, prompt)
            for customer in changed
            for prompt in customer.prompts or ()
        ]
        if rows:
            positions = self._positions(connection, len(rows))
            for row, position in zip(rows, positions, strict=True):
                connection.execute(table.insert().values(**row, position=position))

    def _put_calls(self, connection: Connection, snapshot: Snapshot) -> None:
        if not snapshot.calls:
            return
        settled = snapshot.newly_settled()
        last = self._counted(connection, "finished", len(settled))
        finished = {call_id: last - back for back, call_id in enumerate(reversed(settled))}
        rows = [
            call_row(
                saved.call,
                saved.next_step,
                finished=finished.get(saved.call.id),
                retained=saved.retained,
            )
            for saved in snapshot.calls
        ]
        connection.execute(self._tables.calls.insert(), rows)
        in_flight = [
            in_flight_row(call, index, call.steps()[index].at)
            for call, index in snapshot.in_flight()
        ]
        if in_flight:
            connection.execute(self._tables.in_flight.insert(), in_flight)


def _snapshot(rows: _Rows) -> Snapshot:
    prompts: defaultdict[str, list[Prompt]] = defaultdict(list)
    for row in rows.prompts:
        prompts[row.customer].append(Prompt(row.name, row.content, row.kind, row.milliseconds))
    in_flight: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows.in_flight:
        in_flight[row.call_id].add(row.step_index)
    calls = []
    for row in rows.calls:
        call: Call = row.body
        pending = in_flight[call.id] | {*range(row.next_step, len(call.steps()))}
        calls.append(SavedCall(call, tuple(sorted(pending)), row.retained))
    subscribers = [(row.number, subscriber_from_dict(row.behaviour)) for row in rows.subscribers]
    return Snapshot(
        customers=tuple(
            SavedCustomer(
                row.name,
                row.followme or EMPTY_FOLLOWME,
                None if row.balance is None else Decimal(row.balance),
                tuple(prompts[key(row.name)]),
            )
            for row in rows.customers
        ),
        # Numbers first, then patterns by position.
        subscribers=tuple(sorted(subscribers, key=lambda pair: is_pattern(pair[0]))),
        faults=rows.faults.active,
        calls=tuple(calls),
        calls_made=rows.calls_made,
        clock=rows.clock,
    ).in_order()


def _batches(values: list[_T]) -> Iterator[list[_T]]:
    """Yield ``values`` in batches that fit into one statement."""
    for start in range(0, len(values), BATCH_SIZE):
        yield values[start : start + BATCH_SIZE]

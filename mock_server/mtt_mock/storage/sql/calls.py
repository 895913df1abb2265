"""The calls of the SQL store and their schedule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    func,
    select,
    tuple_,
)
from sqlalchemy import true as always

from mtt_mock.domain.calls import Call, call_number
from mtt_mock.domain.store import ClaimedStep
from mtt_mock.storage.sql.lease import SqlLease
from mtt_mock.storage.sql.store_base import StoreBase
from mtt_mock.storage.sql.transactions import Database, TransactionConflict


class CallStore(StoreBase):
    """Calls, one row each, and the claimed steps that are in flight."""

    def __init__(self, database: Database, lease: SqlLease) -> None:
        super().__init__(database, lease)
        # Every step of every call runs these statements, so they are built once.
        calls, in_flight = self._tables.calls, self._tables.in_flight
        counters = self._tables.counters
        is_step = and_(
            in_flight.c.call_id == bindparam("of_call"),
            in_flight.c.step_index == bindparam("of_step_index"),
            select(1)
            .where(counters.c.name == "generation", counters.c.value == bindparam("of_generation"))
            .exists(),
        )
        is_leader = select(1).where(lease.is_claimed()).exists()
        is_retained = (
            select(calls.c.retained).where(calls.c.id == in_flight.c.call_id).scalar_subquery()
        )
        self._select_in_flight = select(1).select_from(in_flight).where(is_step, is_leader)
        self._delete_step = in_flight.delete().where(is_step)
        self._complete_step = self._delete_step.where(database.async_commit()).returning(
            is_retained.label("is_retained")
        )
        self._finish_call = (
            calls.update()
            .where(calls.c.id == bindparam("of_call"))
            .values(finished=bindparam("new_finished", type_=BigInteger))
        )
        customers = self._tables.customers
        self._put_balance = (
            customers.update()
            .where(customers.c.customer == bindparam("of_customer"))
            .values(balance=bindparam("new_balance"))
        )
        self._schedule_next_step = (
            calls.update()
            .where(calls.c.id == bindparam("of_call"))
            .values(
                next_step=bindparam("new_next_step"), due=bindparam("new_due", type_=BigInteger)
            )
        )

    def add_call(self, make: Callable[[int], Call], generation: int) -> Call | None:
        def apply(connection: Connection) -> Call | None:
            if self._generation(connection, lock=True) != generation:
                return None
            number = self._counted(connection, "calls")
            call = make(number)
            self._customer(connection, call.order.customer)
            connection.execute(self._tables.calls.insert().values(call_row(call)))
            self._database.count_change(connection)
            return call

        return self._database.write(apply)

    def call(self, call_id: str) -> Call | None:
        table = self._tables.calls
        query = select(table.c.body).where(table.c.id == call_id, table.c.retained)
        call: Call | None = self._database.scalar(query)
        return call

    def calls(self) -> list[Call]:
        table = self._tables.calls
        query = select(table.c.body).where(table.c.retained).order_by(table.c.number)
        return [row.body for row in self._database.rows(query)]

    def running_calls(self) -> int:
        table = self._tables.calls
        query = select(func.count()).select_from(table).where(table.c.due.is_not(None))
        return int(self._database.scalar(query))

    def next_due(self) -> int | None:
        query = select(func.min(self._tables.calls.c.due))
        due: int | None = self._database.scalar(query)
        return due

    def claim_next(self, until: int, generation: int) -> ClaimedStep | None:
        return next(iter(self.claim_batch(until, generation, 1)), None)

    def claim_batch(self, until: int, generation: int, limit: int) -> list[ClaimedStep]:
        """Claim up to ``limit`` steps, the next one of each call."""
        table, lease, counters = self._tables.calls, self._tables.lease, self._tables.counters
        # The locks block a takeover and ``clear`` until the transaction ends.
        may_claim = (
            select(counters.c.value, lease.c.id)
            .join_from(counters, lease, always())
            .where(
                counters.c.name == "generation",
                counters.c.value == generation,
                self._lease.is_held(),
            )
            .where(self._database.async_commit())
            .with_for_update(read=True)
        )
        query = (
            select(table)
            .where(table.c.due <= until)
            .order_by(table.c.due, table.c.number)
            .limit(limit)
            .with_for_update()
        )

        def apply(connection: Connection) -> list[ClaimedStep]:
            if connection.execute(may_claim).first() is None:
                return []
            rows = connection.execute(query).all()
            claims = [_next_step(row, generation) for row in rows]
            if claims:
                connection.execute(
                    self._schedule_next_step, [_following_step(claimed) for claimed in claims]
                )
                in_flight = [in_flight_row(call, index, step.at) for call, step, index, _ in claims]
                connection.execute(self._tables.in_flight.insert(), in_flight)
                self._database.count_change(connection)
            return claims

        return self._database.write(apply)

    def in_flight(self) -> list[ClaimedStep]:
        table, calls = self._tables.in_flight, self._tables.calls
        query = (
            select(calls.c.body, table.c.step_index)
            .join(calls, calls.c.id == table.c.call_id)
            .order_by(table.c.due, table.c.call_number, table.c.step_index)
        )

        def ask(connection: Connection) -> list[ClaimedStep]:
            generation = self._generation(connection)
            return [
                ClaimedStep(call, call.steps()[step_index], step_index, generation)
                for call, step_index in connection.execute(query)
            ]

        return self._database.read(ask)

    def is_in_flight(self, claimed: ClaimedStep) -> bool:
        values = _step_values(claimed) | self._lease.claim()
        return bool(self._database.rows(self._select_in_flight, values))

    def complete(self, claimed: ClaimedStep) -> bool:
        statement, values = self._complete_step, _step_values(claimed)
        row = self._database.execute_autocommit(
            lambda connection: connection.execute(statement, values).first()
        )
        if row is not None and not row.is_retained:
            self._database.write(lambda connection: self._drop(connection, [claimed]))
        return row is not None

    def settle(
        self,
        claims: Sequence[ClaimedStep],
        charge: Callable[[Call, Decimal | None], Decimal | None],
        keep: int,
    ) -> None:
        def apply(connection: Connection) -> None:
            balances = self._lock_balances(connection, {_customer(claimed) for claimed in claims})
            settled = self._delete_steps(connection, claims)
            if not settled:
                return
            new_balances = dict(balances)
            for claimed in settled:
                customer = _customer(claimed)
                new_balances[customer] = charge(claimed.call, new_balances[customer])
            self._put_balances(connection, dict(new_balances.items() - balances.items()))
            last = self._counted(connection, "finished", len(settled))
            first = last - len(settled) + 1
            connection.execute(
                self._finish_call,
                [
                    {"of_call": claimed.call.id, "new_finished": finished}
                    for finished, claimed in enumerate(settled, first)
                ],
            )
            self._drop(connection, settled)
            self._retain(connection, keep)
            self._database.count_change(connection)

        self._database.write(apply)

    def _lock_balances(
        self, connection: Connection, customers: set[str]
    ) -> dict[str, Decimal | None]:
        """Return the customers' balances, locked until the transaction ends. Adds missing rows."""
        table = self._tables.customers
        query = (
            select(table.c.name, table.c.balance)
            .where(table.c.customer.in_(customers))
            .order_by(table.c.customer)
            .with_for_update()
        )
        rows = connection.execute(query).all()
        if len(rows) < len(customers):
            for customer in sorted(customers):
                self._add_customer(connection, customer)
            rows = connection.execute(query).all()
        if len(rows) < len(customers):
            raise TransactionConflict  # another transaction is deleting a customer
        return {row.name: None if row.balance is None else Decimal(row.balance) for row in rows}

    def _put_balances(self, connection: Connection, balances: dict[str, Decimal | None]) -> None:
        rows = [
            {"of_customer": customer, "new_balance": str(balance)}
            for customer, balance in balances.items()
        ]
        if rows:
            connection.execute(self._put_balance, rows)

    def _delete_steps(
        self, connection: Connection, claims: Sequence[ClaimedStep]
    ) -> list[ClaimedStep]:
        """Delete steps from those in flight; return the ones that were in flight."""
        table, counters = self._tables.in_flight, self._tables.counters
        keys = [(claimed.call.id, claimed.step_index) for claimed in claims]
        is_same_generation = (
            select(1)
            .where(counters.c.name == "generation", counters.c.value == claims[0].generation)
            .exists()
        )
        statement = (
            table.delete()
            .where(tuple_(table.c.call_id, table.c.step_index).in_(keys), is_same_generation)
            .returning(table.c.call_id, table.c.step_index)
        )
        deleted = {tuple(row) for row in connection.execute(statement)}
        return [claimed for claimed, key in zip(claims, keys, strict=True) if key in deleted]

    def _delete_calls(self, connection: Connection, customer_name: str) -> None:
        """Delete the customer's calls in the transaction of ``connection``."""
        table, in_flight = self._tables.calls, self._tables.in_flight
        # Waits for a concurrent claim of one of the calls; the second statement sees its step.
        connection.execute(table.delete().where(table.c.customer == customer_name))
        has_call = select(1).where(table.c.id == in_flight.c.call_id).exists()
        connection.execute(in_flight.delete().where(~has_call))

    def _drop(self, connection: Connection, claims: Sequence[ClaimedStep]) -> None:
        """Delete the calls that are not retained and have no pending steps."""
        table = self._tables.calls
        ids = [claimed.call.id for claimed in claims]
        connection.execute(
            table.delete().where(table.c.id.in_(ids), ~table.c.retained, self._has_no_steps())
        )

    def _retain(self, connection: Connection, keep: int) -> None:
        """Drop all finished calls but the last ``keep``; calls with pending events stay hidden."""
        table = self._tables.calls
        query = (
            select(table.c.finished)
            .where(table.c.finished.is_not(None), table.c.retained)
            .order_by(table.c.finished.desc())
            .offset(keep)
            .limit(1)
        )
        newest = connection.execute(query).scalar()
        if newest is None:
            return
        is_old = and_(table.c.finished <= newest, table.c.retained)
        connection.execute(table.delete().where(is_old, self._has_no_steps()))
        connection.execute(table.update().where(is_old).values(retained=False))

    def _has_no_steps(self) -> ColumnElement[bool]:
        """Return the condition that a call has no pending steps."""
        table, in_flight = self._tables.calls, self._tables.in_flight
        steps = select(1).where(in_flight.c.call_id == table.c.id)
        return and_(table.c.due.is_(None), ~steps.exists())


def call_row(call: Call, next_step: int = 0, **values: Any) -> dict[str, Any]:
    """Return the row of a call, running and retained unless ``values`` say otherwise."""
    row = {
        "id": call.id,
        "number": call_number(call.id),
        "customer": call.order.customer,
        "body": call,
        "next_step": next_step,
        "due": _due(call, next_step),
        "finished": None,
        "retained": True,
    }
    return row | values


def in_flight_row(call: Call, step_index: int, due: int) -> dict[str, Any]:
    """Return the row of a step in flight."""
    return {
        "call_id": call.id,
        "step_index": step_index,
        "due": due,
        "call_number": call_number(call.id),
    }


def _next_step(row: Row[Any], generation: int) -> ClaimedStep:
    return ClaimedStep(row.body, row.body.steps()[row.next_step], row.next_step, generation)


def _customer(claimed: ClaimedStep) -> str:
    return claimed.call.order.customer


def _step_values(claimed: ClaimedStep) -> dict[str, Any]:
    return {
        "of_call": claimed.call.id,
        "of_step_index": claimed.step_index,
        "of_generation": claimed.generation,
    }


def _following_step(claimed: ClaimedStep) -> dict[str, Any]:
    """Return the values that schedule the step after ``claimed``."""
    call, following = claimed.call, claimed.step_index + 1
    return {"of_call": call.id, "new_next_step": following, "new_due": _due(call, following)}


def _due(call: Call, step_index: int) -> int | None:
    """Return the time of a step, ``None`` after the last one."""
    steps = call.steps()
    return steps[step_index].at if step_index < len(steps) else None

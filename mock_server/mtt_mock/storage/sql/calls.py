"""Calls and their schedule: each step is taken once, and is under way until it is done."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, and_, bindparam, func, select, true

from mtt_mock.domain.calls import Call
from mtt_mock.domain.store import ClaimedStep
from mtt_mock.storage.codec import call_from_dict, call_to_dict
from mtt_mock.storage.sql.lease import SqlLease
from mtt_mock.storage.sql.store_base import Part
from mtt_mock.storage.sql.transactions import Database


class Calls(Part):
    """The part of the store that keeps calls."""

    def __init__(self, database: Database, lease: SqlLease) -> None:
        super().__init__(database, lease)
        # Statements for every step of every call, which are not made anew each time.
        table, in_flight = self._tables.calls, self._tables.in_flight
        counters = self._tables.counters
        this = and_(
            in_flight.c.call == bindparam("of_call"),
            in_flight.c.place == bindparam("of_place"),
            select(1)
            .where(counters.c.name == "generation", counters.c.value == bindparam("of_generation"))
            .exists(),
        )
        drives = select(1).where(lease.is_claimed()).exists()
        is_kept = select(table.c.kept).where(table.c.id == in_flight.c.call).scalar_subquery()
        self._wanted = select(1).select_from(in_flight).where(this, drives)
        self._done_with = in_flight.delete().where(this)
        self._gone = self._done_with.where(database.lazily()).returning(is_kept.label("is_kept"))
        self._after_taking = (
            table.update()
            .where(table.c.id == bindparam("call"))
            .values(step=bindparam("after"), due=bindparam("then", type_=BigInteger))
        )

    def add_call(self, make: Callable[[int], Call], generation: int) -> Call | None:
        """Keep the call that ``make`` makes out of its number, and schedule its steps."""

        def apply(connection: Connection) -> Call | None:
            if self._generation(connection, lock=True) != generation:
                return None
            number = self._counted(connection, "calls")
            call = make(number)
            self._customer(connection, call.order.customer)
            connection.execute(
                self._tables.calls.insert().values(
                    id=call.id,
                    number=number,
                    customer=call.order.customer,
                    body=call_to_dict(call),
                    step=0,
                    due=call.steps()[0].at,
                    finished=None,
                    kept=True,
                )
            )
            self._database.count_change(connection)
            return call

        return self._database.write(apply)

    def call(self, call_id: str) -> Call | None:
        """Return the call, ``None`` when it is unknown or no longer kept."""
        table = self._tables.calls
        asked = select(table.c.body).where(table.c.id == call_id, table.c.kept)
        values = self._database.read(lambda connection: connection.execute(asked).scalar())
        return None if values is None else call_from_dict(values)

    def calls(self) -> list[Call]:
        """Return the calls that are kept, in the order in which they were made."""
        table = self._tables.calls
        asked = select(table.c.body).where(table.c.kept).order_by(table.c.number)
        values = self._database.read(lambda connection: connection.execute(asked).scalars().all())
        return [call_from_dict(each) for each in values]

    def next_due(self) -> int | None:
        """Return when the next step is due, in milliseconds since the epoch."""
        asked = select(func.min(self._tables.calls.c.due))
        due: int | None = self._database.read(lambda connection: connection.execute(asked).scalar())
        return due

    def claim_next(self, until: int, generation: int) -> ClaimedStep | None:
        """Return the next step that is due at ``until`` or before, and no longer schedule it."""
        return next(iter(self.claim_batch(until, generation, 1)), None)

    def claim_batch(self, until: int, generation: int, most: int) -> list[ClaimedStep]:
        """Take up to ``most`` steps, of each call the next one."""
        table, lease, counters = self._tables.calls, self._tables.lease, self._tables.counters
        # While this transaction lasts nobody can take the lease, or forget everything.
        may = (
            select(counters.c.value, lease.c.id)
            .join_from(counters, lease, true())
            .where(
                counters.c.name == "generation",
                counters.c.value == generation,
                self._lease.is_held(),
            )
            .where(self._database.lazily())
            .with_for_update(read=True)
        )
        asked = (
            select(table)
            .where(table.c.due <= until)
            .order_by(table.c.due, table.c.number)
            .limit(most)
            .with_for_update()
        )

        def apply(connection: Connection) -> list[ClaimedStep]:
            if connection.execute(may).first() is None:
                return []
            rows = connection.execute(asked).all()
            taken = [_due(row, generation) for row in rows]
            if taken:
                connection.execute(self._after_taking, [_after(due) for due in taken])
                begun = [
                    {"call": row.id, "place": due.place, "at": due.step.at, "number": row.number}
                    for row, due in zip(rows, taken, strict=True)
                ]
                connection.execute(self._tables.in_flight.insert(), begun)
                self._database.count_change(connection)
            return taken

        return self._database.write(apply)

    def in_flight(self) -> list[ClaimedStep]:
        """Return the steps that were taken and are not done."""
        table, calls = self._tables.in_flight, self._tables.calls
        asked = (
            select(calls.c.body, table.c.place)
            .join(calls, calls.c.id == table.c.call)
            .order_by(table.c["at"], table.c.number, table.c.place)
        )

        def ask(connection: Connection) -> list[ClaimedStep]:
            generation = self._generation(connection)
            found = []
            for body, place in connection.execute(asked):
                call = call_from_dict(body)
                found.append(ClaimedStep(call, call.steps()[place], place, generation))
            return found

        return self._database.read(ask)

    def is_under_way(self, due: ClaimedStep) -> bool:
        """Return whether ``due`` is still to be done, and by this process."""
        values = _place(due) | self._lease.claim()
        asked = self._wanted
        found = self._database.read(lambda connection: connection.execute(asked, values).first())
        return found is not None

    def complete(self, due: ClaimedStep) -> bool:
        """Note that ``due`` is done; return whether it was still under way."""
        gone, values = self._gone, _place(due)
        row = self._database.statement(lambda connection: connection.execute(gone, values).first())
        if row is not None and not row.is_kept:
            self._database.write(lambda connection: self._drop(connection, due))
        return row is not None

    def settle(
        self, due: ClaimedStep, charge: Callable[[Decimal | None], Decimal | None], keep: int
    ) -> None:
        """Do the step ``due`` that ends a call."""
        table = self._tables.calls

        def apply(connection: Connection) -> None:
            customer = due.call.order.customer
            row = self._customer(connection, customer)
            if not self._done(connection, due):
                return
            new = charge(None if row.balance is None else Decimal(row.balance))
            if new is not None:
                self._put_customer(connection, customer, balance=str(new))
            finished = self._counted(connection, "finished")
            connection.execute(
                table.update().where(table.c.id == due.call.id).values(finished=finished)
            )
            self._keep(connection, keep)
            self._database.count_change(connection)

        self._database.write(apply)

    def forget_calls(self, connection: Connection, customer_name: str) -> None:
        """Forget the customer's calls, in the transaction of ``connection``."""
        table, in_flight = self._tables.calls, self._tables.in_flight
        # Waits for whoever takes a step of one; that step is there to be forgotten then.
        connection.execute(table.delete().where(table.c.customer == customer_name))
        there = select(1).where(table.c.id == in_flight.c.call)
        connection.execute(in_flight.delete().where(~there.exists()))

    def _done(self, connection: Connection, due: ClaimedStep) -> bool:
        if not connection.execute(self._done_with, _place(due)).rowcount:
            return False
        self._drop(connection, due)
        return True

    def _drop(self, connection: Connection, due: ClaimedStep) -> None:
        """Delete the call when it is not kept and nothing of it is left to do."""
        table = self._tables.calls
        connection.execute(
            table.delete().where(table.c.id == due.call.id, ~table.c.kept, self._is_through())
        )

    def _keep(self, connection: Connection, keep: int) -> None:
        """Of finished calls keep the last; those whose last events are to be sent stay unseen."""
        table = self._tables.calls
        asked = (
            select(table.c.finished)
            .where(table.c.finished.is_not(None), table.c.kept)
            .order_by(table.c.finished.desc())
            .offset(keep)
            .limit(1)
        )
        oldest = connection.execute(asked).scalar()
        if oldest is None:
            return
        old = and_(table.c.finished <= oldest, table.c.kept)
        connection.execute(table.delete().where(old, self._is_through()))
        connection.execute(table.update().where(old).values(kept=False))

    def _is_through(self) -> Any:
        """Return the condition that of a call no step is left."""
        table, in_flight = self._tables.calls, self._tables.in_flight
        left = select(1).where(in_flight.c.call == table.c.id)
        return and_(table.c.due.is_(None), ~left.exists())


def _due(row: Row[Any], generation: int) -> ClaimedStep:
    """Return the next step of the call in ``row``."""
    call = call_from_dict(row.body)
    return ClaimedStep(call, call.steps()[row.step], row.step, generation)


def _place(due: ClaimedStep) -> dict[str, Any]:
    return {"of_call": due.call.id, "of_place": due.place, "of_generation": due.generation}


def _after(due: ClaimedStep) -> dict[str, Any]:
    """Return what ``due``'s call has to do after it."""
    after, steps = due.place + 1, due.call.steps()
    then = steps[after].at if after < len(steps) else None
    return {"call": due.call.id, "after": after, "then": then}

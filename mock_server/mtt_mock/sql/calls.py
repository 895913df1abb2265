"""Calls and their schedule: each step is taken once, and is under way until it is done."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, func, select, true

from mtt_mock.domain.calls import Call
from mtt_mock.domain.store import Due
from mtt_mock.saved import call_of, call_values
from mtt_mock.sql.part import Part


class Calls(Part):
    """The part of the store that keeps calls."""

    def add_call(self, make: Callable[[int], Call], era: int) -> Call | None:
        """Keep the call that ``make`` makes out of its number, and schedule its steps."""

        def apply(connection: Connection) -> Call | None:
            if self._era(connection, lock=True) != era:
                return None
            number = self._counted(connection, "calls")
            call = make(number)
            self._customer(connection, call.order.customer)
            connection.execute(
                self._tables.calls.insert().values(
                    id=call.id,
                    number=number,
                    customer=call.order.customer,
                    body=call_values(call),
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
        return None if values is None else call_of(values)

    def calls(self) -> list[Call]:
        """Return the calls that are kept, in the order in which they were made."""
        table = self._tables.calls
        asked = select(table.c.body).where(table.c.kept).order_by(table.c.number)
        values = self._database.read(lambda connection: connection.execute(asked).scalars().all())
        return [call_of(each) for each in values]

    def next_due(self) -> int | None:
        """Return when the next step is due, in milliseconds since the epoch."""
        asked = select(func.min(self._tables.calls.c.due))
        due: int | None = self._database.read(lambda connection: connection.execute(asked).scalar())
        return due

    def take_due(self, until: int, era: int) -> Due | None:
        """Return the next step that is due at ``until`` or before, and no longer schedule it."""
        table, lease, counters = self._tables.calls, self._tables.lease, self._tables.counters
        # While this transaction lasts nobody can take the lease, or forget everything.
        may = (
            select(counters.c.value, lease.c.id)
            .join_from(counters, lease, true())
            .where(counters.c.name == "era", counters.c.value == era, self._lease.is_held())
            .where(self._database.lazily())
            .with_for_update(read=True)
        )
        asked = (
            select(table)
            .where(table.c.due <= until)
            .order_by(table.c.due, table.c.number)
            .limit(1)
            .with_for_update()
        )

        def apply(connection: Connection) -> Due | None:
            row = connection.execute(asked).first() if connection.execute(may).first() else None
            if row is None:
                return None
            call = call_of(row.body)
            steps = call.steps()
            step, after = steps[row.step], row.step + 1
            due = steps[after].at if after < len(steps) else None
            connection.execute(
                table.update().where(table.c.id == row.id).values(step=after, due=due)
            )
            connection.execute(
                self._tables.under_way.insert().values(
                    call=row.id, place=row.step, at=step.at, number=row.number
                )
            )
            self._database.count_change(connection)
            return Due(call, step, row.step, era)

        return self._database.write(apply)

    def under_way(self) -> list[Due]:
        """Return the steps that were taken and are not done."""
        table, calls = self._tables.under_way, self._tables.calls
        asked = (
            select(calls.c.body, table.c.place)
            .join(calls, calls.c.id == table.c.call)
            .order_by(table.c["at"], table.c.number, table.c.place)
        )

        def ask(connection: Connection) -> list[Due]:
            era = self._era(connection)
            found = []
            for body, place in connection.execute(asked):
                call = call_of(body)
                found.append(Due(call, call.steps()[place], place, era))
            return found

        return self._database.read(ask)

    def is_under_way(self, due: Due) -> bool:
        """Return whether ``due`` is still to be done, and by this process."""
        drives = select(1).select_from(self._tables.lease).where(self._lease.is_held())
        asked = select(1).where(self._is(due), self._is_era(due.era), drives.exists())
        return self._database.read(lambda connection: connection.execute(asked).first()) is not None

    def acknowledge(self, due: Due) -> bool:
        """Note that ``due`` is done; return whether it was still under way."""
        table, calls = self._tables.under_way, self._tables.calls
        is_kept = select(calls.c.kept).where(calls.c.id == table.c.call).scalar_subquery()
        gone = (
            table.delete()
            .where(self._is(due), self._is_era(due.era), self._database.lazily())
            .returning(is_kept.label("is_kept"))
        )
        row = self._database.statement(lambda connection: connection.execute(gone).first())
        if row is not None and not row.is_kept:
            self._database.write(lambda connection: self._drop(connection, due))
        return row is not None

    def settle(
        self, due: Due, charge: Callable[[Decimal | None], Decimal | None], keep: int
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
        table, under_way = self._tables.calls, self._tables.under_way
        # Waits for whoever takes a step of one; that step is there to be forgotten then.
        connection.execute(table.delete().where(table.c.customer == customer_name))
        there = select(1).where(table.c.id == under_way.c.call)
        connection.execute(under_way.delete().where(~there.exists()))

    def _done(self, connection: Connection, due: Due) -> bool:
        gone = self._tables.under_way.delete().where(self._is(due), self._is_era(due.era))
        if not connection.execute(gone).rowcount:
            return False
        self._drop(connection, due)
        return True

    def _drop(self, connection: Connection, due: Due) -> None:
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

    def _is(self, due: Due) -> Any:
        table = self._tables.under_way
        return and_(table.c.call == due.call.id, table.c.place == due.place)

    def _is_era(self, era: int) -> Any:
        table = self._tables.counters
        return select(1).where(table.c.name == "era", table.c.value == era).exists()

    def _is_through(self) -> Any:
        """Return the condition that of a call no step is left."""
        table, under_way = self._tables.calls, self._tables.under_way
        left = select(1).where(under_way.c.call == table.c.id)
        return and_(table.c.due.is_(None), ~left.exists())

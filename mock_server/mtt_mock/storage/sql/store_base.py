"""What the parts of the store have in common."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, case, select

from mtt_mock.domain.faults import Faults
from mtt_mock.storage.codec import faults_to_dict
from mtt_mock.storage.sql.lease import SqlLease
from mtt_mock.storage.sql.transactions import Database, TransactionConflict


class Part:
    """A part of the store in a database."""

    def __init__(self, database: Database, lease: SqlLease) -> None:
        self._database = database
        self._tables = database.tables
        self._lease = lease

    def _document(self, connection: Connection, name: str, *, lock: bool = False) -> Any:
        """Return the document ``name``; with ``lock`` nobody else changes it meanwhile."""
        table = self._tables.documents
        asked = select(table.c.body).where(table.c.name == name)
        return connection.execute(asked.with_for_update() if lock else asked).scalar_one()

    def _put_document(self, connection: Connection, name: str, body: Any) -> None:
        table = self._tables.documents
        connection.execute(table.update().where(table.c.name == name).values(body=body))

    def _counted(self, connection: Connection, name: str, more: int = 1) -> int:
        """Count ``more`` of ``name`` and return how many there are; others wait for it."""
        table = self._tables.counters
        counted = (
            table.update()
            .where(table.c.name == name)
            .values(value=table.c.value + more)
            .returning(table.c.value)
        )
        return int(connection.execute(counted).scalar_one())

    def _generation(self, connection: Connection, *, lock: bool = False) -> int:
        """Return the era; with ``lock`` it does not end before the transaction does."""
        table = self._tables.counters
        asked = select(table.c.value).where(table.c.name == "generation")
        return int(
            connection.execute(asked.with_for_update(read=True) if lock else asked).scalar_one()
        )

    def _customer(self, connection: Connection, name: str) -> Row[Any]:
        """Return the customer's row, made if it was not there.

        Nobody else changes it before the transaction ends.
        """
        table = self._tables.customers
        asked = select(table).where(table.c.customer == name).with_for_update()
        row = connection.execute(asked).first()
        if row is None:
            self._add_customer(connection, name)
            row = connection.execute(asked).first()
        if row is None:
            raise TransactionConflict  # somebody forgets all of the customer at this moment
        return row

    def _add_customer(self, connection: Connection, name: str, **values: Any) -> bool:
        """Add the customer's row; return whether it was not there."""
        table = self._tables.customers
        added = self._database.insert(table).values(customer=name, name=name, **values)
        # An insert's rowcount is not to be relied on: two sets would win.
        found = added.on_conflict_do_nothing().returning(table.c.customer)
        return connection.execute(found).first() is not None

    def _put_customer(self, connection: Connection, name: str, **values: Any) -> None:
        table = self._tables.customers
        connection.execute(table.update().where(table.c.customer == name).values(**values))

    def _forget_all(self, connection: Connection) -> None:
        tables = self._tables
        self._counted(connection, "generation")  # others that ask for it wait until all is gone
        self._zero(connection, "calls", "finished")
        # Ids go on counting: who holds one from before must not mean another fault.
        made = self._document(connection, "faults", lock=True)["made"]
        self._put_document(connection, "faults", faults_to_dict(Faults(made=made)))
        self._empty(
            connection,
            tables.in_flight,
            tables.calls,
            tables.prompts,
            tables.customers,
            tables.subscribers,
        )

    def _empty(self, connection: Connection, *tables: Table) -> None:
        for table in tables:
            connection.execute(table.delete())

    def _zero(self, connection: Connection, *names: str) -> None:
        table = self._tables.counters
        connection.execute(
            table.update().values(value=case((table.c.name.in_(names), 0), else_=table.c.value))
        )

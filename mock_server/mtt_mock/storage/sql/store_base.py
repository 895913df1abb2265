"""StoreBase: helpers that all parts of the SQL store use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, case, select

from mtt_mock.storage.sql.lease import SqlLease
from mtt_mock.storage.sql.transactions import Database, TransactionConflict


class StoreBase:
    """Base class of the store's parts."""

    def __init__(self, database: Database, lease: SqlLease) -> None:
        self._database = database
        self._tables = database.tables
        self._lease = lease

    def _document(self, connection: Connection, name: str, *, lock: bool = False) -> Any:
        """Return the document ``name``; ``lock`` blocks other writers."""
        table = self._tables.documents
        query = select(table.c.body).where(table.c.name == name)
        return connection.execute(query.with_for_update() if lock else query).scalar_one()

    def _put_document(self, connection: Connection, name: str, body: Any) -> None:
        table = self._tables.documents
        connection.execute(table.update().where(table.c.name == name).values(body=body))

    def _change_document(self, name: str, change: Callable[[Any], Any]) -> Any:
        """Replace a document by ``change(document)`` in a transaction, and return the new one."""

        def apply(connection: Connection) -> Any:
            document = self._document(connection, name, lock=True)
            new = change(document)
            if new != document:
                self._put_document(connection, name, new)
                self._database.count_change(connection)
            return new

        return self._database.write(apply)

    def _counted(self, connection: Connection, name: str, more: int = 1) -> int:
        """Add ``more`` to a counter and return it; locks the counter until the transaction ends."""
        table = self._tables.counters
        statement = (
            table.update()
            .where(table.c.name == name)
            .values(value=table.c.value + more)
            .returning(table.c.value)
        )
        return int(connection.execute(statement).scalar_one())

    def _positions(self, connection: Connection, count: int) -> range:
        """Return the next ``count`` positions; locks the counter until the transaction ends."""
        last = self._counted(connection, "positions", count)
        return range(last - count + 1, last + 1)

    def _generation(self, connection: Connection, *, lock: bool = False) -> int:
        """Return the generation; ``lock`` blocks ``clear`` until the transaction ends."""
        table = self._tables.counters
        query = select(table.c.value).where(table.c.name == "generation")
        return int(
            connection.execute(query.with_for_update(read=True) if lock else query).scalar_one()
        )

    def _customer(self, connection: Connection, name: str) -> Row[Any]:
        """Return the customer's row, locked until the transaction ends. Adds a missing row."""
        table = self._tables.customers
        query = select(table).where(table.c.customer == name).with_for_update()
        row = connection.execute(query).first()
        if row is None:
            self._add_customer(connection, name)
            row = connection.execute(query).first()
        if row is None:
            raise TransactionConflict  # another transaction is deleting the customer
        return row

    def _add_customer(self, connection: Connection, name: str) -> None:
        """Add the customer's row unless it exists."""
        added = self._database.insert(self._tables.customers).values(customer=name, name=name)
        connection.execute(added.on_conflict_do_nothing())

    def _clear(self, connection: Connection) -> None:
        tables = self._tables
        self._counted(connection, "generation")  # locks out transactions that depend on it
        # All rows, so that this waits for transactions that took a position.
        counter = tables.counters.c
        value = case((counter.name.in_(("calls", "finished")), 0), else_=counter.value)
        connection.execute(tables.counters.update().values(value=value))
        # Fault ids are never reused: an old handle must not refer to a new fault.
        faults = self._document(connection, "faults", lock=True)
        self._put_document(connection, "faults", faults | {"active": []})
        for table in (
            tables.in_flight, tables.calls, tables.prompts, tables.customers, tables.subscribers,
        ):  # fmt: skip
            connection.execute(table.delete())

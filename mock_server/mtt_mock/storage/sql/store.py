"""The store in a database: its parts, and what concerns all of them."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from mtt_mock.storage.sql.calls import Calls
from mtt_mock.storage.sql.customers import Customers
from mtt_mock.storage.sql.snapshots import Snapshots
from mtt_mock.storage.sql.subscribers import Numbers


class SqlStore(Customers, Numbers, Calls, Snapshots):
    """The store that processes share; what is atomic is so for all of them."""

    @property
    def revision(self) -> int:
        """Counts the changes of anything that is kept."""
        asked = select(func.sum(self._tables.changes.c.made))
        return int(self._database.read(lambda connection: connection.execute(asked).scalar_one()))

    @property
    def generation(self) -> int:
        """Counts how often everything was forgotten."""
        return self._database.read(self._generation)

    def delete_customer(self, customer_name: str) -> None:
        """Forget all of one customer; calls under way go no further."""
        customers, prompts = self._tables.customers, self._tables.prompts

        def apply(connection: Connection) -> None:
            self._customer(connection, customer_name)
            self.forget_calls(connection, customer_name)
            for table in (prompts, customers):
                connection.execute(table.delete().where(table.c.customer == customer_name))
            self._database.count_change(connection)

        self._database.write(apply)

    def clear(self) -> None:
        """Forget everything."""

        def apply(connection: Connection) -> None:
            self._forget_all(connection)
            self._database.count_change(connection)

        self._database.write(apply)

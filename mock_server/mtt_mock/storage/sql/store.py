"""SqlStore: the store in a database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from mtt_mock.domain.changes import PARTS, Part
from mtt_mock.storage.sql.calls import CallStore
from mtt_mock.storage.sql.customers import CustomerStore
from mtt_mock.storage.sql.faults import FaultStore
from mtt_mock.storage.sql.snapshots import SnapshotStore
from mtt_mock.storage.sql.stubs import StubStore


class SqlStore(CustomerStore, FaultStore, StubStore, CallStore, SnapshotStore):
    """A store that processes share; see ``Store``. Methods are atomic across processes."""

    @property
    def revision(self) -> int:
        query = select(func.sum(self._tables.changes.c.count))
        return int(self._database.scalar(query))

    @property
    def revisions(self) -> Mapping[Part, int]:
        """The revision of each part's last change, at the latest: the tables count all as one."""
        return dict.fromkeys(PARTS, self.revision)

    def changed_customers(self, revision: int) -> None:  # noqa: ARG002
        """Return ``None``: the tables do not record the customer of a change."""
        return

    @property
    def generation(self) -> int:
        return self._database.read(self._generation)

    def delete_customer(self, customer_name: str) -> None:
        customers, prompts = self._tables.customers, self._tables.prompts

        def apply(connection: Connection) -> None:
            self._customer(connection, customer_name)
            self._delete_calls(connection, customer_name)
            for table in (prompts, customers):
                connection.execute(table.delete().where(table.c.customer == customer_name))
            self._database.count_change(connection)

        self._database.write(apply)

    def clear(self) -> None:
        def apply(connection: Connection) -> None:
            self._clear(connection)
            self._database.count_change(connection)

        self._database.write(apply)

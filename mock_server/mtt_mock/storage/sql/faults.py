"""The faults of the SQL store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import or_, select

from mtt_mock.domain.faults import ActiveFault, Faults, parse_fault
from mtt_mock.domain.store import Overrides
from mtt_mock.storage.sql.lease import SqlLease
from mtt_mock.storage.sql.store_base import StoreBase
from mtt_mock.storage.sql.stubs import STUBS
from mtt_mock.storage.sql.transactions import Database

_FAULTS = "faults"


class FaultStore(StoreBase):
    """Faults, as one document."""

    def __init__(self, database: Database, lease: SqlLease) -> None:
        super().__init__(database, lease)
        documents = self._tables.documents
        # Every request runs this statement, so it is built once. It has no ``in_``, because
        # SQLAlchemy expands one in each execution, which takes longer than SQLite does.
        self._select_overrides = select(documents.c.name, documents.c.body).where(
            or_(documents.c.name == _FAULTS, documents.c.name == STUBS)
        )

    def overrides(self) -> Overrides:
        bodies = {row.name: row.body for row in self._database.rows(self._select_overrides)}
        return Overrides(bool(bodies[_FAULTS]["active"]), bool(bodies[STUBS]["active"]))

    def faults(self) -> Faults:
        return faults_from_dict(
            self._database.read(lambda connection: self._document(connection, _FAULTS))
        )

    def change_faults(self, change: Callable[[Faults], Faults]) -> Faults:
        document = self._change_document(
            _FAULTS, lambda document: faults_to_dict(change(faults_from_dict(document)))
        )
        return faults_from_dict(document)


def faults_to_dict(faults: Faults) -> dict[str, Any]:
    """Return the faults with their ids and counters as JSON values."""
    return {
        "made": faults.made,
        "active": [asdict(active) | {"fault": str(active.fault)} for active in faults.active],
    }


def faults_from_dict(values: Mapping[str, Any]) -> Faults:
    """Return the faults in ``values``."""
    return Faults(
        tuple(
            ActiveFault(**active | {"fault": parse_fault(active["fault"])})
            for active in values["active"]
        ),
        values["made"],
    )

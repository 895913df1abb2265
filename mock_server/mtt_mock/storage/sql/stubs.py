"""The stubs of the SQL store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from mtt_mock.storage.sql.store_base import StoreBase

STUBS = "stubs"


class StubStore(StoreBase):
    """Stubs, as one document."""

    def stub_document(self) -> Any:
        return self._database.read(lambda connection: self._document(connection, STUBS))

    def change_stub_document(self, change: Callable[[Any], Any]) -> Any:
        def apply(connection: Connection) -> Any:
            document = self._document(connection, STUBS, lock=True)
            new = change(document)
            if new != document:
                self._put_document(connection, STUBS, new)
                self._database.count_change(connection)
            return new

        return self._database.write(apply)

"""The stubs of the SQL store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mtt_mock.storage.sql.store_base import StoreBase

STUBS = "stubs"


class StubStore(StoreBase):
    """Stubs, as one document."""

    def stub_document(self) -> Any:
        return self._database.read(lambda connection: self._document(connection, STUBS))

    def change_stub_document(self, change: Callable[[Any], Any]) -> Any:
        return self._change_document(STUBS, change)

"""From what names a store to the state in it."""

from __future__ import annotations

from mtt_mock.service.state import State, StoreError, in_memory


def open_state(store: str | None) -> State:
    """Return the state that ``store`` names, a database's URL; ``None``: memory.

    ``sqlite:///file.db`` or ``postgresql+psycopg://user:password@host/database``. Raises
    ``StoreError``.
    """
    if store is None:
        return in_memory()
    try:
        from mtt_mock.storage.sql import open_database  # noqa: PLC0415

        return open_database(store)
    except ModuleNotFoundError as error:
        raise StoreError(
            f'{error.name} is not installed; a database needs: pip install "mtt-mock[sql]"'
        ) from None

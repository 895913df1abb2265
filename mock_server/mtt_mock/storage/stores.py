"""Opens a State from a store URL."""

from __future__ import annotations

from mtt_mock.service.state import State, StoreError, in_memory


def open_state(store: str | None) -> State:
    """Open the state at a database URL.

    Args:
        store: ``sqlite:///file.db``, ``postgresql+psycopg://user:password@host/database``, or
            ``None`` for memory.

    Returns:
        The state. Close it after use.

    Raises:
        StoreError: The URL is invalid, or the database is unusable.
    """
    if store is None:
        return in_memory()
    try:
        from mtt_mock.storage.sql import open_database  # noqa: PLC0415

        return open_database(store)
    except ModuleNotFoundError as error:
        raise StoreError(
            f'{error.name} is not installed; a database needs: pip install "mtt-mock[sql]"'
        ) from error

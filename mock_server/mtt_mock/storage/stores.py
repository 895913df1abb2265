"""Opens a State from a store URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from mtt_mock.service.fake import Fake
from mtt_mock.service.settings import Settings, SettingsError
from mtt_mock.service.state import State, StoreError, in_memory

if TYPE_CHECKING:
    from mtt_mock.service.keywords import SettingKeywords


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


def open_fake(
    settings: Settings | None = None, *, store: str | None = None, **values: Unpack[SettingKeywords]
) -> Fake:
    """Return a fake whose state is in ``store``; see ``create_app`` for arguments and errors."""
    if settings is not None and values:
        raise SettingsError("give settings, or single settings by name, not both")
    if not isinstance(settings, Settings | None):
        raise SettingsError(
            f"settings must be a Settings, got {type(settings).__name__}; give single settings by "
            "name, a dict of them as **values"
        )
    state = open_state(store)
    try:
        return Fake(settings or Settings.of(**values), state)
    except BaseException:
        state.close()
        raise

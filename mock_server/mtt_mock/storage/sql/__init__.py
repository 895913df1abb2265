"""Shared state in a database: SQLite on one machine, PostgreSQL across machines."""

from mtt_mock.storage.sql.engine import open_database, shown_store

__all__ = ["open_database", "shown_store"]

"""State in a database that processes share: SQLite for those of one machine, PostgreSQL for all."""

from mtt_mock.storage.sql.engine import open_database, shown_store

__all__ = ["open_database", "shown_store"]

"""Creates and migrates the tables."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select, text
from sqlalchemy.schema import CreateSchema

from mtt_mock.service.state import StoreError
from mtt_mock.storage.sql.tables import NAMESPACE, prefix_of, schema_of

VERSION = "0003"  # of the tables: the revision of the last migration
MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x4D54_544D_4F43_4B  # MTTMOCK


def migrate(connection: Connection, version: str = VERSION, migrations: Path = MIGRATIONS) -> None:
    """Create or migrate the tables in the transaction of ``connection``.

    A lock serialises processes. Raises ``StoreError`` for tables of a newer mtt-mock.
    """
    if version_of(connection) == version:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        if not inspect(connection).has_schema(NAMESPACE):
            connection.execute(CreateSchema(NAMESPACE))
    current = version_of(connection)
    if current == version:
        return  # another process was faster
    # Alembic is imported only for a migration, because the import is slow.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if current is not None and current not in known:
        raise StoreError(
            f"the database has tables of version {current}, made by a newer mtt-mock; this one "
            f"knows version {version}: upgrade mtt-mock, or use another database"
        )
    command.upgrade(config, version)


def version_of(connection: Connection) -> str | None:
    """Return the version of the tables, ``None`` without tables."""
    name, schema = (
        f"{prefix_of(connection.dialect.name)}version",
        schema_of(connection.dialect.name),
    )
    if not inspect(connection).has_table(name, schema=schema):
        return None
    table = Table(name, MetaData(schema=schema), Column("version_num", Text))
    version: str | None = connection.execute(select(table.c.version_num)).scalar()
    return version

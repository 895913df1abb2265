"""Creates the tables, and brings those of an older mtt-mock up to date."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select, text
from sqlalchemy.schema import CreateSchema

from mtt_mock.service.state import StoreError
from mtt_mock.storage.sql.tables import NAMESPACE, prefix_of, schema_of

VERSION = "0001"  # of the tables that this mtt-mock works with: the last migration
MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x4D54_544D_4F43_4B  # MTTMOCK, for PostgreSQL's advisory locks


def migrate(connection: Connection, version: str = VERSION, migrations: Path = MIGRATIONS) -> None:
    """Create or migrate the tables in the transaction of ``connection``, with ``migrations``.

    One process at a time does so. Raises ``StoreError`` for tables of a newer mtt-mock.
    """
    if version_of(connection) == version:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if not inspect(connection).has_schema(NAMESPACE):
            connection.execute(CreateSchema(NAMESPACE))
    found = version_of(connection)
    if found == version:
        return  # another process was quicker
    # Where there is nothing to do, Alembic is not even imported.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]
    if found is not None and found not in known:
        raise StoreError(
            f"the database has tables of version {found}, made by a newer mtt-mock; this one "
            f"knows version {version}: upgrade mtt-mock, or give it a database of its own"
        )
    command.upgrade(config, version)


def version_of(connection: Connection) -> str | None:
    """Return the version of the tables, ``None`` when there are none."""
    name, schema = (
        f"{prefix_of(connection.dialect.name)}version",
        schema_of(connection.dialect.name),
    )
    if not inspect(connection).has_table(name, schema=schema):
        return None
    table = Table(name, MetaData(schema=schema), Column("version_num", Text))
    found: str | None = connection.execute(select(table.c.version_num)).scalar()
    return found

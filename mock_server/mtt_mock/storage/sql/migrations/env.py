"""Alembic environment: runs a migration in the transaction of a given connection."""

from alembic import context

from mtt_mock.storage.sql.tables import prefix_of, schema_of

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    version_table=f"{prefix_of(connection.dialect.name)}version",
    version_table_schema=schema_of(connection.dialect.name),
)
context.run_migrations()

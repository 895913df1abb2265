"""The document with the stubs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mtt_mock.storage.sql.tables import prefix_of, schema_of

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add an empty document."""
    dialect = op.get_bind().dialect.name
    documents = sa.table(
        f"{prefix_of(dialect)}documents",
        sa.column("name", sa.Text),
        sa.column("body", sa.Text),
        schema=schema_of(dialect),
    )
    op.bulk_insert(documents, [{"name": "stubs", "body": '{"made":0,"source":"","active":[]}'}])

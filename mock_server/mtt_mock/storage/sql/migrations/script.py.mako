"""${message}."""

from __future__ import annotations

from alembic import op

from mtt_mock.storage.sql.tables import prefix_of, schema_of

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Change the tables."""

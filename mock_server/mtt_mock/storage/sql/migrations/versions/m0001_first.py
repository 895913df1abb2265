"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from mtt_mock.storage.sql.tables import prefix_of, schema_of

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables and their single rows."""
    dialect = op.get_bind().dialect.name
    schema, prefix = schema_of(dialect), prefix_of(dialect)

    def table(name: str, *columns: sa.Column[Any]) -> sa.Table:
        return op.create_table(f"{prefix}{name}", *columns, schema=schema)

    def index(table: str, name: str, *columns: str) -> None:
        op.create_index(f"{prefix}{table}_{name}", f"{prefix}{table}", columns, schema=schema)

    def primary(name: str, kind: Any) -> sa.Column[Any]:
        return sa.Column(name, kind, primary_key=True, autoincrement=False)

    def column(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
        return sa.Column(name, kind, nullable=null)

    text, big, small, flag = sa.Text, sa.BigInteger, sa.Integer, sa.Boolean
    table(
        "customers",
        primary("customer", text),
        column("name", text),
        column("followme", text, null=True),
        column("balance", text, null=True),
    )
    table(
        "prompts",
        primary("customer", text),
        primary("name_key", text),
        column("name", text),
        column("kind", text, null=True),
        column("milliseconds", big, null=True),
        column("size", big),
        column("content", sa.LargeBinary),
        column("position", big),
    )
    table(
        "subscribers",
        primary("number", text),
        column("is_pattern", flag),
        column("behaviour", text),
        column("position", big),
    )
    table(
        "calls",
        primary("id", text),
        column("number", big),
        column("customer", text),
        column("body", text),
        column("next_step", small),
        column("due", big, null=True),
        column("finished", big, null=True),
        column("retained", flag),
    )
    index("calls", "due", "due", "number")
    index("calls", "customer", "customer")
    index("calls", "finished", "finished")
    table(
        "in_flight",
        primary("call_id", text),
        primary("step_index", small),
        column("due", big),
        column("call_number", big),
    )
    table(
        "journal",
        primary("seq", big),
        column("is_event", flag),
        column("size", big),
        column("body", text),
    )
    index("journal", "kinds", "is_event", "seq")
    journal_state = table(
        "journal_state",
        primary("id", small),
        *(column(name, big) for name in ("generation", "last", "exchanges", "events", "bytes")),
    )
    clock = table(
        "clock",
        primary("id", small),
        column("speed", sa.Float(53)),
        column("base", big),
        column("since", big),
        column("seen", big),
        column("configured_speed", sa.Float(53), null=True),
    )
    lease = table(
        "lease",
        primary("id", small),
        column("term", big),
        column("holder", text, null=True),
        column("expires", big),
        column("is_advancing", flag),
        column("requester", text, null=True),
        column("request_expires", big),
    )
    documents = table("documents", primary("name", text), column("body", text))
    counters = table("counters", primary("name", text), column("value", big))
    changes = table("changes", primary("shard", small), column("count", big))

    op.bulk_insert(
        journal_state,
        [{"id": 1, "generation": 0, "last": 0, "exchanges": 0, "events": 0, "bytes": 0}],
    )
    op.bulk_insert(
        clock, [{"id": 1, "speed": 1.0, "base": 0, "since": 0, "seen": 0, "configured_speed": None}]
    )
    op.bulk_insert(
        lease,
        [
            {
                "id": 1,
                "term": 0,
                "holder": None,
                "expires": 0,
                "is_advancing": False,
                "requester": None,
                "request_expires": 0,
            }
        ],
    )
    op.bulk_insert(documents, [{"name": "faults", "body": '{"made":0,"active":[]}'}])
    op.bulk_insert(
        counters,
        [{"name": name, "value": 0} for name in ("generation", "calls", "finished", "positions")],
    )
    op.bulk_insert(changes, [{"shard": shard, "count": 0} for shard in range(16)])

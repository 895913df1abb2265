"""Table definitions, in the schema ``mtt_mock`` or with the prefix ``mtt_mock_``.

Each change needs a migration, see ``migrations``. A test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from mtt_mock.domain.calls import Call
from mtt_mock.domain.followme import Followme
from mtt_mock.storage.sql.columns import Document, Json, Key

SHARDS = 16  # rows of the change counter, so that few transactions wait for the same one
NAMESPACE = "mtt_mock"


def schema_of(dialect: str) -> str | None:
    """Return the schema of the tables; SQLite has none."""
    return NAMESPACE if dialect == "postgresql" else None


def prefix_of(dialect: str) -> str:
    """Return the prefix of the table names."""
    return "" if dialect == "postgresql" else f"{NAMESPACE}_"


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one kind of database."""

    metadata: MetaData
    customers: Table
    prompts: Table
    subscribers: Table
    calls: Table
    in_flight: Table
    journal: Table
    journal_state: Table
    clock: Table
    lease: Table
    documents: Table
    counters: Table
    changes: Table


def tables_of(dialect: str) -> Tables:
    """Return the tables for ``postgresql`` or ``sqlite``."""
    metadata = MetaData(schema=schema_of(dialect))
    prefix = prefix_of(dialect)

    def primary(name: str, kind: Any) -> Column[Any]:
        return Column(name, kind, primary_key=True, autoincrement=False)

    def column(name: str, kind: Any, *, null: bool = False) -> Column[Any]:
        return Column(name, kind, nullable=null)

    columns: dict[str, list[Column[Any] | Index]] = {
        "customers": [
            primary("customer", Key),
            column("name", Json),  # the customer_name itself
            column("followme", Document(Followme), null=True),  # null: empty
            column("balance", Text, null=True),  # RUB; null before the first change
        ],
        "prompts": [
            primary("customer", Key),
            primary("name_key", Key),
            column("name", Json),
            column("kind", Text, null=True),
            column("milliseconds", BigInteger, null=True),
            column("size", BigInteger),
            column("content", LargeBinary),
            column("position", BigInteger),  # upload order
        ],
        "subscribers": [
            primary("number", Key),
            column("is_pattern", Boolean),
            column("behaviour", Json),
            column("position", BigInteger),  # the last matching pattern wins
        ],
        "calls": [
            primary("id", Key),
            column("number", BigInteger),
            column("customer", Key),
            column("body", Document(Call)),
            column("next_step", Integer),  # index of the next step to claim
            column("due", BigInteger, null=True),  # of the next step; null after the last one
            column("finished", BigInteger, null=True),  # order of settling; null before
            column("retained", Boolean),  # false: only events are pending
            Index(f"{prefix}calls_due", "due", "number"),
            Index(f"{prefix}calls_customer", "customer"),
            Index(f"{prefix}calls_finished", "finished"),
        ],
        "in_flight": [
            primary("call_id", Key),
            primary("step_index", Integer),
            column("due", BigInteger),
            column("call_number", BigInteger),
        ],
        "journal": [
            primary("seq", BigInteger),
            column("is_event", Boolean),
            column("size", BigInteger),
            column("body", Text),
            Index(f"{prefix}journal_kinds", "is_event", "seq"),
        ],
        "journal_state": [
            primary("id", Integer),
            *(
                column(name, BigInteger)
                for name in ("generation", "last", "exchanges", "events", "bytes")
            ),
        ],
        "clock": [
            primary("id", Integer),
            column("speed", Float(53)),
            column("base", BigInteger),
            column("since", BigInteger),
            column("seen", BigInteger),  # the database's time at a checkpoint
            column("configured_speed", Float(53), null=True),  # null before the first start
        ],
        "lease": [
            primary("id", Integer),
            column("term", BigInteger),
            column("holder", Text, null=True),
            column("expires", BigInteger),
            column("is_advancing", Boolean),
            column("requester", Text, null=True),
            column("request_expires", BigInteger),
        ],
        "documents": [primary("name", Text), column("body", Json)],
        "counters": [primary("name", Text), column("value", BigInteger)],
        "changes": [primary("shard", Integer), column("count", BigInteger)],
    }
    tables = {name: Table(f"{prefix}{name}", metadata, *items) for name, items in columns.items()}
    return Tables(metadata, **tables)

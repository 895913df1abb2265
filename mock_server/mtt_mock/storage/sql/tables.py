"""Table definitions, in the schema ``mtt_mock`` or with the prefix ``mtt_mock_``.

Each change needs a migration, see ``migrations``. A test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

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

    def table(name: str, *columns: Column[object] | Index) -> Table:
        return Table(f"{prefix}{name}", metadata, *columns)

    def primary(name: str, kind: type) -> Column[object]:
        return Column(name, kind, primary_key=True, autoincrement=False)

    return Tables(
        metadata,
        customers=table(
            "customers",
            primary("customer", Key),
            Column("name", Json, nullable=False),  # the customer_name itself
            Column("followme", Document(Followme)),  # null: empty
            Column("balance", Text),  # RUB; null before the first change
        ),
        prompts=table(
            "prompts",
            primary("customer", Key),
            primary("name_key", Key),
            Column("name", Json, nullable=False),
            Column("kind", Text),
            Column("milliseconds", BigInteger),
            Column("size", BigInteger, nullable=False),
            Column("content", LargeBinary, nullable=False),
            Column("position", BigInteger, nullable=False),  # upload order
        ),
        subscribers=table(
            "subscribers",
            primary("number", Key),
            Column("is_pattern", Boolean, nullable=False),
            Column("behaviour", Json, nullable=False),
            Column("position", BigInteger, nullable=False),  # the last matching pattern wins
        ),
        calls=table(
            "calls",
            primary("id", Key),
            Column("number", BigInteger, nullable=False),
            Column("customer", Key, nullable=False),
            Column("body", Document(Call), nullable=False),
            Column("next_step", Integer, nullable=False),  # index of the next step to claim
            Column("due", BigInteger),  # of the next step; null after the last one
            Column("finished", BigInteger),  # order of settling; null before
            Column("retained", Boolean, nullable=False),  # false: only events are pending
            Index(f"{prefix}calls_due", "due", "number"),
            Index(f"{prefix}calls_customer", "customer"),
            Index(f"{prefix}calls_finished", "finished"),
        ),
        in_flight=table(
            "in_flight",
            primary("call_id", Key),
            primary("step_index", Integer),
            Column("due", BigInteger, nullable=False),
            Column("call_number", BigInteger, nullable=False),
        ),
        journal=table(
            "journal",
            primary("seq", BigInteger),
            Column("is_event", Boolean, nullable=False),
            Column("size", BigInteger, nullable=False),
            Column("body", Text, nullable=False),
            Index(f"{prefix}journal_kinds", "is_event", "seq"),
        ),
        journal_state=table(
            "journal_state",
            primary("id", Integer),
            Column("generation", BigInteger, nullable=False),
            Column("last", BigInteger, nullable=False),
            Column("exchanges", BigInteger, nullable=False),
            Column("events", BigInteger, nullable=False),
            Column("bytes", BigInteger, nullable=False),
        ),
        clock=table(
            "clock",
            primary("id", Integer),
            Column("speed", Float(53), nullable=False),
            Column("base", BigInteger, nullable=False),
            Column("since", BigInteger, nullable=False),
            Column("seen", BigInteger, nullable=False),  # the database's time at a checkpoint
            Column("configured_speed", Float(53)),  # from the settings; null before the first start
        ),
        lease=table(
            "lease",
            primary("id", Integer),
            Column("term", BigInteger, nullable=False),
            Column("holder", Text),
            Column("expires", BigInteger, nullable=False),
            Column("is_advancing", Boolean, nullable=False),
            Column("requester", Text),
            Column("request_expires", BigInteger, nullable=False),
        ),
        documents=table("documents", primary("name", Text), Column("body", Json, nullable=False)),
        counters=table(
            "counters", primary("name", Text), Column("value", BigInteger, nullable=False)
        ),
        changes=table(
            "changes", primary("shard", Integer), Column("count", BigInteger, nullable=False)
        ),
    )

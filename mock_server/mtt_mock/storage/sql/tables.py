"""The tables, in a namespace of their own: schema ``mtt_mock``, or names that begin so.

What changes here needs a migration, see ``migrations``; a test holds the two against each other.
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

from mtt_mock.storage.sql.columns import Json, Key

SHARDS = 16  # rows that count changes, so that few wait for one another
NAMESPACE = "mtt_mock"


def schema_of(dialect: str) -> str | None:
    """Return the schema that the tables are in; SQLite has none."""
    return NAMESPACE if dialect == "postgresql" else None


def prefix_of(dialect: str) -> str:
    """Return what the tables' names begin with."""
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
            Column("followme", Json),  # null: nothing is preset
            Column("balance", Text),  # RUB; null: never changed
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
            Column("place", BigInteger, nullable=False),  # the latest uploaded has the highest
        ),
        subscribers=table(
            "subscribers",
            primary("number", Key),
            Column("is_pattern", Boolean, nullable=False),
            Column("does", Json, nullable=False),
            Column("place", BigInteger, nullable=False),  # of patterns, the highest is strongest
        ),
        calls=table(
            "calls",
            primary("id", Key),
            Column("number", BigInteger, nullable=False),
            Column("customer", Key, nullable=False),
            Column("body", Json, nullable=False),
            Column("step", Integer, nullable=False),  # the place of the next step
            Column("due", BigInteger),  # when that is to be done; null: no more steps
            Column("finished", BigInteger),  # counts finished calls; null: not settled
            Column("kept", Boolean, nullable=False),
            Index(f"{prefix}calls_due", "due", "number"),
            Index(f"{prefix}calls_customer", "customer"),
            Index(f"{prefix}calls_finished", "finished"),
        ),
        in_flight=table(
            "in_flight",
            primary("call", Key),
            primary("place", Integer),
            Column("at", BigInteger, nullable=False),
            Column("number", BigInteger, nullable=False),
        ),
        journal=table(
            "journal",
            primary("seq", BigInteger),
            Column("is_event", Boolean, nullable=False),
            Column("size", BigInteger, nullable=False),
            Column("body", Json, nullable=False),
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
            Column("begun", Float(53)),  # the speed that processes start with; null: none has yet
        ),
        lease=table(
            "lease",
            primary("id", Integer),
            Column("term", BigInteger, nullable=False),
            Column("holder", Text),
            Column("expires", BigInteger, nullable=False),
            Column("is_turning", Boolean, nullable=False),
            Column("asker", Text),
            Column("asked_until", BigInteger, nullable=False),
        ),
        documents=table("documents", primary("name", Text), Column("body", Json, nullable=False)),
        counters=table(
            "counters", primary("name", Text), Column("value", BigInteger, nullable=False)
        ),
        changes=table(
            "changes", primary("shard", Integer), Column("made", BigInteger, nullable=False)
        ),
    )

"""SqlEntries: the journal's entries in a database."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, cast

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.sql.dml import ReturningUpdate

from mtt_mock import jsonrpc
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.entries import MAX_JOURNAL_BYTES, Entry
from mtt_mock.service.journal.exchange import Exchange
from mtt_mock.storage.journal_codec import (
    dump_delivery,
    dump_exchange,
    load_delivery,
    load_exchange,
)
from mtt_mock.storage.sql.journal_writer import JournalWriter
from mtt_mock.storage.sql.transactions import Database

_COUNTERS = ("last", "exchanges", "events", "bytes")
CLOSE_TIMEOUT = 2.0  # seconds to write the last entries


class SqlEntries:
    """The entries that processes share; see ``Entries`` for the methods.

    The table may hold up to a tenth more entries than the limit; reads skip them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.journal
        self._state = database.tables.journal_state
        self._size = 0
        self._count_entries = _count_entries(self._state, database.async_commit())
        self._writer = JournalWriter(self._write)

    @property
    def generation(self) -> int:
        """The number of times that the journal was cleared."""
        return self._number("generation")

    @property
    def last(self) -> int:
        return self._number("last")

    @property
    def first(self) -> int:
        self._writer.flush()
        query = select(func.min(self._table.c.seq)).where(self._is_visible())
        last = self.last  # before the query: entries that come in between are not dropped ones
        first = self._database.scalar(query)
        return last + 1 if first is None else int(first)

    def append(self, record: Exchange | Delivery) -> None:
        """Append an entry soon; logs and skips it while the database is unavailable."""
        self._writer.add(record)

    def close(self) -> None:
        """Write the unwritten entries."""
        self._writer.close(CLOSE_TIMEOUT)

    def after(self, seq: int, limit: int | None = None) -> list[Entry]:
        self._writer.flush()
        table = self._table
        query = (
            select(table.c.seq, table.c.is_event, table.c.body)
            .where(table.c.seq > seq, self._is_visible())
            .order_by(table.c.seq)
            .limit(limit)
        )
        rows = self._database.rows(query)
        return [Entry(row.seq, _record(row)) for row in rows]

    def exchanges(self) -> list[Exchange]:
        return cast("list[Exchange]", self._all(is_event=False))

    def exchange(self, index: int) -> Exchange:
        return self.exchanges()[index]

    def count(self) -> int:
        return min(self._number("exchanges"), self._size)

    def deliveries(self) -> list[Delivery]:
        return cast("list[Delivery]", self._all(is_event=True))

    def resize(self, size: int) -> None:
        self._size = size
        self._writer.flush()
        self._resize()

    def _resize(self) -> None:
        def apply(connection: Connection) -> None:
            connection.execute(select(self._state.c.id).with_for_update())
            for is_event in (False, True):
                self._trim(connection, is_event=is_event)

        self._database.write(apply)

    def clear(self) -> None:
        self._writer.discard()
        zero = dict.fromkeys(_COUNTERS, 0)

        def apply(connection: Connection) -> None:
            generation = self._state.c.generation + 1
            connection.execute(self._state.update().values(generation=generation, **zero))
            connection.execute(self._table.delete())

        self._database.write(apply)

    def _write(self, batch: Sequence[Exchange | Delivery]) -> None:
        # Encoded before the transaction, which locks out other writers.
        entries = [_entry(record) for record in batch]
        events = sum(entry["is_event"] for entry in entries)
        values = {
            "new_last": len(entries),
            "new_exchanges": len(entries) - events,
            "new_events": events,
            "new_bytes": sum(entry["size"] for entry in entries),
        }

        def apply(connection: Connection) -> Row[Any]:
            # The row lock serialises writers, so that numbers become visible in order.
            state = connection.execute(self._count_entries, values).one()
            first = state.last - len(entries) + 1
            rows = [{"seq": seq, **entry} for seq, entry in enumerate(entries, first)]
            connection.execute(self._table.insert(), rows)
            return state

        state = self._database.write(apply)
        limit = self._size + self._size // 10
        if max(state.exchanges, state.events) > limit or state.bytes > MAX_JOURNAL_BYTES:
            self._resize()

    def _number(self, name: str) -> int:
        self._writer.flush()
        query = select(self._state.c[name])
        return int(self._database.read(lambda connection: connection.execute(query).scalar_one()))

    def _all(self, *, is_event: bool) -> list[Exchange | Delivery]:
        self._writer.flush()
        table = self._table
        query = (
            select(table.c.is_event, table.c.body)
            .where(table.c.is_event.is_(is_event))
            .order_by(table.c.seq.desc())
            .limit(self._size)
        )
        rows = self._database.rows(query)
        return [_record(row) for row in reversed(rows)]

    def _is_visible(self) -> ColumnElement[bool]:
        """Return the condition that an entry is within the limit of its kind."""
        table = self._table
        if not self._size:
            return false()
        kinds = []
        for is_event in (False, True):
            oldest = func.coalesce(self._oldest(is_event=is_event).scalar_subquery(), 0)
            kinds.append(table.c.is_event.is_(is_event) & (table.c.seq >= oldest))
        return or_(*kinds)

    def _oldest(self, *, is_event: bool) -> Select[Any]:
        """Return the query for the oldest entry within the limit."""
        other = self._table.alias()
        return (
            select(other.c.seq)
            .where(other.c.is_event.is_(is_event))
            .order_by(other.c.seq.desc())
            .offset(self._size - 1)
            .limit(1)
        )

    def _trim(self, connection: Connection, *, is_event: bool) -> None:
        """Delete the entries beyond the limit. The caller has locked the state."""
        table, state = self._table, self._state.c
        query = (
            select(table.c.seq, table.c.size)
            .where(table.c.is_event.is_(is_event))
            .order_by(table.c.seq.desc())
        )
        rows = connection.execute(query).all()
        sizes = accumulate(row.size for row in rows)
        count = 0
        for size in sizes:
            if count == self._size or size > MAX_JOURNAL_BYTES:
                break
            count += 1
        excess = rows[count:]
        if not excess:
            return
        connection.execute(
            table.delete().where(table.c.is_event.is_(is_event), table.c.seq <= excess[0].seq)
        )
        counter = state.events if is_event else state.exchanges
        connection.execute(
            self._state.update().values(
                {counter: count, state.bytes: state.bytes - sum(row.size for row in excess)}
            )
        )


def _count_entries(state: Table, async_commit: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """Return the update that counts new entries."""
    columns = [state.c[name] for name in _COUNTERS]
    more = {
        column: column + bindparam(f"new_{column.name}", type_=BigInteger) for column in columns
    }
    return state.update().where(async_commit).values(more).returning(*columns)


def _entry(record: Exchange | Delivery) -> dict[str, Any]:
    is_event = isinstance(record, Delivery)
    values = dump_delivery(record) if isinstance(record, Delivery) else dump_exchange(record)
    return {
        "is_event": is_event,
        "size": 0 if isinstance(record, Delivery) else record.size,
        "body": jsonrpc.encode(values).decode(),
    }


def _record(row: Any) -> Exchange | Delivery:
    values = orjson.loads(row.body)
    return load_delivery(values) if row.is_event else load_exchange(values)

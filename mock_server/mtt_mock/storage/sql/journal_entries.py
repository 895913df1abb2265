"""SqlEntries: the journal's entries in a database."""

from __future__ import annotations

import logging
from itertools import accumulate
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy.sql.dml import ReturningUpdate

from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.entries import MAX_JOURNAL_BYTES, Entry
from mtt_mock.service.journal.exchange import Exchange
from mtt_mock.storage.journal_codec import (
    delivery_from_dict,
    delivery_to_dict,
    exchange_from_dict,
    exchange_to_dict,
)
from mtt_mock.storage.sql.transactions import Database

_log = logging.getLogger("mtt_mock")


class SqlEntries:
    """The entries that processes share.

    The table may hold up to a tenth more entries than the limit; reads skip them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.journal
        self._state = database.tables.journal_state
        self._size = 0
        self._missing = 0
        self._numbered = _numbered(self._state)
        self._appended = _appended(self._numbered, self._table, database.async_commit())

    @property
    def generation(self) -> int:
        """The number of times that the journal was cleared."""
        return self._number("generation")

    @property
    def last(self) -> int:
        """The newest entry's ``seq``, 0 after a reset."""
        return self._number("last")

    @property
    def first(self) -> int:
        """The oldest entry's ``seq``, that of the next entry without entries."""
        query = select(func.min(self._table.c.seq)).where(self._is_visible())
        first = self._database.read(lambda connection: connection.execute(query).scalar())
        return self.last + 1 if first is None else int(first)

    def append(self, record: Exchange | Delivery) -> None:
        """Append an entry; logs and skips it while the database is unavailable."""
        is_event = isinstance(record, Delivery)
        body = (
            delivery_to_dict(record) if isinstance(record, Delivery) else exchange_to_dict(record)
        )
        values = {
            "is_event": is_event,
            "size": 0 if isinstance(record, Delivery) else record.size,
            "exchange": int(not is_event),
            "event": int(is_event),
            "body": body,
        }
        try:
            exchanges, events, size = self._append(values)
            if max(exchanges, events) > self._size + self._size // 10 or size > MAX_JOURNAL_BYTES:
                self.resize(self._size)
        except StoreUnavailableError as error:
            if not self._missing:
                _log.warning("the journal is missing entries: %s", error)
            self._missing += 1
            return
        if self._missing:
            _log.warning("the journal is kept again; %d entries are missing", self._missing)
            self._missing = 0

    def after(self, seq: int, limit: int | None = None) -> list[Entry]:
        """Return the entries with a higher ``seq``, oldest first."""
        table = self._table
        query = (
            select(table.c.seq, table.c.is_event, table.c.body)
            .where(table.c.seq > seq, self._is_visible())
            .order_by(table.c.seq)
            .limit(limit)
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [Entry(row.seq, _record(row)) for row in rows]

    def exchanges(self) -> list[Exchange]:
        """Return the exchanges, oldest first."""
        return cast("list[Exchange]", self._all(is_event=False))

    def exchange(self, index: int) -> Exchange:
        """Return the exchange at ``index``, -1 the newest."""
        return self.exchanges()[index]

    def count(self) -> int:
        """Return the number of exchanges."""
        return min(self._number("exchanges"), self._size)

    def deliveries(self) -> list[Delivery]:
        """Return the deliveries, oldest first."""
        return cast("list[Delivery]", self._all(is_event=True))

    def resize(self, size: int) -> None:
        """Set the maximum number of exchanges, and of events."""
        self._size = size

        def apply(connection: Connection) -> None:
            connection.execute(select(self._state.c.id).with_for_update())
            for is_event in (False, True):
                self._trim(connection, is_event=is_event)

        self._database.write(apply)

    def clear(self) -> None:
        """Delete all entries and count from 1 again."""
        zero = dict.fromkeys(("last", "exchanges", "events", "bytes"), 0)

        def apply(connection: Connection) -> None:
            generation = self._state.c.generation + 1
            connection.execute(self._state.update().values(generation=generation, **zero))
            connection.execute(self._table.delete())

        self._database.write(apply)

    def _append(self, values: dict[str, Any]) -> tuple[int, int, int]:
        """Append an entry; return the number of exchanges and of events, and the bytes of all."""
        if self._database.dialect == "postgresql":
            state = self._database.execute_autocommit(
                lambda connection: connection.execute(self._appended, values).one()
            )
            return state.exchanges, state.events, state.bytes

        def apply(connection: Connection) -> tuple[int, int, int]:
            last, *counts = connection.execute(self._numbered, values).one()
            entry = {name: values[name] for name in ("is_event", "size", "body")}
            connection.execute(self._table.insert(), {"seq": last, **entry})
            return counts[0], counts[1], counts[2]

        return self._database.write(apply)

    def _number(self, name: str) -> int:
        query = select(self._state.c[name])
        return int(self._database.read(lambda connection: connection.execute(query).scalar_one()))

    def _all(self, *, is_event: bool) -> list[Exchange | Delivery]:
        table = self._table
        query = (
            select(table.c.is_event, table.c.body)
            .where(table.c.is_event.is_(is_event))
            .order_by(table.c.seq.desc())
            .limit(self._size)
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [_record(row) for row in reversed(rows)]

    def _is_visible(self) -> ColumnElement[bool]:
        """Return the condition that an entry is within the limit of its kind."""
        table = self._table
        oldest = [self._oldest(is_event=is_event).scalar_subquery() for is_event in (False, True)]
        if not self._size:
            return table.c.seq < 0
        exchanges, events = (func.coalesce(seq, 0) for seq in oldest)
        return (table.c.is_event.is_(False) & (table.c.seq >= exchanges)) | (
            table.c.is_event.is_(True) & (table.c.seq >= events)
        )

    def _oldest(self, *, is_event: bool) -> Select[Any]:
        """Return the query for the oldest entry within the limit."""
        other = self._table.alias()
        return (
            select(other.c.seq)
            .where(other.c.is_event.is_(is_event))
            .order_by(other.c.seq.desc())
            .offset(max(self._size - 1, 0))
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


def _numbered(state: Table) -> ReturningUpdate[Any]:
    """Return the update that assigns the next number.

    The row lock serialises appends, so that numbers become visible in order.
    """
    counts = {"exchanges": "exchange", "events": "event", "bytes": "size"}
    values = {
        name: state.c[name] + bindparam(increment, type_=BigInteger)
        for name, increment in counts.items()
    }
    return (
        state.update()
        .values(last=state.c.last + 1, **values)
        .returning(state.c.last, state.c.exchanges, state.c.events, state.c.bytes)
    )


def _appended(
    numbered: ReturningUpdate[Any], table: Table, async_commit: ColumnElement[bool]
) -> Select[Any]:
    """Return a single statement that appends an entry, for PostgreSQL."""
    number = numbered.cte("numbered")
    added = (
        table.insert()
        .from_select(
            ["seq", "is_event", "size", "body"],
            select(
                number.c.last,
                bindparam("is_event", type_=table.c.is_event.type),
                bindparam("size", type_=BigInteger),
                bindparam("body", type_=table.c.body.type),
            ).where(async_commit),
        )
        .cte("added")
    )
    return select(number.c.exchanges, number.c.events, number.c.bytes).add_cte(added)


def _record(row: Any) -> Exchange | Delivery:
    return delivery_from_dict(row.body) if row.is_event else exchange_from_dict(row.body)

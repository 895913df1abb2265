"""The journal's entries in a database."""

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
    delivery_of_values,
    delivery_to_dict,
    exchange_of_values,
    exchange_values,
)
from mtt_mock.storage.sql.transactions import Database

_log = logging.getLogger("mtt_mock")


class SqlEntries:
    """The entries that processes share.

    A bit more than what is to be kept stays in the table for a while; nobody sees it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.journal
        self._state = database.tables.journal_state
        self._size = 0
        self._missing = 0
        self._numbered = _numbered(self._state)
        self._appended = _appended(self._numbered, self._table, database.lazily())

    @property
    def generation(self) -> int:
        """How often all was forgotten."""
        return self._number("generation")

    @property
    def last(self) -> int:
        """The newest entry's ``seq``, 0 when nothing came since the last reset."""
        return self._number("last")

    @property
    def first(self) -> int:
        """The oldest kept entry's ``seq``, the next one's when nothing is kept."""
        asked = select(func.min(self._table.c.seq)).where(self._is_kept())
        found = self._database.read(lambda connection: connection.execute(asked).scalar())
        return self.last + 1 if found is None else int(found)

    def append(self, what: Exchange | Delivery) -> None:
        """Keep ``what`` as the newest; when the database does not answer it is left out."""
        is_event = isinstance(what, Delivery)
        body = delivery_to_dict(what) if isinstance(what, Delivery) else exchange_values(what)
        values = {
            "is_event": is_event,
            "size": 0 if isinstance(what, Delivery) else what.size,
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
        """Return what has a higher ``seq``, oldest first."""
        table = self._table
        asked = (
            select(table.c.seq, table.c.is_event, table.c.body)
            .where(table.c.seq > seq, self._is_kept())
            .order_by(table.c.seq)
            .limit(limit)
        )
        rows = self._database.read(lambda connection: connection.execute(asked).all())
        return [Entry(row.seq, _what(row)) for row in rows]

    def exchanges(self) -> list[Exchange]:
        """Return the exchanges, oldest first."""
        return cast("list[Exchange]", self._all(is_event=False))

    def exchange(self, index: int) -> Exchange:
        """Return the exchange at ``index``, -1 the newest."""
        return self.exchanges()[index]

    def count(self) -> int:
        """Return how many exchanges are kept."""
        return min(self._number("exchanges"), self._size)

    def deliveries(self) -> list[Delivery]:
        """Return what became of events, oldest first."""
        return cast("list[Delivery]", self._all(is_event=True))

    def resize(self, size: int) -> None:
        """Keep at most ``size`` exchanges, and as many events, from now on."""
        self._size = size

        def apply(connection: Connection) -> None:
            connection.execute(select(self._state.c.id).with_for_update())
            for is_event in (False, True):
                self._trim(connection, is_event=is_event)

        self._database.write(apply)

    def clear(self) -> None:
        """Forget everything and count from 1 again."""
        zero = dict.fromkeys(("last", "exchanges", "events", "bytes"), 0)

        def apply(connection: Connection) -> None:
            generation = self._state.c.generation + 1
            connection.execute(self._state.update().values(generation=generation, **zero))
            connection.execute(self._table.delete())

        self._database.write(apply)

    def _append(self, values: dict[str, Any]) -> tuple[int, int, int]:
        """Keep an entry; return how many exchanges and events there are, and the bytes of all."""
        if self._database.dialect == "postgresql":
            counted = self._database.statement(
                lambda connection: connection.execute(self._appended, values).one()
            )
            return counted.exchanges, counted.events, counted.bytes

        def apply(connection: Connection) -> tuple[int, int, int]:
            last, *counts = connection.execute(self._numbered, values).one()
            entry = {name: values[name] for name in ("is_event", "size", "body")}
            connection.execute(self._table.insert(), {"seq": last, **entry})
            return counts[0], counts[1], counts[2]

        return self._database.write(apply)

    def _number(self, name: str) -> int:
        asked = select(self._state.c[name])
        return int(self._database.read(lambda connection: connection.execute(asked).scalar_one()))

    def _all(self, *, is_event: bool) -> list[Exchange | Delivery]:
        table = self._table
        asked = (
            select(table.c.is_event, table.c.body)
            .where(table.c.is_event.is_(is_event))
            .order_by(table.c.seq.desc())
            .limit(self._size)
        )
        rows = self._database.read(lambda connection: connection.execute(asked).all())
        return [_what(row) for row in reversed(rows)]

    def _is_kept(self) -> ColumnElement[bool]:
        """Return the condition that an entry is among the last of its kind."""
        table = self._table
        oldest = [self._oldest(is_event=is_event).scalar_subquery() for is_event in (False, True)]
        if not self._size:
            return table.c.seq < 0
        exchanges, events = (func.coalesce(each, 0) for each in oldest)
        return (table.c.is_event.is_(False) & (table.c.seq >= exchanges)) | (
            table.c.is_event.is_(True) & (table.c.seq >= events)
        )

    def _oldest(self, *, is_event: bool) -> Select[Any]:
        """Return how to find the oldest that is kept, where there are more."""
        other = self._table.alias()
        return (
            select(other.c.seq)
            .where(other.c.is_event.is_(is_event))
            .order_by(other.c.seq.desc())
            .offset(max(self._size - 1, 0))
            .limit(1)
        )

    def _trim(self, connection: Connection, *, is_event: bool) -> None:
        """Delete what is no longer to be kept; the row of the state is locked."""
        table, state = self._table, self._state.c
        asked = (
            select(table.c.seq, table.c.size)
            .where(table.c.is_event.is_(is_event))
            .order_by(table.c.seq.desc())
        )
        rows = connection.execute(asked).all()
        sizes = accumulate(row.size for row in rows)
        kept = 0
        for size in sizes:
            if kept == self._size or size > MAX_JOURNAL_BYTES:
                break
            kept += 1
        gone = rows[kept:]
        if not gone:
            return
        connection.execute(
            table.delete().where(table.c.is_event.is_(is_event), table.c.seq <= gone[0].seq)
        )
        counted = state.events if is_event else state.exchanges
        connection.execute(
            self._state.update().values(
                {counted: kept, state.bytes: state.bytes - sum(row.size for row in gone)}
            )
        )


def _numbered(state: Table) -> ReturningUpdate[Any]:
    """Return the update that numbers one more entry.

    Whoever adds waits here for the one before: numbers become visible in their order.
    """
    counts = {"exchanges": "exchange", "events": "event", "bytes": "size"}
    values = {
        name: state.c[name] + bindparam(more, type_=BigInteger) for name, more in counts.items()
    }
    return (
        state.update()
        .values(last=state.c.last + 1, **values)
        .returning(state.c.last, state.c.exchanges, state.c.events, state.c.bytes)
    )


def _appended(
    numbered: ReturningUpdate[Any], table: Table, lazily: ColumnElement[bool]
) -> Select[Any]:
    """Return the statement that adds an entry at one stroke, for PostgreSQL."""
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
            ).where(lazily),
        )
        .cte("added")
    )
    return select(number.c.exchanges, number.c.events, number.c.bytes).add_cte(added)


def _what(row: Any) -> Exchange | Delivery:
    return delivery_of_values(row.body) if row.is_event else exchange_of_values(row.body)

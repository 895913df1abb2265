"""The subscribers of the SQL store."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select

from mtt_mock.domain.subscribers import (
    Subscriber,
    SubscriberRegistry,
    check_pattern_count,
    check_subscriber,
    is_pattern,
    matches,
    subscriber_from_dict,
    subscriber_to_dict,
)
from mtt_mock.storage.sql.store_base import StoreBase


class Subscribers(StoreBase):
    """Subscribers, one row for each number or pattern."""

    def subscriber_registry(self) -> SubscriberRegistry:
        table = self._tables.subscribers
        query = select(table).order_by(table.c.position)
        rows = self._database.rows(query)
        return SubscriberRegistry(
            {row.number: subscriber_from_dict(row.behaviour) for row in rows if not row.is_pattern},
            tuple(
                (row.number, subscriber_from_dict(row.behaviour)) for row in rows if row.is_pattern
            ),
        )

    def subscriber(self, number: str) -> Subscriber | None:
        table = self._tables.subscribers
        number = number.removeprefix("+")
        query = (
            select(table.c.number, table.c.is_pattern, table.c.behaviour)
            .where((table.c.number == number) | table.c.is_pattern)
            .order_by(table.c.is_pattern, table.c.position.desc())
        )
        rows = self._database.rows(query)
        for row in rows:
            if not row.is_pattern or matches(row.number, number):
                return subscriber_from_dict(row.behaviour)
        return None

    def set_subscriber(self, number: str, subscriber: Subscriber | None) -> None:
        table = self._tables.subscribers
        if subscriber is None:
            stored = number.removeprefix("+")
        else:
            stored = check_subscriber(number, subscriber)

        def apply(connection: Connection) -> None:
            # Locks the counter first, so that the last writer gets the highest position.
            position = self._counted(connection, "positions")
            if subscriber is None:
                connection.execute(table.delete().where(table.c.number == stored))
            else:
                put = self._database.insert(table).values(
                    number=stored,
                    is_pattern=is_pattern(stored),
                    behaviour=subscriber_to_dict(subscriber),
                    position=position,
                )
                new = {name: put.excluded[name] for name in ("behaviour", "position")}
                connection.execute(put.on_conflict_do_update(index_elements=["number"], set_=new))
                check_patterns(connection, table)
            self._database.count_change(connection)

        self._database.write(apply)


def check_patterns(connection: Connection, table: Table) -> None:
    """Raise ``ValueError`` if ``table`` holds more patterns than a fake may have."""
    count = connection.scalar(select(func.count()).select_from(table).where(table.c.is_pattern))
    check_pattern_count(count or 0)

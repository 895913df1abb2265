"""The subscribers of the SQL store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

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


class SubscriberStore(StoreBase):
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
        def apply(connection: Connection) -> None:
            if subscriber is None:
                # Locks the counter, as a writer of an entry does: the last writer wins.
                self._positions(connection, 1)
                table = self._tables.subscribers
                connection.execute(table.delete().where(table.c.number == number.removeprefix("+")))
            else:
                self._put_subscribers(connection, [(number, subscriber)])
            self._database.count_change(connection)

        self._database.write(apply)

    def _put_subscribers(
        self, connection: Connection, subscribers: Sequence[tuple[str, Subscriber]]
    ) -> None:
        table = self._tables.subscribers
        # The last of several entries for a number wins.
        by_number: dict[str, Subscriber] = {}
        for number, subscriber in subscribers:
            stored = check_subscriber(number, subscriber)
            by_number.pop(stored, None)
            by_number[stored] = subscriber
        if not by_number:
            return
        positions = self._positions(connection, len(by_number))
        put = self._database.insert(table)
        new = {name: put.excluded[name] for name in ("behaviour", "position")}
        put = put.on_conflict_do_update(index_elements=["number"], set_=new)
        rows = [
            {
                "number": number,
                "is_pattern": is_pattern(number),
                "behaviour": subscriber_to_dict(subscriber),
                "position": position,
            }
            for (number, subscriber), position in zip(by_number.items(), positions, strict=True)
        ]
        connection.execute(put, rows)
        count = select(func.count()).select_from(table).where(table.c.is_pattern)
        check_pattern_count(connection.scalar(count) or 0)

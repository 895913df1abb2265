"""What numbers do, and what goes wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select

from mtt_mock.domain.faults import Faults
from mtt_mock.domain.subscribers import (
    Subscriber,
    SubscriberRegistry,
    check_subscriber,
    is_pattern,
    matches,
    subscriber_from_dict,
    subscriber_to_dict,
)
from mtt_mock.storage.codec import faults_from_dict, faults_to_dict
from mtt_mock.storage.sql.lease import SqlLease
from mtt_mock.storage.sql.store_base import Part
from mtt_mock.storage.sql.transactions import Database

_FAULTS = "faults"


class Numbers(Part):
    """The part of the store that knows subscribers and faults."""

    def __init__(self, database: Database, lease: SqlLease) -> None:
        super().__init__(database, lease)
        documents = self._tables.documents
        # Asked for each request, and not made anew each time.
        self._faults_asked = select(documents.c.body).where(documents.c.name == _FAULTS)

    def subscriber_registry(self) -> SubscriberRegistry:
        """Return what is set for numbers, all of it."""
        table = self._tables.subscribers
        asked = select(table).order_by(table.c.place)
        rows = self._database.read(lambda connection: connection.execute(asked).all())
        return SubscriberRegistry(
            {row.number: subscriber_from_dict(row.does) for row in rows if not row.is_pattern},
            tuple((row.number, subscriber_from_dict(row.does)) for row in rows if row.is_pattern),
        )

    def subscriber(self, number: str) -> Subscriber | None:
        """Return what ``number`` is set to do, by itself or by a pattern."""
        table = self._tables.subscribers
        number = number.removeprefix("+")
        asked = (
            select(table.c.number, table.c.is_pattern, table.c.does)
            .where((table.c.number == number) | table.c.is_pattern)
            .order_by(table.c.is_pattern, table.c.place.desc())
        )
        rows = self._database.read(lambda connection: connection.execute(asked).all())
        for row in rows:
            if not row.is_pattern or matches(row.number, number):
                return subscriber_from_dict(row.does)
        return None

    def set_subscriber(self, number: str, subscriber: Subscriber | None) -> None:
        """Set what ``number`` does; ``None``: nothing any more."""
        table = self._tables.subscribers
        kept = number.removeprefix("+") if subscriber is None else None
        kept = kept if subscriber is None else check_subscriber(number, subscriber)

        def apply(connection: Connection) -> None:
            # Waits for whoever sets another one, so that the latest has the highest place.
            place = self._counted(connection, "places")
            if subscriber is None:
                connection.execute(table.delete().where(table.c.number == kept))
            else:
                put = self._database.insert(table).values(
                    number=kept,
                    is_pattern=is_pattern(str(kept)),
                    does=subscriber_to_dict(subscriber),
                    place=place,
                )
                new = {name: put.excluded[name] for name in ("does", "place")}
                connection.execute(put.on_conflict_do_update(index_elements=["number"], set_=new))
            self._database.count_change(connection)

        self._database.write(apply)

    def faults(self) -> Faults:
        """Return the faults that are set, with their counters."""
        asked = self._faults_asked
        values = self._database.read(lambda connection: connection.execute(asked).scalar_one())
        return faults_from_dict(values)

    def change_faults(self, change: Callable[[Faults], Faults]) -> Faults:
        """Replace the faults by ``change`` of them."""

        def apply(connection: Connection) -> Faults:
            now = faults_from_dict(self._document(connection, _FAULTS, lock=True))
            new = change(now)
            if new != now:
                self._put_document(connection, _FAULTS, faults_to_dict(new))
                self._database.count_change(connection)
            return new

        return self._database.write(apply)

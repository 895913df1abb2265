"""SqlClock: a clock that processes share. Its state and its time source are the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from mtt_mock.domain.clock import ClockState
from mtt_mock.domain.lease import ClockBusyError
from mtt_mock.domain.snapshot import SavedClock
from mtt_mock.storage.sql.lease import SqlLease
from mtt_mock.storage.sql.transactions import Database

CHECKPOINT_INTERVAL_MS = 1000


class SqlClock:
    """The ``Clock`` of all processes. Every method may raise ``StoreUnavailableError``.

    ``seen`` is the database's time at the last checkpoint. No process has read the clock more than
    ``CHECKPOINT_INTERVAL_MS`` after it. If the database's time is before ``seen``, it was set back:
    then the clock continues from the latest value that a process may have read.
    """

    def __init__(self, database: Database, lease: SqlLease) -> None:
        self._database = database
        self._lease = lease
        self._table = database.tables.clock
        # Every step of an advance runs this statement, so it is built once.
        is_leader = select(1).where(lease.is_claimed()).exists()
        self._move_manual = (
            self._table.update()
            .where(self._table.c.speed == 0, self._table.c.base < bindparam("moment"), is_leader)
            .values(base=bindparam("moment"))
            .returning(self._table.c.id)
        )

    @property
    def speed(self) -> float:
        return self._read()[0].speed

    def now(self) -> int:
        state, real = self._read()
        return state.at(real)

    def initialise(self, speed: float) -> None:
        """Apply the configured speed if it differs from that of the last start.

        A restarted worker therefore keeps a speed that was set in the meantime, and a changed
        setting takes effect.
        """

        def change(connection: Connection) -> None:
            state, real, configured = self._lock(connection)
            if configured == speed:
                return
            if configured is None:
                state = ClockState.starting(speed, real, real)
            self._put(connection, state.at_speed(speed, real))
            connection.execute(self._table.update().values(configured_speed=speed))

        self._database.write(change)

    def move_to(self, moment: int) -> None:
        """Advance to ``moment`` (ms since the epoch); never moves backwards.

        Raises ``ClockBusyError`` unless this process holds the lease.
        """
        values = {"moment": moment, **self._lease.claim()}
        row = self._database.execute_autocommit(
            lambda connection: connection.execute(self._move_manual, values).first()
        )
        if row is not None:
            return  # a manual clock, moved in one statement

        def apply(connection: Connection) -> None:
            # The lock blocks a takeover until the transaction ends.
            held = self._lease.select_held().with_for_update(read=True)
            if connection.execute(held).first() is None:
                raise ClockBusyError(
                    "another process took over while the clock was being advanced; try again"
                )
            state, real, _ = self._lock(connection)
            self._put(connection, state.moved(moment, real))

        self._database.write(apply)

    def set_speed(self, speed: float) -> None:
        self._change(lambda state, real: state.at_speed(speed, real))

    def reset(self, speed: float) -> None:
        self._change(lambda _, real: ClockState.starting(speed, real, real))

    def seconds_until(self, moment: int) -> float:
        state, real = self._read()
        return state.seconds_until(moment, real)

    def saved(self, connection: Connection) -> SavedClock | None:
        """Return the clock within a transaction, ``None`` before the first start."""
        if connection.execute(select(self._table.c.configured_speed)).scalar() is None:
            return None
        row = self._row(connection)
        state, real = _state(row), row.real
        return SavedClock(state.speed, state.at(real))

    def restore(self, connection: Connection, saved: SavedClock, *, restart: bool) -> None:
        """Restore a saved clock; move backwards only with ``restart``."""
        state, real, configured = self._lock(connection)
        if restart or configured is None:
            state = ClockState.starting(saved.speed, real, real)
        self._put(connection, state.at_speed(saved.speed, real).moved(saved.now, real))
        if configured is None:
            # A first start at this speed then keeps the clock as it is.
            connection.execute(self._table.update().values(configured_speed=saved.speed))

    def _change(self, change: Callable[[ClockState, int], ClockState]) -> None:
        def apply(connection: Connection) -> None:
            state, real, _ = self._lock(connection)
            self._put(connection, change(state, real))

        self._database.write(apply)

    def _put(self, connection: Connection, state: ClockState) -> None:
        since = round(state.since)
        connection.execute(
            self._table.update().values(speed=state.speed, base=state.base, since=since, seen=since)
        )

    def _lock(self, connection: Connection) -> tuple[ClockState, int, float | None]:
        """Lock the row; return the state, the database's time and the configured speed."""
        connection.execute(select(self._table.c.id).with_for_update())
        row = self._row(connection)
        return _state(row), row.real, row.configured_speed

    def _read(self) -> tuple[ClockState, int]:
        """Return the state and the database's time."""
        row = self._database.read(self._row)
        if row.speed and not row.seen <= row.real <= row.seen + CHECKPOINT_INTERVAL_MS:
            return self._database.write(self._checkpoint)
        return _state(row), row.real

    def _checkpoint(self, connection: Connection) -> tuple[ClockState, int]:
        state, real, _ = self._lock(connection)
        connection.execute(
            self._table.update()
            .where(self._database.async_commit())
            .values(base=state.base, since=round(state.since), seen=real)
        )
        return state, real

    def _row(self, connection: Connection) -> Row[Any]:
        query = select(self._table, self._database.now().label("real"))
        return connection.execute(query).one()


def _state(row: Row[Any]) -> ClockState:
    """Return the clock's state; after the database's time was set back, one that continues."""
    state = ClockState(row.speed, row.base, row.since)
    if row.speed and row.real < row.seen:
        return ClockState(row.speed, state.at(row.seen + CHECKPOINT_INTERVAL_MS), row.real)
    return state

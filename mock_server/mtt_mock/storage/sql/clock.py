"""SqlClock: a clock that processes share. Its state and its time source are the database."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select

from mtt_mock.domain.clock import ClockState
from mtt_mock.domain.snapshot import SavedClock
from mtt_mock.storage.sql.transactions import Database


class SqlClock:
    """The clock of all processes. Every method may raise ``StoreUnavailableError``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.clock

    @property
    def speed(self) -> float:
        """The factor to real time; 0 for a manual clock."""
        return self._read()[0].speed

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        state, real = self._read()
        return state.at(real)

    def initialise(self, speed: float) -> None:
        """Apply the configured speed if it differs from that of the last start.

        A restarted worker therefore keeps a speed that was set in the meantime, and a changed
        setting takes effect.
        """

        def change(connection: Connection) -> None:
            row = connection.execute(select(self._table).with_for_update()).one()
            if row.configured_speed == speed:
                return
            state, real = self._read_in(connection)
            new = (
                ClockState.starting(speed, real, real)
                if row.configured_speed is None
                else state.at_speed(speed, real)
            )
            self._put(connection, new)
            connection.execute(self._table.update().values(configured_speed=speed))

        self._database.write(change)

    def move_to(self, moment: int) -> None:
        """Advance to ``moment`` (ms since the epoch); never goes back."""
        self._change(lambda state, real: state.moved(moment, real))

    def set_speed(self, speed: float) -> None:
        """Change the speed from now on."""
        self._change(lambda state, real: state.at_speed(speed, real))

    def reset(self, speed: float) -> None:
        """Restart at ``speed``."""
        self._change(lambda _, real: ClockState.starting(speed, real, real))

    def seconds_until(self, moment: int) -> float:
        """Return the real seconds until ``moment``; infinite when the clock stands still."""
        state, real = self._read()
        return state.seconds_until(moment, real)

    def saved(self, connection: Connection) -> SavedClock | None:
        """Return the clock within a transaction, ``None`` before the first start."""
        if connection.execute(select(self._table.c.configured_speed)).scalar() is None:
            return None
        state, real = self._read_in(connection)
        return SavedClock(state.speed, state.at(real))

    def restore(self, connection: Connection, saved: SavedClock, *, restart: bool) -> None:
        """Take over a saved clock; goes back only with ``restart``."""
        row = connection.execute(select(self._table).with_for_update()).one()
        state, real = self._read_in(connection)
        is_new = restart or row.configured_speed is None
        state = (
            ClockState.starting(saved.speed, real, real)
            if is_new
            else state.at_speed(saved.speed, real)
        )
        self._put(connection, state.moved(saved.now, real))
        if row.configured_speed is None:
            # A first start at this speed then keeps the clock as it is.
            connection.execute(self._table.update().values(configured_speed=saved.speed))

    def _change(self, change: Callable[[ClockState, int], ClockState]) -> None:
        def apply(connection: Connection) -> None:
            connection.execute(select(self._table.c.id).with_for_update())
            self._put(connection, change(*self._read_in(connection)))

        self._database.write(apply)

    def _put(self, connection: Connection, state: ClockState) -> None:
        connection.execute(
            self._table.update().values(
                speed=state.speed, base=state.base, since=round(state.since)
            )
        )

    def _read(self) -> tuple[ClockState, int]:
        return self._database.read(self._read_in)

    def _read_in(self, connection: Connection) -> tuple[ClockState, int]:
        """Return the clock's state and the database's time."""
        row = connection.execute(select(self._table, self._database.now().label("real"))).one()
        return ClockState(row.speed, row.base, row.since), row.real

"""The clock that processes share: its pace is in the database, and so is the time it runs by."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select

from mtt_mock.domain.clock import ClockState
from mtt_mock.domain.snapshot import SavedClock
from mtt_mock.storage.sql.transactions import Database


class SqlClock:
    """One clock for all processes. Every method may raise ``StoreUnavailableError``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.clock

    @property
    def speed(self) -> float:
        """How much faster than real time it runs; 0: it stands still."""
        return self._read()[0].speed

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        pace, real = self._read()
        return pace.at(real)

    def initialise(self, speed: float) -> None:
        """Go at ``speed``, unless the last process that began wanted that too.

        So a worker that is started again leaves the clock as it was set meanwhile, and a changed
        setting counts.
        """

        def change(connection: Connection) -> None:
            row = connection.execute(select(self._table).with_for_update()).one()
            if row.begun == speed:
                return
            pace, real = self._read_in(connection)
            new = (
                ClockState.starting(speed, real, real)
                if row.begun is None
                else pace.at_speed(speed, real)
            )
            self._put(connection, new)
            connection.execute(self._table.update().values(begun=speed))

        self._database.write(change)

    def move_to(self, moment: int) -> None:
        """Make it ``moment`` (milliseconds since the epoch); it never goes back."""
        self._change(lambda pace, real: pace.moved(moment, real))

    def set_speed(self, speed: float) -> None:
        """Go on at ``speed`` from what ``now`` says."""
        self._change(lambda pace, real: pace.at_speed(speed, real))

    def reset(self, speed: float) -> None:
        """Start anew at ``speed``."""
        self._change(lambda _, real: ClockState.starting(speed, real, real))

    def seconds_until(self, moment: int) -> float:
        """Return the real seconds until ``moment``; infinite when the clock stands still."""
        pace, real = self._read()
        return pace.seconds_until(moment, real)

    def saved(self, connection: Connection) -> SavedClock | None:
        """Return what it says, in the transaction of ``connection``; ``None``: nobody began yet."""
        if connection.execute(select(self._table.c.begun)).scalar() is None:
            return None
        pace, real = self._read_in(connection)
        return SavedClock(pace.speed, pace.at(real))

    def restore(self, connection: Connection, saved: SavedClock, *, anew: bool) -> None:
        """Go on as ``saved`` says, and never back unless it starts ``anew``, in a transaction."""
        row = connection.execute(select(self._table).with_for_update()).one()
        pace, real = self._read_in(connection)
        is_new = anew or row.begun is None
        pace = (
            ClockState.starting(saved.speed, real, real)
            if is_new
            else pace.at_speed(saved.speed, real)
        )
        self._put(connection, pace.moved(saved.now, real))
        if row.begun is None:
            # Whoever begins here for the first time at that speed is to find it as it is now.
            connection.execute(self._table.update().values(begun=saved.speed))

    def _change(self, change: Callable[[ClockState, int], ClockState]) -> None:
        def apply(connection: Connection) -> None:
            connection.execute(select(self._table.c.id).with_for_update())
            self._put(connection, change(*self._read_in(connection)))

        self._database.write(apply)

    def _put(self, connection: Connection, pace: ClockState) -> None:
        connection.execute(
            self._table.update().values(speed=pace.speed, base=pace.base, since=round(pace.since))
        )

    def _read(self) -> tuple[ClockState, int]:
        return self._database.read(self._read_in)

    def _read_in(self, connection: Connection) -> tuple[ClockState, int]:
        """Return the pace and the database's time."""
        row = connection.execute(select(self._table, self._database.now().label("real"))).one()
        return ClockState(row.speed, row.base, row.since), row.real

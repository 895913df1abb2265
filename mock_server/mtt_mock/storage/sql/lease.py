"""The right to drive, which one of the processes has at a time: a row that expires."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, select

from mtt_mock.domain.lease import ClockBusyError
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.storage.sql.transactions import Database

_LOOK = 0.1  # seconds between two looks of who drives
_WAIT = 0.5  # seconds between two looks of the others
_ASK = 0.02  # seconds between two looks of who waits to turn the clock
_PATIENCE = 30.0  # seconds that one waits to turn the clock
_ASKED_FOR = 2000  # milliseconds after which an asker counts as gone


class SqlLease:
    """The lease as one process sees it; ``seconds`` after the last sign of life it is free.

    Time is the database's, so that clocks of machines do not matter. A process that could not reach
    the database gives the holder the whole time again: nobody could renew it meanwhile.
    """

    shared = True

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._table = database.tables.lease
        self._seconds = seconds
        self._name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._renew_at = 0.0
        self._patient_until = 0.0
        self._asked_for = False
        self._lock = threading.Lock()  # of ``term`` and ``_turning``, and of changing the row
        self._turning = False
        self.term = 0

    @property
    def pause(self) -> float:
        """Seconds after which to look again."""
        return _LOOK if self.term else min(_WAIT, self._seconds / 4)

    def acquire_or_renew(self) -> int:
        """Take it or keep it; return the term, 0 while another process has it."""
        try:
            with self._lock:
                row = self._database.read(self._look)
                self._asked_for = row.asker not in (None, self._name) and row.asked_until > row.now
                if self._is_mine(row):
                    if time.monotonic() >= self._renew_at or row.is_turning != self._turning:
                        self._set_term(self._database.write(self._renew))
                elif self._may_take(row):
                    self._set_term(self._database.write(self._take))
                else:
                    self.term = 0
                return self.term
        except StoreUnavailableError:
            self._patient_until = time.monotonic() + self._seconds
            raise

    def handoff_requested(self) -> bool:
        """Return whether another process waited for it when ``hold`` looked last."""
        return self._asked_for

    @contextmanager
    def exclusive_advance(self) -> Iterator[int]:
        """Hold it while the clock is being advanced."""
        give_up = time.monotonic() + _PATIENCE
        while not (term := self._begin_turn()):
            if time.monotonic() > give_up:
                raise ClockBusyError(
                    "another process drives the calls and is busy delivering events; try again"
                )
            time.sleep(_ASK)
        try:
            yield term
        finally:
            with self._lock:
                self._turning = False
                with suppress(StoreUnavailableError):  # then ``hold`` says so when it can
                    self._database.write(self._end_turn)

    def release(self) -> None:
        """Have it no more; whoever asks has it next."""
        with self._lock:
            if self.term:
                self._database.write(self._free)
                self.term = 0

    def is_claimed(self) -> ColumnElement[bool]:
        """Return the condition that the process drives whose ``claim`` goes with the statement."""
        return and_(
            self._table.c.holder == bindparam("my_name"), self._table.c.term == bindparam("my_term")
        )

    def claim(self) -> dict[str, Any]:
        """Return what this process says of itself: who it is, and its term."""
        return {"my_name": self._name, "my_term": self.term}

    def is_held(self) -> ColumnElement[bool]:
        """Return the condition that this process drives, for a transaction of its own."""
        return and_(self._table.c.holder == self._name, self._table.c.term == self.term)

    def _look(self, connection: Connection) -> Row[Any]:
        return connection.execute(select(self._table, self._database.now().label("now"))).one()

    def _locked(self, connection: Connection) -> Row[Any]:
        connection.execute(select(self._table.c.id).with_for_update())
        return self._look(connection)

    def _is_mine(self, row: Row[Any]) -> bool:
        return bool(self.term and row.holder == self._name and row.term == self.term)

    def _may_take(self, row: Row[Any]) -> bool:
        if row.holder is not None and row.expires > row.now:
            return False
        others = row.asker not in (None, self._name) and row.asked_until > row.now
        is_patient = row.holder is not None and time.monotonic() < self._patient_until
        return not others and not is_patient

    def _renew(self, connection: Connection) -> int:
        row = self._locked(connection)
        if not self._is_mine(row):
            return 0
        self._put(connection, expires=self._expiry(row), is_turning=self._turning)
        return self.term

    def _take(self, connection: Connection) -> int:
        row = self._locked(connection)
        if not self._may_take(row):
            return 0
        term: int = row.term + 1
        self._put(
            connection,
            holder=self._name,
            term=term,
            expires=self._expiry(row),
            is_turning=False,
            asker=None,
        )
        return term

    def _begin_turn(self) -> int:
        """Return the term in which the clock may be advanced now, 0 while that has to wait."""
        with self._lock:
            term = self._database.write(self._ask_for_turn)
            if term:
                self._turning = True
                self._set_term(term)
            return term

    def _ask_for_turn(self, connection: Connection) -> int:
        row = self._locked(connection)
        if self._is_mine(row) or self._may_take(row):
            term = self.term if self._is_mine(row) else self._take(connection)
            self._put(connection, is_turning=True, expires=self._expiry(row))
            return term
        if row.is_turning:
            raise ClockBusyError(
                "the clock is being advanced already, by another process or from inside an event; "
                "advance it from one place at a time"
            )
        if row.asker is None or row.asked_until <= row.now or row.asker == self._name:
            self._put(connection, asker=self._name, asked_until=row.now + _ASKED_FOR)
        return 0

    def _end_turn(self, connection: Connection) -> None:
        connection.execute(self._table.update().where(self.is_held()).values(is_turning=False))

    def _free(self, connection: Connection) -> None:
        connection.execute(
            self._table.update()
            .where(self.is_held())
            .values(holder=None, expires=0, is_turning=False)
        )

    def _put(self, connection: Connection, **values: Any) -> None:
        connection.execute(self._table.update().values(**values))

    def _expiry(self, row: Row[Any]) -> int:
        return int(row.now + self._seconds * 1000)

    def _set_term(self, term: int) -> None:
        self.term = term
        self._renew_at = time.monotonic() + self._seconds / 4

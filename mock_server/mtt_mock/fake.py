"""The fake as a whole, without HTTP: settings, state, methods, journal."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mtt_mock import rpc
from mtt_mock.accounts import Accounts
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.store import MemoryStore, Store
from mtt_mock.journal import Journal, exchange_of
from mtt_mock.methods import mtt_methods
from mtt_mock.rpc.errors import InvalidRequest
from mtt_mock.settings import Settings


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP: a status and a JSON body.

    The body is empty for a notification, and for 401 (whose body is the transport's affair).
    """

    status: int
    body: bytes


class Fake:
    """One fake service. Two of them in one process share nothing."""

    def __init__(self, settings: Settings | None = None, store: Store | None = None) -> None:
        self.store: Store = store or MemoryStore()
        self.journal = Journal(0)
        self._engine = rpc.Engine(mtt_methods(lambda: self.store))
        self._apply(settings or Settings())

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    def reset(self, settings: Settings | None = None) -> None:
        """Forget all state and exchanges; with ``settings``, go on under those."""
        self.store.clear()
        self.journal.clear()
        if settings is not None and settings != self._settings:
            self._apply(settings)

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset for the customer."""
        return self.store.followme(customer_name)

    def answer(self, authorization: str | None, body: bytes) -> Reply:
        """Return the reply to a POST: credentials first, then the envelope."""
        started = time.perf_counter()
        account = self._accounts.authenticate(authorization)
        if account is None:
            return self._unauthorized(started)
        answer = self._engine.answer(body, account, max_batch=self._settings.max_batch)
        status = self._settings.error_status if answer.is_error else 200
        self._note(answer.calls, status, started, len(body))
        return Reply(status, answer.body)

    def refuse_body(self, authorization: str | None) -> Reply:
        """Return the reply to a body over the limit (status and text are assumptions)."""
        started = time.perf_counter()
        if self._accounts.authenticate(authorization) is None:
            return self._unauthorized(started)
        data = f"request body is larger than {self._settings.max_body} bytes"
        answer = self._engine.refuse(InvalidRequest(data))
        self._note(answer.calls, 413, started)
        return Reply(413, answer.body)

    def service_map(self, authorization: str | None, target: str) -> Reply:
        """Return the reply to a GET of the endpoint whose path is ``target``."""
        started = time.perf_counter()
        if self._accounts.authenticate(authorization) is None:
            return self._unauthorized(started)
        body = rpc.encode(rpc.service_map(self._engine.methods.values(), target))
        self._note([rpc.Call(method="GET")], 200, started)
        return Reply(200, body)

    def _apply(self, settings: Settings) -> None:
        self._settings = settings
        self._accounts = Accounts(settings.accounts)
        self.journal.resize(settings.journal_size)

    def _unauthorized(self, started: float) -> Reply:
        self._note([rpc.Call()], 401, started)
        return Reply(401, b"")

    def _note(self, calls: list[rpc.Call], status: int, started: float, size: int = 0) -> None:
        at, ms = time.time(), (time.perf_counter() - started) * 1000
        share = size // len(calls)
        for call in calls:
            self.journal.add(exchange_of(call, at=at, status=status, ms=ms, size=share))

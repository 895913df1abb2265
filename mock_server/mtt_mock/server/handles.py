"""What the pytest fixtures hand out; usable without pytest."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from mtt_mock.domain.billing import parse_money
from mtt_mock.domain.calls import Call
from mtt_mock.domain.clock import parse_speed, speed_text
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.subscribers import Subscriber
from mtt_mock.server.live_server import LiveServer
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.fake import Fake
from mtt_mock.service.fault_registry import FaultRegistry
from mtt_mock.service.journal import Journal
from mtt_mock.service.settings import Settings
from mtt_mock.storage.snapshots import Imported, exported, import_dict, import_file
from mtt_mock.web.app import create_app

DEFAULT_CUSTOMER = "883140500000000"  # the one on MTT's page


class MttServer:
    """A running fake, as a test sees it: what the fixture ``mtt_server`` is."""

    def __init__(self, live: LiveServer) -> None:
        self._live = live

    @property
    def live(self) -> LiveServer:
        """The server itself."""
        return self._live

    @property
    def url(self) -> str:
        """The endpoint's URL."""
        return self._live.url

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._live.fake.settings

    @property
    def credentials(self) -> tuple[str, str]:
        """A login and a password that the fake lets in."""
        return credentials_of(self.settings)

    @property
    def journal(self) -> Journal:
        """The exchanges since the last reset, oldest first."""
        return self._live.fake.journal

    @property
    def events(self) -> list[Delivery]:
        """The events that were sent to callBackURLs, or could not be, oldest first."""
        return self._live.fake.journal.deliveries

    @property
    def clock(self) -> FakeClock:
        """The fake's clock."""
        return FakeClock(self._live.fake)

    @property
    def subscribers(self) -> Subscribers:
        """What numbers do when they are called."""
        return Subscribers(self._live.fake)

    @property
    def faults(self) -> FaultRegistry:
        """What goes wrong on purpose: ``faults.add("setCallBackFollowme:reset-after@2")``."""
        return FaultRegistry(self._live.fake.store)

    def calls(self) -> list[Call]:
        """Return the calls that are kept, in the order in which they were made."""
        return self._live.fake.store.calls()

    def prompts(self, customer_name: str) -> list[Prompt]:
        """Return what was uploaded for the customer, the latest last."""
        return self._live.fake.store.prompts(customer_name)

    def balance(self, customer_name: str) -> Decimal:
        """Return the customer's balance in RUB."""
        return self._live.fake.service.balance(customer_name)

    def set_balance(self, customer_name: str, amount: Decimal | float | str) -> None:
        """Set the customer's balance in RUB. Raises ``ValueError``."""
        money = parse_money(amount)
        self._live.fake.store.change_balance(customer_name, lambda _: money)

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset for the customer."""
        return self._live.fake.followme(customer_name)

    def export_state(
        self, customers: Collection[str] | None = None, *, calls: bool = True
    ) -> dict[str, Any]:
        """Return what is kept, as ``mtt-mock state export`` writes it.

        ``customers``: only what is kept for these. Without ``calls``: no calls and no clock.
        Raises ``SnapshotError`` for a customer of whom nothing is kept.
        """
        return exported(self._live.fake.store, customers, calls=calls)

    def import_state(
        self, state: Mapping[str, Any] | str | Path, *, replace: bool = False
    ) -> Imported:
        """Take in what ``export_state`` returned, or a file of it: all of it or nothing.

        What it says of a customer takes the place of what is there, the rest stays; with
        ``replace`` everything is forgotten first. Raises ``SnapshotError`` and ``CallsTakenError``,
        which are ``ValueError``.
        """
        fake = self._live.fake
        if isinstance(state, Mapping):
            return import_dict(fake, dict(state), replace=replace)
        return import_file(fake, state, replace=replace)

    def reset(self) -> None:
        """Forget all state and exchanges; the settings stay."""
        self._live.fake.reset()


@contextlib.contextmanager
def serve(settings: Settings | None = None, **values: Any) -> Iterator[MttServer]:
    """Run a fake on a free loopback port, in a thread: what a fixture of one's own is made of.

    Takes what ``create_app`` takes, and raises what that does.
    """
    with LiveServer(create_app(settings, **values)) as live:
        yield MttServer(live)


class FakeClock:
    """The clock of a fake: what ``mtt_clock`` is."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.speed} {self.now.isoformat()}>"

    @property
    def now(self) -> datetime:
        """The fake's time, in UTC."""
        return datetime.fromtimestamp(self._fake.service.clock.now() / 1000, UTC)

    @property
    def speed(self) -> str:
        """``"manual"``, ``"real"`` or a factor such as ``"20x"``; may be set."""
        return speed_text(self._fake.service.clock.speed)

    @speed.setter
    def speed(self, speed: str) -> None:
        self._fake.service.scheduler.set_speed(parse_speed(speed))

    def advance(self, seconds: float) -> None:
        """Put the clock forward and do all that is due within, in order.

        Returns when every event is delivered or given up. Raises ``ValueError`` for a time that is
        negative or too long, ``ClockBusyError`` when the clock is being advanced already.
        """
        self._fake.service.scheduler.advance(seconds)

    def run_until_idle(self) -> None:
        """Put the clock forward until all calls are over (a week at most)."""
        self._fake.service.scheduler.run_until_idle()

    def time(self) -> float:
        """Return the fake's time in seconds since the epoch, as ``time.time`` does the real one."""
        return self._fake.service.clock.now() / 1000

    def sleep(self, seconds: float) -> None:
        """Pass ``seconds`` of the fake's time: advance a manual clock, wait for a running one."""
        clock = self._fake.service.clock
        if clock.speed:
            time.sleep(seconds / clock.speed)
        else:
            self.advance(seconds)


class Subscribers:
    """What numbers do when they are called: what ``mtt_subscribers`` is.

    ``subscribers["79000000001"] = Busy()``; ``*`` and ``?`` in a number make it a pattern. An exact
    number goes before patterns, the pattern set last before others; then come the settings, the
    magic numbers and ``Answers()``. Calls that are under way keep to what held when they were made.
    """

    def __init__(self, fake: Fake) -> None:
        self._fake = fake

    def __getitem__(self, number: str) -> Subscriber:
        return self._fake.service.subscriber(number)

    def __setitem__(self, number: str, subscriber: Subscriber) -> None:
        self._fake.store.set_subscriber(number, subscriber)

    def __delitem__(self, number: str) -> None:
        self._fake.store.set_subscriber(number, None)


def credentials_of(settings: Settings) -> tuple[str, str]:
    """Return a login and a password that a fake with ``settings`` lets in."""
    for account in settings.accounts:
        return account.login, account.password
    return "login", "password"


def customer_of(settings: Settings) -> str:
    """Return a customer_name that ``credentials_of(settings)`` may use."""
    for account in settings.accounts:
        return min(account.customers, default=DEFAULT_CUSTOMER)
    return DEFAULT_CUSTOMER

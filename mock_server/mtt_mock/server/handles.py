"""Handles on a running fake: the values of the pytest fixtures, usable without pytest."""

from __future__ import annotations

import asyncio
import contextlib
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

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
from mtt_mock.service.stubs import StubRegistry
from mtt_mock.storage.stores import open_fake

if TYPE_CHECKING:
    from mtt_mock.service.keywords import SettingKeywords
    from mtt_mock.storage.snapshots import ImportResult

_BLOCKED_LOOP = (
    "an event got no answer while the clock was advanced in a coroutine. This blocks the event "
    "loop, so a receiver in it cannot answer; write: await mtt_async_clock.advance(seconds)"
)
DEFAULT_CUSTOMER = "883140500000000"  # the one on MTT's page


class MttServer:
    """A running fake, as tests use it: the value of the fixture ``mtt_server``."""

    def __init__(self, live: LiveServer) -> None:
        self._live = live

    @property
    def live(self) -> LiveServer:
        """The server behind this handle."""
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
        """A login and a password that the fake accepts."""
        return credentials_of(self.settings)

    @property
    def journal(self) -> Journal:
        """The exchanges since the last reset, oldest first."""
        return self._live.fake.journal

    @property
    def events(self) -> list[Delivery]:
        """The deliveries of events to callBackURLs, failed ones included, oldest first."""
        return self._live.fake.journal.deliveries

    @property
    def clock(self) -> FakeClock:
        """The fake's clock."""
        return FakeClock(self._live.fake)

    @property
    def async_clock(self) -> AsyncFakeClock:
        """The fake's clock for coroutines."""
        return AsyncFakeClock(self._live.fake)

    @property
    def subscribers(self) -> Subscribers:
        """The behaviour of numbers when they are called."""
        return Subscribers(self._live.fake)

    @property
    def faults(self) -> FaultRegistry:
        """The injected faults: ``faults.add("setCallBackFollowme:reset-after@2")``."""
        return FaultRegistry(self._live.fake.store)

    @property
    def stubs(self) -> StubRegistry:
        """Answers instead of the fake's own: ``stubs.add("getCustomerBalance", error=(…))``."""
        return self._live.fake.service.stubs

    def calls(self) -> list[Call]:
        """Return the running calls and the latest finished ones.

        Returns:
            The calls in the order of their start; at most ``calls_kept`` finished ones.
        """
        return self._live.fake.store.calls()

    def prompts(self, customer_name: str) -> list[Prompt]:
        """Return the customer's uploaded prompts.

        Args:
            customer_name: The customer.

        Returns:
            The prompts, the newest last.
        """
        return self._live.fake.store.prompts(customer_name)

    def set_prompt_length(self, customer_name: str, name: str, seconds: float | None) -> Prompt:
        """Set how long an uploaded prompt lasts, such as one of an unmeasured format.

        Args:
            customer_name: The customer.
            name: The file_name of the prompt.
            seconds: Its length, from 0 to a day; ``None`` measures the file again.

        Returns:
            The prompt.

        Raises:
            KeyError: The customer has no prompt of this name.
            ValueError: ``seconds`` is something else.
        """
        # Late: the formats of audio, which few tests need.
        from mtt_mock.service.media.prompt_length import set_prompt_length  # noqa: PLC0415

        prompt = set_prompt_length(self._live.fake.store, customer_name, name, seconds)
        if prompt is None:
            raise KeyError(f"customer {customer_name} has no prompt {name!r}")
        return prompt

    def balance(self, customer_name: str) -> Decimal:
        """Return the customer's balance.

        Args:
            customer_name: The customer.

        Returns:
            The balance in RUB.
        """
        return self._live.fake.service.balance(customer_name)

    def set_balance(self, customer_name: str, amount: Decimal | float | str) -> None:
        """Set the customer's balance.

        Args:
            customer_name: The customer.
            amount: RUB.

        Raises:
            ValueError: If ``amount`` is not a finite amount of money.
        """
        money = parse_money(amount)
        self._live.fake.store.change_balance(customer_name, lambda _: money)

    def followme(self, customer_name: str) -> Followme:
        """Return the preset that the customer has set with setCallBackFollowme.

        Args:
            customer_name: The customer.

        Returns:
            The elements and numbers, empty if nothing is set.
        """
        return self._live.fake.followme(customer_name)

    def export_state(
        self, customers: Collection[str] | None = None, *, calls: bool = True
    ) -> dict[str, Any]:
        """Return the state as ``mtt-mock state export`` writes it.

        Args:
            customers: Export the state of these customers only.
            calls: Whether to export calls and the clock.

        Returns:
            A snapshot: JSON values in the shape of ``storage/snapshots/snapshot.json``.

        Raises:
            SnapshotError: If there is no state for one of ``customers``.
            TypeError: If ``customers`` is one name, not a list of names.
        """
        if isinstance(customers, str):
            raise TypeError(f"customers must be a list of names, got {customers!r}")
        from mtt_mock.storage.snapshots import export_dict  # noqa: PLC0415 -- few tests need it

        return export_dict(self._live.fake.store, customers, calls=calls)

    def import_state(
        self, state: Mapping[str, Any] | str | Path, *, replace: bool = False
    ) -> ImportResult:
        """Import a snapshot, all of it or nothing.

        Customers in the snapshot replace those of the same name; all other state stays.

        Args:
            state: A snapshot, or the path of its file.
            replace: Whether to delete all state first.

        Returns:
            The counts of imported parts, and notes.

        Raises:
            SnapshotError: If the snapshot is invalid. A ``ValueError``.
            CallsTakenError: If a call's id is in use. A ``ValueError``.
        """
        from mtt_mock.storage.snapshots import import_dict, import_file  # noqa: PLC0415

        fake = self._live.fake
        if isinstance(state, Mapping):
            return import_dict(fake, dict(state), replace=replace)
        return import_file(fake, state, replace=replace)

    def reset(self) -> None:
        """Delete all state and the journal; the settings stay."""
        self._live.fake.reset()


@contextlib.contextmanager
def serve(
    settings: Settings | None = None, *, store: str | None = None, **values: Unpack[SettingKeywords]
) -> Iterator[MttServer]:
    """Run a fake on a free loopback port, in a thread; use it for fixtures of your own.

    Args:
        settings: Settings of the fake.
        store: URL of a database; by default the state is in memory.
        **values: Single settings by name, instead of ``settings``; see ``Settings``.

    Yields:
        The handle on the running fake.

    Raises:
        SettingsError, AccountsError, StoreError: As ``create_app`` does.
    """
    with LiveServer(open_fake(settings, store=store, **values)) as live:
        yield MttServer(live)


class _Clock:
    """The time of a fake, and its speed."""

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
        """``"manual"``, ``"real"`` or a factor such as ``"20x"``; can be set."""
        return speed_text(self._fake.service.clock.speed)

    @speed.setter
    def speed(self, speed: str) -> None:
        self._fake.service.scheduler.set_speed(parse_speed(speed))

    def time(self) -> float:
        """Return the fake's time; use it in place of ``time.time``.

        Returns:
            Seconds since the epoch.
        """
        return self._fake.service.clock.now() / 1000


class FakeClock(_Clock):
    """A fake's clock: the value of the fixture ``mtt_clock``."""

    def advance(self, seconds: float) -> None:
        """Advance the clock and run all steps due within that time, in order.

        Returns when every event is delivered or has failed. In a coroutine use ``AsyncFakeClock``:
        this blocks the event loop, so a receiver in it cannot answer. A ``RuntimeWarning`` says so
        if an event got no answer.

        Args:
            seconds: Time by the fake's clock.

        Raises:
            ValueError: If ``seconds`` is negative or too long.
            ClockBusyError: If the clock is being advanced already.
        """
        with self._warning_of_blocked_loop():
            self._fake.service.scheduler.advance(seconds)

    def run_until_idle(self) -> None:
        """Advance the clock until all calls are over (a week at most)."""
        with self._warning_of_blocked_loop():
            self._fake.service.scheduler.run_until_idle()

    @contextlib.contextmanager
    def _warning_of_blocked_loop(self) -> Iterator[None]:
        journal = self._fake.journal
        last = journal.last
        yield
        try:
            task = asyncio.current_task()
        except RuntimeError:
            return
        if task is None:  # Playwright's synchronous API runs a loop in the thread of the test
            return
        records = (entry.record for entry in journal.entries(after=last))
        if any(isinstance(item, Delivery) and item.status is None and item.url for item in records):
            warnings.warn(_BLOCKED_LOOP, RuntimeWarning, stacklevel=4)

    def sleep(self, seconds: float) -> None:
        """Let the fake's time pass: advance a manual clock or wait for a running one.

        Args:
            seconds: Seconds of the fake's time.
        """
        clock = self._fake.service.clock
        if clock.speed:
            time.sleep(seconds / clock.speed)
        else:
            self.advance(seconds)


class AsyncFakeClock(_Clock):
    """A fake's clock for coroutines: the value of the fixture ``mtt_async_clock``.

    Its methods run in a thread, so that a receiver in the event loop can answer meanwhile.
    """

    async def advance(self, seconds: float) -> None:
        """Advance the clock and run all steps due within that time, in order.

        Returns when every event is delivered or has failed.

        Args:
            seconds: Time by the fake's clock.

        Raises:
            ValueError: If ``seconds`` is negative or too long.
            ClockBusyError: If the clock is being advanced already.
        """
        await _in_thread(self._fake.service.scheduler.advance, seconds)

    async def run_until_idle(self) -> None:
        """Advance the clock until all calls are over (a week at most)."""
        await _in_thread(self._fake.service.scheduler.run_until_idle)

    async def sleep(self, seconds: float) -> None:
        """Let the fake's time pass: advance a manual clock or wait for a running one.

        Args:
            seconds: Seconds of the fake's time.
        """
        await _in_thread(FakeClock(self._fake).sleep, seconds)


async def _in_thread(function: Callable[..., None], *args: float) -> None:
    import anyio.to_thread  # noqa: PLC0415 -- on trio too; few servers need it

    await anyio.to_thread.run_sync(function, *args, abandon_on_cancel=True)


class Subscribers:
    """The behaviour of numbers when they are called: the value of the fixture ``mtt_subscribers``.

    ``subscribers["79000000001"] = Busy()`` sets it; ``*`` and ``?`` make a number a pattern. An
    exact number wins over patterns, and the pattern set last over the others; then come the
    settings, the magic numbers, and ``Answers()``. Running calls keep the behaviour they started
    with.
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
    """Return a login and a password that a fake with ``settings`` accepts."""
    for account in settings.accounts:
        return account.login, account.password
    return "login", "password"


def customer_of(settings: Settings) -> str:
    """Return a customer_name that the account of ``credentials_of`` may use."""
    for account in settings.accounts:
        return min(account.customers, default=DEFAULT_CUSTOMER)
    return DEFAULT_CUSTOMER

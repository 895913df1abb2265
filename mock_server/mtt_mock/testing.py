"""What the pytest fixtures hand out; usable without pytest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from mtt_mock.domain.followme import Followme
from mtt_mock.journal import Journal
from mtt_mock.serving import LiveServer
from mtt_mock.settings import Settings
from mtt_mock.web import create_app

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

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset for the customer."""
        return self._live.fake.followme(customer_name)

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

"""A stateful fake of MTT's CallBack API.

Importing this package is cheap: Flask and the other dependencies load with the first name used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mtt_mock._version import __version__ as __version__

if TYPE_CHECKING:
    from mtt_mock.domain.billing import Tariff as Tariff
    from mtt_mock.domain.errors import MttMockError as MttMockError
    from mtt_mock.domain.hosts import HostError as HostError
    from mtt_mock.domain.lease import ClockBusyError as ClockBusyError
    from mtt_mock.domain.subscribers import Answers as Answers
    from mtt_mock.domain.subscribers import Busy as Busy
    from mtt_mock.domain.subscribers import NeverAnswers as NeverAnswers
    from mtt_mock.domain.subscribers import Rejects as Rejects
    from mtt_mock.domain.subscribers import Unavailable as Unavailable
    from mtt_mock.interception.hooks import InterceptError as InterceptError
    from mtt_mock.interception.hooks import InterceptWarning as InterceptWarning
    from mtt_mock.interception.interception import Interception as Interception
    from mtt_mock.interception.interception import intercept as intercept
    from mtt_mock.server.handles import AsyncFakeClock as AsyncFakeClock
    from mtt_mock.server.handles import FakeClock as FakeClock
    from mtt_mock.server.handles import MttServer as MttServer
    from mtt_mock.server.handles import Subscribers as Subscribers
    from mtt_mock.server.handles import serve as serve
    from mtt_mock.server.live_server import LiveServer as LiveServer
    from mtt_mock.server.tls import AuthorityError as AuthorityError
    from mtt_mock.service.accounts import Account as Account
    from mtt_mock.service.accounts import AccountsError as AccountsError
    from mtt_mock.service.callbacks import Delivery as Delivery
    from mtt_mock.service.fake import Fake as Fake
    from mtt_mock.service.journal import Exchange as Exchange
    from mtt_mock.service.journal import Journal as Journal
    from mtt_mock.service.settings import Settings as Settings
    from mtt_mock.service.settings import SettingsError as SettingsError
    from mtt_mock.service.state import StoreError as StoreError
    from mtt_mock.testing.receiver import EventReceiver as EventReceiver
    from mtt_mock.testing.receiver import ReceivedEvent as ReceivedEvent
    from mtt_mock.web.app import create_app as create_app
    from mtt_mock.web.app import fake_of as fake_of
    from mtt_mock.web.transport import AppTransport as AppTransport

_MODULES = {
    "domain.billing": "Tariff",
    "domain.errors": "MttMockError",
    "domain.hosts": "HostError",
    "domain.lease": "ClockBusyError",
    "domain.subscribers": "Answers Busy NeverAnswers Rejects Unavailable",
    "interception.hooks": "InterceptError InterceptWarning",
    "interception.interception": "Interception intercept",
    "server.live_server": "LiveServer",
    "server.handles": "AsyncFakeClock FakeClock MttServer Subscribers serve",
    "server.tls": "AuthorityError",
    "service.accounts": "Account AccountsError",
    "service.callbacks": "Delivery",
    "service.fake": "Fake",
    "service.journal": "Exchange Journal",
    "service.settings": "Settings SettingsError",
    "service.state": "StoreError",
    "testing.receiver": "EventReceiver ReceivedEvent",
    "web.app": "create_app fake_of",
    "web.transport": "AppTransport",
}
_LAZY_EXPORTS = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_LAZY_EXPORTS)  # noqa: PLE0605  # the type checker reads the imports above


if not TYPE_CHECKING:  # a type checker would take any misspelt name for this function's result

    def __getattr__(name: str) -> Any:
        if name not in _LAZY_EXPORTS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{_LAZY_EXPORTS[name]}"), name)

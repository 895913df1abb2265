"""A stateful fake of MTT's CallBack API.

Importing this package costs next to nothing: Flask and the rest come with the first name used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mtt_mock._version import __version__ as __version__

if TYPE_CHECKING:
    from mtt_mock.domain.billing import Tariff
    from mtt_mock.domain.lease import ClockBusyError
    from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers, Rejects, Unavailable
    from mtt_mock.interception import InterceptError, Interception, intercept
    from mtt_mock.server.handles import FakeClock, MttServer, Subscribers, serve
    from mtt_mock.server.live_server import LiveServer
    from mtt_mock.service.accounts import Account, AccountsError
    from mtt_mock.service.fake import Fake
    from mtt_mock.service.settings import Settings, SettingsError
    from mtt_mock.service.state import StoreError
    from mtt_mock.testing.receiver import EventReceiver
    from mtt_mock.web.app import create_app, fake_of

__all__ = [
    "Account",
    "AccountsError",
    "Answers",
    "Busy",
    "ClockBusyError",
    "EventReceiver",
    "Fake",
    "FakeClock",
    "InterceptError",
    "Interception",
    "LiveServer",
    "MttServer",
    "NeverAnswers",
    "Rejects",
    "Settings",
    "SettingsError",
    "StoreError",
    "Subscribers",
    "Tariff",
    "Unavailable",
    "create_app",
    "fake_of",
    "intercept",
    "serve",
]

_LAZY_EXPORTS = {
    "Account": "service.accounts",
    "AccountsError": "service.accounts",
    "Answers": "domain.subscribers",
    "Busy": "domain.subscribers",
    "ClockBusyError": "domain.lease",
    "EventReceiver": "testing.receiver",
    "Fake": "service.fake",
    "FakeClock": "server.handles",
    "InterceptError": "interception",
    "Interception": "interception",
    "LiveServer": "server.live_server",
    "MttServer": "server.handles",
    "NeverAnswers": "domain.subscribers",
    "Rejects": "domain.subscribers",
    "Settings": "service.settings",
    "SettingsError": "service.settings",
    "StoreError": "service.state",
    "Subscribers": "server.handles",
    "Tariff": "domain.billing",
    "Unavailable": "domain.subscribers",
    "create_app": "web.app",
    "fake_of": "web.app",
    "intercept": "interception",
    "serve": "server.handles",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY_EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LAZY_EXPORTS[name]}"), name)

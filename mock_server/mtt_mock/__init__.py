"""A stateful fake of MTT's CallBack API.

Importing this package costs next to nothing: Flask and the rest come with the first name used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtt_mock.accounts import Account, AccountsError
    from mtt_mock.domain.billing import Tariff
    from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers, Rejects, Unavailable
    from mtt_mock.fake import Fake
    from mtt_mock.intercepting import InterceptError, Interception, intercept
    from mtt_mock.receiver import EventReceiver
    from mtt_mock.serving import LiveServer
    from mtt_mock.settings import Settings, SettingsError
    from mtt_mock.state import StoreError
    from mtt_mock.switchboard import ClockBusyError
    from mtt_mock.testing import FakeClock, MttServer, Subscribers, serve
    from mtt_mock.web import create_app, fake_of

__version__ = "0.1.0"
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

_HOMES = {
    "Account": "accounts",
    "AccountsError": "accounts",
    "Answers": "domain.subscribers",
    "Busy": "domain.subscribers",
    "ClockBusyError": "switchboard",
    "EventReceiver": "receiver",
    "Fake": "fake",
    "FakeClock": "testing",
    "InterceptError": "intercepting",
    "Interception": "intercepting",
    "LiveServer": "serving",
    "MttServer": "testing",
    "NeverAnswers": "domain.subscribers",
    "Rejects": "domain.subscribers",
    "Settings": "settings",
    "SettingsError": "settings",
    "StoreError": "state",
    "Subscribers": "testing",
    "Tariff": "domain.billing",
    "Unavailable": "domain.subscribers",
    "create_app": "web",
    "fake_of": "web",
    "intercept": "intercepting",
    "serve": "testing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)

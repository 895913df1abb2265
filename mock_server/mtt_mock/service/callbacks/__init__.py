"""Events of calls: built into a URL, checked against the allowlist, sent to the callBackURL.

Importing this package loads neither asyncio nor an HTTP client; the first event loads both.
"""

from mtt_mock.service.callbacks.allowlist import CallbackAllowlist
from mtt_mock.service.callbacks.callback_urls import event_url
from mtt_mock.service.callbacks.delivery import CallbackEvent, Delivery
from mtt_mock.service.callbacks.event_rules import EventRules
from mtt_mock.service.callbacks.sender import EventSender

__all__ = [
    "CallbackAllowlist",
    "CallbackEvent",
    "Delivery",
    "EventRules",
    "EventSender",
    "event_url",
]

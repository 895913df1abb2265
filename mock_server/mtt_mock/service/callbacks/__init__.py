"""Events of calls, on their way to the callBackURL.

Importing this package costs next to nothing: the event loop and the HTTP client come with the first
event sent.
"""

from mtt_mock.service.callbacks.allowlist import CallbackAllowlist
from mtt_mock.service.callbacks.callback_urls import event_url
from mtt_mock.service.callbacks.sender import CallbackEvent, Delivery, EventSender

__all__ = ["CallbackAllowlist", "CallbackEvent", "Delivery", "EventSender", "event_url"]

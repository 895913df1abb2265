"""Events of calls, on their way to the callBackURL.

Importing this package costs next to nothing: the event loop and the HTTP client come with the first
event sent.
"""

from mtt_mock.events.sender import Delivery, EventSender, Notice
from mtt_mock.events.targets import EventTargets
from mtt_mock.events.urls import event_url

__all__ = ["Delivery", "EventSender", "EventTargets", "Notice", "event_url"]

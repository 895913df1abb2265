"""Subscribers over the control API: the behaviour of numbers."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.subscribers import SubscriberRegistry, subscriber_from_dict, subscriber_to_dict
from mtt_mock.service.fake import Fake
from mtt_mock.web.control.http import Route, json_body, version_of
from mtt_mock.web.control.schemas import named


def routes(fake: Fake) -> list[Route]:
    """Return the routes for subscribers."""

    def subscribers() -> Any:
        return {
            "set": _to_dict(fake.store.subscriber_registry()),
            "settings": _to_dict(fake.settings.subscribers),
        }

    def set_subscriber() -> Any:
        values = json_body()
        number = values.pop("number", None)
        fake.store.set_subscriber(number, subscriber_from_dict(values))
        return subscribers()

    def unset_subscriber(number: str) -> Any:
        fake.store.set_subscriber(number, None)
        return subscribers()

    return [
        Route(
            "GET",
            "/subscribers",
            subscribers,
            "The numbers with a set behaviour",
            "Subscribers",
            version=version_of(fake, "subscribers"),
        ),
        Route(
            "POST",
            "/subscribers",
            set_subscriber,
            "Set a number's behaviour",
            "Subscribers",
            named("SubscriberToSet"),
        ),
        Route(
            "DELETE",
            "/subscribers/<number>",
            unset_subscriber,
            "Remove a number's behaviour",
            "Subscribers",
            refuses=(400,),
        ),
    ]


def _to_dict(registry: SubscriberRegistry) -> dict[str, Any]:
    return {
        number: subscriber_to_dict(subscriber) for number, subscriber in registry.entries().items()
    }

"""Subscribers over the control API: the behaviour of numbers."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.subscribers import SubscriberRegistry, subscriber_from_dict, subscriber_to_dict
from mtt_mock.service.fake import Fake
from mtt_mock.web.control.http import Routes, json_body, version_of
from mtt_mock.web.control.schemas import named

routes = Routes()


@routes.add(
    "GET", "/subscribers", "The numbers with a set behaviour",
    response="Subscribers", version=version_of("subscribers"),
)  # fmt: skip
def subscribers(fake: Fake) -> Any:
    return {
        "set": _to_dict(fake.store.subscriber_registry()),
        "settings": _to_dict(fake.settings.subscribers),
    }


@routes.add(
    "POST", "/subscribers", "Set a number's behaviour",
    response="Subscribers", body=named("SubscriberToSet"),
)  # fmt: skip
def set_subscriber(fake: Fake) -> Any:
    values = json_body()
    number = values.pop("number", None)
    fake.store.set_subscriber(number, subscriber_from_dict(values))
    return subscribers(fake)


@routes.add(
    "DELETE", "/subscribers/<number>", "Remove a number's behaviour",
    response="Subscribers", errors=(400,),
)  # fmt: skip
def unset_subscriber(fake: Fake, number: str) -> Any:
    fake.store.set_subscriber(number, None)
    return subscribers(fake)


def _to_dict(registry: SubscriberRegistry) -> dict[str, Any]:
    return {
        number: subscriber_to_dict(subscriber) for number, subscriber in registry.entries().items()
    }

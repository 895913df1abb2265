"""What numbers do and what customers have, over the control API."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.billing import parse_money
from mtt_mock.domain.subscribers import SubscriberRegistry, subscriber_of, subscriber_to_dict
from mtt_mock.service.fake import Fake
from mtt_mock.web.control.http import Route, sent
from mtt_mock.web.control.schemas import named

_BALANCE = {
    "type": "object",
    "properties": {"balance": {"type": ["number", "string"]}},
    "required": ["balance"],
    "additionalProperties": False,
}


def routes(fake: Fake) -> list[Route]:
    """Return the paths about subscribers and balances."""

    def subscribers() -> Any:
        return {
            "set": _listed(fake.store.subscriber_registry()),
            "settings": _listed(fake.settings.subscribers),
        }

    def set_subscriber() -> Any:
        values = sent()
        number = values.pop("number", None)
        subscriber = subscriber_of(values)
        fake.store.set_subscriber(number, subscriber)
        return subscribers()

    def unset_subscriber(number: str) -> Any:
        fake.store.set_subscriber(number, None)
        return subscribers()

    def balance(customer: str) -> Any:
        return {"customer": customer, "balance": float(fake.service.balance(customer))}

    def set_balance(customer: str) -> Any:
        amount = parse_money(sent("balance")["balance"])
        fake.store.change_balance(customer, lambda _: amount)
        return balance(customer)

    whose = "/balance/<path:customer>"
    return [
        Route("GET", "/subscribers", subscribers, "What is set for numbers", "Subscribers"),
        Route(
            "POST",
            "/subscribers",
            set_subscriber,
            "Set what a number does",
            "Subscribers",
            named("SubscriberToSet"),
        ),
        Route(
            "DELETE",
            "/subscribers/<number>",
            unset_subscriber,
            "Forget what a number does",
            "Subscribers",
            refuses=(400,),
        ),
        Route("GET", whose, balance, "A customer's balance in RUB", "Balance"),
        Route("POST", whose, set_balance, "Set a customer's balance in RUB", "Balance", _BALANCE),
    ]


def _listed(subscriber_registry: SubscriberRegistry) -> dict[str, Any]:
    return {
        number: subscriber_to_dict(subscriber)
        for number, subscriber in subscriber_registry.entries().items()
    }

"""Journal codec: exchanges and deliveries as JSON values, for databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import asdict

from mtt_contracts import Problem
from mtt_mock.service.callbacks import CallbackEvent, Delivery
from mtt_mock.service.journal.exchange import Exchange


def dump_exchange(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange as JSON values."""
    return asdict(exchange) | {
        "service_notes": [problem._asdict() for problem in exchange.service_notes],
        "error": None if exchange.error is None else list(exchange.error),
        "prior": exchange.prior and exchange.prior_to_dict(),
    }


def load_exchange(values: Mapping[str, Any]) -> Exchange:
    """Return the exchange in ``values``."""
    error = values["error"]
    return Exchange(
        **{
            **values,
            "service_notes": tuple(Problem(**problem) for problem in values["service_notes"]),
            "error": None if error is None else (error[0], error[1]),
        }
    )


def dump_delivery(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as JSON values."""
    return asdict(delivery) | {"callback": asdict(delivery.callback)}


def load_delivery(values: Mapping[str, Any]) -> Delivery:
    """Return the delivery in ``values``."""
    return Delivery(**{**values, "callback": CallbackEvent(**values["callback"])})

"""Entries of the journal as JSON values and back: what databases hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from mtt_contracts import Problem
from mtt_mock.service.callbacks import CallbackEvent, Delivery
from mtt_mock.service.journal.exchange import Exchange


def exchange_values(exchange: Exchange) -> dict[str, Any]:
    """Return what ``exchange_of_values`` reads."""
    return _values(exchange) | {
        "service_notes": [_values(each) for each in exchange.service_notes],
        "error": None if exchange.error is None else list(exchange.error),
    }


def exchange_of_values(values: Mapping[str, Any]) -> Exchange:
    """Return the exchange that ``values`` say."""
    error = values["error"]
    return Exchange(
        **{
            **values,
            "service_notes": tuple(Problem(**each) for each in values["service_notes"]),
            "error": None if error is None else (error[0], error[1]),
        }
    )


def delivery_to_dict(delivery: Delivery) -> dict[str, Any]:
    """Return what ``delivery_of_values`` reads."""
    return _values(delivery) | {"callback": _values(delivery.callback)}


def delivery_of_values(values: Mapping[str, Any]) -> Delivery:
    """Return the delivery that ``values`` say."""
    return Delivery(**{**values, "callback": CallbackEvent(**values["callback"])})


def _values(what: Exchange | Delivery | CallbackEvent | Problem) -> dict[str, Any]:
    # Not dataclasses.asdict: it copies, and gives up where JSON is nested deep.
    return {field.name: getattr(what, field.name) for field in fields(what)}

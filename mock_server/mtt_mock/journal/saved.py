"""Entries of the journal as JSON values and back: what databases hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mtt_contracts import Problem
from mtt_mock.events import Delivery, Notice
from mtt_mock.journal.exchange import Exchange


def exchange_values(exchange: Exchange) -> dict[str, Any]:
    """Return what ``exchange_of_values`` reads."""
    return {
        name: getattr(exchange, name)
        for name in Exchange.__dataclass_fields__
        if name not in ("remarks", "error")
    } | {
        "remarks": [asdict(each) for each in exchange.remarks],
        "error": None if exchange.error is None else list(exchange.error),
    }


def exchange_of_values(values: Mapping[str, Any]) -> Exchange:
    """Return the exchange that ``values`` say."""
    error = values["error"]
    return Exchange(
        **{
            **values,
            "remarks": tuple(Problem(**each) for each in values["remarks"]),
            "error": None if error is None else (error[0], error[1]),
        }
    )


def delivery_values(delivery: Delivery) -> dict[str, Any]:
    """Return what ``delivery_of_values`` reads."""
    return asdict(delivery)


def delivery_of_values(values: Mapping[str, Any]) -> Delivery:
    """Return the delivery that ``values`` say."""
    return Delivery(**{**values, "notice": Notice(**values["notice"])})

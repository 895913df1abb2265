"""Calls and money, from the wire and to it.

Field meanings and evidence: the schemas of ``mtt_contracts``. Lengths and periods are numbers or
digits as text (a public client reads both); the rest of the types is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from mtt_client._errors import ProtocolError, cut
from mtt_contracts import Problem

T = TypeVar("T")

_INFO = "getCallBackFollowmeCallInfo"
_STRUCT = "callBackFollowmeCallInfoStruct"
_BALANCE = "getCustomerBalance"
_DIRECTIONS = {"A": 0, "B": 1}


@dataclass(frozen=True, slots=True)
class CallInfo:
    """How a call went that joined both sides and is over.

    ``destination_a`` and ``destination_b`` are the numbers that were joined. In whole seconds:
    ``waiting_period_a`` and ``waiting_period_b``, ringing until the answer; ``real_length_a`` and
    ``real_length_b``, how long a side was on the line; ``charged_length_a`` and
    ``charged_length_b``, how much of it is charged. ``cost`` is in ``currency``. ``status`` is as
    sent, its values are not known. ``record_url_a`` and ``record_url_b`` are ``None`` without a
    record, else good for 60 s. ``raw`` is the struct to the letter.
    """

    description: str
    destination_a: str
    destination_b: str
    waiting_period_a: int
    waiting_period_b: int
    charged_length_a: int
    charged_length_b: int
    real_length_a: int
    real_length_b: int
    cost: Decimal
    currency: str
    status: str | float
    record_url_a: str | None
    record_url_b: str | None
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Balance:
    """How much money is left: ``amount`` in ``currency``, such as "RUB"."""

    amount: Decimal
    currency: str


def record_to_wire(record: object) -> int | None:
    """Return ``record`` as recordEnable: 1, 0 or ``None``. Raises ``TypeError`` for others."""
    if record is None or isinstance(record, bool):
        return record if record is None else int(record)
    raise TypeError(f"record must be True, False or None, got {type(record).__name__}")


def direction_to_wire(direction: object) -> int | None:
    """Return who is called first as ``direction``: 0 for side A, 1 for side B (an assumption).

    Raises ``ValueError`` for anything but "A", "B" and ``None``.
    """
    if direction is None:
        return None
    if isinstance(direction, str) and direction in _DIRECTIONS:
        return _DIRECTIONS[direction]
    raise ValueError(f'direction must be "A", "B" or None, got {cut(repr(direction))}')


def call_info_from_wire(result: Mapping[str, Any]) -> CallInfo:
    """Return a valid result of getCallBackFollowmeCallInfo.

    Raises ``ProtocolError`` for numbers that are too large to be any.
    """
    raw = result[_STRUCT]

    def seconds(name: str) -> int:
        return _converted(_INFO, f"{_STRUCT}.{name}", raw[name], int)

    return CallInfo(
        description=raw["callDescription"],
        destination_a=raw["destination_A"],
        destination_b=raw["destination_B"],
        waiting_period_a=seconds("waiting_period_A"),
        waiting_period_b=seconds("waiting_period_B"),
        charged_length_a=seconds("call_back_charged_length_A"),
        charged_length_b=seconds("call_back_charged_length_B"),
        real_length_a=seconds("call_back_real_length_A"),
        real_length_b=seconds("call_back_real_length_B"),
        cost=_converted(_INFO, f"{_STRUCT}.call_back_cost", raw["call_back_cost"], _money),
        currency=raw["call_back_currency"],
        status=raw["call_back_status"],
        record_url_a=_record_url(raw["call_back_record_URL_A"]),
        record_url_b=_record_url(raw["call_back_record_URL_B"]),
        raw=raw,
    )


def balance_from_wire(result: Mapping[str, Any]) -> Balance:
    """Return a valid result of getCustomerBalance. Raises ``ProtocolError`` as above."""
    amount = _converted(_BALANCE, "balance", result["balance"], _money)
    return Balance(amount, result["currency"])


def _record_url(value: str | Mapping[str, str]) -> str | None:
    return value["downloadURL"] if isinstance(value, Mapping) else None


def _money(value: float | str) -> Decimal:
    # By way of text: 12.5 roubles are meant, not the binary fraction next to it.
    amount = Decimal(str(value))
    if not amount.is_finite():
        raise ValueError(value)
    return amount


def _converted(method: str, path: str, value: Any, kind: Callable[[Any], T]) -> T:
    try:
        return kind(value)
    # The contract knows no largest number; Python reads texts of 4300 digits at most, and JSON's
    # 1e999 as infinity.
    except (ValueError, ArithmeticError):
        message = f"{path} cannot be read as a number"
        problem = Problem(path, value, "number", message)
        raise ProtocolError(method, "the result broke the contract", (problem,)) from None

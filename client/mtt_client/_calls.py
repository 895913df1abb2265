"""Converts call infos, balances and call params between Python and the wire.

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
    """The info of a call that joined both sides and is over.

    Source: public clients, which read these fields; their types are assumed.

    Attributes:
        description: The description given when the call was started.
        destination_a: The number of side A that answered.
        destination_b: The number of side B that answered.
        waiting_period_a: Seconds that side A rang.
        waiting_period_b: Seconds that side B rang.
        charged_length_a: Charged seconds of side A.
        charged_length_b: Charged seconds of side B.
        real_length_a: Seconds that side A was on the line.
        real_length_b: Seconds that side B was on the line.
        cost: Price of the call in ``currency``.
        currency: Such as "RUB".
        status: call_back_status as sent; its values are unknown.
        record_url_a: URL of side A's record, valid for 60 seconds; ``None`` without a record.
        record_url_b: The same for side B.
        raw: The callBackFollowmeCallInfoStruct as received.
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
    """The customer's balance.

    Source: assumption; the shape of the real result is unknown.

    Attributes:
        amount: The money left, in ``currency``.
        currency: Such as "RUB".
    """

    amount: Decimal
    currency: str


def record_to_wire(record: object) -> int | None:
    """Return ``record`` as recordEnable: 1, 0 or ``None``.

    Raises:
        TypeError: ``record`` is not a bool or ``None``.
    """
    if record is None or isinstance(record, bool):
        return record if record is None else int(record)
    raise TypeError(f"record must be True, False or None, got {type(record).__name__}")


def direction_to_wire(direction: object) -> int | None:
    """Return the side to call first as ``direction``: 0 for A, 1 for B (an assumption).

    Raises:
        ValueError: The direction is not "A", "B" or ``None``.
    """
    if direction is None:
        return None
    if isinstance(direction, str) and direction in _DIRECTIONS:
        return _DIRECTIONS[direction]
    raise ValueError(f'direction must be "A", "B" or None, got {cut(repr(direction))}')


def call_info_from_wire(result: Mapping[str, Any]) -> CallInfo:
    """Convert a valid result of getCallBackFollowmeCallInfo.

    Raises:
        ProtocolError: Python cannot represent a number.
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
    """Convert a valid result of getCustomerBalance.

    Raises:
        ProtocolError: Python cannot represent the balance.
    """
    amount = _converted(_BALANCE, "balance", result["balance"], _money)
    return Balance(amount, result["currency"])


def _record_url(value: str | Mapping[str, str]) -> str | None:
    return value["downloadURL"] if isinstance(value, Mapping) else None


def _money(value: float | str) -> Decimal:
    # Through text, so that 12.1 becomes Decimal("12.1") and not the nearest binary fraction.
    amount = Decimal(str(value))
    if not amount.is_finite():
        raise ValueError(value)
    return amount


def _converted(method: str, path: str, value: Any, kind: Callable[[Any], T]) -> T:
    try:
        return kind(value)
    # The contract limits no number, but Python reads at most 4300 digits, and 1e999 as infinity.
    except (ValueError, ArithmeticError):
        message = f"{path} cannot be read as a number"
        problem = Problem(path, value, "number", message)
        raise ProtocolError(method, "the result broke the contract", (problem,)) from None

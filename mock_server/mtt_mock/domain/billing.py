"""Tariffs and amounts of money, in RUB."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from msgspec import Struct

MAX_AMOUNT_RUB = Decimal(1_000_000_000)
MAX_BILLING_INCREMENT_SECONDS = 3600
_KOPECK = Decimal("0.01")
_PRICE = r"[0-9]+\.?[0-9]*|\.[0-9]+"
_TARIFF = re.compile(rf"({_PRICE})(?:,({_PRICE}))?(?:/([0-9]{{1,9}}))?")


class Tariff(Struct, frozen=True):
    """Prices per minute and the billing increment.

    Attributes:
        a: Price of a minute on side A, in RUB.
        b: Price of a minute on side B, in RUB.
        step: Billing increment in seconds; each leg is rounded up to a multiple of it.
    """

    a: Decimal = Decimal("1.50")
    b: Decimal = Decimal("1.50")
    step: int = 1

    def charged(self, seconds: int) -> int:
        """Round a length up to the billing increment.

        Args:
            seconds: The real length.

        Returns:
            The charged seconds.
        """
        return -(-seconds // self.step) * self.step

    def cost(self, seconds_a: int, seconds_b: int) -> Decimal:
        """Return the price of a call.

        Args:
            seconds_a: Charged seconds of side A.
            seconds_b: Charged seconds of side B.

        Returns:
            The price in RUB, rounded to the kopeck.
        """
        exact = (self.a * seconds_a + self.b * seconds_b) / 60
        return exact.quantize(_KOPECK, ROUND_HALF_UP)


DEFAULT_TARIFF = Tariff()


def parse_tariff(text: str) -> Tariff:
    """Parse a tariff such as ``1.50``, ``1.50,2.00`` or ``1.50,2.00/60``.

    Args:
        text: ``A``, ``A,B`` or ``A,B/STEP``: RUB per minute of each side, increment in seconds.

    Raises:
        ValueError: The text is malformed or out of range.
    """
    parts = _TARIFF.fullmatch(text)
    if parts is None:
        raise ValueError(
            "write a tariff as RUB a minute, A's and B's, and the step in seconds, "
            f"such as 1.50 or 1.50,2.00/60; got {text!r}"
        )
    a, b, step = Decimal(parts[1]), Decimal(parts[2] or parts[1]), int(parts[3] or 1)
    if max(a, b) > MAX_AMOUNT_RUB:
        raise ValueError(f"a tariff's price is at most {MAX_AMOUNT_RUB} RUB a minute, got {text!r}")
    if not 1 <= step <= MAX_BILLING_INCREMENT_SECONDS:
        raise ValueError(
            f"a tariff's step is 1 to {MAX_BILLING_INCREMENT_SECONDS} seconds, got {text!r}"
        )
    return Tariff(a, b, step)


def parse_money(value: object) -> Decimal:
    """Parse an amount in RUB and round it to the kopeck.

    Args:
        value: An int, float, Decimal or their text.

    Raises:
        ValueError: The value is not an amount, or its absolute value exceeds ``MAX_AMOUNT_RUB``.
    """
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise InvalidOperation  # noqa: TRY301
        amount = Decimal(str(value))
        if not abs(amount) <= MAX_AMOUNT_RUB:
            raise InvalidOperation  # noqa: TRY301
        return amount.quantize(_KOPECK, ROUND_HALF_UP)
    except InvalidOperation:
        raise ValueError(f"must be an amount in RUB, such as 1000.00, got {value!r}") from None

"""What a call costs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_KOPECK = Decimal("0.01")
_TARIFF = re.compile(r"([0-9.]+)(?:,([0-9.]+))?(?:/([0-9]+))?")
_MOST = Decimal(1_000_000_000)
_LONGEST_STEP = 3600


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices of a minute on side A and on side B, in RUB; charged in steps of ``step`` seconds."""

    a: Decimal = Decimal("1.50")
    b: Decimal = Decimal("1.50")
    step: int = 1

    def charged(self, seconds: int) -> int:
        """Return how many seconds are charged for a leg of ``seconds``."""
        return -(-seconds // self.step) * self.step

    def cost(self, seconds_a: int, seconds_b: int) -> Decimal:
        """Return the price in RUB, to the kopeck, of legs of so many charged seconds."""
        exact = (self.a * seconds_a + self.b * seconds_b) / 60
        return exact.quantize(_KOPECK, ROUND_HALF_UP)


DEFAULT_TARIFF = Tariff()


def parse_tariff(text: str) -> Tariff:
    """Return the tariff written ``A``, ``A,B`` or ``A,B/STEP``: RUB a minute, seconds.

    Raises ``ValueError``.
    """
    parts = _TARIFF.fullmatch(text)
    try:
        if parts is None:
            raise InvalidOperation  # noqa: TRY301
        a = Decimal(parts[1])
        b = Decimal(parts[2]) if parts[2] else a
        step = int(parts[3] or 1)
    except InvalidOperation:
        raise ValueError(
            "write a tariff as RUB a minute, A's and B's, and the step in seconds, "
            f"such as 1.50 or 1.50,2.00/60; got {text!r}"
        ) from None
    if max(a, b) > _MOST or not 1 <= step <= _LONGEST_STEP:
        raise ValueError(f"a tariff's step is 1 to {_LONGEST_STEP} seconds, got {text!r}")
    return Tariff(a, b, step)


def parse_money(value: object) -> Decimal:
    """Return an amount in RUB to the kopeck. Raises ``ValueError``."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise InvalidOperation  # noqa: TRY301
        amount = Decimal(str(value))
        if not abs(amount) <= _MOST:
            raise InvalidOperation  # noqa: TRY301
        return amount.quantize(_KOPECK, ROUND_HALF_UP)
    except InvalidOperation:
        raise ValueError(f"must be an amount in RUB, such as 1000.00, got {value!r}") from None

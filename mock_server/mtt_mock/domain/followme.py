"""The preset of a customer: its elements, sides A and B, and the conflict rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

from msgspec import Struct

Side = Literal["A", "B"]


class SideNotClearError(Exception):
    """A set has elements for a side that already holds some. Delete before the next set."""

    def __init__(self, side: Side) -> None:
        super().__init__(f"Side {side} not clear. Delete before insert")
        self.side = side


class Element(Struct, frozen=True):
    """One element of a preset.

    Attributes:
        kind: The canonical type: Ringall, Linear, text or file.
        side: The side that the element belongs to.
        fields: The known wire fields as sent, with the spelling of ``type``.
    """

    kind: str
    side: Side
    fields: dict[str, Any]


class Followme(Struct, frozen=True, array_like=True):
    """The preset of one customer; elements in stored order."""

    elements: tuple[Element, ...] = ()
    caller_id: str | None = None
    default_b_number: str | None = None

    def side(self, side: Side) -> tuple[Element, ...]:
        """Return the elements of ``side``, in stored order."""
        return tuple(element for element in self.elements if element.side == side)


EMPTY_FOLLOWME = Followme()
ALL_PARTS = frozenset(("A", "B", "caller_id", "defaultBNumber"))


class InsertRules(Struct, frozen=True):
    """Assumptions about a set.

    Attributes:
        first: The side that is checked first.
        any_side: Whether a set is refused as soon as either side holds elements.
        keep_numbers: Whether the stored caller_id and defaultBNumber stay.
    """

    first: Side = "A"
    any_side: bool = False
    keep_numbers: bool = False


_DEFAULT_RULES = InsertRules()


def insert(
    current: Followme,
    elements: Sequence[Element],
    caller_id: str | None = None,
    default_b_number: str | None = None,
    *,
    rules: InsertRules = _DEFAULT_RULES,
    checked: Followme | None = None,
) -> Followme:
    """Return ``current`` with the elements of a set added.

    A refused set changes nothing. Source: MTT's page for side A, assumption for side B and for
    sets that add a clear side.

    Args:
        current: The preset before the set.
        elements: The elements of the set.
        caller_id: The new caller_id; ``None`` keeps the current one.
        default_b_number: The new defaultBNumber; ``None`` keeps the current one.
        rules: The assumptions about a set.
        checked: The preset in which the conflict rule looks; ``None`` for ``current``. Another one
            lets sets win that do not see each other (assumption: no).

    Raises:
        SideNotClearError: A side of the set already holds elements.
    """
    held = {element.side for element in (checked or current).elements}
    added = {element.side for element in elements}
    if held:
        sides: tuple[Side, Side] = ("A", "B") if rules.first == "A" else ("B", "A")
        for side in sides:
            if side in held and (side in added or (rules.any_side and added)):
                raise SideNotClearError(side)
    if rules.keep_numbers:
        caller_id = current.caller_id or caller_id
        default_b_number = current.default_b_number or default_b_number
    return Followme(
        elements=current.elements + tuple(elements),
        caller_id=caller_id or current.caller_id,
        default_b_number=default_b_number or current.default_b_number,
    )


def cleared_followme(current: Followme, parts: Collection[str]) -> Followme:
    """Return ``current`` without ``parts``: sides, and caller_id and defaultBNumber by name."""
    if ALL_PARTS.issubset(parts):
        return EMPTY_FOLLOWME
    return Followme(
        tuple(element for element in current.elements if element.side not in parts),
        None if "caller_id" in parts else current.caller_id,
        None if "defaultBNumber" in parts else current.default_b_number,
    )

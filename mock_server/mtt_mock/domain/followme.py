"""A customer's preset: sides A and B, and the rule that a side must be clear before a set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["A", "B"]


class SideNotClearError(Exception):
    """A set brings elements for a side that already holds some. Delete before the next set."""

    def __init__(self, side: Side) -> None:
        super().__init__(f"Side {side} not clear. Delete before insert")
        self.side = side


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a preset.

    ``kind`` is the canonical word (Ringall, Linear, text, file); ``fields`` are the known wire
    fields as they were sent, the spelling of ``type`` included.
    """

    kind: str
    side: Side
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Followme:
    """What is preset for one customer, elements in stored order."""

    elements: tuple[Element, ...] = ()
    caller_id: str | None = None
    default_b_number: str | None = None

    def side(self, side: Side) -> tuple[Element, ...]:
        """Return the elements of ``side``, in stored order."""
        return tuple(element for element in self.elements if element.side == side)


EMPTY = Followme()


def insert(
    current: Followme,
    elements: Sequence[Element],
    caller_id: str | None = None,
    default_b_number: str | None = None,
) -> Followme:
    """Return ``current`` joined by what a set brings.

    Raises ``SideNotClearError`` (side A is looked at first) when a side that it brings already
    holds elements; then nothing changes. A caller_id or number that is not given keeps the former
    one. Source: MTT's page for side A, assumption for the rest.
    """
    held = {element.side for element in current.elements}
    brought = {element.side for element in elements}
    sides: tuple[Side, Side] = ("A", "B")
    for side in sides:
        if side in brought and side in held:
            raise SideNotClearError(side)
    return Followme(
        elements=current.elements + tuple(elements),
        caller_id=caller_id or current.caller_id,
        default_b_number=default_b_number or current.default_b_number,
    )

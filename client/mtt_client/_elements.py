"""The elements of a callBackFollowmeStruct, to the wire and back.

Field meanings and the words of ``type``: MTT's page for setCallBackFollowme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any, Literal, TypeAlias

from mtt_contracts import canonical_type


class _Wire:
    """What the element classes share. Their fields are named as on the wire."""

    __slots__ = ()

    def to_wire(self) -> dict[str, Any]:
        """Return the element as it is sent; fields that are ``None`` are left out."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in every.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Ringall(_Wire):
    """A number of side A that is rung together with all others.

    ``order`` is its place, ``timeout`` bounds its ringing in seconds (10 or more is advised),
    ``name`` is a symbolic name such as ``"sales1"``. ``type`` is the wire's spelling of the kind.
    """

    redirect_number: str
    _: KW_ONLY
    order: float | None = None
    timeout: float | None = None
    name: str | None = None
    type: str = "Ringall"


@dataclass(frozen=True, slots=True)
class Linear(_Wire):
    """A number of side A that is rung after the one before it. Fields as for ``Ringall``."""

    redirect_number: str
    _: KW_ONLY
    order: float | None = None
    timeout: float | None = None
    name: str | None = None
    type: str = "Linear"


@dataclass(frozen=True, slots=True)
class Text(_Wire):
    """A text that is spoken to ``side``. ``timeout`` is in seconds."""

    value: str
    _: KW_ONLY
    side: Literal["A", "B"] = "A"
    order: float | None = None
    timeout: float | None = None
    type: str = "text"


@dataclass(frozen=True, slots=True)
class File(_Wire):
    """A file, installed before with setCallBackPrompt, played to ``side``. ``value`` names it."""

    value: str
    _: KW_ONLY
    side: Literal["A", "B"] = "B"
    order: float | None = None
    timeout: float | None = None
    type: str = "file"


Element: TypeAlias = Ringall | Linear | Text | File

_CLASSES: dict[str, type[Element]] = {
    "Ringall": Ringall,
    "Linear": Linear,
    "text": Text,
    "file": File,
}


@dataclass(frozen=True, slots=True)
class Followme:
    """What is preset for a customer.

    ``elements`` are in the stored order and keep the wire's spelling of ``type``; fields that the
    element classes do not have stand only in ``raw``, the structure to the letter. ``caller_id``
    and ``default_b_number`` are ``None`` where the server named none.
    """

    elements: tuple[Element, ...]
    raw: list[dict[str, Any]]
    caller_id: str | None = None
    default_b_number: str | None = None


def to_wire(elements: Iterable[Element | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return ``elements`` (element objects or wire objects) as they are sent.

    Raises ``TypeError`` naming the one that is neither.
    """
    if isinstance(elements, (_Wire, Mapping, str)):
        raise TypeError(f"elements must be a list of elements, got one {type(elements).__name__}")
    return [_one_to_wire(index, element) for index, element in enumerate(elements)]


def followme_from_wire(result: Mapping[str, Any]) -> Followme:
    """Return a valid result of getCallBackFollowme as a ``Followme``."""
    raw = result["callBackFollowmeStruct"]
    return Followme(
        elements=tuple(_from_wire(element) for element in raw),
        raw=raw,
        caller_id=result.get("caller_id"),
        default_b_number=result.get("defaultBNumber"),
    )


def _one_to_wire(index: int, element: object) -> dict[str, Any]:
    if isinstance(element, _Wire):
        return element.to_wire()
    if isinstance(element, Mapping):
        return dict(element)
    raise TypeError(
        f"elements[{index}] must be Ringall, Linear, Text, File or a mapping,"
        f" got {type(element).__name__}"
    )


def _from_wire(element: Mapping[str, Any]) -> Element:
    kind = _CLASSES[canonical_type(element["type"]) or ""]
    names = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in element.items() if name in names})

"""The elements of a callBackFollowmeStruct, and their conversion to and from the wire.

Field meanings and the words of ``type``: MTT's page for setCallBackFollowme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any, Literal, TypeAlias

from mtt_contracts import canonical_type


class _Wire:
    """Base of the element classes, whose fields have the names of the wire."""

    __slots__ = ()

    def to_wire(self) -> dict[str, Any]:
        """Return the element as a JSON object, without the fields that are ``None``."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Ringall(_Wire):
    """A number of side A that rings together with all others.

    Source: MTT's page for setCallBackFollowme.

    Attributes:
        redirect_number: The number to call: digits, with or without a leading +.
        order: Its position.
        timeout: Maximum seconds of ringing; MTT advises 10 or more.
        name: A symbolic name such as ``"sales1"``.
        type: The spelling of the type on the wire.
    """

    redirect_number: str
    _: KW_ONLY
    order: float | None = None
    timeout: float | None = None
    name: str | None = None
    type: str = "Ringall"


@dataclass(frozen=True, slots=True)
class Linear(_Wire):
    """A number of side A that rings after the one before it. Attributes as for ``Ringall``."""

    redirect_number: str
    _: KW_ONLY
    order: float | None = None
    timeout: float | None = None
    name: str | None = None
    type: str = "Linear"


@dataclass(frozen=True, slots=True)
class Text(_Wire):
    """A text that the service speaks.

    Source: MTT's page for setCallBackFollowme.

    Attributes:
        value: The text.
        side: The side that hears it, "A" or "B".
        order: Its position.
        timeout: Seconds; accepted, though MTT's page gives it to numbers only.
        type: The spelling of the type on the wire.
    """

    value: str
    _: KW_ONLY
    side: Literal["A", "B"] = "A"
    order: float | None = None
    timeout: float | None = None
    type: str = "text"


@dataclass(frozen=True, slots=True)
class File(_Wire):
    """An audio file that the service plays.

    Source: MTT's page for setCallBackFollowme.

    Attributes:
        value: The name of a prompt that was uploaded with setCallBackPrompt.
        side: The side that hears it, "A" or "B".
        order: Its position.
        timeout: Seconds; accepted, though MTT's page gives it to numbers only.
        type: The spelling of the type on the wire.
    """

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
    """The followme structure of a customer.

    Attributes:
        elements: The elements in the stored order, with the wire's spelling of ``type``.
        raw: The elements as received, with fields that the element classes do not have.
        caller_id: The number shown to side B; ``None`` if none is set.
        default_b_number: The number of side B if a call names none; ``None`` if none is set.
    """

    elements: tuple[Element, ...]
    raw: list[dict[str, Any]]
    caller_id: str | None = None
    default_b_number: str | None = None


def to_wire(elements: Iterable[Element | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return ``elements`` (element objects or mappings) as JSON objects.

    Raises:
        TypeError: A value is neither an element nor a mapping; the message names the first.
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

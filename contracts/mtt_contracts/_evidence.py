"""Where each fact of the contract comes from, as rows that a program can list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from mtt_contracts import _files

Evidence = Literal["doc", "observed", "assumption"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the wire: the schema file and path, its meaning, unit and evidence.

    ``evidence`` is ``"doc"`` (MTT's page), ``"observed"`` (public clients, the recorded service
    map, the JSON-RPC library behind it) or ``"assumption"``. ``unit`` is ``None`` where there is
    none; ``source`` says where to look.
    """

    schema: str
    path: str
    meaning: str
    unit: str | None
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One behaviour of the service: what is held true, on what evidence.

    ``switch`` names the setting that changes it (``None``: not switchable); ``confirmed`` is the
    date when a real endpoint last confirmed it (``None``: never). A fact that a profile can set has
    a ``schema`` (JSON Schema of its value), a ``default`` and ``help``, one sentence.
    """

    id: str
    area: str
    statement: str
    evidence: Evidence
    source: str
    switch: str | None
    confirmed: str | None
    default: Any = None
    schema: dict[str, Any] | None = None
    help: str | None = None


def fields() -> list[Field]:
    """Return every field of every schema file that carries evidence."""
    return [
        field
        for name in _files.names("schemas")
        for field in _walk(name, "", _files.schema(name), is_properties=False)
    ]


def facts() -> list[Fact]:
    """Return every recorded behaviour of the service, in the order of the fidelity table."""
    return [Fact(**{"switch": None, "confirmed": None} | row) for row in _files.read("facts.json")]


def _walk(name: str, path: str, node: Any, *, is_properties: bool) -> Iterator[Field]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(name, path, item, is_properties=False)
    if not isinstance(node, dict):
        return
    mark = None if is_properties else node.get("x-mtt")
    if mark is not None:
        meaning = str(node.get("description", node.get("title", "")))
        yield Field(name, path, meaning, mark.get("unit"), mark["evidence"], mark["source"])
    for child, value in node.items():
        if is_properties:
            inner = f"{path}.{child}" if path else child
            yield from _walk(name, inner, value, is_properties=False)
        elif child not in ("x-mtt", "examples", "enum", "default"):
            yield from _walk(name, path, value, is_properties=child == "properties")

"""The facts and fields of the contract, each with its evidence and source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from mtt_contracts import _files

Evidence = Literal["doc", "observed", "assumption"]


class Field(NamedTuple):
    """One field of the wire.

    Attributes:
        schema: The schema file.
        path: The path inside it.
        meaning: A description.
        unit: Such as "seconds", or ``None``.
        evidence: ``"doc"`` (MTT's page), ``"observed"`` (public clients, the recorded service map,
            the JSON-RPC library behind it) or ``"assumption"``.
        source: Where the evidence is.
    """

    schema: str
    path: str
    meaning: str
    unit: str | None
    evidence: Evidence
    source: str


class Fact(NamedTuple):
    """One behaviour of the service.

    Attributes:
        id: Such as ``"set.conflict"``.
        area: The method or topic.
        statement: The behaviour in one sentence.
        evidence: As for ``Field``.
        source: Where the evidence is.
        switch: The setting that changes the behaviour of the fake, or ``None``.
        confirmed: Date of the last confirmation by a real endpoint, or ``None``.
        schema: JSON Schema of the value that a profile may give the fact, or ``None``.
        default: The value without a profile.
        help: What the value sets, in one sentence.
        fixed: Why a profile cannot set the fact, or ``None``.
    """

    id: str
    area: str
    statement: str
    evidence: Evidence
    source: str
    switch: str | None = None
    confirmed: str | None = None
    default: Any = None
    schema: dict[str, Any] | None = None
    help: str | None = None
    fixed: str | None = None


def fields() -> list[Field]:
    """Return every field with evidence.

    Returns:
        The fields of all schema files, in the order of the files.
    """
    return [
        field
        for name in _files.names("schemas")
        for field in _walk(name, "", _files.schema(name), is_properties=False)
    ]


def facts() -> list[Fact]:
    """Return all facts.

    Returns:
        The facts in the order of the fidelity table.
    """
    return [Fact(**row) for row in _files.read("facts.json")]


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

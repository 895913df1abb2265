"""Example exchanges: what goes over the wire, as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mtt_contracts import _files


@dataclass(frozen=True, slots=True)
class Example:
    """One exchange: ``request`` and ``response`` are whole envelopes, ``source`` their origin."""

    name: str
    method: str
    description: str
    evidence: str
    source: str
    request: dict[str, Any]
    response: dict[str, Any]


def examples() -> dict[str, Example]:
    """Return every example exchange by its file's name."""
    return {
        name: Example(name=name, **_files.read("examples", f"{name}.json"))
        for name in _files.names("examples")
    }

"""Example exchanges, read from files."""

from __future__ import annotations

from typing import Any, NamedTuple

from mtt_contracts import _files


class Example(NamedTuple):
    """One exchange.

    Attributes:
        name: The file's name without ``.json``.
        method: The method.
        description: What it shows.
        evidence: As for ``Field``.
        source: Where the evidence is.
        request: The JSON-RPC request.
        response: The JSON-RPC response.
    """

    name: str
    method: str
    description: str
    evidence: str
    source: str
    request: dict[str, Any]
    response: dict[str, Any]


def examples() -> dict[str, Example]:
    """Return all example exchanges.

    Returns:
        The examples by name.
    """
    return {
        name: Example(name=name, **_files.read("examples", f"{name}.json"))
        for name in _files.names("examples")
    }

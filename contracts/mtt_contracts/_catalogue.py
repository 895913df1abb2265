"""The methods of the service and their parameters, read out of the schema files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from mtt_contracts import _files


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method.

    ``default`` has a meaning only when ``required`` is false. ``smd_type`` is the type word that
    the recorded service map shows, ``None`` where it shows none.
    """

    name: str
    required: bool
    default: Any
    smd_type: str | None


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the service, in the contract's words.

    ``parameters`` stand in the order in which positional parameters are given. ``smd_returns`` is
    the return type word of the recorded service map. The schemas are self-contained draft-07
    documents, shared between all readers: do not modify them.
    """

    name: str
    parameters: tuple[Parameter, ...]
    smd_returns: str
    params_schema: dict[str, Any]
    result_schema: dict[str, Any]


@cache
def methods() -> dict[str, Method]:
    """Return every method of the contract by name, in the order of the recorded service map."""
    return {name: _method(name) for name in _files.read("methods.json")}


def method(name: str) -> Method:
    """Return the method ``name`` (exact letter case).

    Raises ``LookupError`` naming the known methods when there is none.
    """
    try:
        return methods()[name]
    except KeyError:
        known = ", ".join(methods())
        raise LookupError(f"the contract has no method {name!r}; it has {known}") from None


def schema(name: str) -> dict[str, Any]:
    """Return the schema file ``name`` (such as ``"followme_element"``) as one document.

    References to other files have become definitions. Raises ``LookupError`` naming the known
    schemas when there is none.
    """
    known = _files.names("schemas")
    if name not in known:
        raise LookupError(f"the contract has no schema {name!r}; it has {', '.join(known)}")
    return _files.bundled(name)


def _method(name: str) -> Method:
    params = _files.schema(f"{name}.params")
    required = set(params["required"])
    return Method(
        name=name,
        parameters=tuple(
            Parameter(
                name=key,
                required=key in required,
                default=value.get("default"),
                smd_type=value.get("x-mtt", {}).get("smd_type"),
            )
            for key, value in params["properties"].items()
        ),
        smd_returns=params["x-mtt"]["smd_returns"],
        params_schema=_files.bundled(f"{name}.params"),
        result_schema=_files.bundled(f"{name}.result"),
    )

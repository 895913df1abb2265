"""Values of facts that a profile can set: their JSON Schema, defaults and problems."""

from __future__ import annotations

import functools
import json
from typing import Any

from mtt_contracts._evidence import Fact, facts

_DEFINITIONS: dict[str, Any] = {
    "error": {
        "type": "object",
        "properties": {
            "code": {"type": "integer"},
            "message": {"type": "string"},
            "data": {"type": ["string", "null"]},
        },
        "required": ["code"],
        "additionalProperties": False,
    },
    "conflict": {
        "type": "object",
        "properties": {
            "error": {"type": ["integer", "string"]},
            "error_description": {"type": "string"},
        },
        "required": ["error"],
    },
}


@functools.cache
def settable_facts() -> dict[str, Fact]:
    """Return the facts that have a schema, by id, in the order of the fidelity table."""
    return {fact.id: fact for fact in facts() if fact.schema is not None}


def defaults() -> dict[str, Any]:
    """Return the default value of every settable fact by its id.

    Returns:
        JSON values by fact id.
    """
    return {fact_id: fact.default for fact_id, fact in settable_facts().items()}


def value_problem(fact_id: str, value: Any) -> str | None:
    """Return the problem of ``value`` for a fact, ``None`` if it is valid.

    Args:
        fact_id: The id of a settable fact.
        value: A JSON value.

    Returns:
        The problem in one line, or ``None``.

    Raises:
        LookupError: No settable fact has this id.
    """
    from jsonschema.exceptions import best_match  # noqa: PLC0415 -- few profiles are read

    error = best_match(_validator(fact_id).iter_errors(value))
    if error is None:
        return None
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path)
    return f"{fact_id}{path}: {error.message}; allowed: {json.dumps(error.schema)}"


def profile_schema() -> dict[str, Any]:
    """Return the JSON Schema of a profile, for editors.

    Returns:
        A JSON Schema, draft 7.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "mtt-mock profile",
        "type": "object",
        "properties": {
            "version": {"const": 1},
            "source": {"type": "object"},
            "facts": {
                "type": "object",
                "properties": {
                    fact_id: {**(fact.schema or {}), "description": fact.help}
                    if "$ref" not in (fact.schema or {})
                    else {"allOf": [fact.schema], "description": fact.help}
                    for fact_id, fact in settable_facts().items()
                },
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
        "definitions": _DEFINITIONS,
    }


@functools.cache
def _validator(fact_id: str) -> Any:
    from jsonschema import Draft7Validator  # noqa: PLC0415

    fact = settable_facts().get(fact_id)
    if fact is None:
        raise LookupError(f"no fact {fact_id!r} can be set")
    # In allOf, because draft 7 ignores the siblings of a $ref.
    return Draft7Validator({"allOf": [fact.schema], "definitions": _DEFINITIONS})

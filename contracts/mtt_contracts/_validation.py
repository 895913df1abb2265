"""The explaining validator: why a value breaks the contract, in sentences.

It is slow (hundreds of microseconds for a preset of six elements) and says everything. Servers put
a fast yes/no validator in front of it.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from mtt_contracts._catalogue import method, schema
from mtt_contracts._problems import Problem, readable_path
from mtt_contracts._sayings import words

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_DEPTH = 20
_LARGEST_INT = 2**64
_MOST_ERRORS = 100


def validate_params(method_name: str, params: Any) -> list[Problem]:
    """Return what is wrong with ``params`` (an object) of ``method_name``; ``[]`` when nothing is.

    Raises ``LookupError`` for a method that the contract does not have.
    """
    return explain(method(method_name).params_schema, params, root="params")


def validate_result(method_name: str, result: Any) -> list[Problem]:
    """Return what is wrong with ``result`` of ``method_name``; ``[]`` when nothing is.

    Raises ``LookupError`` for a method that the contract does not have.
    """
    return explain(method(method_name).result_schema, result, root="result")


def validate_request(envelope: Any) -> list[Problem]:
    """Return what is wrong with a single JSON-RPC request, and with its named params."""
    problems = explain(schema("request"), envelope, root="request")
    if problems:
        return problems
    params = envelope.get("params")
    if isinstance(params, list):
        return []
    return validate_params(envelope["method"], {} if params is None else params)


def validate_response(envelope: Any, method_name: str | None = None) -> list[Problem]:
    """Return what is wrong with a single JSON-RPC response, and with its result if asked for."""
    problems = explain(schema("response"), envelope, root="response")
    if problems or method_name is None or "result" not in envelope:
        return problems
    return validate_result(method_name, envelope["result"])


def explain(document: dict[str, Any], value: Any, *, root: str) -> list[Problem]:
    """Return the problems of ``value`` under the draft-07 schema ``document``, one a path.

    ``root`` is the name of the value itself in messages about it as a whole. The first hundred
    are looked at: nobody reads more, and a server must not spend its time on them.
    """
    found: dict[str, Problem] = {}
    errors = _validator(_Key(document)).iter_errors(_printable(value, _DEPTH))
    first = sorted(islice(errors, _MOST_ERRORS), key=_rank)
    for problem in (_problem(error, root) for error in first):
        found.setdefault(problem.path, problem)
    return list(found.values())


def _printable(value: Any, depth: int) -> Any:
    """Return ``value`` without what cannot be written into a message.

    jsonschema's messages hold the repr of values; nesting beyond the recursion limit and integers
    of thousands of digits have none. No schema looks that deep, or tells such integers apart.
    """
    if isinstance(value, dict):
        return {key: _printable(item, depth - 1) for key, item in value.items()} if depth else {}
    if isinstance(value, list):
        return [_printable(item, depth - 1) for item in value] if depth else []
    if isinstance(value, int) and abs(value) > _LARGEST_INT:
        return sys.float_info.max if value > 0 else -sys.float_info.max
    return value


class _Key:
    """Makes a schema document hashable by identity; the documents are shared and never change."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def __hash__(self) -> int:
        return id(self.document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.document is self.document


@cache
def _validator(key: _Key) -> Validator:
    # jsonschema costs tens of milliseconds to import: paid by the first value that is explained.
    from jsonschema import Draft7Validator, validators  # noqa: PLC0415

    # Python's $ also matches before a final line break; JSON Schema's (ECMA-262) does not.
    extend: Any = validators.extend  # untyped in its stubs
    extended = extend(Draft7Validator, {"pattern": _pattern, "items": _items})
    validator: Validator = extended(key.document)
    return validator


def _pattern(
    validator: Validator, pattern: str, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415

    if validator.is_type(instance, "string"):
        anchored = re.sub(r"(?<!\\)\$$", r"\\Z", pattern)
        if not re.search(anchored, instance):
            yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _items(
    validator: Validator, items: Any, instance: Any, schema_: Any
) -> Iterator[ValidationError]:
    # A list that is too long is refused as it is, not looked through.
    if validator.is_type(instance, "array") and len(instance) <= schema_.get("maxItems", math.inf):
        of_jsonschema: Any = validator  # descend is not in the protocol
        for index, item in enumerate(instance):
            yield from of_jsonschema.descend(item, items, path=index)


def _rank(error: ValidationError) -> tuple[list[str], int]:
    # In the order of the value; of several errors at one place the wrong type says most.
    place = [f"{part:09d}" if isinstance(part, int) else part for part in error.absolute_path]
    return place, 0 if error.validator == "type" else 1


def _problem(error: ValidationError, root: str) -> Problem:
    parts = list(error.absolute_path)
    rule = str(error.validator)
    value = error.instance
    if rule == "required":
        names: Any = error.validator_value
        # jsonschema says which name only in its message.
        parts.append(next(name for name in names if error.message.startswith(f"{name!r} is")))
        value = None
    path = readable_path(parts, root)
    text, hint = words(error, path)
    schema_path = "/".join(str(part) for part in error.absolute_schema_path)
    return Problem(path, value, rule, text, hint, schema_path)

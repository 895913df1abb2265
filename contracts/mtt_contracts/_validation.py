"""The explaining validator: describes violations of the contract in sentences.

It takes hundreds of microseconds for a structure of six elements. Servers put a fast yes/no
validator in front of it.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from functools import cache, reduce
from itertools import islice
from operator import getitem
from typing import TYPE_CHECKING, Any

from mtt_contracts._catalogue import method, schema
from mtt_contracts._messages import format_error
from mtt_contracts._problems import Problem, readable_path

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

MAX_DEPTH = 20
MAX_INT = 2**64
MAX_ERRORS = 100  # to look at: a server must not spend its time on more


def validate_params(method_name: str, params: Any) -> list[Problem]:
    """Check named params.

    Args:
        method_name: The method, in any letter case.
        params: The params, a JSON object.

    Returns:
        The problems; ``[]`` if the params keep the contract.

    Raises:
        LookupError: The contract does not have the method.
    """
    return explain(method(method_name).params_schema, params, root="params")


def validate_result(method_name: str, result: Any) -> list[Problem]:
    """Check a result.

    Args:
        method_name: The method, in any letter case.
        result: The ``result`` of the response.

    Returns:
        The problems; ``[]`` if the result keeps the contract.

    Raises:
        LookupError: The contract does not have the method.
    """
    return explain(method(method_name).result_schema, result, root="result")


def validate_request(envelope: Any) -> list[Problem]:
    """Check a single JSON-RPC request and its named params.

    Args:
        envelope: The request, a JSON object.

    Returns:
        The problems; ``[]`` if the request keeps the contract.
    """
    problems = explain(schema("request"), envelope, root="request")
    if problems:
        return problems
    params = envelope.get("params")
    if isinstance(params, list):
        return []
    return validate_params(envelope["method"], {} if params is None else params)


def validate_response(envelope: Any, method_name: str | None = None) -> list[Problem]:
    """Check a single JSON-RPC response.

    Args:
        envelope: The response, a JSON object.
        method_name: The method that it answers; with it the result is checked too.

    Returns:
        The problems; ``[]`` if the response keeps the contract.
    """
    problems = explain(schema("response"), envelope, root="response")
    if problems or method_name is None or "result" not in envelope:
        return problems
    return validate_result(method_name, envelope["result"])


def explain(document: dict[str, Any], value: Any, *, root: str) -> list[Problem]:
    """Check a value against a draft-07 schema.

    Args:
        document: The schema, which must stay unchanged and alive.
        value: The value.
        root: The name of the whole value in messages.

    Returns:
        One problem per path, out of the first 100 errors.
    """
    problems: dict[str, Problem] = {}
    errors = _validator(_Key(document)).iter_errors(_printable(value, MAX_DEPTH))
    first = sorted(islice(errors, MAX_ERRORS), key=_rank)
    for problem in (_problem(error, root) for error in first):
        problems.setdefault(problem.path, problem)
    return list(problems.values())


def _printable(value: Any, depth: int) -> Any:
    """Return ``value`` limited in depth and in the size of integers.

    jsonschema's messages contain the repr of values, which fails beyond the recursion limit and for
    integers of thousands of digits. No schema looks that deep or distinguishes such integers.
    """
    if isinstance(value, dict):
        return {key: _printable(item, depth - 1) for key, item in value.items()} if depth else {}
    if isinstance(value, list):
        return [_printable(item, depth - 1) for item in value] if depth else []
    if isinstance(value, int) and abs(value) > MAX_INT:
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
    # jsonschema takes tens of milliseconds to import: only the first explained value pays.
    from jsonschema import Draft7Validator, validators  # noqa: PLC0415

    # Python's $ also matches before a final line break; JSON Schema's (ECMA-262) does not.
    extend: Any = validators.extend  # untyped in its stubs
    extended = extend(Draft7Validator, {"pattern": _pattern, "items": _items})
    validator: Validator = extended(_inlined(key.document, key.document))
    return validator


def _inlined(node: Any, document: dict[str, Any]) -> Any:
    """Return ``node`` with each reference replaced by its definition.

    jsonschema resolves a reference at each use, which takes half of the time. The paths of its
    errors do not contain references.
    """
    if isinstance(node, list):
        return [_inlined(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        parts = node["$ref"].removeprefix("#/").split("/")
        return _inlined(reduce(getitem, parts, document), document)
    return {key: _inlined(value, document) for key, value in node.items()}


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
    # An array above maxItems is refused without a look at its items.
    if validator.is_type(instance, "array") and len(instance) <= schema_.get("maxItems", math.inf):
        of_jsonschema: Any = validator  # descend is not in the protocol
        for index, item in enumerate(instance):
            yield from of_jsonschema.descend(item, items, path=index)


def _rank(error: ValidationError) -> tuple[list[str], int]:
    # In the order of the value; of several errors at one path the wrong type says most.
    path = [f"{part:09d}" if isinstance(part, int) else part for part in error.absolute_path]
    return path, 0 if error.validator == "type" else 1


def _problem(error: ValidationError, root: str) -> Problem:
    parts = list(error.absolute_path)
    rule = str(error.validator)
    value = error.instance
    if rule == "required":
        names: Any = error.validator_value
        # jsonschema names the missing property only in its message.
        parts.append(next(name for name in names if error.message.startswith(f"{name!r} is")))
        value = None
    path = readable_path(parts, root)
    text, hint = format_error(error, path)
    schema_path = "/".join(str(part) for part in error.absolute_schema_path)
    return Problem(path, value, rule, text, hint, schema_path)

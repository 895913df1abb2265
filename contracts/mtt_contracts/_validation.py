"""The explaining validator: why a value breaks the contract, in sentences.

It is slow (hundreds of microseconds for a preset of six elements) and says everything. Servers put
a fast yes/no validator in front of it.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from mtt_contracts import _hints
from mtt_contracts._catalogue import method, schema
from mtt_contracts._problems import Problem, readable_path, show

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_DEPTH = 20
_LARGEST_INT = 2**64
_MOST_ERRORS = 100
_JSON_TYPES = (
    (bool, "boolean"),
    (int | float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)
_ARTICLES = {"array": "an array", "object": "an object", "integer": "an integer", "null": "null"}


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
    text, hint = _words(error, path)
    schema_path = "/".join(str(part) for part in error.absolute_schema_path)
    return Problem(path, value, rule, text, hint, schema_path)


_Words = tuple[str, str | None]  # a message and a hint


def _words(error: ValidationError, path: str) -> _Words:
    """Return the message and the hint for ``error``."""
    say = _SAYINGS.get(str(error.validator))
    if say is None:
        return f"{path}: {error.message}", None
    return say(path, error, error.validator_value)


def _say_required(path: str, error: ValidationError, _wanted: Any) -> _Words:
    return f"{path} is required{_condition(error)}", None


def _say_type(path: str, error: ValidationError, wanted: Any) -> _Words:
    words = [wanted] if isinstance(wanted, str) else list(wanted)
    kinds = " or ".join(_ARTICLES.get(word, f"a {word}") for word in words)
    hint = _hints.for_type(error.instance, words)
    return f"{path} must be {kinds}, got {_kind(error.instance)}", hint


def _say_enum(path: str, error: ValidationError, wanted: Any) -> _Words:
    choices = " or ".join(show(choice) for choice in wanted)
    hint = _hints.for_enum(error.instance, wanted)
    return f"{path} must be {choices}, got {show(error.instance)}", hint


def _say_described(path: str, error: ValidationError, _wanted: Any) -> _Words:
    """For a rule whose schema describes what is wanted."""
    message = f"{path} must be {_described(error.schema)}, got {show(error.instance)}"
    return message, _hints.for_number(error.instance)


def _say_minimum(path: str, error: ValidationError, wanted: Any) -> _Words:
    return f"{path} must be at least {wanted}, got {show(error.instance)}", None


def _say_too_many(path: str, error: ValidationError, wanted: Any) -> _Words:
    elements: Any = error.instance
    return f"{path} must hold at most {wanted} elements, got {len(elements)}", None


def _say_empty(path: str, _error: ValidationError, _wanted: Any) -> _Words:
    return f"{path} must not be empty", None


def _say_any_of(path: str, error: ValidationError, wanted: Any) -> _Words:
    if not path.endswith("].type"):
        return _say_described(path, error, wanted)
    word: Any = error.instance
    choices = ", ".join(branch["$ref"].rsplit("/", 1)[1] for branch in wanted)
    message = f"{path} must be one of {choices}, got {show(word)}"
    return message, _hints.for_element_type(word) if isinstance(word, str) else None


def _say_one_of(path: str, error: ValidationError, _wanted: Any) -> _Words:
    message = f"{path} must hold exactly one of result and error, got {show(error.instance)}"
    return message, None


_SAYINGS: dict[str, Callable[[str, ValidationError, Any], _Words]] = {
    "required": _say_required,
    "type": _say_type,
    "enum": _say_enum,
    "pattern": _say_described,
    "minimum": _say_minimum,
    "maxItems": _say_too_many,
    "minLength": _say_empty,
    "anyOf": _say_any_of,
    "oneOf": _say_one_of,
}


def _condition(error: ValidationError) -> str:
    """Return `` when type is "text"`` for a rule that holds only under that condition."""
    if "then" not in error.absolute_schema_path:
        return ""
    element = error.instance if isinstance(error.instance, dict) else None
    if element is None or "type" not in element:
        return ""
    return f" when type is {show(element['type'])}"


def _described(document: Any) -> str:
    """Return the first sentence of a schema's description, to stand inside a message."""
    sentence = str(document.get("description") or document.get("title") or "different")
    sentence = sentence.split(". ", maxsplit=1)[0].split(";", maxsplit=1)[0].rstrip(".")
    return sentence[0].lower() + sentence[1:]


def _kind(value: Any) -> str:
    for python_type, name in _JSON_TYPES:
        if isinstance(value, python_type):
            return f"{name} {show(value)}"
    return "null"

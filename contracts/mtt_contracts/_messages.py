"""The messages of the explaining validator: one for each JSON Schema keyword."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from mtt_contracts import _hints
from mtt_contracts._problems import show

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_JSON_TYPES = (
    (bool, "boolean"),
    (int | float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)
_ARTICLES = {"array": "an array", "object": "an object", "integer": "an integer", "null": "null"}

_Message = tuple[str, str | None]  # the text and a hint


def format_error(error: ValidationError, path: str) -> _Message:
    """Return the message and the hint for ``error`` at ``path``."""
    formatter = _FORMATTERS.get(str(error.validator))
    if formatter is None:
        return f"{path}: {error.message}", None
    return formatter(path, error, error.validator_value)


def _format_required(path: str, error: ValidationError, _expected: Any) -> _Message:
    return f"{path} is required{_condition(error)}", None


def _format_type(path: str, error: ValidationError, expected: Any) -> _Message:
    names = [expected] if isinstance(expected, str) else list(expected)
    kinds = _either(_ARTICLES.get(name, f"a {name}") for name in names)
    hint = _hints.for_type(error.instance, names)
    return f"{path} must be {kinds}, got {_kind(error.instance)}", hint


def _format_enum(path: str, error: ValidationError, expected: Any) -> _Message:
    choices = _either(show(choice) for choice in expected)
    hint = _hint(error) or _hints.for_enum(error.instance, expected)
    return f"{path} must be {choices}, got {show(error.instance)}", hint


def _format_described(path: str, error: ValidationError, _expected: Any) -> _Message:
    """Format a rule whose schema describes the expected value."""
    message = f"{path} must be {_described(error.schema)}, got {show(error.instance)}"
    return message, _hint(error)


def _hint(error: ValidationError) -> str | None:
    """Return the hint for the rule, by the title of its schema."""
    hint = _HINTS.get(str(_keyword(error.schema, "title")))
    return hint(error.instance) if hint else None


def _format_minimum(path: str, error: ValidationError, expected: Any) -> _Message:
    return f"{path} must be at least {expected}, got {show(error.instance)}", None


def _format_maximum(path: str, error: ValidationError, expected: Any) -> _Message:
    return f"{path} must be at most {expected}, got {show(error.instance)}", None


def _format_too_many(path: str, error: ValidationError, expected: Any) -> _Message:
    elements: Any = error.instance
    return f"{path} must hold at most {expected} elements, got {len(elements)}", None


def _format_too_long(path: str, error: ValidationError, expected: Any) -> _Message:
    text: Any = error.instance
    return f"{path} must hold at most {expected} characters, got {len(text)}", None


def _format_empty(path: str, _error: ValidationError, _expected: Any) -> _Message:
    return f"{path} must not be empty", None


def _format_any_of(path: str, error: ValidationError, expected: Any) -> _Message:
    if not path.endswith("].type"):
        return _format_described(path, error, expected)
    word: Any = error.instance
    choices = ", ".join(branch["title"] for branch in expected)
    message = f"{path} must be one of {choices}, got {show(word)}"
    return message, _hints.for_element_type(word) if isinstance(word, str) else None


def _format_one_of(path: str, error: ValidationError, _expected: Any) -> _Message:
    message = f"{path} must hold exactly one of result and error, got {show(error.instance)}"
    return message, None


_FORMATTERS: dict[str, Callable[[str, ValidationError, Any], _Message]] = {
    "required": _format_required,
    "type": _format_type,
    "enum": _format_enum,
    "pattern": _format_described,
    "minimum": _format_minimum,
    "maximum": _format_maximum,
    "maxItems": _format_too_many,
    "maxLength": _format_too_long,
    "minLength": _format_empty,
    "anyOf": _format_any_of,
    "oneOf": _format_one_of,
}
# By the title of the broken schema.
_HINTS: dict[str, Callable[[Any], str | None]] = {
    "telephone number": _hints.for_number,
    "telephone number or nothing": _hints.for_number,
    "callBackURL": _hints.for_url,
    "direction": _hints.for_direction,
    "duration": _hints.for_duration,
    "file name": _hints.for_file_name,
}


def _condition(error: ValidationError) -> str:
    """Return `` when type is "text"`` if the rule holds only under that condition."""
    if "then" not in error.absolute_schema_path:
        return ""
    element = error.instance if isinstance(error.instance, dict) else None
    if element is None or "type" not in element:
        return ""
    return f" when type is {show(element['type'])}"


def _described(document: Any) -> str:
    """Return the first sentence of a schema's description, for use inside a message."""
    sentence = str(_keyword(document, "description") or _keyword(document, "title") or "different")
    sentence = sentence.split(". ", maxsplit=1)[0].split(";", maxsplit=1)[0].rstrip(".")
    return sentence[0].lower() + sentence[1:]


def _keyword(document: Any, name: str) -> Any:
    return document.get(name) if isinstance(document, dict) else None


def _either(choices: Iterable[str]) -> str:
    """Return ``a, b or c``."""
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def _kind(value: Any) -> str:
    for python_type, name in _JSON_TYPES:
        if isinstance(value, python_type):
            return f"{name} {show(value)}"
    return "null"

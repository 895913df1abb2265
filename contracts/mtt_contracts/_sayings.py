"""What the explaining validator says: a message for each rule that a value can break."""

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

_Words = tuple[str, str | None]  # a message and a hint


def words(error: ValidationError, path: str) -> _Words:
    """Return the message and the hint for ``error`` at ``path``."""
    say = _SAYINGS.get(str(error.validator))
    if say is None:
        return f"{path}: {error.message}", None
    return say(path, error, error.validator_value)


def _say_required(path: str, error: ValidationError, _wanted: Any) -> _Words:
    return f"{path} is required{_condition(error)}", None


def _say_type(path: str, error: ValidationError, wanted: Any) -> _Words:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    kinds = _either(_ARTICLES.get(name, f"a {name}") for name in names)
    hint = _hints.for_type(error.instance, names)
    return f"{path} must be {kinds}, got {_kind(error.instance)}", hint


def _say_enum(path: str, error: ValidationError, wanted: Any) -> _Words:
    choices = _either(show(choice) for choice in wanted)
    hint = _hint(error) or _hints.for_enum(error.instance, wanted)
    return f"{path} must be {choices}, got {show(error.instance)}", hint


def _say_described(path: str, error: ValidationError, _wanted: Any) -> _Words:
    """For a rule whose schema describes what is wanted."""
    message = f"{path} must be {_described(error.schema)}, got {show(error.instance)}"
    return message, _hint(error)


def _hint(error: ValidationError) -> str | None:
    """Return the hint for a rule whose schema has a title that hints are known for."""
    hint = _HINTS.get(str(_keyword(error.schema, "title")))
    return hint(error.instance) if hint else None


def _say_minimum(path: str, error: ValidationError, wanted: Any) -> _Words:
    return f"{path} must be at least {wanted}, got {show(error.instance)}", None


def _say_maximum(path: str, error: ValidationError, wanted: Any) -> _Words:
    return f"{path} must be at most {wanted}, got {show(error.instance)}", None


def _say_too_many(path: str, error: ValidationError, wanted: Any) -> _Words:
    elements: Any = error.instance
    return f"{path} must hold at most {wanted} elements, got {len(elements)}", None


def _say_too_long(path: str, error: ValidationError, wanted: Any) -> _Words:
    text: Any = error.instance
    return f"{path} must hold at most {wanted} characters, got {len(text)}", None


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
    "maximum": _say_maximum,
    "maxItems": _say_too_many,
    "maxLength": _say_too_long,
    "minLength": _say_empty,
    "anyOf": _say_any_of,
    "oneOf": _say_one_of,
}
# By the title of the schema that a value breaks.
_HINTS: dict[str, Callable[[Any], str | None]] = {
    "telephone number": _hints.for_number,
    "telephone number or nothing": _hints.for_number,
    "callBackURL": _hints.for_url,
    "direction": _hints.for_direction,
    "duration": _hints.for_duration,
    "file name": _hints.for_file_name,
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

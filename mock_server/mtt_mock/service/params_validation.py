"""Validates params by the contract's schemas, as a profile changes them.

jsonschema-rs decides in microseconds; ``mtt_contracts`` explains a refusal. A property test checks
that both agree.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any

import jsonschema_rs

import mtt_contracts
from mtt_contracts.fact_values import defaults
from mtt_mock.service.profile import Profile

Validator = Callable[[dict[str, Any]], list[mtt_contracts.Problem]]
_Schema = dict[str, Any]
_Change = Callable[[_Schema, Any], None]


def params_validator(method: str, profile: Profile) -> Validator:
    """Return a function that returns the problems of the named params of ``method``."""
    known = defaults()
    changed = {fact: profile[fact] for fact in _CHANGES if profile[fact] != known[fact]}
    return _compiled(method, json.dumps(changed, sort_keys=True))


def is_valid(method: str, params: dict[str, Any]) -> bool:
    """Return whether ``params`` are valid by the contract, without a profile."""
    return not _compiled(method, "{}")(params)


@lru_cache(maxsize=256)
def _compiled(method: str, changed: str) -> Validator:
    schema = mtt_contracts.method(method).params_schema
    changes = json.loads(changed)
    if changes:
        schema = copy.deepcopy(schema)
        for fact_id, value in changes.items():
            _CHANGES[fact_id](schema, value)
    fits = jsonschema_rs.Draft7Validator(schema).is_valid

    def validate(params: dict[str, Any]) -> list[mtt_contracts.Problem]:
        return [] if fits(params) else mtt_contracts.explain(schema, params, root="params")

    return validate


def _setting(
    path: str, keyword: str, convert: Callable[[Any], Any] = lambda value: value
) -> _Change:
    """Return a change that sets ``keyword`` of the schema at ``path`` if the method has it."""

    def change(schema: _Schema, value: Any) -> None:
        for key in path.split("."):
            schema = schema.get(key, {})
        if schema:
            schema[keyword] = convert(value)

    return change


def _spellings(schema: _Schema, value: list[str]) -> None:
    definitions = schema.get("definitions", {})
    if "followme_element" not in definitions:
        return
    types = definitions["followme_element"]["definitions"]
    for name in (*mtt_contracts.QUEUES, *mtt_contracts.PROMPTS):
        words = [word for word in value if mtt_contracts.canonical_type(word) == name]
        # Without any word the pattern matches no text.
        types[name]["pattern"] = f"^({'|'.join(map(_any_case, words))})$" if words else "[^\\s\\S]"


def _any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


def _relaxed(schema: _Schema, value: dict[str, Any]) -> None:
    definitions = schema.get("definitions", {})
    if "followme_element" not in definitions:
        return
    queue, prompt = (rule["then"] for rule in definitions["followme_element"]["allOf"])
    if value["name"] == "required":
        queue["required"].append("name")
    if value["prompt_timeout"] == "refuse":
        prompt["properties"]["timeout"] = False


def _any_number(schema: _Schema, _value: str) -> None:
    schema.get("definitions", {}).get("number", {}).pop("pattern", None)


def _no_empty_texts(schema: _Schema, _value: str) -> None:
    definitions = schema.get("definitions", {})
    if "optional_number" in definitions and "b_number" in schema["properties"]:
        definitions["optional_number"]["anyOf"][1]["enum"] = [None]
        definitions["callback_url"]["minLength"] = definitions["duration"]["minLength"] = 1


_maximum = itemgetter("maximum")
# How a value other than the default changes the schema of a method's params.
_CHANGES: dict[str, _Change] = {
    "set.limit": _setting("definitions.followme_struct", "maxItems"),
    "set.type.words": _spellings,
    "set.element.relaxed": _relaxed,
    "set.element.cyrillic": _setting(
        "definitions.followme_element.properties.side",
        "enum",
        lambda _: ["A", "B", "\u0410", "\u0412"],
    ),
    "set.number": _any_number,
    "set.customer_name": _setting("definitions.customer_name", "pattern", lambda _: "^[0-9]+$"),
    "prompt.name": _setting("properties.file_name", "maxLength"),
    "call.empty": _no_empty_texts,
    "call.direction.b": _setting("properties.direction", "enum", lambda _: [0, 1, None]),
    "call.record.others": _setting("properties.recordEnable", "enum", lambda _: [0, 1, None]),
    "call.duration.from": _setting("definitions.duration", "maximum", _maximum),
    "call.description": _setting("properties.callDescription", "maxLength", _maximum),
    "info.id": _setting("properties.callBackCall_id", "type", lambda _: "string"),
}

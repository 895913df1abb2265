"""Validates params by the contract's schemas, as a profile changes them.

jsonschema-rs decides in microseconds; ``mtt_contracts`` explains a refusal. A property test checks
that both agree.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jsonschema_rs

import mtt_contracts
from mtt_contracts.fact_values import defaults
from mtt_mock.service.profile import Profile

Validator = Callable[[dict[str, Any]], list[mtt_contracts.Problem]]
_Schema = dict[str, Any]


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
            _CHANGES[fact_id](schema.get("properties", {}), schema.get("definitions", {}), value)
    fits = jsonschema_rs.Draft7Validator(schema).is_valid

    def validate(params: dict[str, Any]) -> list[mtt_contracts.Problem]:
        return [] if fits(params) else mtt_contracts.explain(schema, params, root="params")

    return validate


def _set_limit(_properties: _Schema, definitions: _Schema, value: int) -> None:
    if "followme_struct" in definitions:
        definitions["followme_struct"]["maxItems"] = value


def _spellings(_properties: _Schema, definitions: _Schema, value: list[str]) -> None:
    if "followme_element" not in definitions:
        return
    types = definitions["followme_element"]["definitions"]
    for name in (*mtt_contracts.QUEUES, *mtt_contracts.PROMPTS):
        words = [word for word in value if mtt_contracts.canonical_type(word) == name]
        # Without any word the pattern matches no text.
        types[name]["pattern"] = f"^({'|'.join(map(_any_case, words))})$" if words else "[^\\s\\S]"


def _any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


def _relaxed(_properties: _Schema, definitions: _Schema, value: dict[str, Any]) -> None:
    if "followme_element" not in definitions:
        return
    queue, prompt = (rule["then"] for rule in definitions["followme_element"]["allOf"])
    if value["name"] == "required":
        queue["required"].append("name")
    if value["prompt_timeout"] == "refuse":
        prompt["properties"]["timeout"] = False


def _cyrillic_sides(_properties: _Schema, definitions: _Schema, _value: str) -> None:
    if "followme_element" in definitions:
        side = definitions["followme_element"]["properties"]["side"]
        side["enum"] = ["A", "B", "\u0410", "\u0412"]


def _any_number(_properties: _Schema, definitions: _Schema, _value: str) -> None:
    if "number" in definitions:
        del definitions["number"]["pattern"]


def _customer_of_digits(_properties: _Schema, definitions: _Schema, _value: str) -> None:
    definitions["customer_name"]["pattern"] = "^[0-9]+$"


def _prompt_name(properties: _Schema, _definitions: _Schema, value: int) -> None:
    if "file_name" in properties:
        properties["file_name"]["maxLength"] = value


def _no_empty_texts(properties: _Schema, definitions: _Schema, _value: str) -> None:
    if "optional_number" in definitions and "b_number" in properties:
        definitions["optional_number"]["anyOf"][1]["enum"] = [None]
        definitions["callback_url"]["minLength"] = definitions["duration"]["minLength"] = 1


def _numbers_only(name: str) -> Callable[[_Schema, _Schema, Any], None]:
    def change(properties: _Schema, _definitions: _Schema, _value: Any) -> None:
        if name in properties:
            properties[name]["enum"] = [0, 1, None]

    return change


def _duration(_properties: _Schema, definitions: _Schema, value: dict[str, Any]) -> None:
    if "duration" in definitions:
        definitions["duration"]["maximum"] = value["maximum"]


def _description(properties: _Schema, _definitions: _Schema, value: dict[str, Any]) -> None:
    if "callDescription" in properties:
        properties["callDescription"]["maxLength"] = value["maximum"]


def _id_as_text(properties: _Schema, _definitions: _Schema, _value: str) -> None:
    if "callBackCall_id" in properties:
        properties["callBackCall_id"]["type"] = "string"


# How a value other than the default changes the schema of a method's params.
_CHANGES: dict[str, Callable[[_Schema, _Schema, Any], None]] = {
    "set.limit": _set_limit,
    "set.type.words": _spellings,
    "set.element.relaxed": _relaxed,
    "set.element.cyrillic": _cyrillic_sides,
    "set.number": _any_number,
    "set.customer_name": _customer_of_digits,
    "prompt.name": _prompt_name,
    "call.empty": _no_empty_texts,
    "call.direction.b": _numbers_only("direction"),
    "call.record.others": _numbers_only("recordEnable"),
    "call.duration.from": _duration,
    "call.description": _description,
    "info.id": _id_as_text,
}

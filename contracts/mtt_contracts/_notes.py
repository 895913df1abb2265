"""Notes: advice about params that are valid but unusual.

The service accepts such params: MTT ignores unknown fields and takes short timeouts. The journal
shows the notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeGuard

from mtt_contracts import _files, _hints
from mtt_contracts._catalogue import methods
from mtt_contracts._element_types import PROMPTS, QUEUES, canonical_type
from mtt_contracts._problems import Problem, show

_STRUCTS = ("callBackFollowmeStruct", "simpleCallBackFollowmeStruct")
_NUMBERS = ("caller_id", "defaultBNumber", "b_number", "client_caller_id")
_TRUNK_PREFIXED = re.compile(r"8[0-9]{10}")
_CANONICAL = frozenset(word.lower() for word in (*QUEUES, *PROMPTS))


@cache
def _element_fields() -> frozenset[str]:
    return frozenset(_files.schema("followme_element")["properties"])


@cache
def _parameter_names(method_name: str) -> frozenset[str]:
    return frozenset(parameter.name for parameter in methods()[method_name].parameters)


@cache
def _advised_timeout() -> int:
    schema = _files.schema("followme_element")["properties"]["timeout"]
    return int(schema["x-mtt"]["advised_minimum"])


def lint_params(method_name: str, params: dict[str, Any]) -> list[Problem]:
    """Give advice about valid params.

    Covers unknown fields, accepted misspellings of types, timeouts under 10 seconds, numbers with
    the Russian trunk prefix, and params of a call with a surprising effect (a callBackURL without a
    scheme, a duration of 0).

    Args:
        method_name: The method, in the letter case of the contract.
        params: *Valid* named params.

    Returns:
        The notes; ``[]`` if there are none.
    """
    names = _parameter_names(method_name)
    notes = [_unknown(name, name, params[name], names) for name in params if name not in names]
    notes += [
        _trunk_prefix_note(params[name], name)
        for name in _NUMBERS
        if _is_trunk_prefixed(params.get(name))
    ]
    for name in _STRUCTS:
        if name in names:
            for index, element in enumerate(params.get(name) or ()):
                notes += _element_notes(element, f"{name}[{index}]")
    if method_name == "makeCallBackCallFollowme":
        notes += _call_notes(params)
    return notes


def _is_trunk_prefixed(number: Any) -> TypeGuard[str]:
    return isinstance(number, str) and number[:1] == "8" and bool(_TRUNK_PREFIXED.fullmatch(number))


def _trunk_prefix_note(number: str, path: str) -> Problem:
    message = f"{path} {show(number)} begins with 8, the Russian trunk prefix"
    # Whether MTT takes 8 for 7 is not known, so the fake does not.
    hint = f'MTT\'s examples and the magic numbers begin with 7: "7{number[1:]}"'
    return Problem(path, number, "trunk_prefix", message, hint)


def _call_notes(params: dict[str, Any]) -> Iterator[Problem]:
    url = params.get("callBackURL")
    if url:
        if not url.lower().startswith(("http://", "https://")):
            message = f"callBackURL {show(url)} has no scheme; http is assumed"
            yield Problem("callBackURL", url, "scheme", message)
        if "#" in url:
            message = f"callBackURL has a fragment, which is dropped: {show(url[url.index('#') :])}"
            yield Problem("callBackURL", url, "fragment", message)
    struct = params.get("simpleCallBackFollowmeStruct")
    if struct == []:
        message = "simpleCallBackFollowmeStruct is empty; the preset is used"
        yield Problem("simpleCallBackFollowmeStruct", struct, "empty", message)
    record = params.get("recordEnable")
    if isinstance(record, str):
        message = f"recordEnable is the text {show(record)}; a number is expected, text is accepted"
        yield Problem("recordEnable", record, "type", message, f"send {record}")
    duration = params.get("duration")
    if duration not in (None, "") and not int(duration):
        message = f"duration is {show(duration)}, which is no limit"
        yield Problem("duration", duration, "bound", message, "leave it out, or give seconds")


def _element_notes(element: dict[str, Any], path: str) -> list[Problem]:
    """Return the notes about one *valid* element at ``path``."""
    notes = []
    known = _element_fields()
    if not known.issuperset(element):
        notes += [
            _unknown(f"{path}.{name}", name, value, known)
            for name, value in element.items()
            if name not in known
        ]
    word = element["type"]
    if word.lower() not in _CANONICAL:
        message = f"{path}.type {show(word)} is a misspelling that is accepted"
        notes.append(
            Problem(f"{path}.type", word, "spelling", message, f'"{canonical_type(word)}"')
        )
    number = element.get("redirect_number")
    if _is_trunk_prefixed(number):
        notes.append(_trunk_prefix_note(number, f"{path}.redirect_number"))
    timeout = element.get("timeout")
    if timeout is not None and timeout < _advised_timeout():
        message = f"{path}.timeout is {show(timeout)} s; MTT advises {_advised_timeout()} s or more"
        notes.append(Problem(f"{path}.timeout", timeout, "advised_minimum", message))
    if element.get("side") == "B" and canonical_type(word) in QUEUES:
        message = f'{path}.side is "B", but a number to ring always belongs to side A'
        notes.append(Problem(f"{path}.side", "B", "side", message))
    return notes


def _unknown(path: str, name: str, value: Any, known: frozenset[str] | set[str]) -> Problem:
    hint = _hints.for_field(name, sorted(known))
    return Problem(path, value, "unknown", f"{path} is not a known field and is ignored", hint)

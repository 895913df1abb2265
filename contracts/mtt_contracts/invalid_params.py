"""Negative strategies: valid params with exactly one named mutation.

Needs hypothesis (``pip install "mtt-mock[pytest]"``). Examples shrink to one short element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from mtt_contracts import _files
from mtt_contracts._catalogue import method
from mtt_contracts._element_types import PROMPTS, QUEUES
from mtt_contracts.strategies import (
    followme_elements,
    followme_structs,
    make_call_params,
    numbers,
    set_followme_params,
)

_Change = Callable[[dict[str, Any]], None]
_STRUCTS = {
    "setCallBackFollowme": "callBackFollowmeStruct",
    "makeCallBackCallFollowme": "simpleCallBackFollowmeStruct",
}


@dataclass(frozen=True, slots=True)
class InvalidParams:
    """Params with exactly one violation of the contract.

    Attributes:
        mutation: The name of the mutation, such as ``"side A in Cyrillic"``.
        method: The method.
        params: The params.
        path: The path that the contract and the fake report, such as
            ``callBackFollowmeStruct[0].side``.
    """

    mutation: str
    method: str
    params: dict[str, Any]
    path: str


@dataclass(frozen=True, slots=True)
class Mutation:
    """One way to make params invalid: changes an element of ``kinds``, by default the params."""

    name: str
    field: str
    apply: _Change
    kinds: tuple[str, ...] = ()


def _put(name: str, value: Any) -> _Change:
    def put(target: dict[str, Any]) -> None:
        target[name] = value

    return put


def _drop(name: str) -> _Change:
    def drop(target: dict[str, Any]) -> None:
        target.pop(name, None)

    return drop


_ANY = (*QUEUES, *PROMPTS)
_ELEMENT_MUTATIONS = (
    Mutation("type missing", "type", _drop("type"), _ANY),
    Mutation("type misspelt", "type", _put("type", "Ringal"), _ANY),
    Mutation("type of another API", "type", _put("type", "queue"), _ANY),
    Mutation("type as number", "type", _put("type", 1), _ANY),
    Mutation("type with white space", "type", _put("type", "text "), _ANY),
    Mutation("order as text", "order", _put("order", "1"), _ANY),
    Mutation("order as null", "order", _put("order", None), _ANY),
    Mutation("timeout as text", "timeout", _put("timeout", "25"), _ANY),
    Mutation("timeout negative", "timeout", _put("timeout", -1), _ANY),
    Mutation("name as number", "name", _put("name", 1), QUEUES),
    Mutation("number missing", "redirect_number", _drop("redirect_number"), QUEUES),
    Mutation("number empty", "redirect_number", _put("redirect_number", ""), QUEUES),
    Mutation("number as number", "redirect_number", _put("redirect_number", 79000000001), QUEUES),
    Mutation(
        "number with dashes", "redirect_number", _put("redirect_number", "7-900-000-00-01"), QUEUES
    ),
    Mutation("number as letters", "redirect_number", _put("redirect_number", "sales"), QUEUES),
    Mutation("side missing", "side", _drop("side"), PROMPTS),
    Mutation("side A in Cyrillic", "side", _put("side", "А"), PROMPTS),
    Mutation("side B in Cyrillic", "side", _put("side", "В"), PROMPTS),
    Mutation("side in lower case", "side", _put("side", "a"), PROMPTS),
    Mutation("side C", "side", _put("side", "C"), PROMPTS),
    Mutation("value missing", "value", _drop("value"), PROMPTS),
    Mutation("value empty", "value", _put("value", ""), PROMPTS),
    Mutation("value as list", "value", _put("value", ["Hello"]), PROMPTS),
)


def _invalid_numbers(field: str) -> tuple[tuple[str, str, Any], ...]:
    values = {"as number": 79000000001, "as letters": "boss", "with a space": "7900 1"}
    return tuple((f"{field} {how}", field, value) for how, value in values.items())


_PARAM_MUTATIONS: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "setCallBackFollowme": (
        ("structure as object", "callBackFollowmeStruct", {}),
        ("structure as JSON text", "callBackFollowmeStruct", "[]"),
        *_invalid_numbers("caller_id"),
        *_invalid_numbers("defaultBNumber"),
    ),
    "setCallBackPrompt": (
        ("file_name empty", "file_name", ""),
        ("file_name as number", "file_name", 1),
        ("file_name with a folder", "file_name", "sounds/hello.wav"),
        ("file_name too long", "file_name", "a" * 256),
    ),
    "getCallBackFollowmeCallInfo": (
        ("callBackCall_id as null", "callBackCall_id", None),
        ("callBackCall_id as list", "callBackCall_id", ["1000001"]),
    ),
    "makeCallBackCallFollowme": (
        *_invalid_numbers("b_number"),
        *_invalid_numbers("caller_id"),
        *_invalid_numbers("client_caller_id"),
        ("callBackURL of another scheme", "callBackURL", "ftp://example.com/x"),
        ("callBackURL with a space", "callBackURL", "http://example.com/a b"),
        ("callBackURL as number", "callBackURL", 1),
        ("structure as object", "simpleCallBackFollowmeStruct", {"type": "Ringall"}),
        ("recordEnable as word", "recordEnable", "yes"),
        ("recordEnable 2", "recordEnable", 2),
        ("duration negative", "duration", -1),
        ("duration over a day", "duration", 86401),
        ("duration as word", "duration", "1m"),
        ("direction as letter", "direction", "B"),
        ("direction 2", "direction", 2),
        ("callDescription as number", "callDescription", 7),
        ("callDescription too long", "callDescription", "a" * 1001),
    ),
}


def valid_params(method_name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Generate valid named params of any of the seven methods.

    Args:
        method_name: The method, in any letter case.

    Returns:
        A strategy for params by name.

    Raises:
        LookupError: The contract does not have the method.
    """
    name = method(method_name).name
    if name == "setCallBackFollowme":
        return set_followme_params()
    if name == "makeCallBackCallFollowme":
        return make_call_params()
    customer = {"customer_name": numbers()}
    if name == "setCallBackPrompt":
        stem = st.text("abcxyz0189_- é", min_size=1, max_size=12)
        file_name = st.builds("{}{}".format, stem, st.sampled_from(["", ".wav", ".mp3"]))
        return st.fixed_dictionaries({**customer, "file_name": file_name})
    if name == "getCallBackFollowmeCallInfo":
        call_id = st.from_regex(r"[0-9]{1,12}", fullmatch=True) | st.integers(0, 10**12)
        return st.fixed_dictionaries({**customer, "callBackCall_id": call_id})
    return st.fixed_dictionaries(customer)


def mutation_names(method_name: str) -> tuple[str, ...]:
    """Return the names of the mutations of a method's params.

    Args:
        method_name: The method, in any letter case.

    Returns:
        The names, such as ``"order as text"``.

    Raises:
        LookupError: The contract does not have the method.
    """
    return tuple(_mutations(method(method_name).name))


def invalid_params(
    method_name: str, *, names: Sequence[str] | None = None
) -> st.SearchStrategy[InvalidParams]:
    """Generate params with exactly one mutation.

    Args:
        method_name: The method, in any letter case.
        names: The mutations to use; default: all of ``mutation_names``.

    Returns:
        A strategy for params with the name of their mutation.

    Raises:
        LookupError: The contract does not have the method.
        ValueError: A name is unknown, or ``names`` is empty.
        TypeError: ``names`` is a string.
    """
    name = method(method_name).name
    mutations = _mutations(name)
    if isinstance(names, str):
        raise TypeError(f"names must be a sequence of names, got the string {names!r}")
    selected = tuple(mutations) if names is None else tuple(names)
    unknown = [each for each in selected if each not in mutations]
    if unknown or not selected:
        raise ValueError(f"names must be some of {', '.join(mutations)}; got {selected!r}")
    return st.one_of([_invalid(name, mutations[each]) for each in selected])


@cache
def _mutations(method_name: str) -> dict[str, Mutation]:
    required = _files.schema(f"{method_name}.params")["required"]
    of_params = [Mutation(f"{name} missing", name, _drop(name)) for name in required]
    of_params += [
        Mutation("customer_name empty", "customer_name", _put("customer_name", "")),
        Mutation("customer_name as number", "customer_name", _put("customer_name", 8831405)),
        Mutation("customer_name as null", "customer_name", _put("customer_name", None)),
    ]
    of_params += [
        Mutation(name, field, _put(field, value))
        for name, field, value in _PARAM_MUTATIONS.get(method_name, ())
    ]
    of_elements = _ELEMENT_MUTATIONS if method_name in _STRUCTS else ()
    return {mutation.name: mutation for mutation in (*of_params, *of_elements)}


def _invalid(method_name: str, mutation: Mutation) -> st.SearchStrategy[InvalidParams]:
    if not mutation.kinds:
        return valid_params(method_name).map(
            lambda params: _mutate_params(method_name, mutation, params)
        )
    struct_name = _STRUCTS[method_name]
    return st.builds(
        lambda params, struct, element, index: _mutate_element(
            method_name, mutation, params | {struct_name: struct}, element, min(index, len(struct))
        ),
        valid_params(method_name),
        followme_structs(min_size=0, max_size=2),
        followme_elements(kinds=mutation.kinds),
        st.integers(0, 2),
    )


def _mutate_params(method_name: str, mutation: Mutation, params: dict[str, Any]) -> InvalidParams:
    mutation.apply(params)
    return InvalidParams(mutation.name, method_name, params, mutation.field)


def _mutate_element(
    method_name: str,
    mutation: Mutation,
    params: dict[str, Any],
    element: dict[str, Any],
    index: int,
) -> InvalidParams:
    struct_name = _STRUCTS[method_name]
    mutation.apply(element)
    struct = [*params[struct_name][:index], element, *params[struct_name][index:]]
    params = params | {struct_name: struct}
    return InvalidParams(
        mutation.name, method_name, params, f"{struct_name}[{index}].{mutation.field}"
    )

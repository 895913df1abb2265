"""Near-misses: valid params broken in exactly one named way, as hypothesis strategies.

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

_Break = Callable[[dict[str, Any]], None]
_STRUCTS = {
    "setCallBackFollowme": "callBackFollowmeStruct",
    "makeCallBackCallFollowme": "simpleCallBackFollowmeStruct",
}


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Params of ``method`` that are wrong in one way.

    ``name`` says which way (``"side in Cyrillic"``); ``path`` is where the contract and the fake
    find it (``callBackFollowmeStruct[0].side``).
    """

    name: str
    method: str
    params: dict[str, Any]
    path: str


@dataclass(frozen=True, slots=True)
class _Slip:
    """One way of breaking an element, or a whole params object: what it is done to, and where."""

    name: str
    place: str
    do: _Break
    kinds: tuple[str, ...] = ()  # of elements; none: it is done to the params


def _put(name: str, value: Any) -> _Break:
    def put(target: dict[str, Any]) -> None:
        target[name] = value

    return put


def _drop(name: str) -> _Break:
    def drop(target: dict[str, Any]) -> None:
        target.pop(name, None)

    return drop


_ANY = (*QUEUES, *PROMPTS)
_ELEMENT_SLIPS = (
    _Slip("type missing", "type", _drop("type"), _ANY),
    _Slip("type misspelt", "type", _put("type", "Ringal"), _ANY),
    _Slip("type of another API", "type", _put("type", "queue"), _ANY),
    _Slip("type as number", "type", _put("type", 1), _ANY),
    _Slip("type with white space", "type", _put("type", "text "), _ANY),
    _Slip("order as text", "order", _put("order", "1"), _ANY),
    _Slip("order as null", "order", _put("order", None), _ANY),
    _Slip("timeout as text", "timeout", _put("timeout", "25"), _ANY),
    _Slip("timeout negative", "timeout", _put("timeout", -1), _ANY),
    _Slip("name as number", "name", _put("name", 1), QUEUES),
    _Slip("number missing", "redirect_number", _drop("redirect_number"), QUEUES),
    _Slip("number empty", "redirect_number", _put("redirect_number", ""), QUEUES),
    _Slip("number as number", "redirect_number", _put("redirect_number", 79000000001), QUEUES),
    _Slip(
        "number with dashes", "redirect_number", _put("redirect_number", "7-900-000-00-01"), QUEUES
    ),
    _Slip("number as letters", "redirect_number", _put("redirect_number", "sales"), QUEUES),
    _Slip("side missing", "side", _drop("side"), PROMPTS),
    _Slip("side A in Cyrillic", "side", _put("side", "А"), PROMPTS),
    _Slip("side B in Cyrillic", "side", _put("side", "В"), PROMPTS),
    _Slip("side in lower case", "side", _put("side", "a"), PROMPTS),
    _Slip("side C", "side", _put("side", "C"), PROMPTS),
    _Slip("value missing", "value", _drop("value"), PROMPTS),
    _Slip("value empty", "value", _put("value", ""), PROMPTS),
    _Slip("value as list", "value", _put("value", ["Hello"]), PROMPTS),
)
_NUMBER_SLIPS = (("as number", 79000000001), ("as letters", "boss"), ("with a space", "7900 1"))
_OWN_SLIPS: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "setCallBackFollowme": (
        ("structure as object", "callBackFollowmeStruct", {}),
        ("structure as JSON text", "callBackFollowmeStruct", "[]"),
        *((f"caller_id {how}", "caller_id", value) for how, value in _NUMBER_SLIPS),
        *((f"defaultBNumber {how}", "defaultBNumber", value) for how, value in _NUMBER_SLIPS),
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
        *((f"b_number {how}", "b_number", value) for how, value in _NUMBER_SLIPS),
        *((f"caller_id {how}", "caller_id", value) for how, value in _NUMBER_SLIPS),
        *((f"client_caller_id {how}", "client_caller_id", value) for how, value in _NUMBER_SLIPS),
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
    """Return valid named params of any of the seven methods.

    Raises ``LookupError`` for a method that the contract does not have.
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


def near_miss_names(method_name: str) -> tuple[str, ...]:
    """Return the ways in which params of the method can be broken.

    Raises ``LookupError`` for a method that the contract does not have.
    """
    return tuple(_slips(method(method_name).name))


def invalid_params(
    method_name: str, *, names: Sequence[str] | None = None
) -> st.SearchStrategy[NearMiss]:
    """Return params of a method that are broken in exactly one way.

    ``names``: only these ways (default: all of ``near_miss_names``). Raises ``LookupError`` for an
    unknown method, ``ValueError`` for an unknown name or for none.
    """
    slips = _slips(method(method_name).name)
    if isinstance(names, str):
        raise TypeError(f"names must be a sequence of names, got the string {names!r}")
    wanted = tuple(slips) if names is None else tuple(names)
    unknown = [name for name in wanted if name not in slips]
    if unknown or not wanted:
        raise ValueError(f"names must be some of {', '.join(slips)}; got {wanted!r}")
    return st.one_of([_broken(method_name, slips[name]) for name in wanted])


@cache
def _slips(method_name: str) -> dict[str, _Slip]:
    required = _files.schema(f"{method_name}.params")["required"]
    of_params = [_Slip(f"{name} missing", name, _drop(name)) for name in required]
    of_params += [
        _Slip("customer_name empty", "customer_name", _put("customer_name", "")),
        _Slip("customer_name as number", "customer_name", _put("customer_name", 8831405)),
        _Slip("customer_name as null", "customer_name", _put("customer_name", None)),
    ]
    of_params += [
        _Slip(name, place, _put(place, value))
        for name, place, value in _OWN_SLIPS.get(method_name, ())
    ]
    of_elements = _ELEMENT_SLIPS if method_name in _STRUCTS else ()
    return {slip.name: slip for slip in (*of_params, *of_elements)}


def _broken(method_name: str, slip: _Slip) -> st.SearchStrategy[NearMiss]:
    if not slip.kinds:
        return valid_params(method_name).map(lambda params: _break(method_name, slip, params))
    place = _STRUCTS[method_name]
    return st.builds(
        lambda params, struct, element, at: _break_element(
            method_name, slip, params | {place: struct}, element, min(at, len(struct))
        ),
        valid_params(method_name),
        followme_structs(min_size=0, max_size=2),
        followme_elements(kinds=slip.kinds),
        st.integers(0, 2),
    )


def _break(method_name: str, slip: _Slip, params: dict[str, Any]) -> NearMiss:
    slip.do(params)
    return NearMiss(slip.name, method_name, params, slip.place)


def _break_element(
    method_name: str, slip: _Slip, params: dict[str, Any], element: dict[str, Any], at: int
) -> NearMiss:
    place = _STRUCTS[method_name]
    slip.do(element)
    struct = [*params[place][:at], element, *params[place][at:]]
    params = params | {place: struct}
    return NearMiss(slip.name, method_name, params, f"{place}[{at}].{slip.place}")

"""Turns responses into the values of settable facts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import mtt_contracts
from mtt_mock.jsonrpc import RpcError


def error_value(error: dict[str, Any], **names: str) -> dict[str, Any]:
    """Return an error as the value of a fact; texts of ``names`` become placeholders."""
    value = {"code": error["code"]}
    if error.get("message") != RpcError(error["code"]).message:
        value["message"] = error.get("message")
    data = error.get("data")
    for name, text in names.items():
        if isinstance(data, str) and text:
            data = data.replace(text, f"{{{name}}}")
    if data is not None:
        value["data"] = data
    return value


def refusal_reason(method: str, params: dict[str, Any]) -> str:
    """Return the sentence with which the contract refuses ``params``."""
    return "; ".join(map(str, mtt_contracts.validate_params(method, params)))


def find_limit(
    accepts: Callable[[int], bool], expected: int, *, least: int = 1, most: int, step: int = 1
) -> int | None:
    """Return the largest size that is accepted, ``None`` if it is not from ``least`` to ``most``.

    Asks for the ``expected`` limit first. If more is accepted, it doubles the size until one is
    refused; then it bisects with ``step``.
    """
    low, high = least - step, most + step
    for size in (expected, expected + step):
        if accepts(size):
            low = max(low, size)
        else:
            high = min(high, size)
            break
    while high - low > step:
        is_open = low > expected and high > most
        middle = min(2 * low, most) if is_open else (low + high) // 2 // step * step
        middle = middle if low < middle < high else low + step
        if accepts(middle):
            low = middle
        else:
            high = middle
    return low if least <= low < most else None


def side_template(on_a: dict[str, Any], on_b: dict[str, Any]) -> dict[str, Any] | None:
    """Return the value of an error that names its side; ``None`` if the two differ otherwise."""
    if on_a == on_b:
        return on_a
    template: dict[str, Any] = on_a | {"data": str(on_a.get("data")).replace(" A", " {side}")}
    named = str(template["data"])
    is_template = (
        on_b | {"data": None} == on_a | {"data": None}
        and named.replace("{side}", "A") == on_a.get("data")
        and named.replace("{side}", "B") == on_b.get("data")
    )
    return template if is_template else None


def count_template(none: dict[str, Any], one: dict[str, Any]) -> dict[str, Any] | None:
    """Return the error of counts that names 0 of 1, and 1 of 2; ``None`` if the two do not fit."""
    if none == one:
        return none
    data = str(none.get("data")).replace("0", "{got}").replace("1", "{expected}")
    filled = data.replace("{got}", "1").replace("{expected}", "2")
    return none | {"data": data} if one == none | {"data": filled} else None


def info_shape(info: dict[str, Any]) -> dict[str, Any] | None:
    """Return the fields of call info as placeholders; ``None`` if another field varies."""
    result = mtt_contracts.method("getCallBackFollowmeCallInfo").result_schema
    known = result["properties"]["callBackFollowmeCallInfoStruct"]["properties"]
    others = [value for name, value in info.items() if name not in known]
    # A digit may belong to a number or a time, which differ from call to call.
    if any(re.search(r"\d", str(value)) for value in others):
        return None
    return {name: f"{{{name}}}" if name in known else value for name, value in info.items()}


def whole_seconds(value: Any) -> int:
    """Return seconds of call info, a number or a text, rounded up."""
    return math.ceil(float(value))


def balance_shape(result: Any) -> dict[str, Any] | None:
    """Return a balance's result with its amount replaced; ``None`` if it shows none."""
    name = _amount_name(result)
    if name is None:
        return None
    mark = "{balance_text}" if isinstance(result[name], str) else "{balance}"
    return {**result, name: mark}


def amount_of(response: Any) -> float | None:
    """Return the amount in a response to getCustomerBalance; ``None`` if it shows none."""
    result = response.envelope.get("result")
    name = _amount_name(result)
    return None if name is None else float(result[name])


def charging_step(real: list[int], charged: list[int]) -> int | None:
    """Return the one step in seconds that explains the charged lengths; ``None`` for several."""
    steps = [
        step
        for step in range(1, max(charged, default=0) + 1)
        if charged == [-(-length // step) * step for length in real]
    ]
    return steps[0] if len(steps) == 1 else None


def _amount_name(result: Any) -> str | None:
    if not isinstance(result, dict):
        return None
    names = [name for name, value in result.items() if _is_amount(value)]
    return next((name for name in names if "balance" in name.lower()), names[0] if names else None)


def _is_amount(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)

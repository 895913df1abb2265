"""Turns responses into the values of settable facts."""

from __future__ import annotations

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


def reason_of(method: str, params: dict[str, Any]) -> str:
    """Return the sentence with which the contract refuses ``params``."""
    return "; ".join(map(str, mtt_contracts.validate_params(method, params)))


def find_limit(
    accepts: Callable[[int], bool], expected: int, *, least: int = 1, most: int, step: int = 1
) -> int | None:
    """Return the largest size that is accepted, ``None`` if it is not from ``least`` to ``most``.

    Asks for the ``expected`` limit first, and bisects with ``step`` if another one holds.
    """
    low, high = least - step, most + step
    for size in (expected, expected + step):
        if accepts(size):
            low = max(low, size)
        else:
            high = min(high, size)
            break
    while high - low > step:
        middle = (low + high) // 2 // step * step
        middle = middle if low < middle < high else low + step
        if accepts(middle):
            low = middle
        else:
            high = middle
    return low if least <= low < most else None

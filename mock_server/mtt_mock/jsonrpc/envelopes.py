"""Builds the envelopes of answers: of a result, and of an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from mtt_mock.jsonrpc.errors import RpcError

_MEMBERS = MappingProxyType({"jsonrpc": "2.0"})
_SUCCESS = ("jsonrpc", "result", "id")
_FAILURE = ("jsonrpc", "id", "error")
_ERROR = ("code", "message", "data")


def success_envelope(result: Any, call_id: Any) -> dict[str, Any]:
    """Return the envelope of a result, as MTT's library builds it."""
    return {"jsonrpc": "2.0", "result": result, "id": call_id}


def error_envelope(error: RpcError, call_id: Any) -> dict[str, Any]:
    """Return the envelope of an error, as MTT's library builds it."""
    return {
        "jsonrpc": "2.0",
        "id": call_id,
        "error": {"code": error.code, "message": error.message, "data": error.data},
    }


class EnvelopeShape(Struct, frozen=True):
    """Envelopes of another shape than those of MTT's library.

    Attributes:
        members: The other members of a success than ``result`` and ``id``.
        success: The order of its keys; other keys come last.
        failure: The order of the keys of an error envelope.
        error: The order of the keys of its error.
        null_data: Whether ``data`` is there when it is null.
        numbers_as_text: Whether an id that is a number comes back as text.
        empty_objects: Whether an empty object in an id comes back as an object, not an array.
    """

    members: Mapping[str, Any] = _MEMBERS
    success: Sequence[str] = _SUCCESS
    failure: Sequence[str] = _FAILURE
    error: Sequence[str] = _ERROR
    null_data: bool = True
    numbers_as_text: bool = False
    empty_objects: bool = True

    def success_envelope(self, result: Any, call_id: Any) -> dict[str, Any]:
        """Return the envelope of a result."""
        values = {**self.members, "result": result, "id": self._echoed(call_id)}
        return _in_order(values, self.success)

    def error_envelope(self, error: RpcError, call_id: Any) -> dict[str, Any]:
        """Return the envelope of an error."""
        inner = {"code": error.code, "message": error.message, "data": error.data}
        if error.data is None and not self.null_data:
            del inner["data"]
        values = {
            "jsonrpc": "2.0",
            "id": self._echoed(call_id),
            "error": _in_order(inner, self.error),
        }
        return _in_order(values, self.failure)

    def _echoed(self, call_id: Any) -> Any:
        if self.numbers_as_text and type(call_id) in (int, float):
            return str(call_id)
        return call_id if self.empty_objects else _without_empty_objects(call_id)


def _in_order(values: dict[str, Any], order: Sequence[str]) -> dict[str, Any]:
    return {name: values[name] for name in order if name in values} | values


def _without_empty_objects(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_empty_objects(item) for name, item in value.items()} or []
    return [_without_empty_objects(item) for item in value] if isinstance(value, list) else value

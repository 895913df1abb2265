"""The service map (SMD) that the endpoint returns for GET."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mtt_mock.jsonrpc.rpc_engine import Parameter, RpcMethod

_SHAPE = {
    "transport": "POST",
    "envelope": "JSON-RPC-2.0",
    "SMDVersion": "2.0",
    "contentType": "application/json",
    "target": "{target}",
    "services": "{services}",
    "description": "",
}


def service_map(
    methods: Iterable[RpcMethod], target: str, shape: Mapping[str, Any] = _SHAPE
) -> dict[str, Any]:
    """Return the service map, with the key order of the recorded library.

    Clients read ``services`` and refuse to call a method that is not a key there.

    Args:
        methods: The methods, in the order of the map.
        target: The path of the endpoint without a query.
        shape: The members in their order; ``{target}`` and ``{services}`` are placeholders.
    """
    services = {method.name: _service(method) for method in methods}
    values: dict[Any, Any] = {"{target}": target, "{services}": services}
    return {
        name: values.get(value, value) if isinstance(value, str) else value
        for name, value in shape.items()
    }


def _service(method: RpcMethod) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "parameters": [_parameter(parameter) for parameter in method.parameters]
    }
    if method.description:
        entry["description"] = method.description
    if method.returns:
        entry["returns"] = {"type": method.returns}
    return entry


def _parameter(parameter: Parameter) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": parameter.name, "optional": not parameter.required}
    if parameter.type:
        entry["type"] = parameter.type
    if not parameter.required:
        entry["default"] = parameter.default
    return entry

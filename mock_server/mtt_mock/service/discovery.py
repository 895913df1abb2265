"""OpenRPC discovery: the method rpc.discover and /openrpc.json.

MTT has neither: neither the recorded service map nor the fake's lists the method.
"""

from __future__ import annotations

from typing import Any

from mtt_mock import jsonrpc
from mtt_mock._version import __version__

PATH = "/openrpc.json"
_ENDPOINT = "/index.php"


def openrpc_document(url: str) -> dict[str, Any]:
    """Return the OpenRPC document with ``url`` as its server."""
    from mtt_contracts import openrpc  # noqa: PLC0415 -- rarely used

    return openrpc.document(url=url, version=__version__)


def discover_method() -> jsonrpc.RpcMethod:
    """Return the method rpc.discover of the OpenRPC specification; it takes no params."""

    def run(_params: dict[str, Any], caller: Any, _call: jsonrpc.RpcCall) -> dict[str, Any]:
        return openrpc_document(f"{caller.origin}{_ENDPOINT}")

    return jsonrpc.RpcMethod("rpc.discover", (), run)

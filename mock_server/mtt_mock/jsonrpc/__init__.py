"""JSON-RPC 2.0 with the rules of MTT's library, independent of Flask and of the domain.

Every rule was observed on the library behind the recorded service map, unless its docstring calls
it an assumption.
"""

from mtt_mock.jsonrpc.envelopes import EnvelopeShape
from mtt_mock.jsonrpc.errors import RpcError
from mtt_mock.jsonrpc.json_text import JsonRules, encode, encode_as_php
from mtt_mock.jsonrpc.rpc_engine import (
    Engine,
    EnvelopeRules,
    Parameter,
    RpcCall,
    RpcMethod,
    RpcResponse,
)
from mtt_mock.jsonrpc.service_map import service_map

__all__ = [
    "Engine",
    "EnvelopeRules",
    "EnvelopeShape",
    "JsonRules",
    "Parameter",
    "RpcCall",
    "RpcError",
    "RpcMethod",
    "RpcResponse",
    "encode",
    "encode_as_php",
    "service_map",
]

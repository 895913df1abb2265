"""A client of MTT's CallBack API, sync and async, on the contract of ``mtt_contracts``."""

from mtt_client._client import AsyncMttClient, MttClient
from mtt_client._elements import Element, File, Followme, Linear, Ringall, Text
from mtt_client._errors import (
    AuthenticationError,
    FollowmeNotFoundError,
    FollowmeNotRestoredError,
    HttpError,
    MttError,
    MttTimeoutError,
    ProtocolError,
    RefusedError,
    RequestContractError,
    RpcError,
    SideNotClearError,
    TransportError,
)

__all__ = [
    "AsyncMttClient",
    "AuthenticationError",
    "Element",
    "File",
    "Followme",
    "FollowmeNotFoundError",
    "FollowmeNotRestoredError",
    "HttpError",
    "Linear",
    "MttClient",
    "MttError",
    "MttTimeoutError",
    "ProtocolError",
    "RefusedError",
    "RequestContractError",
    "Ringall",
    "RpcError",
    "SideNotClearError",
    "Text",
    "TransportError",
]

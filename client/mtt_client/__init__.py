"""A client of MTT's CallBack API, sync and async, on the contract of ``mtt_contracts``."""

from mtt_client._async_client import AsyncMttClient
from mtt_client._calls import Balance, CallInfo
from mtt_client._elements import Element, File, Followme, Linear, Ringall, Text
from mtt_client._errors import (
    AuthenticationError,
    CallEndedError,
    CallNotEndedError,
    CallNotFoundError,
    CallTimeoutError,
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
from mtt_client._sync_client import MttClient

__all__ = [
    "AsyncMttClient",
    "AuthenticationError",
    "Balance",
    "CallEndedError",
    "CallInfo",
    "CallNotEndedError",
    "CallNotFoundError",
    "CallTimeoutError",
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

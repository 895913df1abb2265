"""The error envelope of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtt_mock.jsonrpc.errors import RpcError


class ProfiledError(RpcError):
    """An error envelope as the profile has it: its message need not be the standard one."""

    def __init__(self, value: Mapping[str, Any], **names: str) -> None:
        data = value.get("data")
        super().__init__(value["code"], _filled(data, names) if isinstance(data, str) else None)
        if "message" in value:
            self.message = value["message"]


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text

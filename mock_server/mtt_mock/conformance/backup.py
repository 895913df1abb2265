"""A copy of what was found, in a file, for as long as it is not put back."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

from mtt_mock.conformance.outcomes import AbortRun
from mtt_mock.conformance.probe_client import Target
from mtt_mock.conformance.restore import Found


def place(target: Target) -> Path:
    """Return where the copy lies by default: in the current folder, named by the customer."""
    return Path(f"mtt-mock-found-{re.sub(r'[^A-Za-z0-9]', '_', target.customer)}.json")


class Backup:
    """A file with the request that puts the structure back. Raises ``AbortRun`` when it exists."""

    def __init__(self, path: Path, target: Target) -> None:
        self.path = path
        self._target = target
        self._written = False
        if path.exists():
            raise AbortRun(
                f"{path} holds what an earlier run did not put back; put it back, then remove it"
            )

    def write(self, found: Found) -> None:
        """Write the file, for its owner alone. Raises ``AbortRun``."""
        try:
            number = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(number, "w", encoding="utf-8") as file:  # noqa: PTH123 -- a descriptor
                file.write(self._request("setCallBackFollowme", **found.params) + "\n")
        except OSError as error:
            raise AbortRun(
                f"cannot write {self.path}, the copy of what is set: {error.strerror}; "
                "nothing was changed"
            ) from None
        self._written = True

    def remove(self) -> None:
        """Remove the file."""
        if self._written:
            self.path.unlink(missing_ok=True)

    def remedy(self) -> list[str]:
        """Return what a person can do to put it back, a line each."""
        curl = f"curl -u {shlex.quote(self._target.login)} -d"
        url = shlex.quote(self._target.url)
        delete = shlex.quote(self._request("deleteCallBackFollowme"))
        if not self._written:
            return ["Nothing was set before. To delete what is there:", f"  {curl} {delete} {url}"]
        return [
            f"It is kept in {self.path}. To put it back:",
            f"  {curl} {delete} {url}",
            f"  {curl} {shlex.quote(f'@{self.path}')} {url}",
        ]

    def _request(self, method: str, **params: Any) -> str:
        params = {"customer_name": self._target.customer, **params}
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return json.dumps(request, ensure_ascii=False)

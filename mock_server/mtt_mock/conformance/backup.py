"""Backs up the customer's original structure until ``verify`` has restored it."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

from mtt_mock.conformance.outcomes import AbortRun
from mtt_mock.conformance.probe_client import Target
from mtt_mock.conformance.restore import OriginalState


def default_path(target: Target) -> Path:
    """Return the default path: in the current folder, with the customer in its name."""
    return Path(f"mtt-mock-backup-{re.sub(r'[^A-Za-z0-9]', '_', target.customer)}.json")


class Backup:
    """A file with the request that restores the structure. Raises ``AbortRun`` if it exists."""

    def __init__(self, path: Path, target: Target) -> None:
        self.path = path
        self._target = target
        self._written = False
        if path.exists():
            raise AbortRun(
                f"{path} holds a structure that an earlier run could not restore; restore it, "
                "then remove the file"
            )

    def write(self, original: OriginalState) -> None:
        """Write the file, readable by its owner alone. Raises ``AbortRun``."""
        self._written = True  # first, so that the file of an interrupted write is removed too
        try:
            number = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            self._written = False
            raise self._unwritable(error) from error
        try:
            with open(number, "wb") as file:  # noqa: PTH123 -- a descriptor
                text = self._request("setCallBackFollowme", **original.params) + "\n"
                file.write(text.encode("utf-8", "backslashreplace"))  # JSON's escapes of surrogates
        except OSError as error:
            self.remove()
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> AbortRun:
        return AbortRun(
            f"cannot write the backup {self.path}: {error.strerror}; nothing was changed"
        )

    def remove(self) -> None:
        """Remove the file."""
        if self._written:
            self.path.unlink(missing_ok=True)

    def remedy(self) -> list[str]:
        """Return the lines that tell a person how to restore the structure."""
        curl = f"curl -u {shlex.quote(self._target.login)} -d"
        url = shlex.quote(self._target.url)
        delete = shlex.quote(self._request("deleteCallBackFollowme"))
        if not self._written:
            return [
                "No structure was set before. To delete the current one:",
                f"  {curl} {delete} {url}",
            ]
        return [
            f"The backup is {self.path}. To restore it:",
            f"  {curl} {delete} {url}",
            f"  {curl} {shlex.quote(f'@{self.path}')} {url}",
        ]

    def _request(self, method: str, **params: Any) -> str:
        params = {"customer_name": self._target.customer, **params}
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return json.dumps(request, ensure_ascii=False)

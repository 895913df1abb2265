"""The ``jsonrpc`` member, compared loosely with ``"2.0"`` as PHP does."""

from __future__ import annotations

import re
from typing import Any

_VERSION = 2.0
# A numeric string of PHP 5 and 8 alike: neither trailing spaces nor hexadecimal.
_NUMERIC = re.compile(r"[ \t\n\r\v\f]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def is_version_2(version: Any) -> bool:
    """Return whether ``version == "2.0"`` holds in PHP.

    Accepted are ``"2.0"``, ``2``, ``2.0``, ``True`` and numeric strings equal to two, such as
    ``"2"``, ``" 2.0"``, ``"+2.0"`` and ``"20e-1"``.
    """
    if version == "2.0" or version is True:
        return True
    if isinstance(version, str):
        return _NUMERIC.fullmatch(version) is not None and float(version) == _VERSION
    return isinstance(version, int | float) and version == _VERSION

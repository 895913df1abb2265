"""Keeps the variables of mtt-mock in the environments that a program makes for its children.

``subprocess.run(..., env={...})`` would else start a program that goes to the real MTT. Standard
library only, Python 3.8.
"""

from __future__ import annotations

import json
import os
from typing import Any, Mapping  # noqa: UP035

KEPT_VARIABLES = "MTT_MOCK_ENVIRONMENT"  # JSON: what mtt-mock has added to each variable
_SEPARATORS = {
    "PYTHONPATH": os.pathsep,
    "NODE_OPTIONS": " ",
    "BUN_OPTIONS": " ",
    "JAVA_TOOL_OPTIONS": " ",
}


def completed(env: Any) -> Any:
    """Return ``env`` with the variables that mtt-mock has added to this process's environment."""
    kept = os.environ.get(KEPT_VARIABLES)
    if kept is None or not isinstance(env, Mapping):
        return env
    variables = dict(env)
    for name, own in json.loads(kept).items():
        given = variables.get(name)
        if not given:
            variables[name] = own
        elif name in _SEPARATORS and own not in given:
            variables[name] = f"{own}{_SEPARATORS[name]}{given}"
    variables[KEPT_VARIABLES] = kept
    return variables


def popen(_state: Any, original: Any) -> Any:
    """Return the hook of ``subprocess.Popen.__init__``."""

    def hooked(self: Any, *args: Any, **options: Any) -> None:
        if options.get("env") is not None:
            options["env"] = completed(options["env"])
        original(self, *args, **options)

    return hooked


def execve(_state: Any, original: Any) -> Any:
    """Return the hook of ``os.execve``."""

    def hooked(path: Any, argv: Any, env: Any) -> Any:
        return original(path, argv, completed(env))

    return hooked

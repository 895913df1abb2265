"""Keeps the variables of mtt-mock in the environments that a program makes for its children.

Without them ``subprocess.run(..., env={...})`` would start a program that reaches the real MTT. A
new interpreter in this process gets the hooks. Standard library only, Python 3.8.
"""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any, List, Mapping, Tuple  # noqa: UP035

KEPT_VARIABLES = "MTT_MOCK_ENVIRONMENT"  # JSON: what mtt-mock has added to each variable
_SEPARATORS = {
    "PYTHONPATH": os.pathsep,
    "NODE_OPTIONS": " ",
    "BUN_OPTIONS": " ",
    "JAVA_TOOL_OPTIONS": " ",
}
# Loads the hooks into a new interpreter; under mtt-mock exec it has them already.
_LOADER = Path(__file__).parents[1] / "child_env" / "python" / "sitecustomize.py"
_LOAD_HOOKS = f"""
import runpy, sys
if "mtt_mock.interception.hooks.patches" not in sys.modules:
    runpy.run_path({str(_LOADER)!r})
"""
_INTERPRETERS = ("_interpreters", "_xxsubinterpreters")  # the second before Python 3.13


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
    """Return the hook of ``os.execve`` and ``os.posix_spawn``."""

    def hooked(path: Any, argv: Any, env: Any, **options: Any) -> Any:
        return original(path, argv, completed(env), **options)

    return hooked


def interpreter_patches() -> List[Tuple[Any, str, Any]]:  # noqa: UP006
    """Return the function that creates interpreters, if this Python has it."""
    for name in _INTERPRETERS:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        return [(module, "create", _create_interpreter(module))]
    return []


def _create_interpreter(module: Any) -> Any:
    def make_hook(_state: Any, original: Any) -> Any:
        def hooked(*args: Any, **options: Any) -> Any:
            interpreter = original(*args, **options)
            failure = module.run_string(interpreter, _LOAD_HOOKS)  # before Python 3.13 it raises
            if failure is not None:
                module.destroy(interpreter)
                raise RuntimeError(f"mtt-mock cannot hook the interpreter: {failure.formatted}")
            return interpreter

        return hooked

    return make_hook

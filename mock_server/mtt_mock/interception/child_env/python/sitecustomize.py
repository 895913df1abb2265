"""Loads the hooks when Python starts with this folder on PYTHONPATH.

It also runs in Pythons without mtt-mock, from 3.8 on.
"""

import importlib.machinery
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

# The modules of the hooks, in the order of their imports.
_MODULES = (
    "domain.errors",
    "interception.hooks.sniffing",
    "interception.hooks.hook_state",
    "interception.hooks.connection_checks",
    "interception.hooks.child_processes",
    "interception.hooks.libraries",
    "interception.hooks.libcurl",
    "interception.hooks.native_clients",
    "interception.hooks.imports",
    "interception.hooks.patches",
)

INHERITED_REDIRECT: Any = None


def _redirect() -> None:
    global INHERITED_REDIRECT  # noqa: PLW0603  # mtt-mock exec removes it in its own process
    redirect = os.environ.get("MTT_MOCK_REDIRECT")
    if redirect:
        modules = [_load(name) for name in _MODULES]
        patches = modules[-1]
        INHERITED_REDIRECT = patches.Redirect(**json.loads(redirect))
        patches.HOOKS.add(INHERITED_REDIRECT)


def _load(name: str) -> Any:
    """Load one module of mtt-mock from its file, without the packages above it."""
    file = Path(__file__).parents[3].joinpath(*name.split(".")).with_suffix(".py")
    spec = importlib.util.spec_from_file_location(f"mtt_mock.{name}", str(file))
    assert spec is not None  # noqa: S101
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    # Under its full name: a program that imports mtt_mock gets these hooks, already active.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _load_hidden_sitecustomize() -> None:
    here = Path(__file__).parent
    folders = [folder for folder in sys.path if Path(folder or ".").resolve() != here.resolve()]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", folders)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


_redirect()
_load_hidden_sitecustomize()

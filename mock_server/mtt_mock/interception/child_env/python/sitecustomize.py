"""Python loads this when it starts, where ``mtt-mock`` has put its folder on PYTHONPATH.

It runs in Pythons that need not have mtt-mock, from 3.8 on.
"""

import importlib.machinery
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

_PACKAGE = "mtt_mock.interception"


def _redirect() -> None:
    told = os.environ.get("MTT_MOCK_REDIRECT")
    if told:
        _load("sniffing")
        hooks = _load("hooks")
        hooks.HOOKS.add(hooks.Redirect(**json.loads(told)))


def _load(name: str) -> Any:
    """Load one module of mtt-mock from its file, without the packages above it."""
    file = Path(__file__).parents[2] / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{_PACKAGE}.{name}", str(file))
    assert spec is not None  # noqa: S101
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    # Under its own name: where the program imports mtt_mock, it finds these hooks, in force.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _load_the_one_that_this_hides() -> None:
    here = Path(__file__).parent
    folders = [folder for folder in sys.path if Path(folder or ".").resolve() != here.resolve()]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", folders)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


_redirect()
_load_the_one_that_this_hides()

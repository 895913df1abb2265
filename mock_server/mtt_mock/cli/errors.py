"""The error of a command that cannot run, and imports that wait until they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class CommandError(Exception):
    """The command cannot do what was asked; the message is one line."""


def require_extra(module: str) -> Any:
    """Import ``module``, which may need an extra; raise ``CommandError`` where it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise CommandError(
            f"{error.name} is not installed; this command needs: "
            'pip install "mtt-mock[server]" (a database: "mtt-mock[sql]")'
        ) from error


class _LazyModule:
    """Imports a module when its first attribute is read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(require_extra(self._name), attribute)


def lazy(module: str) -> Any:
    """Return a stand-in for ``module`` that imports it on first use.

    Commands start fast that way: importing Flask and the server takes half a second.
    """
    return _LazyModule(module)

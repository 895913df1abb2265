"""How a command says that it cannot do what was asked."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class CommandError(Exception):
    """The command cannot do what was asked; the message is one line."""


def require_extra(module: str) -> Any:
    """Import a ``module`` that needs the extra ``server``; raise ``Trouble`` where it is not."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise CommandError(
            f'{error.name} is not installed; serving needs: pip install "mtt-mock[server]"'
        ) from None

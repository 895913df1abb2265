"""How a command says that it cannot do what was asked."""

from __future__ import annotations


class Trouble(Exception):
    """The command cannot do what was asked; the message is one line."""

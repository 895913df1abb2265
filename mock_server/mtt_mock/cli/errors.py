"""Errors of commands that cannot run, and lazy imports."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.text import error_text


class CommandError(Exception):
    """The command failed; the message is one line. ``main`` prints it, and ``MttMockError``."""


@contextlib.contextmanager
def os_errors(problem: str, remedy: str = "") -> Iterator[None]:
    """Raise ``CommandError`` with ``problem`` and the reason for a system's error inside."""
    try:
        yield
    except FileExistsError:
        raise CommandError(f"{problem}: it exists; delete it, or give another name") from None
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that cannot be encoded
        raise CommandError(f"{problem}: {error_text(error)}{remedy}") from None


@contextlib.contextmanager
def option_errors(option: str) -> Iterator[None]:
    """Raise ``CommandError`` that names ``option`` for a ``MttMockError`` inside."""
    try:
        yield
    except MttMockError as error:
        raise CommandError(f"{option}: {error}") from None


def require_extra(module: str) -> Any:
    """Import ``module``, which may need an extra; raise ``CommandError`` where it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise _not_installed(error.name) from error


def require_installed(package: str) -> None:
    """Raise ``CommandError`` if ``package`` is missing; do not import it."""
    try:
        spec = find_spec(package)
    except ValueError:  # ``sys.modules`` blocks it
        spec = None
    if spec is None:
        raise _not_installed(package)


def _not_installed(package: str | None) -> CommandError:
    return CommandError(
        f"{package} is not installed; this command needs: "
        'pip install "mtt-mock[server]" (a database: "mtt-mock[sql]")'
    )


class _LazyModule:
    """Imports a module when its first attribute is read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(require_extra(self._name), attribute)


def lazy(module: str) -> Any:
    """Return a proxy of ``module`` that imports it on first use.

    Commands start fast that way: importing Flask and the server takes half a second.
    """
    return _LazyModule(module)

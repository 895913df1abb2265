"""Ends handshakes with a server name that is not ASCII without a traceback on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silent_invalid_names() -> Iterator[None]:
    """Print no traceback for invalid server names inside the block.

    CPython decodes the name before it calls ``sni_callback``, and reports a failure to
    ``sys.unraisablehook``: a client could fill the log. The hook is the process's, so only commands
    set it.
    """
    former = sys.unraisablehook

    def report(unraisable: sys.UnraisableHookArgs) -> None:
        # CPython names the callback in the message or gives the name's bytes, by its version.
        is_name = isinstance(unraisable.object, bytes) or "servername" in str(unraisable.err_msg)
        if not (unraisable.exc_type is UnicodeDecodeError and is_name):
            former(unraisable)

    sys.unraisablehook = report
    try:
        yield
    finally:
        sys.unraisablehook = former

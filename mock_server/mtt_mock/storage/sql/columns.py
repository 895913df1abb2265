"""Column types for what the wire lets in: any text, JSON."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from mtt_mock import jsonrpc

_LONGEST = 200  # bytes; an index of PostgreSQL takes 2700
_HASHED = "sha256:"


class Key(TypeDecorator[str]):
    """A text to look for: of one that is long or has control characters, its hash.

    What comes out is not always what went in: keep the text itself elsewhere.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return what is kept."""
        return None if value is None else key(value)


class Json(TypeDecorator[Any]):
    """A JSON value as text: unlike PostgreSQL's own type it may have U+0000 in a string."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return what is kept."""
        return None if value is None else jsonrpc.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the value."""
        return None if value is None else orjson.loads(value)


def key(text: str) -> str:
    """Return ``text`` when it may stand in an index as it is, else its hash."""
    data = text.encode()
    plain = len(data) <= _LONGEST and text.isprintable() and not text.startswith(_HASHED)
    return text if plain else _HASHED + hashlib.sha256(data).hexdigest()

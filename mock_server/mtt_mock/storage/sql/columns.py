"""Column types for any text and JSON that a request may contain."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec
import orjson
from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from mtt_mock import jsonrpc

_MAX_KEY_BYTES = 200  # an index entry of PostgreSQL takes at most 2700
_HASHED = "sha256:"


class Key(TypeDecorator[str]):
    """An indexed text. Long texts and texts with control characters are stored as a hash.

    The stored value may differ from the text: keep the text in another column.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else key(value)


class Json(TypeDecorator[Any]):
    """A JSON value as text. Unlike PostgreSQL's JSON types, strings may contain U+0000."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else jsonrpc.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else orjson.loads(value)


class Document(TypeDecorator[Any]):
    """A value of the class ``kind``, as JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind
        # Equal texts share one value: a call does not change between its steps.
        self._decode: Callable[[str], Any] = lru_cache(maxsize=1024)(
            msgspec.json.Decoder(kind).decode
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else self._decode(value)


def key(text: str) -> str:
    """Return ``text`` if it can be indexed, else its hash."""
    data = text.encode()
    plain = len(data) <= _MAX_KEY_BYTES and text.isprintable() and not text.startswith(_HASHED)
    return text if plain else _HASHED + hashlib.sha256(data).hexdigest()

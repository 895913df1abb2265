"""The canonical word of each spelling of an element's ``type``, from the schema file."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from mtt_contracts import _files

QUEUES = ("Ringall", "Linear")
PROMPTS = ("text", "file")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    definitions = _files.schema("followme_element")["definitions"]
    return tuple(
        (word, re.compile(definitions[word]["pattern"].removesuffix("$") + r"\Z"))
        for word in (*QUEUES, *PROMPTS)
    )


@cache
def spellings() -> dict[str, str]:
    """Map every known spelling, in lower case, to its canonical word."""
    definitions = _files.schema("followme_element")["definitions"]
    return {
        spelling.lower(): word
        for word in (*QUEUES, *PROMPTS)
        for spelling in definitions[word]["examples"]
    }


@lru_cache(maxsize=64)
def canonical_type(word: str) -> str | None:
    """Return the canonical word of a type.

    Args:
        word: The spelling, in any letter case. ``linal`` (MTT's sample) and ``lineral`` (public
            clients) are spellings of Linear.

    Returns:
        ``"Ringall"``, ``"Linear"``, ``"text"``, ``"file"``, or ``None`` for an unknown word.
    """
    for canonical, pattern in _patterns():
        if pattern.match(word):
            return canonical
    return None

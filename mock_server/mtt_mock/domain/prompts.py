"""Prompts: what was uploaded, which one an element means, how long it plays."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

_EXTENSIONS = (".wav", ".mp3")
_CHARACTERS_A_SECOND = 15  # assumption: the pace of text to speech
_UNKNOWN_FILE = 5_000  # assumption: milliseconds of a file whose length nobody knows


@dataclass(frozen=True, slots=True)
class Prompt:
    """An uploaded file.

    ``name`` as setCallBackPrompt named it; ``kind`` what the bytes are (``"wav"``, ``"mp3"``, …,
    ``None``: no audio); ``milliseconds`` how long they play, ``None`` when that is not known.
    """

    name: str
    content: bytes = field(repr=False)
    kind: str | None = None
    milliseconds: int | None = None

    @property
    def head(self) -> PromptMetadata:
        """The prompt without its bytes."""
        return PromptMetadata(self.name, len(self.content), self.kind, self.milliseconds)


@dataclass(frozen=True, slots=True)
class PromptMetadata:
    """A prompt without its bytes, of which there are ``size``."""

    name: str
    size: int
    kind: str | None = None
    milliseconds: int | None = None


_AnyPrompt = TypeVar("_AnyPrompt", Prompt, PromptMetadata)


def find(prompts: Iterable[_AnyPrompt], value: str) -> _AnyPrompt | None:
    """Return the prompt that an element's ``value`` names, with or without its extension.

    An exact name goes before one that differs in its extension; of those the latest uploaded.
    """
    found = None
    for prompt in prompts:
        if prompt.name == value:
            return prompt
        if _stem(prompt.name) == _stem(value):
            found = prompt
    return found


def file_length(prompt: Prompt | PromptMetadata | None) -> int:
    """Return for how many milliseconds a file plays (assumption: 5 s when nobody knows)."""
    if prompt is None or prompt.milliseconds is None:
        return _UNKNOWN_FILE
    return prompt.milliseconds


def text_length(text: str) -> int:
    """Return for how many milliseconds a text is spoken (assumption: 15 characters a second)."""
    return max(math.ceil(len(text) * 1000 / _CHARACTERS_A_SECOND), 1000)


def _stem(name: str) -> str:
    return name[:-4] if name.lower().endswith(_EXTENSIONS) else name

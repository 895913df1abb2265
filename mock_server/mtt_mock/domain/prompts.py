"""Prompts: lookup of an uploaded file by the value of an element, and playing times."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct

# Of every format that is measured: an element may leave them out.
EXTENSIONS = frozenset((
    "wav", "wav49", "mp3", "ogg", "oga", "opus", "spx", "flac", "gsm", "ulaw", "ul", "mulaw",
    "mu", "pcmu", "alaw", "al", "pcma", "sln", "slin", "l16", "sln8", "sln12", "sln16", "sln24",
    "sln32", "sln44", "sln48", "sln96", "sln192", "g722", "g729", "g726-16", "g726-24", "g726-32",
    "g726-40", "ilbc", "siren7", "siren14", "vox", "au", "snd", "aif", "aiff", "aifc", "m4a",
    "mp4", "3gp", "amr", "awb", "aac", "caf", "w64", "rf64", "webm",
    "weba", "mka", "alw", "raw", "ulw",
))  # fmt: skip
CHARACTERS_PER_SECOND = 15.0  # assumption: the rate of text to speech
DEFAULT_FILE_MS = 5_000  # assumption: playing time of a file of unknown length
MIN_TEXT_MS = 1000  # assumption


class Prompt(Struct, frozen=True):
    """An uploaded file.

    Attributes:
        name: The file_name of setCallBackPrompt.
        content: The bytes.
        kind: The audio format, such as ``"wav"`` or ``"mp3"``; ``None`` for other content.
        milliseconds: The playing time; ``None`` when it is unknown.
    """

    name: str
    content: bytes
    kind: str | None = None
    milliseconds: int | None = None

    def __repr__(self) -> str:
        """Return the prompt as text, with the size of the content."""
        size = f"<{len(self.content)} bytes>"
        return f"Prompt({self.name!r}, {size}, {self.kind!r}, {self.milliseconds!r})"

    @property
    def head(self) -> PromptMetadata:
        """The prompt without its content."""
        return PromptMetadata(self.name, len(self.content), self.kind, self.milliseconds)


class PromptMetadata(Struct, frozen=True):
    """A prompt without its content; ``size`` is in bytes."""

    name: str
    size: int
    kind: str | None = None
    milliseconds: int | None = None


AnyPrompt = TypeVar("AnyPrompt", Prompt, PromptMetadata)


def find_prompt(
    prompts: Iterable[AnyPrompt], value: str, *, first: bool = False, exact: bool = False
) -> AnyPrompt | None:
    """Return the prompt that the ``value`` of an element names, with or without its extension.

    An exact name wins over one that differs in its extension; of those the latest upload wins, or
    the ``first``. With ``exact`` no other name counts.
    """
    match = None
    for prompt in prompts:
        if prompt.name == value:
            return prompt
        if exact or (first and match):
            continue
        if _stem(prompt.name) == _stem(value):
            match = prompt
    return match


def file_length(prompt: Prompt | PromptMetadata | None, unknown: int = DEFAULT_FILE_MS) -> int:
    """Return the playing time of a file in milliseconds, ``unknown`` for an unmeasured one."""
    if prompt is None or prompt.milliseconds is None:
        return unknown
    return prompt.milliseconds


def text_length(
    text: str, characters_per_second: float = CHARACTERS_PER_SECOND, least: int = MIN_TEXT_MS
) -> int:
    """Return the speaking time of a text in milliseconds, ``least`` or more (assumption)."""
    return max(math.ceil(len(text) * 1000 / characters_per_second), least)


def _stem(name: str) -> str:
    stem, _, extension = name.rpartition(".")
    return stem if stem and extension.lower() in EXTENSIONS else name

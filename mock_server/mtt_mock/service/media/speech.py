"""Speaks text prompts with espeak-ng, to measure and to hear them (setting speak)."""

from __future__ import annotations

import re
import subprocess
from functools import lru_cache

MAX_SPOKEN_CHARACTERS = 1000
SPEECH_TIMEOUT = 10.0  # seconds
_CACHE_SIZE = 32  # texts; 3 MB each at most
_PROGRAM = "espeak-ng"
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")


class Speech:
    """Spoken texts, each spoken once: Russian if it has a Cyrillic letter, else English."""

    def __init__(self) -> None:
        self._speak = lru_cache(_CACHE_SIZE)(_speak)

    def wav(self, text: str) -> bytes | None:
        """Return ``text`` as WAV; ``None`` if it is longer than 1000 characters or fails."""
        return self._speak(text) if len(text) <= MAX_SPOKEN_CHARACTERS else None

    def milliseconds(self, text: str) -> int | None:
        """Return how long the spoken ``text`` lasts; ``None`` if it cannot be spoken."""
        from mtt_mock.service.media.audio import detect_audio  # noqa: PLC0415 -- few prompts speak

        wav = self.wav(text)
        return None if wav is None else detect_audio(wav).milliseconds


def _speak(text: str) -> bytes | None:
    voice = "ru" if _CYRILLIC.search(text) else "en"
    try:
        done = subprocess.run(  # noqa: S603 -- the text goes to its input, not to a shell
            [_PROGRAM, "-v", voice, "--stdin", "--stdout"],
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SPEECH_TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout

"""Takes telephone numbers and secret URLs out of what is written down, and keeps equal equal."""

from __future__ import annotations

import json
import re
from typing import Any

_PHONE = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){6,}")
_URLS = frozenset({"downloadURL", "uploadURL", "callBackURL"})
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:\\?/){2}[^\s\"'<>]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SHORTEST = 7  # digits of what may be a telephone number


class Redactor:
    """Replaces numbers of seven digits or more, and URLs that let someone in.

    A number's placeholder has as many digits, the same + and the same separators, and is the same
    each time, so that equal stays equal and shapes stay shapes. A URL's placeholder keeps its
    scheme, or that it has none.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._given: set[str] = set()
        self._urls: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Return ``text`` without numbers, and as JSON without URLs when it is JSON."""
        try:
            value = json.loads(text, object_pairs_hook=_unique)
            redacted = self.value(value)
            # What holds nothing to hide is kept to the letter.
            return text if redacted == value else json.dumps(redacted, ensure_ascii=False)
        except (ValueError, RecursionError):
            return self.plain(text)

    def value(self, value: Any, name: str = "") -> Any:
        """Return a JSON value redacted; ``name`` is the key under which it stands."""
        if isinstance(value, dict):
            return {self.plain(key): self.value(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, name) for item in value]
        if isinstance(value, str):
            return self.url(value) if name in _URLS and value else self.plain(value)
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and len(str(abs(value))) >= _SHORTEST
        ):
            return int(self._number(str(abs(value)))) * (-1 if value < 0 else 1)
        # Beyond 2 ** 53 no float is a telephone number, and some are too large for an int.
        if isinstance(value, float) and value.is_integer() and 10**6 <= abs(value) < 2**53:
            return float(self.value(int(value)))
        return value

    def plain(self, text: str) -> str:
        """Return plain ``text`` with its URLs and numbers replaced."""
        parts = []
        end = 0
        for found in _URL.finditer(text):
            parts += [self._phones(text[end : found.start()]), self.url(found.group())]
            end = found.end()
        return "".join([*parts, self._phones(text[end:])])

    def _phones(self, text: str) -> str:
        return _PHONE.sub(lambda found: self._spelt(found.group()), text)

    def url(self, url: str) -> str:
        """Return what stands for ``url``."""
        scheme = match.group() if (match := _SCHEME.match(url)) else ""
        known = self._urls.setdefault(url, f"redacted.invalid/{len(self._urls) + 1}")
        return f"{scheme}{known}"

    def _spelt(self, spelling: str) -> str:
        digits = iter(self._number(re.sub(r"\D", "", spelling)))
        return "".join(next(digits) if sign.isdigit() else sign for sign in spelling)

    def _number(self, digits: str) -> str:
        if digits not in self._numbers:
            # Eleven digits become 79000000001 and so on, which no magic number is.
            count = sum(len(other) == len(digits) for other in self._numbers) + 1
            self._numbers[digits] = self._free(len(digits), count)
        return self._numbers[digits]

    def _free(self, length: int, count: int) -> str:
        lead = "79" if length > _SHORTEST + 1 else "7"
        return f"{lead}{count:0{length - len(lead)}d}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of two members with one name, the one that is lost may hold a number."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name twice")
    return value

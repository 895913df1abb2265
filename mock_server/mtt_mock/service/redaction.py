"""Replaces telephone numbers, URLs and secrets; equal values get equal placeholders."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import mtt_contracts
from mtt_mock.domain.sensitive import (
    Span,
    decode,
    digits_of,
    find_sensitive,
    is_option_value,
    is_secret_name,
    is_url_name,
    rewrite,
)
from mtt_mock.domain.subscribers import MIN_NUMBER_DIGITS

MIN_SECRET_CHARACTERS = 6  # a shorter secret is replaced only at its own position
MAX_REMEMBERED_TEXTS = 1000
MAX_REMEMBERED_CHARACTERS = 5000  # of a text
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\\/]{2}")
_LETTERS = "abcdefghijklmnopqrstuvw"  # count placeholders; x fills them
_KEPT_QUERIES = frozenset({"smd"})


class Redactor:
    """Replaces numbers of seven digits or more, URLs and secrets; equal values get equal marks.

    A number's placeholder keeps its length, its + and its separators. A URL's placeholder keeps its
    scheme; that of an invalid URL keeps its shape, so that the service still refuses it. A value
    that was replaced once is replaced wherever it occurs, also within other text. ``keep`` returns
    whether a number, given as digits, stays.
    """

    def __init__(self, *, keep: Callable[[str], bool] = lambda _digits: False) -> None:
        self._keep = keep
        self._numbers: dict[str, str] = {}
        self._counts: dict[int, int] = {}  # numbers by length
        self._urls: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        self._by_prefix: dict[str, _SamePrefix] = {}
        self._first_characters = re.compile("(?!)")  # of the known URLs and secrets
        self._placeholders: dict[str, str] = {}
        self._own: set[str] = set()  # placeholders of secrets, which stay as they are
        # Redacted texts by the function that redacted them, until a secret is added.
        self._redacted: dict[tuple[str, str], str] = {}

    def text(self, text: str) -> str:
        """Return ``text`` redacted; JSON by its keys, other text by its patterns."""
        return self._remembered("text", text, self._redact_text)

    def _redact_text(self, text: str) -> str:
        try:
            value = json.loads(text, object_pairs_hook=_unique)
            redacted = self.value(value)
            # Text without anything to replace stays unchanged.
            return text if redacted == value else json.dumps(redacted, ensure_ascii=False)
        except (ValueError, RecursionError):
            return self.plain(text)

    def value(self, value: Any, name: str = "") -> Any:
        """Return a JSON value redacted; ``name`` is the key or parameter that holds it."""
        if isinstance(value, dict):
            names = _positional_names(value)
            return {
                self.plain(key): [*map(self.value, item, names)]
                if names and key == "params"
                else self.value(item, name if is_secret_name(name) else key)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [
                ":".join(map(self.secret, item.split(":", 1)))
                if is_option_value(before, item)
                else self.value(item, name)
                for before, item in pairwise([None, *value])
            ]
        if isinstance(value, str):
            return self._string(value, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return self._json_number(value)

    def plain(self, text: str) -> str:
        """Return plain ``text`` redacted."""
        return self._remembered("plain", text, lambda text: rewrite(text, self._replacements))

    def _remembered(self, kind: str, text: str, redact: Callable[[str], str]) -> str:
        """Return ``redact(text)``; remember it, because requests and answers repeat."""
        redacted = self._redacted.get((kind, text))
        if redacted is None:
            known = len(self._placeholders)
            redacted = redact(text)
            # A secret that ``redact`` added may change the next result.
            if known == len(self._placeholders) and len(text) <= MAX_REMEMBERED_CHARACTERS:
                if len(self._redacted) >= MAX_REMEMBERED_TEXTS:
                    self._redacted.clear()
                self._redacted[kind, text] = redacted
        return redacted

    def url(self, url: str) -> str:
        """Return the placeholder of ``url``; its query values and userinfo become secrets too."""
        decoded, _ = decode(url)
        if decoded not in self._urls:
            scheme = match.group() if (match := _SCHEME.match(decoded)) else ""
            self._urls[decoded] = f"{scheme}redacted.invalid/{len(self._urls) + 1}"
            if not _is_valid(url):
                self._urls[decoded] = self._shaped(decoded, scheme) or self._urls[decoded]
            self._learn(decoded, self._urls[decoded])
            for secret in _secrets_of(url):
                self.secret(secret)
        return self._urls[decoded]

    def secret(self, secret: str) -> str:
        """Return the placeholder of a password, token or login, which is replaced from now on."""
        decoded, _ = decode(secret)
        if decoded in self._own:
            return decoded
        if decoded not in self._secrets:
            self._secrets[decoded] = f"redacted-{len(self._secrets) + 1}"
            self._own.add(self._secrets[decoded])
            if decoded.lower() not in _vocabulary():
                self._learn(decoded, self._secrets[decoded])
        return self._secrets[decoded]

    def redact_again(self, text: str) -> str:
        """Return already redacted ``text`` without secrets that were added since."""
        return rewrite(text, self._known)

    def credentials(self, header: str) -> None:
        """Learn the secrets in an Authorization header."""
        _, _, token = header.partition(" ")
        self.secret(token)
        with contextlib.suppress(ValueError):
            login, _, password = base64.b64decode(token, validate=True).decode().partition(":")
            for secret in filter(None, (login, password)):
                self.secret(secret)

    def query(self, query: str) -> str:
        """Return a query with every value replaced; a name without a value, such as smd, stays."""
        parts = []
        for part in query.split("&"):
            name, equals, value = part.partition("=")
            if equals:
                parts.append(f"{self.plain(name)}={value and self.secret(value)}")
            else:
                kept = not name or name in _KEPT_QUERIES
                parts.append(name if kept else self.secret(name))
        return "&".join(parts)

    def _json_number(self, value: Any) -> Any:
        """Return a number redacted if it may be a telephone number."""
        # Beyond 2 ** 53 no float is a telephone number, and some are too large for an int.
        if isinstance(value, float):
            is_number = value.is_integer() and 10**6 <= abs(value) < 2**53
            return float(self._json_number(int(value))) if is_number else value
        digits = str(abs(value))
        if len(digits) < MIN_NUMBER_DIGITS:
            return value
        return int(self._number(digits)) * (-1 if value < 0 else 1)

    def _string(self, value: str, name: str) -> str:
        if value and is_url_name(name):
            return self.url(value)
        if value and is_secret_name(name):
            return self.secret(value)
        return self.plain(value)

    def _replacements(self, decoded: str) -> list[tuple[int, int, str]]:
        known = self._known(decoded)
        if known:
            urls = [span for span in find_sensitive(decoded) if span.kind == "url"]
            known = [part for part in known if not _is_within_url(part, urls, decoded)]
        replacements = list(known)
        bounds = [0, *(bound for start, end, _ in known for bound in (start, end)), len(decoded)]
        for start, end in zip(bounds[::2], bounds[1::2], strict=True):
            part = decoded[start:end]
            for span in find_sensitive(part):
                text = part[span.start : span.end]
                placeholder = self._placeholder(text, span.kind)
                replacements.append((start + span.start, start + span.end, placeholder))
        return sorted(replacements)

    def _placeholder(self, text: str, kind: str) -> str:
        if kind == "url":
            return self.url(text)
        if kind == "secret":
            return self.secret(text)
        digits = iter(self._number(digits_of(text)))
        return "".join(_in_script(char, digits) for char in text)

    def _known(self, text: str) -> list[tuple[int, int, str]]:
        """Return the known URLs and secrets in ``text``, also if a "…" cuts them."""
        spans: list[tuple[int, int, str]] = []
        done = 0
        for first in self._first_characters.finditer(text):
            index = first.start()
            same_prefix = self._by_prefix.get(text[index : index + MIN_SECRET_CHARACTERS])
            if index < done or same_prefix is None:
                continue
            if match := same_prefix.match(text, index):
                secret, done = match
                placeholder = self._placeholders[secret][: _shown(secret, index, done)]
                spans.append((index, done, placeholder))
        return spans

    def _learn(self, secret: str, placeholder: str) -> None:
        if (
            len(secret) < MIN_SECRET_CHARACTERS
            or secret in self._placeholders
            or secret in self._own
        ):
            return
        self._placeholders[secret] = placeholder
        self._redacted.clear()
        self._own.add(placeholder)
        prefix = secret[:MIN_SECRET_CHARACTERS]
        if prefix not in self._by_prefix:
            self._by_prefix[prefix] = _SamePrefix()
            firsts = {prefix[0] for prefix in self._by_prefix}
            self._first_characters = re.compile(f"[{re.escape(''.join(sorted(firsts)))}]")
        self._by_prefix[prefix].add(secret)

    def _number(self, digits: str) -> str:
        if self._keep(digits):
            return digits
        if digits not in self._numbers:
            count = self._counts.get(len(digits), 0)
            placeholder = digits
            while placeholder == digits:
                count += 1
                # Eleven digits become 79000000001 and so on: none of these is a magic number.
                lead = "79" if len(digits) > MIN_NUMBER_DIGITS + 1 else "7"
                placeholder = f"{lead}{count:0{len(digits) - len(lead)}d}"
            self._counts[len(digits)] = count
            self._numbers[digits] = placeholder
        return self._numbers[digits]

    def _shaped(self, url: str, scheme: str) -> str | None:
        """Return a placeholder with the shape of ``url``; ``None`` if it has too few letters."""
        chars = [
            char if not char.isalnum() else "x" if char.isascii() else "é"
            for char in url[len(scheme) :]
        ]
        places = [index for index, char in enumerate(chars) if char == "x"]
        count = len(self._urls)
        while count:
            if not places:
                return None
            count, letter = divmod(count, len(_LETTERS))
            chars[places.pop()] = _LETTERS[letter]
        return scheme + "".join(chars)


class _SamePrefix:
    """The known secrets that begin with the same characters.

    Most URLs begin with "http:/", so a search must not look at each of them.
    """

    def __init__(self) -> None:
        self._secrets: list[str] = []  # sorted
        self._set: set[str] = set()
        self._lengths: list[int] = []  # sorted, longest first

    def add(self, secret: str) -> None:
        insort(self._secrets, secret)
        self._set.add(secret)
        if len(secret) not in self._lengths:
            insort(self._lengths, len(secret), key=lambda length: -length)

    def match(self, text: str, index: int) -> tuple[str, int] | None:
        """Return the longest secret at ``index``, whole or cut by a "…", and its end."""
        cut = text.find("…", index, index + self._lengths[0])
        for length in self._lengths:
            secret = text[index : index + length]
            if secret in self._set:
                return secret, index + len(secret)  # shorter at the end of the text
            if 0 < cut < index + length:
                position = bisect_left(self._secrets, text[index:cut])
                if position < len(self._secrets) and self._secrets[position].startswith(
                    text[index:cut]
                ):
                    return self._secrets[position], cut
                cut = -1
        return None


def _shown(secret: str, index: int, end: int) -> int | None:
    """Return how many characters of a placeholder replace a secret: all, unless it was cut."""
    return None if end - index == len(secret) else end - index


def _is_within_url(part: tuple[int, int, str], urls: list[Span], text: str) -> bool:
    """Return whether a known value is a part of a longer URL, which is replaced as a whole."""
    start, end, _ = part
    index = bisect_right(urls, start, key=lambda url: url.start) - 1
    if index < 0 or text.startswith("…", end):
        return False
    url = urls[index]
    return end <= url.end and (start, end) != (url.start, url.end)


def _in_script(char: str, digits: Any) -> str:
    """Return the next digit in the script of ``char`` (full-width stays full-width)."""
    value = digits_of(char)
    if not value:
        return char
    digit = next(digits)
    zero = ord(char) - int(value)
    script = chr(zero + int(digit)) if char.isdecimal() else digit
    return script if digits_of(script) == digit else digit


def _positional_names(request: dict[str, Any]) -> list[str]:
    """Return the name of each positional param of a request; empty for other requests."""
    params = request.get("params")
    if not isinstance(params, list):
        return []
    try:
        method = mtt_contracts.method(str(request.get("method")))
    except LookupError:
        return []
    names = [parameter.name for parameter in method.parameters]
    return names + [""] * (len(params) - len(names))


def _is_valid(url: str) -> bool:
    return not mtt_contracts.explain(mtt_contracts.schema("callback_url"), url, root="url")


def _secrets_of(url: str) -> list[str]:
    """Return the secret parts of a URL: userinfo, query values, long path segments."""
    bare = _SCHEME.sub("", url, count=1)
    try:
        parts = urlsplit(f"//{bare}")
        userinfo = parts.netloc.rpartition("@")[0]
        values = [value for pair in parse_qsl(parts.query) for value in pair[1:]]
    except ValueError:  # a bracket that opens no IPv6 address
        return []
    path = [part for part in parts.path.split("/") if any(char.isdigit() for char in part)]
    secrets = [*userinfo.split(":"), *values, *map(unquote, path), parts.fragment]
    return [secret for secret in secrets if len(secret) >= MIN_SECRET_CHARACTERS]


@cache
def _vocabulary() -> frozenset[str]:
    """Return the words of the contract, which stay as they are: a login may be called "login"."""
    text = " ".join(fact.statement for fact in mtt_contracts.facts())
    words = {word.lower() for word in re.findall(r"[A-Za-z_]{2,}", text)}
    names = {name.lower() for name in mtt_contracts.methods()}
    fields = {part.lower() for field in mtt_contracts.fields() for part in field.path.split(".")}
    return frozenset({*words, *names, *fields, "password", "true", "false", "null"})


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Raises ``ValueError`` for a repeated name, which would hide a value."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a repeated name")
    return value

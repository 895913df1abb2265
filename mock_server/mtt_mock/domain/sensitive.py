"""Finds telephone numbers, URLs and secrets in text, in any spelling and encoding.

The search decodes escapes first (percent-encoding, JSON and HTML escapes, also nested), so that it
finds a number in any encoding. Replacements keep the encoding.
"""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from mtt_mock.domain.subscribers import MIN_NUMBER_DIGITS
from mtt_mock.domain.url_secrets import NAME_OF_SECRET

MAX_NUMBER_DIGITS = 20  # a longer run of groups is several numbers
MAX_NESTED_ESCAPES = 8
_ESCAPE = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+|%[uU][0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\u\{[0-9A-Fa-f]{1,6}\}"
    r"|\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[\"/\\bfnrt]"
    r"|&(?:\#[0-9]{1,6};|\#[0-9]{1,5}(?![0-9])|\#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z]{2,8};)"
)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# In a text whose digits are ASCII and whose separators are blanks.
_NUMBER = re.compile(r"\+?[0-9](?:[ +]{0,16}[0-9]){6,}")
_GROUP = re.compile(r"[0-9]+")
_SEPARATORS = frozenset(
    "./\\_~*\u00b7\u2022\u2024\u2027\u2044\u2215\u2212\u30fb\u3002\u2796\u2800\u1160"
)
# Each form starts at the start of a run of its characters, or is bounded: a search stays linear.
_URL = re.compile(
    r"""
    (?:
        [A-Za-z][A-Za-z0-9+.-]{0,30}:[\\/]{2}                     # scheme://
        | (?<![\w.+%-])[\w.+%-]+:[^\s"'<>/@]{1,256}@(?=[\w\[])    # user:password@
        | (?<![\w.\-:@/])/*
          (?:
              (?:[\w.\-:@]|\[[0-9A-Fa-f:.]{1,64}\])*[\w\]]/?      # host/path?name=value
              (?:/[^\s"'<>?]*)?\?(?=[^\s"'<>=]{0,256}=[^\s"'<>])
              | [\w-]+(?:\.[\w-]+)+(?::\d+)?/[^\s"'<>?]*\?(?=\w)   # host/path?value
          )
    )
    [^\s"'<>]*(?:(?<==)["'][^\s"'<>]*["']?[^\s"'<>]*)*
    """,
    re.VERBOSE,
)
_SECRET_KEY = re.compile(rf"(?:[\w-]*)?{NAME_OF_SECRET}\w{{0,8}}", re.IGNORECASE)
_URL_KEY = re.compile(r"\w*(?:url|uri|href|webhook)", re.IGNORECASE)
# A secret, or a URL, by its name in text that is not JSON, such as broken JSON, a form or XML.
_NAMED = re.compile(
    rf"""(?<![\w-])
    (?:(?P<secret>\w{{0,32}}?[_-]?{NAME_OF_SECRET}\d{{0,2}})|(?P<url>\w*(?:URL|Url|url)))
    (?:
        ["'\]]{{0,2}}[ \t]{{0,40}}=>[ \t]{{0,40}}["']?  # PHP: 'password' => 'x'
        | ["'];s:\d{{1,6}}:["']                  # PHP, serialized
        | \]?(?:\[\w{{0,64}}\]){{0,3}}=["']?      # a form: password=x, params[password]=x
        | ["']\s*[:=]\s*["']?|:\s*["']
        | ["']?>(?:<!\[CDATA\[|(?=[^<\s]))       # XML
        | </name>\s{{0,40}}<value>(?:<string>)?   # XML-RPC
    )
    (?P<value>(?:(?<=["'])[^"'\r\n]+|[^\s"'&,;{{}}\[\]<]+))""",
    re.VERBOSE | re.IGNORECASE,
)
# A secret in a part of multipart/form-data.
_PART = re.compile(
    rf"""\bname="?\w{{0,32}}?[_-]?{NAME_OF_SECRET}\d{{0,2}}"?(?:;[^\r\n]{{0,200}})?\r?\n
    (?:[^\r\n]{{1,200}}\r?\n){{0,4}}\r?\n(?P<value>[^\r\n]+)""",
    re.VERBOSE | re.IGNORECASE,
)
# A secret in a line such as that of a header; prose may have "login:" too.
_LINE = re.compile(
    r"""(?<!\w)\w{0,32}?[_-]?
    (?:password|passwd|pwd|secret|token|key|cookie|jwt|session[_-]?id|sessid|signature|authorization|пароль)
    \d{0,2}[ ]?:[ ]?(?P<value>[^\s"'<]+)""",
    re.VERBOSE | re.IGNORECASE,
)
# A secret in a command line: --password x, --api-key=x; -u login:password of curl and -a of HTTPie
# have two. The text may end after the login: the redactor cuts out passwords that it knows.
_OPTION = re.compile(
    rf"""(?<![\w-])--?(?:[\w-]{{0,32}}?[_-])?{NAME_OF_SECRET}
    (?:=|["']?(?:,\s{{0,8}}|\s{{1,8}}))(?P<quote>["'])?(?![-"'])
    (?:(?P<login>[^\s"':]{{1,128}}):(?=[^\s"']|\Z))?(?P<value>(?(quote)[^"'\r\n]+|[^\s"']+)|\Z)""",
    re.VERBOSE | re.IGNORECASE,
)
_OPTION_NAME = re.compile(rf"--?(?:[\w-]{{0,32}}?[_-])?{NAME_OF_SECRET}", re.IGNORECASE)
_LOGIN_OPTION = re.compile(
    r"""(?<![\w-])-[ua](?:["']?(?:,\s{0,8}|\s{1,8}))?(?P<quote>["'])?(?![-"'])
    (?P<login>[^\s"':]{1,128}):(?P<value>(?(quote)[^"'\r\n]+|[^\s"']+)|\Z)""",
    re.VERBOSE,
)
# A secret after a short option of a known program.
_PROGRAM_OPTION = re.compile(
    r"""(?<![\w-])(?:
        sshpass\s{1,8}-p\s{0,8}
        | (?:mysql\w{0,16}|mariadb[\w-]{0,16})\s[^\r\n|;&]{0,200}?(?<=\s)-p
        | redis-cli\s[^\r\n|;&]{0,200}?(?<=\s)-a\s{1,8}
    )
    (?P<quote>["'])?(?![-"'])(?P<value>(?(quote)[^"'\r\n]+|[^\s"']+))""",
    re.VERBOSE,
)
# A password in prose: a word after "password" with a letter and a digit.
_PROSE = re.compile(
    r"""(?<!\w)(?:password|passwd|passphrase|pwd|пароль)
    (?:\s{1,4}(?:is|was|to|это)|\s?[-\u2013\u2014])?\s{1,4}["'«]?
    (?P<value>(?=[^\s\d]{0,128}\d)(?=[^\sA-Za-z]{0,128}[A-Za-z])[^\s"'«»<>,;=:()]{5,128}[^\s"'«»<>,;=:().!?])""",
    re.VERBOSE | re.IGNORECASE,
)
# A URL that a message quotes.
_QUOTED = re.compile(r"""URL\b[^"\n]{0,160}\bgot\ "(?P<url>[^"]+)""")
_USERINFO = re.compile(r"(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?[\\/]{2})?(?P<userinfo>[^/?#]*)@")
_QUERY = re.compile(r"[?#]")
_AUTHORIZATION = re.compile(r"(?:basic|bearer|digest)\s+(?P<value>[\w+/=.~-]{6,})", re.IGNORECASE)

# A secret that its own form shows: a JSON Web Token, PEM, a key of GitHub, GitLab, Slack, AWS or a
# Telegram bot.
_TOKEN = re.compile(
    r"""(?P<value>
    (?<![\w-])(?:
        eyJ[\w-]{8,}\.eyJ[\w-]{2,}\.[\w-]*
        | (?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-)[\w-]{12,}
        | AKIA[0-9A-Z]{16}(?!\w)
        | (?:bot)?\d{8,10}:[\w-]{35}(?![\w-])
    )
    | (?<=PRIVATE\ KEY-----)[\sA-Za-z0-9+/=]{8,}
    )""",
    re.VERBOSE,
)

_SECRETS = (
    _AUTHORIZATION,
    _TOKEN,
    _OPTION,
    _LOGIN_OPTION,
    _PROGRAM_OPTION,
    _NAMED,
    _PART,
    _LINE,
    _PROSE,
)


class Span(NamedTuple):
    """A sensitive part of a decoded text: ``kind`` is "number", "url" or "secret"."""

    start: int
    end: int
    kind: str


class _Shadow(dict[int, str]):
    """Maps a character to its ASCII digit, a blank for a separator, "+", or NUL."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        digit = unicodedata.digit(char, None)
        plain = unicodedata.normalize("NFKC", char)
        if digit is not None:
            shadow = str(digit)
        elif plain == "+":
            shadow = "+"
        elif (
            char.isspace()
            or plain in _SEPARATORS
            or unicodedata.category(char) in {"Zs", "Pd", "Ps", "Pe", "Cf", "Mn", "Me", "Cc"}
        ):
            shadow = " "
        else:
            shadow = "\0"
        self[code] = shadow
        return shadow


_SHADOW = _Shadow()


def digits_of(text: str) -> str:
    """Return the digits in ``text`` as ASCII."""
    return "".join(char for char in text.translate(_SHADOW) if char.isdigit())


def is_url_name(name: str) -> bool:
    """Return whether a JSON key or parameter called ``name`` holds a URL."""
    return _URL_KEY.fullmatch(name) is not None


def is_secret_name(name: str) -> bool:
    """Return whether a JSON key or parameter called ``name`` holds a secret."""
    return _SECRET_KEY.fullmatch(name) is not None


def is_option_value(before: object, item: object) -> bool:
    """Return whether ``item`` of a list is the secret that the option ``before`` takes."""
    if not isinstance(before, str) or not isinstance(item, str) or item.startswith("-"):
        return False
    return _OPTION_NAME.fullmatch(before) is not None or (before in {"-u", "-a"} and ":" in item)


def _find_numbers(shadow: str, start: int, end: int) -> Iterator[Span]:
    """Yield the telephone numbers, of seven digits or more, from ``start`` to ``end``."""
    for match in _NUMBER.finditer(shadow, start, end):
        if sum(char.isdigit() for char in match[0]) <= MAX_NUMBER_DIGITS:
            yield Span(match.start(), match.end(), "number")
        else:
            yield from _split(match)


def _split(match: re.Match[str]) -> Iterator[Span]:
    """Yield the numbers of a long run; a group of seven digits or more is a number of its own."""
    begin = last = None
    for group in _GROUP.finditer(match[0]):
        start, end = match.start() + group.start(), match.start() + group.end()
        if end - start >= MIN_NUMBER_DIGITS:
            if begin is not None and last is not None:
                yield Span(begin, last, "number")
                begin = None
            yield Span(start, end, "number")
        else:
            begin, last = (start if begin is None else begin), end
    if begin is not None and last is not None:
        yield Span(begin, last, "number")


def find_sensitive(text: str) -> list[Span]:
    """Return the URLs, secrets and numbers in a decoded text, in order, without overlaps."""
    spans: list[Span] = []
    for match in _QUOTED.finditer(text) if "URL" in text else ():
        _insert(spans, Span(*match.span("url"), "url"))
    for pattern in _SECRETS:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            kind = "url" if groups.get("url") else "secret"
            if groups.get("login"):
                _insert(spans, Span(*match.span("login"), "secret"))
            if groups["value"]:
                _insert(spans, Span(*match.span("value"), kind))
    quoted = [span for span in spans if span.kind == "url"]
    for match in _URL.finditer(text) if any(sign in text for sign in ":?") else ():
        span = Span(*match.span(), "url")
        if any(outer.start <= span.start < outer.end for outer in quoted):
            continue
        _remove_within(spans, span)  # a secret in its query; the URL has its userinfo too
        _insert(spans, span)
    gaps = zip([0, *(span.end for span in spans)], [*(span.start for span in spans), len(text)])  # noqa: B905
    shadow = text.translate(_SHADOW)
    numbers = [number for start, end in gaps for number in _find_numbers(shadow, start, end)]
    return sorted([*spans, *numbers])


def _remove_within(spans: list[Span], outer: Span) -> None:
    """Remove the spans that lie within ``outer``."""
    start = bisect_left(spans, outer.start, key=lambda span: span.start)
    end = bisect_left(spans, outer.end, key=lambda span: span.start)
    if end > start and spans[end - 1].end <= outer.end:
        del spans[start:end]


def _insert(spans: list[Span], span: Span) -> None:
    """Insert ``span`` in order unless it overlaps one that is there."""
    index = bisect_right(spans, span)
    if index and spans[index - 1].end > span.start:
        return
    if index < len(spans) and spans[index].start < span.end:
        return
    spans.insert(index, span)


def decode(text: str) -> tuple[str, list[int]]:
    """Decode the escapes in ``text``.

    Returns:
        The decoded text, and offsets: its character ``i`` was ``text[offsets[i]:offsets[i + 1]]``.
    """
    offsets = list(range(len(text) + 1))
    for _ in range(MAX_NESTED_ESCAPES):
        if _ESCAPE.search(text) is None:
            break
        text, offsets = _decode_once(text, offsets)
    return text, offsets


def _decode_once(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    chars: list[str] = []
    starts: list[int] = []
    end = 0
    for match in _ESCAPE.finditer(text):
        chars.extend(text[end : match.start()])
        starts.extend(offsets[end : match.start()])
        position = match.start()
        for char, length in _decode_escape(match[0]):
            chars.append(char)
            starts.append(offsets[position])
            position += length
        end = match.end()
    chars.extend(text[end:])
    starts.extend(offsets[end:])  # with the final offset
    return "".join(chars), starts


def _decode_escape(escape: str) -> Iterator[tuple[str, int]]:
    """Yield each character of an escape, and the length of its part of the escape."""
    if escape[0] == "%" and escape[1] not in "uU":
        for char in unquote_to_bytes(escape).decode("utf-8", "surrogateescape"):
            yield char, 3 * len(char.encode("utf-8", "surrogateescape"))
    elif escape[0] == "&":
        char = html.unescape(escape)
        yield (char if len(char) == 1 else "&"), len(escape)
    elif escape[0] == "%" or escape[1] == "x" or escape[2:3] == "{":
        code = int(escape[2:].strip("{}"), 16)
        yield chr(code) if code <= sys.maxunicode else "\N{REPLACEMENT CHARACTER}", len(escape)
    elif escape[1] == "u":
        units = bytes.fromhex("".join(part for part in escape.split("\\u") if part))
        yield units.decode("utf-16-be", "replace")[:1], len(escape)
    else:
        yield _CONTROL.get(escape[1], escape[1]), len(escape)


def rewrite(text: str, find: Callable[[str], list[tuple[int, int, str]]]) -> str:
    """Replace parts of ``text`` after its escapes are decoded.

    Args:
        text: The text.
        find: Returns start, end and replacement of each part of the decoded text, in order. A
            replacement of the same length keeps the encoding of each character.
    """
    decoded, offsets = decode(text)
    pieces: list[str] = []
    done = 0
    for start, end, replacement in find(decoded):
        pieces.append(text[offsets[done] : offsets[start]])
        if len(replacement) != end - start:
            pieces.append(replacement)
        else:
            for index, char in enumerate(replacement, start):
                raw = text[offsets[index] : offsets[index + 1]]
                pieces.append(raw if char == decoded[index] else _encode_like(raw, char))
        done = end
    pieces.append(text[offsets[done] :])
    return "".join(pieces)


def _encode_like(raw: str, char: str) -> str:
    """Return ``char`` in the encoding of ``raw``."""
    if raw.startswith("%") and len(raw) > 1:
        return quote(char, safe="") if not char.isascii() else f"%{ord(char):02X}"
    if raw.startswith("\\u") and ord(char) <= 0xFFFF:  # noqa: PLR2004 -- one UTF-16 unit
        return f"\\u{ord(char):04x}"
    if raw.startswith("&#"):
        return f"&#{ord(char)};"
    return char


def mask_text(text: str) -> str:
    """Return ``text`` with masked numbers (79******033), URL queries, userinfo, secrets (***)."""
    return rewrite(
        text,
        lambda decoded: [
            (span.start, span.end, _masked(decoded[span.start : span.end], span.kind))
            for span in find_sensitive(decoded)
        ],
    )


def _masked(text: str, kind: str) -> str:
    if kind == "secret":
        return "***"
    if kind == "url":
        return mask_url(text)
    return mask_number(text)


def mask_number(spelling: str) -> str:
    """Return a number with its first two and last three digits, all else as ``*``."""
    shadow = spelling.translate(_SHADOW)
    digits = [index for index, char in enumerate(shadow) if char.isdigit()]
    hidden = set(digits[2:-3])
    return "".join("*" if index in hidden else char for index, char in enumerate(spelling))


def mask_url(url: str) -> str:
    """Return a URL without user, password, query and fragment, and with its numbers masked."""
    return rewrite(url, _masked_parts)


def _masked_parts(url: str) -> list[tuple[int, int, str]]:
    userinfo = _USERINFO.match(url)
    query = _QUERY.search(url)
    start = userinfo.end() if userinfo else 0
    end = query.start() if query else len(url)
    return [
        *([(*userinfo.span("userinfo"), "***")] if userinfo else []),
        *(
            (number.start, number.end, mask_number(url[number.start : number.end]))
            for number in _find_numbers(url.translate(_SHADOW), start, end)
        ),
        *([(end, len(url), "?***")] if query else []),
    ]

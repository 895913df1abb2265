"""Explains request bodies that are not UTF-8: the byte, its offset, and a guess at the encoding."""

from __future__ import annotations

import re

MAX_EXCERPT_BYTES = 40
_MAGIC_NUMBERS = {
    b"\x1f\x8b": "the body looks like gzip; send it without Content-Encoding",
    b"\x78\x9c": "the body looks like deflate; send it without Content-Encoding",
    b"\x28\xb5\x2f\xfd": "the body looks like zstd; send it without Content-Encoding",
    b"\xff\xfe": "the body looks like UTF-16; send UTF-8",
    b"\xfe\xff": "the body looks like UTF-16; send UTF-8",
    b"\xef\xbb\xbf": "the body begins with a byte order mark; send UTF-8 without it",
    b"--": "the body looks like a multipart form; send the JSON alone",
    b"%7B": "the body looks like a percent-encoded form; send the JSON alone",
    b"<": "the body looks like XML; send JSON",
    b"{\0": "the body looks like UTF-16; send UTF-8",
    b"\0{": "the body looks like UTF-16; send UTF-8",
    b"[\0": "the body looks like UTF-16; send UTF-8",
    b"\0[": "the body looks like UTF-16; send UTF-8",
}
_FORM = re.compile(rb"[A-Za-z_][\w.%\[\]-]*=")  # a field's name
_RUSSIAN = frozenset(map(chr, range(0x410, 0x450))) | {"Ё", "ё"}


def explain_encoding(body: bytes) -> str | None:
    """Return why ``body`` is not UTF-8, with its likely encoding; ``None`` for plain UTF-8."""
    guess = next((text for start, text in _MAGIC_NUMBERS.items() if body.startswith(start)), None)
    if _FORM.match(body):
        guess = "the body looks like a form; send the JSON alone"
    try:
        body.decode()
    except UnicodeDecodeError as error:
        guess = guess or _guess_code_page(body, error.start)
        reason = f"byte 0x{body[error.start]:02x} at offset {error.start} is not UTF-8"
        return f"{reason}; {guess}" if guess else f"{reason}; send UTF-8"
    return guess


def _guess_code_page(body: bytes, offset: int) -> str | None:
    """Guess windows-1251 when the text at ``offset`` reads as Russian letters in it."""
    text = body[offset : offset + MAX_EXCERPT_BYTES].partition(b'"')[0].decode("cp1251", "replace")
    excerpt = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    letters = [letter for letter in excerpt if not letter.isascii()]
    if 2 * sum(letter in _RUSSIAN for letter in letters) <= len(letters):
        return None
    return f'in windows-1251 the text there reads "{excerpt}"; send UTF-8'

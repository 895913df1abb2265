"""Reads and writes JSON as PHP does, on which MTT's library runs.

``decode`` reads a request body, ``encode_as_php`` writes a response. ``encode`` writes plain
compact JSON for everything that MTT does not have. Observed on the library under PHP 8.2.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from functools import partial
from itertools import accumulate
from typing import Any

import orjson
from msgspec import Struct

from mtt_mock.jsonrpc.body_encoding import explain_encoding
from mtt_mock.jsonrpc.errors import ParseError

MAX_DEPTH = 511
_MAX_PHP_INTEGER = 2**63 - 1
_MAY_HOLD_FLOATS = frozenset((dict, list, float))
_MAX_FIXED_EXPONENT = 16  # of a float that PHP writes without an exponent
# First bytes in UTF-8 of U+0080 to U+00FF and of U+10000 and above. Python's backslashreplace
# writes \xe9 and \U0001f600; JSON needs \u00e9 and a surrogate pair.
_FIRST_BYTES = tuple(bytes([byte]) for byte in (0xC2, 0xC3, *range(0xF0, 0xF5)))

# Characters that PHP always escapes, because they once ended lines in JavaScript.
_LINE_ENDS = (("\u2028".encode(), rb"\u2028"), ("\u2029".encode(), rb"\u2029"))
# From a non-ASCII character up to the next one that JSON escapes, or DEL.
_NON_ASCII = re.compile(r'[^\x00-\x7f][^"\\\x00-\x1f\x7f]*')
# A whole string, or a number that PHP may write in another way.
_STRING_OR_NUMBER = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+[.e][\d.e+-]*|-?\d{19,}')
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# Strings up to the next number, or a number. The text may not be JSON: a string may lack its end.
_STRINGS_OR_NUMBER = re.compile(
    rb'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"?[^"\d-]*+)++|-?\d[\d.eE+-]*+', re.DOTALL
)
_MAX_DOUBLE, _MIN_DOUBLE = b"1.7976931348623157e308", b"-1.7976931348623157e308"
# A whole string, and the colon that makes it a property name.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?')
_NOT_BRACKETS = bytes({*range(256)} - {*b"[]{}"})
_DEPTH_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class JsonRules(Struct, frozen=True):
    """The rules by which PHP reads and writes JSON; the defaults are those of MTT's library.

    Attributes:
        max_depth: Nested arrays and objects that are read.
        reads_nul_names: Whether a property name may begin with NUL.
        keeps_big_integers: Whether an integer beyond 64 bits keeps its digits; else it is a float.
        escapes_slashes: Whether ``/`` is written as an escape.
        escapes_unicode: Whether a non-ASCII character is written as an escape; else in UTF-8, but
            for U+2028 and U+2029, as with ``JSON_UNESCAPED_UNICODE``.
        keeps_empty_fractions: Whether ``1.0`` is written with its fraction.
    """

    max_depth: int = MAX_DEPTH
    reads_nul_names: bool = False
    keeps_big_integers: bool = False
    escapes_slashes: bool = True
    escapes_unicode: bool = True
    keeps_empty_fractions: bool = False

    def encode(self, value: Any) -> bytes:
        """Return ``value`` as JSON, written by these rules."""
        text = _STRING_OR_NUMBER.sub(partial(_php_token, rules=self), encode(value))
        if self.escapes_unicode and not text.isascii():
            text = _escape_non_ascii(text)
        for character, escape in _LINE_ENDS:
            text = text.replace(character, escape)
        return text.replace(b"/", rb"\/") if self.escapes_slashes else text


_DEFAULT_RULES = JsonRules()


def decode(body: bytes, rules: JsonRules = _DEFAULT_RULES) -> Any:
    """Return the JSON value in ``body``.

    Integers beyond 64 bits become floats, unless ``rules`` keep them, and a number beyond a double
    the largest double. Of equal keys the last one wins.

    Raises:
        ParseError: The body is not strict JSON in UTF-8. NaN, lone surrogates, a byte order mark,
            deeper nesting than the rules allow, and a property name that begins with NUL are
            errors too.
    """
    try:
        value, text = _loads(body)
    except orjson.JSONDecodeError as error:
        reason = f"{error.msg}, line {error.lineno} column {error.colno}"
        raise ParseError(explain_encoding(body) or reason) from error
    max_depth = rules.max_depth
    # These checks use the text: of equal keys, the value holds only the last.
    if body.count(b"[") + body.count(b"{") > max_depth and _depth(body) > max_depth:
        raise ParseError(f"it is nested deeper than {max_depth}")
    if rb'"\u0000' in body and not rules.reads_nul_names and _has_nul_name(body):
        raise ParseError("a property name begins with NUL")
    return json.loads(text) if rules.keeps_big_integers else value


def _loads(body: bytes) -> tuple[Any, bytes]:
    """Return the value, and the text from which it was read."""
    try:
        return orjson.loads(body), body
    except orjson.JSONDecodeError as error:
        # PHP reads 1e999 as infinity, orjson refuses it and names its position.
        number = _NUMBER.match(error.doc, error.pos)
        if number is None or not math.isinf(float(number[0])):
            raise
    text = _STRINGS_OR_NUMBER.sub(_with_finite_number, body)
    return orjson.loads(text), text


def _with_finite_number(match: re.Match[bytes]) -> bytes:
    """Replace a number beyond a double by the largest double; keep other text."""
    text = match[0]
    if not text.startswith(b'"'):
        with contextlib.suppress(ValueError):  # no number
            if math.isinf(float(text)):
                return _MIN_DOUBLE if text.startswith(b"-") else _MAX_DOUBLE
    return text


def encode(value: Any) -> bytes:
    """Return ``value`` as compact JSON in UTF-8."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        # orjson gives up at a depth of 254; an echoed id may be nested deeper.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def encode_as_php(value: Any) -> bytes:
    r"""Return ``value`` as PHP's ``json_encode`` writes it.

    ``/`` becomes ``\/`` and a non-ASCII character ``\uXXXX``. A float without a fraction loses it
    (``1.0`` becomes ``1``). An integer beyond 64 bits is a float (``9.223372036854776e+18``).
    """
    try:
        text = orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER)
        if _may_hold_float(text):
            text = orjson.dumps(_with_php_numbers(value))
    except (orjson.JSONEncodeError, RecursionError):  # an integer over 53 bits, or deep nesting
        text = _STRING_OR_NUMBER.sub(_php_token, encode(value))
    if not text.isascii():
        text = _escape_non_ascii(text)
    return text.replace(b"/", rb"\/")


def _escape_non_ascii(text: bytes) -> bytes:
    if any(byte in text for byte in _FIRST_BYTES):
        return _NON_ASCII.sub(lambda match: json.dumps(match[0])[1:-1], text.decode()).encode()
    return text.decode().encode("ascii", "backslashreplace")


def _may_hold_float(text: bytes) -> bool:
    """Return whether JSON text by orjson may hold a float, by its dots and exponents."""
    dots = 1 if text.startswith(b'{"jsonrpc":"2.0"') else 0
    if text.count(b".") > dots:
        return True
    # One byte is found much faster than two.
    return (b"+" in text and b"e+" in text) or (b"-" in text and b"e-" in text)


def _with_php_numbers(value: Any) -> Any:
    """Return ``value`` with its floats as finished JSON text."""
    kind = type(value)
    if kind is dict:
        return {
            name: _with_php_numbers(item) if type(item) in _MAY_HOLD_FLOATS else item
            for name, item in value.items()
        }
    if kind is list:
        return [_with_php_numbers(item) for item in value]
    return orjson.Fragment(_php_float(value)) if kind is float else value


def _php_token(match: re.Match[bytes], rules: JsonRules = _DEFAULT_RULES) -> bytes:
    token = match[0]
    if token.startswith(b'"'):
        return token
    is_integer = token.lstrip(b"-").isdigit()
    if is_integer and (rules.keeps_big_integers or int(token) <= _MAX_PHP_INTEGER):
        return token
    text = _php_float(float(token))
    if rules.keeps_empty_fractions and not is_integer and text.lstrip(b"-").isdigit():
        text += b".0"
    return text


def _php_float(number: float) -> bytes:
    """Return a float as PHP writes it with ``serialize_precision=-1``."""
    # Python and PHP take the shortest digits that read back as the same float.
    text = repr(number)
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        text = text.removesuffix(".0")
    elif int(exponent) == _MAX_FIXED_EXPONENT:
        # Python writes an exponent from 1e16 on, PHP from 1e17 on.
        sign = "-" if number < 0 else ""
        text = sign + mantissa.lstrip("-").replace(".", "").ljust(_MAX_FIXED_EXPONENT + 1, "0")
    else:
        text = f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+d}"
    return text.encode()


def _depth(text: bytes) -> int:
    """Return how deep arrays and objects are nested in valid JSON."""
    brackets = _STRING.sub(b"", text).translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_DEPTH_STEPS.__getitem__, brackets)))


def _has_nul_name(text: bytes) -> bool:
    strings = _STRING.finditer(text)
    return any(string[1] and string[0].startswith(rb'"\u0000') for string in strings)

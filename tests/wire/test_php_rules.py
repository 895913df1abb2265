"""PHP's rules for reading and writing JSON, with PHP itself as the reference."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtt_mock.jsonrpc import encode_as_php
from mtt_mock.jsonrpc.errors import ParseError
from mtt_mock.jsonrpc.json_text import JsonRules, decode
from mtt_mock.jsonrpc.version import is_version_2
from support.profiles import examples

CALL = b'{"jsonrpc":%s,"method":"getCustomerBalance","params":["1"],"id":%s}'
UNKNOWN = b'{"jsonrpc":"2.0","method":"x","id":%s}'
NOT_FOUND = (
    b'{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"Method not found","data":null}}'
)
INVALID = (
    b'{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"Invalid Request","data":null}}'
)
PARSE = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error","data":null}}'


@pytest.mark.parametrize(
    "version",
    [
        b'"2.0"', b"2.0", b"2", b"2e0", b"true", b'"2"', b'"2.00"', b'"02.0"', b'" 2.0"',
        b'"+2.0"', b'"2e0"', b'"20e-1"', b'"2."', b'"\\t2"', b'"0.2E1"', b'"2.00000000000000000001"',
    ],
)  # fmt: skip
def test_a_version_equal_to_two_is_accepted(post, version):
    answer = post(CALL % (version, b"1"))
    assert answer.body.startswith(b'{"jsonrpc":"2.0","result":{"balance":')


@pytest.mark.parametrize(
    "version",
    [
        b'"2.0.0"', b'"2,0"', b"[2]", b"{}", b'""', b"null", b"false", b'"2.0 "', b'"0x2"',
        b'"1.0"', b"1", b"2.1", b'"two"', b'"\\u00a02"', b'"2_0e-1"', b'"\xd9\xa2"', b"[]",
    ],
)  # fmt: skip
def test_any_other_version_is_refused(post, version):
    assert post(CALL % (version, b"1")).body == INVALID


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [
        (b"1.0", b"1"),
        (b"1e3", b"1000"),
        (b"1.5", b"1.5"),
        (b"-2.50", b"-2.5"),
        (b"1e17", b"1.0e+17"),
        (b"1e16", b"10000000000000000"),
        (b"0.00001", b"1.0e-5"),
        (b"0.0001", b"0.0001"),
        (b"9223372036854775807", b"9223372036854775807"),
        (b"9223372036854775808", b"9.223372036854776e+18"),
        (b"18446744073709551615", b"1.8446744073709552e+19"),
        (b"-9223372036854775809", b"-9.223372036854776e+18"),
        (b"100000000000000000000", b"1.0e+20"),
        (b'"a/b"', rb'"a\/b"'),
        (b'"\xd1\x8f"', rb'"\u044f"'),
        (b'"\xc3\xa9"', rb'"\u00e9"'),
        (b'"\xf0\x9f\x98\x80"', rb'"\ud83d\ude00"'),
        (b'"1.0, 2.0e5 \\"3.0\\" \\\\"', b'"1.0, 2.0e5 \\"3.0\\" \\\\"'),
        (b'"\\u2028\\u007f"', b'"\\u2028\x7f"'),
        (b'[1.0,{"a":2.0}]', b'[1,{"a":2}]'),
        (b"{}", b"{}"),
        (b'{"a":[]}', b'{"a":[]}'),
    ],
)
def test_an_id_is_written_as_php_writes_it(post, sent, echoed):
    assert post(UNKNOWN % sent).body == NOT_FOUND % echoed


def test_results_are_written_as_php_writes_them(wire):
    struct = (
        b'[{"type":"text","side":"A","value":"\xd0\x94\xd0\xb0/n\xd0\xb5\xd1\x82","order":1.0},'
        b'{"type":"ringall","redirect_number":"79","timeout":1e1}]'
    )
    body = b'{"jsonrpc":"2.0","method":"setCallBackFollowme","params":["1",%s],"id":1}' % struct
    assert wire.post(body).body == b'{"jsonrpc":"2.0","result":{"success":1},"id":1}'
    answer = wire.post('{"jsonrpc":"2.0","method":"getCallBackFollowme","params":["1"],"id":"/"}')
    assert answer.body == (
        rb'{"jsonrpc":"2.0","result":{"callBackFollowmeStruct":[{"type":"text","side":"A",'
        rb'"value":"\u0414\u0430\/n\u0435\u0442","order":1},'
        rb'{"type":"ringall","redirect_number":"79","timeout":10}]},"id":"\/"}'
    )


def test_a_whole_amount_loses_its_fraction(wire):
    wire.fake.store.change_balance("1", lambda _: Decimal("100.00"))
    assert wire.post(CALL % (b'"2.0"', b"1")).body == (
        b'{"jsonrpc":"2.0","result":{"balance":100,"currency":"RUB"},"id":1}'
    )


def test_the_service_map_escapes_slashes(wire):
    assert rb'"target":"\/index.php"' in wire.get().body


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_511_nested_values_are_read_and_512_are_not(post, opening):
    closing = b"]" if opening == b"[" else b"}"
    # The request object is one level.
    assert post(UNKNOWN % (opening * 510 + b"1" + closing * 510)).body == NOT_FOUND % (
        opening * 510 + b"1" + closing * 510
    )
    assert post(UNKNOWN % (opening * 511 + b"1" + closing * 511)).body == PARSE


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","method":"x","id":1,"\\u0000a":1}',
        b'{"jsonrpc":"2.0","method":"x","id":{"\\u0000":1}}',
        b'[{"jsonrpc":"2.0","method":"x","id":1,"params":[[{"\\u0000a":{}}]]}]',
    ],
)
def test_a_name_starting_with_nul_is_a_parse_error(post, body):
    assert post(body).body == PARSE


def test_nul_in_other_places_is_text(post):
    sent = b'{"a\\u0000":"\\u0000"}'
    assert post(UNKNOWN % sent).body == NOT_FOUND % sent


def test_a_repeated_key_keeps_its_position(post):
    assert post(UNKNOWN % b'{"a":1,"b":2,"a":3}').body == NOT_FOUND % b'{"a":3,"b":2}'


@pytest.fixture(scope="module")
def php():
    """Return a function that asks PHP for the text and the version of each JSON body."""
    if shutil.which("php") is None:
        pytest.skip("PHP is not installed (apt-get install php-cli)")
    script = Path(__file__).with_name("php_json.php")

    def ask(bodies: list[bytes], flags: int = 0) -> list[tuple[str, bytes, bool]]:
        lines = b"".join(base64.b64encode(body) + b"\n" for body in bodies)
        # -n: no ini file, so that serialize_precision is the default.
        command = ["php", "-n", script, str(flags)]
        run = subprocess.run(command, input=lines, capture_output=True, check=True)
        answers = []
        for line in run.stdout.decode().splitlines():
            text, equal = line.split()
            readable = text not in ("error", "unwritable")
            answers.append(
                (
                    "" if readable else text,
                    base64.b64decode(text) if readable else b"",
                    equal == "1",
                )
            )
        return answers

    return ask


TEXTS = st.text(st.characters(exclude_categories=("Cs",))) | st.sampled_from(["/", "\0a", "2.0e1,"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = (
    FLOATS
    | st.integers(-(2**65), 2**65)
    | st.integers(-1000, 1000).map(float)
    | st.builds(
        lambda digits, power: digits * 10.0**power, st.integers(1, 999), st.integers(-9, 20)
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
VERSION_TEXTS = st.text(st.sampled_from("0125.,eE+- x_\t\n\v"), max_size=6) | st.builds(
    lambda space, sign, zeros, tail: f"{space}{sign}{zeros}2{tail}",
    st.sampled_from(["", " ", "\n"]),
    st.sampled_from(["", "+", "-"]),
    st.sampled_from(["", "0", "00"]),
    st.sampled_from(["", ".", ".0", "e0", "0e-1", ".0.0", "x"]),
)


@settings(max_examples=examples(20))
@given(st.lists(VALUES.map(json.dumps), min_size=50, max_size=100))
@example(["-0.0", "-0", "5e-324", "1e-7", "1.7976931348623157e308", "123456789012345678.0"])
def test_generated_values_are_written_like_php(php, texts):
    bodies = [text.encode() for text in texts]
    for body, (problem, written, _) in zip(bodies, php(bodies), strict=True):
        if problem:
            with pytest.raises(ParseError):
                decode(body)
        else:
            assert encode_as_php(decode(body)) == written


@pytest.mark.parametrize(
    ("flags", "rules"),
    [
        (64, JsonRules(escapes_slashes=False)),
        (256, JsonRules(escapes_unicode=False)),
        (1024, JsonRules(keeps_empty_fractions=True)),
    ],
    ids=["UNESCAPED_SLASHES", "UNESCAPED_UNICODE", "PRESERVE_ZERO_FRACTION"],
)
@settings(max_examples=examples(5))
@given(texts=st.lists(VALUES.map(json.dumps), min_size=50, max_size=100))
@example(texts=['"\\u2028/\\u2029\\ud83d\\ude00"', "[1.0, -0.0, 1e16, 1e17, 1e-7, 2]"])
def test_rules_of_profiles_are_flags_of_php(php, flags, rules, texts):
    bodies = [text.encode() for text in texts]
    for body, (problem, written, _) in zip(bodies, php(bodies, flags), strict=True):
        assert problem or rules.encode(decode(body)) == written


@settings(max_examples=examples(20))
@given(st.lists(VERSION_TEXTS | VALUES, min_size=100, max_size=200))
@example(
    ["2", "2.", ".2e1", "+2", " 2", "\v2", "\f2.0", "-2", "2e", "2e+0", "0x2", "2d", True, 2.0]
)
def test_generated_versions_are_compared_like_php(php, versions):
    bodies = [json.dumps(version).encode() for version in versions]
    for body, (problem, _, equal) in zip(bodies, php(bodies), strict=True):
        if problem:
            continue
        version = decode(body)
        # PHP 8 ignores a space after a number, PHP 5 does not: the fake takes the older rule.
        trailing = isinstance(version, str) and version != version.rstrip(" \t\n\r\v\f")
        assert is_version_2(version) is (equal and not trailing), body


def test_numbers_nested_deep_are_written_like_php(post):
    sent = b"[" * 400 + b'1e3,"1e3,2.0\\"",-2.0,12345678901234567890,7' + b"]" * 400
    echoed = b"[" * 400 + b'1000,"1e3,2.0\\"",-2,1.2345678901234567e+19,7' + b"]" * 400
    assert post(UNKNOWN % sent).body == NOT_FOUND % echoed

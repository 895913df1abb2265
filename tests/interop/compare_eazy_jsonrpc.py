"""Compares the engine with the eazy-jsonrpc library under PHP, envelope by envelope.

    python tests/interop/compare_eazy_jsonrpc.py BaseJsonRpcServer.php [--count 20000] [--seed N]

The library (sergeyfast/eazy-jsonrpc, a version of 2012 to 2015) is not part of this project: give
the path of its file. Methods of both sides have MTT's parameters and do nothing. Answers are compared
byte by byte but for the order of the members of an envelope. Left out are namespaced methods, the
library's own methods, the member ``version``, a number beyond a double in an id (the library answers
nothing, the fake answers the largest double), and bodies at which PHP 8 stops the old library. Prints
the seed, the number of envelopes, and each difference.
"""

from __future__ import annotations

import argparse
import base64
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mtt_contracts
from mtt_mock.jsonrpc import Engine
from mtt_mock.service.fake import Fake
from mtt_mock.service.methods.registry import mtt_methods
from mtt_mock.service.settings import Settings

SCRIPT = Path(__file__).with_name("eazy_jsonrpc.php")
# JSON texts, because a value can be written in many ways.
NUMBERS = (
    "0", "-0", "0.0", "-0.0", "0e5", "1", "-1", "1.0", "1.50", "1E5", "1e+5", "1e-7", "1.5e-10",
    "0.0001", "0.00001", "1e15", "1e16", "1e17", "1e22", "-1e16", "123456789012345678",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551616", "123456789012345678901234567890", "20e-1", "0.2e1", "5e-324", "1e-400",
    "1.7976931348623157e308", "0.30000000000000004", "1.0000000000000000001", "9007199254740993",
    "9007199254740993.0", "100000000000000000000", "99999999999999990", "-12345678901234567.0",
)  # fmt: skip
STRINGS = (
    '""', '"0"', '"0.0"', '" "', '"a"', r'"\u0000"', r'"a\u0000b"', r'"\/"', '"/"', r'"\ud83d\ude00"',
    '"\U0001f600"', r'"\u00e9"', '"\u00e9"', '"\u044f"', r'"\u2028"', '"\u2028"', r'"\b\f\n\r\t\"\\"',
    '"\x7f"', r'"\u001f"', '"<&\'>"', '"\ufeff"', r'"\uffff"', '"\U0010ffff"', '"\x80"', '"null"', '"79"',
)  # fmt: skip
CONSTANTS = ("null", "true", "false")
BROKEN = (
    "NaN", "-Infinity", "nul", "TRUE", "01", "+1", ".5", "5.", "1e", "0x10", "--1", "'a'", r'"\ud800"',
    r'"\udc00"', r'"\ud800x"', r'"\x41"', '"\t"', r'"\u00"', "[1,]", '{"a":1,}', "/**/1", "\x0b1", "\u00a01",
)  # fmt: skip
VERSIONS = (
    *['"2.0"'] * 12, "2.0", "2", "true", '"2"', '"2.00"', '"02.0"', '" 2.0"', r'"\t\n\r\u000b\u000c2"',
    '"+2.0"', '"2e0"', '"20e-1"', '"2."', '".2e1"', '"2.00000000000000000001"', "2.00000000000000000001",
    '"2.0.0"', '"2,0"', "[2]", "{}", '""', "null", "false", '"1.0"', '"1.1"', "1", '"-2"', '"+ 2"',
    r'"\u00a02"', r'"2\u0000"', '"\u0662"', '"2_0"', '"2e"', '"inf"', '"nan"', '"0b10"', '["2.0"]', r'"\u0032.0"',
)  # fmt: skip
NAMES = (
    *["customer_name"] * 3, "callBackFollowmeStruct", "file_name", "callBackCall_id", "b_number", "extra", "",
    r"a\u0000b",
)  # fmt: skip
DEPTHS = (505, 509, 510, 511, 512, 600)
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\[\]{}:,"]+')
HAND_MADE = (
    b"", b" ", b"null", b"true", b"1", b'"x"', b"[]", b"{}", b"[[]]", b"[1,2]", b"[null]", b"[{}]", b"nul", b"{",
    b'{"jsonrpc":"2.0"}', b'[{"jsonrpc":"2.0"},1,[]]', b'\xef\xbb\xbf{"jsonrpc":"2.0","method":"x","id":1}',
    b'{"jsonrpc":"2.0","method":"getCustomerBalance","id":1}',
    b'{"jsonrpc":"2.0","method":"getCustomerBalance","params":null,"id":1}',
    b'{"jsonrpc":"2.0","method":"getCustomerBalance","params":"","id":1}',
    b'{"jsonrpc":"2.0","method":"getCustomerBalance","params":{},"id":1}',
    b'{"jsonrpc":"2.0","method":"getCustomerBalance","params":[],"id":1}',
    b'{"jsonrpc":"2.0","method":"getCustomerBalance","params":[null],"id":1}',
    b'{"jsonrpc":"2.0","method":"GETCUSTOMERBALANCE","params":["1","2","3"],"id":1}',
    b'{"jsonrpc":"2.0","method":"getCustomerBalance","params":["1"]}',
    b'{"jsonrpc":"2.0","method":"execute","params":["1"],"id":1}',
    b'{"jsonrpc":"2.0","method":"__construct","params":["1"],"id":1}',
    b'{"jsonrpc":"2.0","method":"","id":1}', b'{"jsonrpc":"2.0","method":"0","id":1}',
    b'{"jsonrpc":"2.0","method":null,"id":1}', b'{"jsonrpc":"2.0","method":"x","id":1,"id":2}',
    b'{"jsonrpc":"2.0","method":"x","id":"\\ud800"}', b'{"jsonrpc":"2.0","method":"x","id":"\xff"}',
    b'{"\\u0000a":1}', b'{"a\\u0000":1}', b'{"jsonrpc":"2.0","method":"x","id":1}x',
)  # fmt: skip


def engine() -> Engine:
    """Return an engine with MTT's methods that do nothing."""
    fake = Fake(Settings())
    methods = [
        replace(method, run=lambda *_: {"success": 1}) for method in mtt_methods(fake.service)
    ]
    fake.close()
    return Engine(methods)


def value(chance: random.Random, depth: int = 0) -> str:
    """Return the text of a random JSON value; of one in 50 it is broken."""
    kind = chance.random()
    if kind < 0.02:
        return chance.choice(BROKEN)
    if depth > 2 or kind < 0.6:
        return chance.choice((*NUMBERS, *STRINGS, *CONSTANTS))
    blank = chance.choice(("", "", " ", "\r\n\t"))
    if kind < 0.8:
        items = [value(chance, depth + 1) for _ in range(chance.randrange(4))]
        return "[" + ("," + blank).join(items) + blank + "]"
    return members(
        [(chance.choice(STRINGS), value(chance, depth + 1)) for _ in range(chance.randrange(4))]
    )


def members(pairs: list[tuple[str, str]]) -> str:
    """Return an object of names and values; equal names are possible."""
    return "{" + ",".join(f"{name}:{item}" for name, item in pairs) + "}"


def params(chance: random.Random) -> str:
    """Return random params."""
    values = [value(chance, 1) for _ in range(chance.randrange(5))]
    kind = chance.random()
    if kind < 0.2:
        return value(chance)
    if kind < 0.5:
        return "[" + ",".join(values) + "]"
    return members([(f'"{chance.choice(NAMES)}"', item) for item in values])


def call(chance: random.Random) -> str:
    """Return a random call."""
    if chance.random() < 0.03:
        return value(chance)
    method = chance.choice([*mtt_contracts.methods(), "nothing", "", "0"])
    if chance.random() < 0.1:
        method = chance.choice((method.upper(), f"{method} ", method.replace("k", "\u212a")))
    pairs = [
        ('"jsonrpc"', chance.choice(VERSIONS)),
        ('"method"', f'"{method}"' if chance.random() < 0.97 else value(chance)),
        ('"params"', params(chance)),
        ('"id"', chance.choice((*NUMBERS, *STRINGS, *CONSTANTS, "{}", "[1]", '{"a":1.0}'))),
    ]
    pairs = [pair for pair in pairs if chance.random() > 0.05]
    if chance.random() < 0.1:
        pairs.append((chance.choice(('"id"', '"params"', '"ID"', '"extra"')), value(chance)))
    if chance.random() < 0.05:
        count = chance.choice(DEPTHS)
        nested = ("[" * count + "]" * count, '{"a":' * count + "1" + "}" * count)
        pairs.insert(0, (chance.choice(('"id"', '"params"', '"extra"')), chance.choice(nested)))
    return members(pairs)


def body(chance: random.Random) -> bytes:
    """Return a random body: a call, a batch, or one that is damaged."""
    text = call(chance)
    if chance.random() < 0.2:
        text = "[" + ",".join(call(chance) for _ in range(chance.randrange(4))) + "]"
    if chance.random() < 0.05:
        text = chance.choice((" ", "\n", "\ufeff", "\0")) + text
    if chance.random() < 0.05:
        text += chance.choice((" ", "\n", "\0", "x", "\x1a"))
    content = text.encode(
        chance.choice(["utf-16", "utf-16-le"]) if chance.random() < 0.01 else "utf-8"
    )
    if chance.random() < 0.05:
        position = chance.randrange(len(content) + 1)
        damage = chance.choice(
            [b"", b",", b"}", b"\0", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\x80"]
        )
        content = content[:position] + damage + content[position + 1 :]
    return content


def tokens(answer: bytes) -> object:
    """Return an answer by its tokens as written; the members of an envelope in one order."""
    stream = iter(TOKEN.findall(answer))

    def read(token: bytes, level: int) -> object:
        if token not in {b"[", b"{"}:
            return token
        items: list[object] = []
        for token in stream:  # noqa: PLR1704 -- the parameter is done with
            if token in {b"]", b"}"}:
                break
            if token == b":":
                items.append((items.pop(), read(next(stream), level + 1)))
            elif token != b",":
                items.append(read(token, level + 1))
        is_envelope = level <= 1 and any(isinstance(item, tuple) for item in items)
        return sorted(items, key=lambda item: item[0]) if is_envelope else items

    return read(next(stream, b""), 0)


def main() -> int:
    """Print the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    sys.setrecursionlimit(5000)  # ids are nested up to 511 deep
    bodies = [*HAND_MADE, *(body(chance) for _ in range(options.count))]
    bodies = [sent for sent in bodies if sent != b"0"]  # the library takes this for no request
    lines = b"".join(base64.b64encode(sent) + b"\n" for sent in bodies)
    done = subprocess.run(
        ["php", SCRIPT, options.library], input=lines, capture_output=True, check=True
    )
    ours, counts = engine(), {"same": 0, "different": 0, "stopped by PHP 8": 0}
    for sent, line in zip(bodies, done.stdout.splitlines(), strict=True):
        if line == b"throws":
            counts["stopped by PHP 8"] += 1
            continue
        theirs, answer = base64.b64decode(line[1:]), ours.answer(sent).body
        is_same = tokens(theirs) == tokens(answer)
        counts["same" if is_same else "different"] += 1
        if not is_same and counts["different"] <= 20:
            print(f"sent   {sent!r}\ntheirs {theirs!r}\nours   {answer!r}")
    print(f"seed {options.seed}, {len(bodies)} envelopes: {counts}")
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())

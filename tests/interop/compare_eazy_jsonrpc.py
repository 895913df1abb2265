"""Compares the engine with the eazy-jsonrpc library under PHP, envelope by envelope.

    python tests/interop/compare_eazy_jsonrpc.py BaseJsonRpcServer.php [--count 20000] [--seed N]

The library (sergeyfast/eazy-jsonrpc, a version of 2012 to 2015) is not part of this project: give
the path of its file. Methods of both sides have MTT's parameters and do nothing. Left out are
namespaced methods, the member ``version``, numbers beyond a double (in an id, the library answers
nothing; the fake answers a Parse error), and bodies at which PHP 8 stops the old library. Prints the
seed, the number of envelopes, and each difference.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
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
IDS = (
    1,
    0,
    -7,
    1.5,
    1.0,
    0.0,
    1e3,
    2**63,
    "1",
    "0",
    "",
    "a/я",
    None,
    True,
    False,
    {},
    {"a": 1.0},
    [1],
)
VERSIONS = ("2.0", "2.0", "2.0", "2.0", 2.0, 2, True, "2", "2.00", " 2.0", "+2e0", "1.0", "1.1", "2.0.0",
            "2,0", "", None, False, [2], {}, 1)  # fmt: skip
NAMES = (
    "customer_name",
    "callBackFollowmeStruct",
    "file_name",
    "callBackCall_id",
    "b_number",
    "extra",
    "",
    "a\0b",
)
SCALARS = (None, True, 0, 1.0, 1.5, "", "0", "79000000001", "я/\u2028", 2**64)
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


def value(chance: random.Random, depth: int = 0) -> object:
    """Return a random JSON value."""
    kind = chance.random()
    if depth > 2 or kind < 0.6:
        return chance.choice(SCALARS)
    if kind < 0.8:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(NAMES): value(chance, depth + 1) for _ in range(chance.randrange(4))}


def call(chance: random.Random) -> object:
    """Return a random call."""
    if chance.random() < 0.03:
        return value(chance)
    method = chance.choice([*mtt_contracts.methods(), "nothing", "", "0"])
    if chance.random() < 0.1:
        method = method.upper()
    members = {
        "jsonrpc": chance.choice(VERSIONS),
        "method": method,
        "params": value(chance),
        "id": chance.choice(IDS),
    }
    for name in list(members):
        if chance.random() < 0.06:
            del members[name]
    return members


def body(chance: random.Random) -> bytes:
    """Return a random body: a call, a batch, or one that is damaged."""
    batch = (
        [call(chance) for _ in range(chance.randrange(4))]
        if chance.random() < 0.2
        else call(chance)
    )
    text = json.dumps(batch, ensure_ascii=chance.random() < 0.5).encode()
    if chance.random() < 0.05:
        position = chance.randrange(len(text) + 1)
        text = (
            text[:position]
            + chance.choice([b"", b",", b"}", b"\0", b"\xff"])
            + text[position + 1 :]
        )
    return text


def main() -> int:
    """Print the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    bodies = [*HAND_MADE, *(body(chance) for _ in range(options.count))]
    bodies = [sent for sent in bodies if sent != b"0"]  # the library takes "0" for no request
    lines = b"".join(base64.b64encode(sent) + b"\n" for sent in bodies)
    done = subprocess.run(
        ["php", SCRIPT, options.library], input=lines, capture_output=True, check=True
    )
    ours, counts = engine(), {"same": 0, "different": 0, "stopped by PHP 8": 0}
    for sent, line in zip(bodies, done.stdout.splitlines(), strict=True):
        if line == b"throws":
            counts["stopped by PHP 8"] += 1
            continue
        theirs = json.loads(base64.b64decode(line[1:]) or b"null")
        answer = json.loads(ours.answer(sent).body or b"null")
        is_same = json.dumps(theirs, sort_keys=True) == json.dumps(answer, sort_keys=True)
        counts["same" if is_same else "different"] += 1
        if not is_same and counts["different"] <= 20:
            print(f"sent   {sent!r}\ntheirs {theirs}\nours   {answer}")
    print(f"seed {options.seed}, {len(bodies)} envelopes: {counts}")
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())

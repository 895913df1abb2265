"""Sends hostile bodies to the fake and checks that every answer is JSON or empty.

``python benchmarks/fuzz_wire.py [COUNT] [SEED]`` prints the seed, the rate and the peak of memory.
It prints the first body that breaks a rule and exits with 1.
"""

from __future__ import annotations

import base64
import json
import logging
import random
import resource
import sys
import time

from mtt_mock.domain.subscribers import Answers
from mtt_mock.service.fake import Fake
from mtt_mock.service.settings import Settings

AUTH = "Basic " + base64.b64encode(b"login:password").decode()
METHODS = [
    "setCallBackFollowme",
    "getCallBackFollowme",
    "deleteCallBackFollowme",
    "setCallBackPrompt",
    "getCallBackFollowmeCallInfo",
    "makeCallBackCallFollowme",
    "getCustomerBalance",
    "x",
    "",
]
TOKENS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"',
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\0",
    b"\xff",
    b"\xcf\xf0",
    b"1e999",
    b"-0.0",
    b"9223372036854775808",
    b"NaN",
    b"null",
    b"true",
    b'"jsonrpc":"2.0"',
    b'"id":',
    b'"params":',
    b'"method":',
    b"\xef\xbb\xbf",
    b"\x1f\x8b",
    b"{\0",
    b"[" * 300,
    b"]" * 300,
]
VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    0.0,
    1.5,
    1e17,
    2**63,
    2**64,
    "",
    "0",
    "a/я😀",
    "\0",
    "A",
    "\u0410",
    "ringall",
    "text",
    "79000000001",
    "89000000001",
    [],
    {},
    [[]],
    {"": 1},
    {"\0": 1},
    [1.0],
    "x" * 300,
]
NAMES = [
    "customer_name",
    "callBackFollowmeStruct",
    "caller_id",
    "defaultBNumber",
    "b_number",
    "duration",
    "callBackURL",
    "callBackCall_id",
    "file_name",
    "direction",
    "recordEnable",
    "type",
    "side",
    "value",
    "order",
    "timeout",
    "redirect_number",
    "\0",
    "extra",
]
CHECKPOINTS = 10


def value(rng: random.Random, depth: int = 0) -> object:
    """Return a random JSON value."""
    kind = rng.random()
    if depth > 3 or kind < 0.6:
        return rng.choice(VALUES)
    if kind < 0.8:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(NAMES): value(rng, depth + 1) for _ in range(rng.randrange(5))}


def body(rng: random.Random) -> bytes:
    """Return a random body: tokens, a request of random values, or a damaged request."""
    if rng.random() < 0.2:
        return b"".join(rng.choice(TOKENS) for _ in range(rng.randrange(12)))
    request = {
        "jsonrpc": rng.choice(["2.0", "2.0", "2.0", *VALUES]),
        "id": rng.choice([1, *VALUES]),
        "method": rng.choice(METHODS),
        "params": value(rng),
    }
    for name in list(request):
        if rng.random() < 0.05:
            del request[name]
    batch = [request] * rng.randrange(1, 4) if rng.random() < 0.1 else request
    text = json.dumps(batch, ensure_ascii=rng.random() < 0.5)
    data = text.encode(rng.choice(["utf-8"] * 6 + ["cp1251", "utf-16"]), "replace")
    if rng.random() < 0.3:
        at = rng.randrange(len(data) + 1)
        data = data[:at] + rng.choice(TOKENS) + data[at + rng.randrange(4) :]
    return data


def main(count: int, seed: int) -> int:
    """Send ``count`` bodies; return 1 when one breaks a rule."""
    logging.getLogger("mtt_mock").setLevel(logging.CRITICAL)
    settings = Settings.of(clock="manual", journal_size=100, calls_kept=100)
    fake = Fake(settings)
    fake.store.set_subscriber("*", Answers())
    rng, started, memory = random.Random(seed), time.monotonic(), []
    print(f"seed {seed}, {count} bodies")
    for number in range(count):
        sent = body(rng)
        try:
            reply = fake.answer(AUTH, sent)
            json.loads(reply.body or b"null")
            reply.body.decode("ascii")
            [note.message for note in fake.journal[-1].notes()]
            assert b"mtt-mock failed" not in reply.body
        except Exception as error:  # noqa: BLE001
            print(f"body {number}: {error!r}\n{sent!r}")
            return 1
        if number % max(count // CHECKPOINTS, 1) == 0:
            fake.reset()
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    seconds = time.monotonic() - started
    print(f"{count / seconds:.0f} bodies a second; MB at each tenth: {memory}")
    fake.close()
    return 0


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    sys.exit(
        main(
            *arguments[:1] or [100_000], *arguments[1:2] or [random.SystemRandom().getrandbits(32)]
        )
    )

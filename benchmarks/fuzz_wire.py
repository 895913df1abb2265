"""Sends hostile bodies to the fake and checks that every answer is JSON or empty.

``python benchmarks/fuzz_wire.py [COUNT] [SEED] [--socket]`` prints the seed, the rate and the peak
of memory. It prints the first body that breaks a rule and exits with 1. With ``--socket`` all
bodies go over one connection, which must stay usable.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import logging
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator

from mtt_mock import LiveServer
from mtt_mock.domain.subscribers import Answers
from mtt_mock.service.fake import Fake
from mtt_mock.service.settings import Settings
from mtt_mock.web.app import flask_app

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


@contextlib.contextmanager
def sender(fake: Fake, *, socket: bool) -> Iterator[Callable[[bytes], bytes]]:
    """Yield a function that sends a body to ``fake`` and returns the answer's body."""
    if not socket:
        yield lambda sent: fake.answer(AUTH, sent).body
        return
    with LiveServer(flask_app(fake)) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.connect()
        own = connection.sock

        def send(sent: bytes) -> bytes:
            connection.request("POST", "/index.php", sent, {"Authorization": AUTH})
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status in (200, 500), answer.status
            assert connection.sock is own, "the connection was closed"
            return content

        yield send
        connection.close()


def main(count: int, seed: int, *, socket: bool) -> int:
    """Send ``count`` bodies; return 1 when one breaks a rule."""
    logging.getLogger("mtt_mock").setLevel(logging.CRITICAL)
    settings = Settings.of(clock="manual", journal_size=100, calls_kept=100)
    fake = Fake(settings)
    fake.store.set_subscriber("*", Answers())
    rng, started, memory = random.Random(seed), time.monotonic(), []
    print(f"seed {seed}, {count} bodies{' over one connection' if socket else ''}")
    with sender(fake, socket=socket) as send:
        for number in range(count):
            sent = body(rng)
            try:
                reply = send(sent)
                json.loads(reply or b"null")
                reply.decode("ascii")
                [note.message for note in fake.journal[-1].notes()]
                assert b"mtt-mock failed" not in reply
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    parser.add_argument("seed", type=int, nargs="?", default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--socket", action="store_true")
    options = parser.parse_args()
    sys.exit(main(options.count, options.seed, socket=options.socket))

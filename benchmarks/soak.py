"""A bounded, mixed load on several workers: ``make soak``.

Clients preset, look, are refused, make calls, ask about them and delete, each for a customer of its
own and now and then for one that all share. Every answer is checked, every event of every call is
waited for. It ends with exit code 1 when an answer was wrong or missing, an event did not come
exactly once, or memory grew.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import collections
import contextlib
import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import databases
import hostile

AUTH = "Basic " + base64.b64encode(b"login:password").decode()
SHARED = "883140599999999"
QUEUE = [{"type": "Ringall", "redirect_number": "79000010001", "timeout": 25, "order": 1}]
EVENTS = ("start_side_A", "start_side_B", "end_side_A", "end_side_B")
GROWTH = 1.10  # what memory may be of itself, a quarter of the run against another
SETTLED = 30.0  # seconds that the last events get


class Soak:
    """What the clients saw."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = collections.defaultdict(list)
        self.wrong: list[str] = []
        self.calls: list[str] = []
        self.events: collections.Counter[tuple[str, str]] = collections.Counter()


class Client:
    """One keep-alive connection, one request at a time."""

    def __init__(self, soak: Soak, host: str, port: int, number: int, callback_allow: str) -> None:
        self.soak, self.host, self.port = soak, host, port
        self.customer, self.callback_allow = f"8831405{number:08}", callback_allow
        self.rng = random.Random(number)

    async def run(self, until: float) -> None:
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        try:
            while time.monotonic() < until:
                await self.round()
        except (OSError, EOFError, ValueError) as error:
            self.soak.wrong.append(f"{self.customer}: {type(error).__name__}: {error}")
        finally:
            self.writer.close()

    async def round(self) -> None:
        success = {"result": {"success": 1}}
        held = {"error": 1, "error_description": "Side A not clear. Delete before insert"}
        await self.expect(success, "deleteCallBackFollowme")
        await self.expect(success, "setCallBackFollowme", callBackFollowmeStruct=QUEUE)
        await self.expect({"result": held}, "setCallBackFollowme", callBackFollowmeStruct=QUEUE)
        got = {"result": {"callBackFollowmeStruct": QUEUE}}
        await self.expect(got, "getCallBackFollowme")
        if self.rng.random() < 0.3:
            made = await self.ask(
                "makeCallBackCallFollowme",
                b_number="79000010001",
                caller_id="74951001010",
                callBackURL=self.callback_allow,
                recordEnable=0,
            )
            call_id = made.get("result", {}).get("callBackCall_id")
            if call_id is None:
                self.soak.wrong.append(f"no call: {made}")
            else:
                self.soak.calls.append(call_id)
                await self.ask("getCallBackFollowmeCallInfo", callBackCall_id=call_id)
        if self.rng.random() < 0.2:
            # One customer of all: which of them wins is open, what may be answered is not.
            answer = await self.ask(
                "setCallBackFollowme", customer=SHARED, callBackFollowmeStruct=QUEUE
            )
            if answer not in (success, {"result": held}):
                self.soak.wrong.append(f"shared: {answer}")
            await self.expect(success, "deleteCallBackFollowme", customer=SHARED)
        await self.ask("getCustomerBalance")

    async def expect(self, wanted: object, method: str, **params: object) -> None:
        answer = await self.ask(method, **params)
        if answer != wanted:
            self.soak.wrong.append(f"{method}: {str(answer)[:300]}")

    async def ask(self, method: str, customer: str | None = None, **params: object) -> dict:
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {"customer_name": customer or self.customer, **params},
        }
        body = json.dumps(call).encode()
        started = time.perf_counter()
        self.writer.write(
            b"POST /index.php HTTP/1.1\r\nHost: soak\r\nAuthorization: %s\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (AUTH.encode(), len(body), body)
        )
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 60)
        length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
        content = await self.reader.readexactly(length)
        self.soak.times[method].append((time.perf_counter() - started) * 1000)
        answer = json.loads(content)
        return {key: answer[key] for key in ("result", "error") if key in answer}


async def receive(soak: Soak) -> tuple[asyncio.Server, str]:
    """Take events on a port of this process's own."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(EOFError, OSError, asyncio.CancelledError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                found = re.search(rb"event=(\w+)&id=(\d+)", head)
                if found:
                    soak.events[found[2].decode(), found[1].decode()] += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return server, f"http://127.0.0.1:{port}/events"


def memory_mb(parent: int) -> float:
    """Return what the processes of the server hold, in MB."""
    pids = [parent]
    with contextlib.suppress(OSError):
        pids += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return total / 1024


async def load(url: str, parent: int, seconds: float, clients: int) -> tuple[Soak, list[float]]:
    soak = Soak()
    host, port = re.search(r"http://([^:/]+):(\d+)", url).groups()
    server, callback_allow = await receive(soak)
    until = time.monotonic() + seconds
    memory: list[float] = []

    async def watch() -> None:
        while True:
            memory.append(memory_mb(parent))
            await asyncio.sleep(0.5)

    watcher = asyncio.ensure_future(watch())
    everyone = [Client(soak, host, int(port), number, callback_allow) for number in range(clients)]
    await asyncio.gather(*(client.run(until) for client in everyone))
    watcher.cancel()
    patient_until = time.monotonic() + SETTLED
    wanted = 4 * len(soak.calls)
    while len(soak.events) < wanted and time.monotonic() < patient_until:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    server.close()
    return soak, memory


@contextlib.contextmanager
def store_of(given: str | None) -> Iterator[str]:
    if given is not None:
        yield given
        return
    with databases.postgres() as postgres:
        if postgres is not None:
            yield postgres
            return
    print("no PostgreSQL here: SQLite instead")
    with databases.sqlite() as sqlite:
        yield sqlite


def report(soak: Soak, memory: list[float], seconds: float) -> int:
    """Print what was seen, and return the exit code."""
    total = sum(map(len, soak.times.values()))
    print(f"{total} requests in {seconds:.0f} s: {total / seconds:.0f} requests/s")
    for method, times in sorted(soak.times.items()):
        times.sort()
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        print(
            f"  {method:28} {len(times):7}   p50 {p50:7.2f}   p99 {p99:7.2f}"
            f"   longest {times[-1]:7.2f} ms"
        )
    missing = [
        (call_id, event)
        for call_id in soak.calls
        for event in EVENTS
        if not soak.events[call_id, event]
    ]
    twice = [key for key, count in soak.events.items() if count > 1]
    print(
        f"{len(soak.calls)} calls, {sum(soak.events.values())} events: "
        f"{len(missing)} missing, {len(twice)} more than once"
    )
    quarter = len(memory) // 4
    before, after = (
        statistics.median(memory[start : start + quarter] or [0.0])
        for start in (quarter, 3 * quarter)
    )
    growth = after / before if before else 1.0
    print(f"memory of all processes: {before:.0f} MB, later {after:.0f} MB (x{growth:.3f})")
    print(f"{len(soak.wrong)} wrong answers" + "".join(f"\n  {text}" for text in soak.wrong[:10]))
    failed = bool(soak.wrong or missing or twice or growth > GROWTH or not total)
    print("soak: FAILED" if failed else "soak: passed")
    return int(failed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--store", help="a database's URL (default: PostgreSQL, else SQLite)")
    parser.add_argument(
        "--hostile",
        action="store_true",
        help="honest requests together with hostile clients, in memory",
    )
    options = parser.parse_args()
    if options.hostile:
        return hostile.main(options.seconds)
    with store_of(options.store) as store:
        command = [sys.executable, "-m", "mtt_mock", "serve", "--port", "0", "--quiet"]
        command += ["--store", store, "--workers", str(options.workers), "--clock", "20x"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            banner: list[str] = []
            while not (banner and banner[-1].startswith("Ctrl-C")):
                banner.append(server.stdout.readline())
                if not banner[-1]:
                    return 1
            url = re.search(r"http://\S+", banner[0]).group()
            kind = store.partition(":")[0]
            print(f"{options.workers} workers on {kind}, {options.clients} clients")
            soak, memory = asyncio.run(load(url, server.pid, options.seconds, options.clients))
            return report(soak, memory, options.seconds)
        finally:
            server.terminate()
            server.communicate(timeout=60)


if __name__ == "__main__":
    sys.exit(main())

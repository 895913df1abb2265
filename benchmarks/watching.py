"""Measures what open consoles cost an application: ``python benchmarks/watching.py [SECONDS]``.

500 customers, 200 running calls, 50 requests a second; none or four consoles follow the fake as
the page does: the event stream, and each part that changed for a customer in it, every two
seconds and with the ETag of the last answer. Rounds without and with consoles alternate, and their
medians are compared: 6 rounds of 30 seconds take about 4 minutes. Run it on a quiet machine.

The last line says "holds" or "fails". Exit code 1: the p99 of the application is more than 1.3
times as long with consoles, or the fake's CPU rises by more than 5 points.
"""

from __future__ import annotations

import asyncio
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from http import HTTPStatus
from typing import Any

import hostile

CUSTOMERS, CALLS, CONSOLES = 500, 200, 4
ROUNDS = 3  # of each number of consoles, in turn; medians are compared
MAX_RATIO, MAX_CPU_POINTS = 1.3, 5.0
REFRESH_INTERVAL = 2.0  # seconds, as in console/page/parts.js while changes keep coming
PARTS = {
    "clock": "clock",
    "state": "state?limit=20&find=",
    "calls": "calls?limit=10",
    "faults": "faults",
    "stubs": "stubs",
    "subscribers": "subscribers",
}


class Console:
    """A page that is open, without a browser."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.fetched = 0  # bytes
        self.wanted: set[str] = set(PARTS)
        self.tags: dict[str, str] = {}
        self.customers: dict[str, set[str]] = {part: set() for part in ("state", "calls")}
        self.answers = collections.Counter[int]()  # by HTTP status

    async def run(self) -> None:
        await asyncio.gather(self.follow(), self.refresh())

    async def follow(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        writer.write(b"GET /_mtt/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        try:
            while line := await reader.readline():
                self.fetched += len(line)
                if line.startswith(b'data: {"parts"'):
                    self.hear(json.loads(line[6:]))
        finally:
            writer.close()

    def hear(self, change: dict[str, Any]) -> None:
        """Note the parts that show one of the customers; the page does the same."""
        names = change["customers"]
        self.wanted |= {
            part
            for part in change["parts"]
            if part in PARTS
            and (
                names is None
                or part not in self.customers
                or not self.customers[part].isdisjoint(names)
            )
        }

    async def refresh(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        try:
            while True:
                wanted, self.wanted = self.wanted, set()
                wanted |= {"clock", "calls"}  # time passes for the calls that run
                for part in wanted:
                    await self.load(part, reader, writer)
                await asyncio.sleep(REFRESH_INTERVAL)
        finally:
            writer.close()

    async def load(
        self, part: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        tag = f"If-None-Match: {self.tags[part]}\r\n" if part in self.tags else ""
        head = f"GET /_mtt/{PARTS[part]} HTTP/1.1\r\nHost: 127.0.0.1\r\n{tag}\r\n"
        writer.write(head.encode())
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(answer.split(" ")[1])
        self.answers[status] += 1
        self.tags[part] = re.search(r"(?i)\netag: (.*)\r", answer)[1]
        if status == HTTPStatus.NOT_MODIFIED:
            return
        length = int(re.search(r"(?i)\ncontent-length: (\d+)", answer)[1])
        body = await reader.readexactly(length)
        self.fetched += length
        if part == "state":
            self.customers[part] = {item["customer"] for item in json.loads(body)["customers"]}
        elif part == "calls":
            self.customers[part] = {item["customer"] for item in json.loads(body)["calls"]}


async def prepare(port: int) -> None:
    """Set the customers and start the calls, which ring until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(CUSTOMERS):
        customer = f"8831407{number:08}"
        params = {"callBackFollowmeStruct": hostile.RING}
        await hostile.ask(reader, writer, "setCallBackFollowme", customer, params)
        if number < CALLS:
            numbers = {"b_number": "79000009999", "caller_id": "7495"}
            await hostile.ask(reader, writer, "makeCallBackCallFollowme", customer, numbers)
    writer.close()


async def run(server: hostile.Server, seconds: float, consoles: int) -> dict[str, float]:
    await prepare(server.port)
    pages = [Console(server.port) for _ in range(consoles)]
    tasks = [asyncio.ensure_future(page.run()) for page in pages]
    await asyncio.sleep(2)
    command = [sys.executable, hostile.__file__, "--honest", str(server.port), str(seconds)]
    cpu, started = server.cpu_seconds(), time.monotonic()
    client = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    output, _ = await client.communicate()
    share = (server.cpu_seconds() - cpu) / (time.monotonic() - started)
    for task in tasks:
        if task.done():
            task.result()  # raises what ended it
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    times = json.loads(output)["times"]
    return {
        "p50": hostile.percentile(times, 0.5),
        "p99": hostile.percentile(times, 0.99),
        "cpu": share * 100,
        "fetched": sum(page.fetched for page in pages) / 1e6 / seconds,
        "requests": sum(page.answers.total() for page in pages) / seconds,
    }


def measure(seconds: float, consoles: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        server = hostile.Server(folder, "real")
        try:
            return asyncio.run(run(server, seconds, consoles))
        finally:
            server.process.kill()
            server.process.communicate()


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    rows: dict[int, list[dict[str, float]]] = {0: [], CONSOLES: []}
    for number in range(ROUNDS):
        for consoles, measured in rows.items():
            measured.append(measure(seconds, consoles))
            print(f"round {number + 1}, {described(consoles, measured[-1])}", flush=True)
    medians = {
        consoles: {name: sorted(row[name] for row in measured)[ROUNDS // 2] for name in measured[0]}
        for consoles, measured in rows.items()
    }
    for consoles, row in medians.items():
        print(f"median, {described(consoles, row)}")
    ratio = medians[CONSOLES]["p99"] / medians[0]["p99"]
    points = medians[CONSOLES]["cpu"] - medians[0]["cpu"]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    fails = ratio > MAX_RATIO or points > MAX_CPU_POINTS
    print(
        f"{'fails' if fails else 'holds'}: p99 x{ratio:.2f} (at most {MAX_RATIO}), "
        f"CPU +{points:.1f} points (at most {MAX_CPU_POINTS:.0f}); load of the machine: {load}"
    )
    return int(fails)


def described(consoles: int, row: dict[str, float]) -> str:
    return (
        f"{consoles} consoles: p50 {row['p50']:.1f} ms, p99 {row['p99']:.1f} ms, "
        f"CPU {row['cpu']:.1f} %, {row['requests']:.1f} requests/s, {row['fetched']:.2f} MB/s"
    )


if __name__ == "__main__":
    sys.exit(main())

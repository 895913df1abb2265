"""Measures what open consoles cost an application: ``python benchmarks/watching.py [SECONDS]``.

500 customers, 200 running calls, 50 requests a second; none or four consoles follow the fake as
the page does: the event stream, and each part that changed, at most once a second. Exit code 1: the
p99 of the application is more than 1.3 times as long with consoles, or the fake's CPU rises by more
than 5 points.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import hostile

CUSTOMERS, CALLS, CONSOLES = 500, 200, 4
ROUNDS = 3  # of each number of consoles, in turn; medians are compared
MAX_RATIO, MAX_CPU_POINTS = 1.3, 5.0
REFRESH_INTERVAL = 1.0  # seconds, as in console/page/parts.js
PARTS = {
    "clock": "clock",
    "state": "state?limit=20&find=",
    "calls": "calls?limit=10",
    "faults": "faults",
    "subscribers": "subscribers",
}


class Console:
    """A page that is open, without a browser."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.fetched = 0  # bytes
        self.wanted: set[str] = set(PARTS)

    async def run(self) -> None:
        await asyncio.gather(self.follow(), self.refresh())

    async def follow(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        writer.write(b"GET /_mtt/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        try:
            while line := await reader.readline():
                self.fetched += len(line)
                if line.startswith(b'data: {"what"'):
                    self.wanted |= set(json.loads(line[6:])["what"]) & set(PARTS)
        finally:
            writer.close()

    async def refresh(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        try:
            while True:
                wanted, self.wanted = self.wanted, set()
                for part in wanted:
                    writer.write(
                        f"GET /_mtt/{PARTS[part]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
                    )
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
                    self.fetched += len(await reader.readexactly(length))
                await asyncio.sleep(REFRESH_INTERVAL)
        finally:
            writer.close()


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
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    rows: dict[int, list[dict[str, float]]] = {0: [], CONSOLES: []}
    for _ in range(ROUNDS):
        for consoles, measured in rows.items():
            measured.append(measure(seconds, consoles))
    medians = {
        consoles: {name: sorted(row[name] for row in found)[ROUNDS // 2] for name in found[0]}
        for consoles, found in rows.items()
    }
    for consoles, row in medians.items():
        print(
            f"{consoles} consoles: p50 {row['p50']:.1f} ms, p99 {row['p99']:.1f} ms, "
            f"CPU {row['cpu']:.1f} %, {row['fetched']:.2f} MB/s fetched"
        )
    ratio = medians[CONSOLES]["p99"] / medians[0]["p99"]
    points = medians[CONSOLES]["cpu"] - medians[0]["cpu"]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"p99 x{ratio:.2f}, CPU +{points:.1f} points; load of the machine: {load}")
    return int(ratio > MAX_RATIO or points > MAX_CPU_POINTS)


if __name__ == "__main__":
    sys.exit(main())

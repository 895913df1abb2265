"""Honest requests together with hostile clients: ``make soak ARGS=--hostile``.

Fifty honest requests a second are measured alone, then with slow senders, silent connections,
half-open TLS, hanging receivers, streams that are not read, large presets, patterns and broken
requests. All of it is bounded in number and time, and stays on loopback. It prints a table and ends
with exit code 1 when a bound of ``BOUNDS`` is exceeded.
"""

from __future__ import annotations

import asyncio
import base64
import collections
import contextlib
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

AUTH = base64.b64encode(b"login:password").decode()
HONEST_CONNECTIONS, HONEST_RATE = 10, 50  # requests a second of all together
SILENT, SLOW, HALF_TLS, STREAMS, UNREAD_STREAMS = 100, 20, 30, 90, 10
LARGE = "x" * 200_000
PATTERN = "*1" * 15 + "2"
RING = [{"type": "Ringall", "redirect_number": "79000010001", "timeout": 25}]
HIDDEN_REQUEST = (
    b"POST /index.php HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    b"Content-Length: 33\r\n\r\nGET /hidden HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
)
BOUNDS = {"p99": 3.0, "memory": 150.0, "descriptors": 30, "repeated lines": 10, "stop": 5.0}


class Server:
    """``mtt-mock serve`` in a process of its own, and what it costs."""

    def __init__(self, folder: str, clock: str = "20x") -> None:
        self.log = Path(folder) / "log"
        command = [sys.executable, "-m", "mtt_mock", "serve", "--port", "0", "--quiet"]
        command += ["--tls", "--tls-port", "0", "--clock", clock]
        environ = os.environ | {"MTT_MOCK_CA_DIR": f"{folder}/ca"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=environ
            )
        banner = [self.process.stdout.readline()]
        while not banner[-1].startswith("Ctrl-C"):
            banner.append(self.process.stdout.readline())
        self.port, self.tls_port = (
            int(re.search(r"//127\.0\.0\.1:(\d+)", line).group(1)) for line in banner[:2]
        )
        self.samples: list[tuple[float, int]] = []  # MB, descriptors

    async def watch(self) -> None:
        """Note memory and descriptors twice a second."""
        await asyncio.sleep(2)  # after the start
        status = Path(f"/proc/{self.process.pid}/status")
        descriptors_of_process = Path(f"/proc/{self.process.pid}/fd")
        while True:
            kib = re.search(r"VmRSS:\s+(\d+)", status.read_text()).group(1)
            descriptors = sum(1 for _ in descriptors_of_process.iterdir())
            self.samples.append((int(kib) / 1024, descriptors))
            await asyncio.sleep(0.5)

    def cpu_seconds(self) -> float:
        """Return the CPU time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> float:
        """Send SIGTERM; return the seconds until the process has ended."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        return time.monotonic() - started

    def repeated_lines(self) -> tuple[int, str]:
        """Return how often the most frequent line was logged, and the line; numbers count alike."""
        lines = re.sub(r"\d+", "N", self.log.read_text(errors="replace")).splitlines()
        [(line, count)] = collections.Counter(lines).most_common(1) or [("", 0)]
        return count, line


class Honest:
    """Steady requests, measured in a process of their own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.times: list[float] = []
        self.wrong: collections.Counter[str] = collections.Counter()
        self.events = 0

    async def run(self, seconds: float) -> None:
        """Send requests for ``seconds`` and print what was seen as JSON."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                while await reader.readuntil(b"\r\n\r\n"):
                    self.events += 1
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        receiver = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for number in range(HONEST_CONNECTIONS):
                    group.create_task(self.honest(number, receiver))
        print(json.dumps({"times": self.times, "wrong": self.wrong, "events": self.events}))

    async def honest(self, number: int, receiver: str) -> None:
        """Send one request after the other at a steady rate, on one connection."""
        customer = f"8831405{number:08}"
        random_number = random.Random(number)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        pause = HONEST_CONNECTIONS / HONEST_RATE
        due = time.monotonic() + random_number.random() * pause
        calls = [
            ("deleteCallBackFollowme", {}),
            ("setCallBackFollowme", {"callBackFollowmeStruct": RING}),
            ("getCallBackFollowme", {}),
            ("getCustomerBalance", {}),
        ]
        made = {"b_number": "79000010001", "caller_id": "74951001010", "callBackURL": receiver}
        for turn in range(10**9):
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            method, params = calls[turn % 4]
            if turn % 40 == 39:
                method, params = "makeCallBackCallFollowme", made
            started = time.perf_counter()
            answer = await ask(reader, writer, method, customer, params)
            self.times.append((time.perf_counter() - started) * 1000)
            if "result" not in answer or "error" in answer["result"]:
                self.wrong[f"{method}: {str(answer)[:200]}"] += 1
            due = max(due + pause, time.monotonic())


class Load:
    """Hostile clients, and what they did."""

    def __init__(self, port: int, tls_port: int) -> None:
        self.port, self.tls_port = port, tls_port
        self.hostile: collections.Counter[str] = collections.Counter()
        self.is_over = False

    async def repeat(self, name: str, work: Callable[[], Awaitable[None]], pause: float) -> None:
        """Do ``work`` again and again; hostile clients expect to be cut off."""
        while not self.is_over:
            self.hostile[name] += 1
            with contextlib.suppress(OSError, EOFError, asyncio.TimeoutError, ValueError):
                await work()
            await asyncio.sleep(pause)

    async def silent(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        await _until_closed(reader, writer)

    async def half_tls(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.tls_port)
        writer.write(b"\x16\x03\x01\x02\x00\x01\x00")
        await _until_closed(reader, writer)

    async def slow(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = b"POST /index.php HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"
        try:
            for byte in head + b" " * 1000:
                writer.write(bytes([byte]))
                await writer.drain()
                if reader.at_eof():
                    return
                await asyncio.sleep(0.5)
        finally:
            writer.close()

    async def stream(self, *, is_read: bool) -> None:
        limit = 2**16 if is_read else 1
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=limit)
        writer.write(b"GET /_mtt/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        try:
            while is_read and await reader.read(65536):
                pass
            await asyncio.sleep(3600)
        finally:
            writer.close()

    async def large(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        struct = [{"type": "text", "side": "B", "value": LARGE}]
        customer = "8831406000000"
        try:
            await ask(reader, writer, "deleteCallBackFollowme", customer, {})
            params = {"callBackFollowmeStruct": struct}
            await ask(reader, writer, "setCallBackFollowme", customer, params)
            for _ in range(3):
                await ask(reader, writer, "getCallBackFollowme", customer, {})
        finally:
            writer.close()

    async def pattern(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        simple = [{"type": "Ringall", "redirect_number": "1" * 60}]
        params = {"b_number": "79000000001", "caller_id": "79000000002"}
        params["simpleCallBackFollowmeStruct"] = simple
        try:
            await ask(reader, writer, "makeCallBackCallFollowme", "8831406000001", params)
        finally:
            writer.close()

    async def hanging_calls(self, receiver: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        params = {
            "b_number": "79000010001",
            "caller_id": "74951001010",
            "callBackURL": receiver,
            "simpleCallBackFollowmeStruct": RING,
        }
        try:
            await ask(reader, writer, "makeCallBackCallFollowme", "8831406000002", params)
        finally:
            writer.close()

    async def broken(self) -> None:
        request = random.choice([
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            HIDDEN_REQUEST,
            b"\x00\xff" * 100 + b"\r\n\r\n",
            b"POST /_mtt/snapshot HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 67108864\r\n\r\n{",
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 300 + b"\r\n",
        ])  # fmt: skip
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        await asyncio.wait_for(_until_closed(reader, writer), 2)


async def _until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await reader.read(65536):
            pass
    finally:
        writer.close()


async def ask(reader, writer, method: str, customer: str, params: dict) -> dict:
    call = {"jsonrpc": "2.0", "id": 1, "method": method}
    body = json.dumps(call | {"params": {"customer_name": customer, **params}}).encode()
    head = f"POST /index.php HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {AUTH}\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answered = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
    length = int(re.search(rb"(?i)content-length: (\d+)", answered).group(1))
    return json.loads(await reader.readexactly(length))


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept a request and never answer."""
    with contextlib.suppress(OSError, asyncio.CancelledError):
        while await reader.read(65536):
            pass
    writer.close()


async def run(server: Server, seconds: float, *, hostile: bool) -> tuple[Load, dict, float, float]:
    """Run the load.

    Returns:
        The load, what honest clients saw, the server's share of a core, the seconds of its stop.
    """
    load = Load(server.port, server.tls_port)
    hanging = await asyncio.start_server(hang, "127.0.0.1", 0)
    bad = f"http://127.0.0.1:{hanging.sockets[0].getsockname()[1]}/"
    watch = asyncio.ensure_future(server.watch())
    tasks = []
    if hostile:
        await _set_pattern(server.port)
        kinds = [
            *[("silent connections", load.silent, 0.1)] * SILENT,
            *[("half-open TLS", load.half_tls, 0.1)] * HALF_TLS,
            *[("slow senders", load.slow, 0.1)] * SLOW,
            *[("streams", lambda: load.stream(is_read=True), 1.0)] * STREAMS,
            *[("streams not read", lambda: load.stream(is_read=False), 1.0)] * UNREAD_STREAMS,
            ("large presets", load.large, 5.0),
            ("calls to a pattern", load.pattern, 0.5),
            ("calls with a hanging receiver", lambda: load.hanging_calls(bad), 0.5),
            *[("broken requests", load.broken, 0.5)] * 4,
        ]
        tasks = [asyncio.ensure_future(load.repeat(*kind)) for kind in kinds]
    command = [sys.executable, __file__, "--honest", str(server.port), str(seconds)]
    cpu, started = server.cpu_seconds(), time.monotonic()
    client = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    output, _ = await client.communicate()
    share = (server.cpu_seconds() - cpu) / (time.monotonic() - started)
    watch.cancel()
    for task in tasks:
        if task.done():
            task.result()  # raises what ended it
    load.is_over = True
    stop = await asyncio.to_thread(server.stop)  # the hostile connections are open
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    hanging.close()
    return load, json.loads(output), share, stop


async def _set_pattern(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"number": PATTERN, "does": "busy"}).encode()
    head = (
        "POST /_mtt/subscribers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    )
    writer.write(f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    if b" 200 " not in answer.split(b"\r\n")[0]:
        raise RuntimeError(answer.decode())


def percentile(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def measure(seconds: float, *, hostile: bool) -> dict[str, float | str]:
    """Run one phase on a server of its own and return its row."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder)
        try:
            load, seen, share, stop = asyncio.run(run(server, seconds, hostile=hostile))
        finally:
            server.process.kill()
        repeated, line = server.repeated_lines()
    memory = [megabytes for megabytes, _ in server.samples]
    quarter = len(server.samples) // 4
    early, late = (
        statistics.median(count for _, count in server.samples[start : start + quarter])
        for start in (quarter, 3 * quarter)
    )
    for kind, count in sorted(load.hostile.items()):
        print(f"  {kind}: {count}")
    for wrong, count in list(seen["wrong"].items())[:3]:
        print(f"  WRONG {count} times: {wrong}")
    if repeated > 1:
        print(f"  logged {repeated} times: {line[:120]}")
    return {
        "requests": len(seen["times"]),
        "wrong": sum(seen["wrong"].values()),
        "events": seen["events"],
        "p50": percentile(seen["times"], 0.5),
        "p99": percentile(seen["times"], 0.99),
        "longest": max(seen["times"]),
        "memory": max(memory),
        "descriptors": late - early,
        "most descriptors": max(count for _, count in server.samples),
        "cpu": share * 100,
        "repeated lines": repeated,
        "stop": stop,
    }


def main(seconds: float) -> int:
    quiet = measure(min(60.0, seconds), hostile=False)
    hostile = measure(seconds, hostile=True)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\n{seconds:.0f} s; load of the machine at the end: {load}")
    print(f"{'':18}{'quiet':>10}{'hostile':>10}")
    units = {"p50": "ms", "p99": "ms", "longest": "ms", "memory": "MB", "cpu": "%", "stop": "s"}
    for name, value in quiet.items():
        unit = units.get(name, "")
        digits = 1 if unit else 0
        print(f"{name:18}{value:10.{digits}f}{hostile[name]:10.{digits}f} {unit}")
    exceeded = [
        name
        for name, is_kept in {
            "p99": hostile["p99"] <= BOUNDS["p99"] * quiet["p99"],
            "memory": hostile["memory"] - quiet["memory"] <= BOUNDS["memory"],
            "descriptors": abs(hostile["descriptors"]) <= BOUNDS["descriptors"],
            "repeated lines": hostile["repeated lines"] <= BOUNDS["repeated lines"],
            "stop": hostile["stop"] <= BOUNDS["stop"],
            "wrong": not hostile["wrong"],
        }.items()
        if not is_kept
    ]
    print(f"soak: FAILED: {', '.join(exceeded)}" if exceeded else "soak: passed")
    return int(bool(exceeded))


if __name__ == "__main__":  # the process of the honest clients
    asyncio.run(Honest(int(sys.argv[2])).run(float(sys.argv[3])))

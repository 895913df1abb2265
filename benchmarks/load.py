"""A load generator: POSTs one body over keep-alive connections and times every answer.

python benchmarks/load.py HOST PORT SECONDS CONNECTIONS < body; prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


class Connection(asyncio.Protocol):
    """One request at a time; notes the seconds that each answer took."""

    def __init__(self, request: bytes, times: list[float], until: float) -> None:
        self.request, self.times, self.until = request, times, until
        self.buffer = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        now = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(head.decode()))
        elif now < self.until:
            self.times.append(now - self.sent)
            self.buffer = b""
            self.send()
        else:
            self.transport.close()
            self.done.set_result(None)

    def connection_lost(self, exc) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed by the server"))


async def main() -> None:
    host, port, seconds, connections = sys.argv[1:]
    body = sys.stdin.buffer.read()
    request = (
        b"POST /index.php HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        b"Authorization: Basic bG9naW46cGFzc3dvcmQ=\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    times: list[float] = []
    until = time.perf_counter() + float(seconds)
    loop = asyncio.get_running_loop()
    open_ = [
        await loop.create_connection(lambda: Connection(request, times, until), host, int(port))
        for _ in range(int(connections))
    ]
    await asyncio.gather(*(protocol.done for _, protocol in open_))
    times.sort()
    report = {
        "requests_per_s": len(times) / float(seconds),
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[len(times) * 99 // 100] * 1000,
    }
    print(json.dumps(report))


asyncio.run(main())

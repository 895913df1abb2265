"""Measures the fake and bare Flask on the same server, in one run: ``make bench``.

Bare Flask answers a constant; the fake authenticates, parses, validates and answers the documented
request of six elements, and keeps its journal and its line per request. Rounds alternate, medians
are printed. Nothing is asserted.
"""

from __future__ import annotations

import base64
import http.client
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bare
import calls
import mtt_contracts
import mtt_mock
import stores

HERE = Path(__file__).parent
BODY = json.dumps(mtt_contracts.examples()["set_documented_success"].request).encode()
HEADERS = {
    "Authorization": "Basic " + base64.b64encode(b"login:password").decode(),
    "Content-Type": "application/json",
}
COMMANDS = {
    "bare Flask": [sys.executable, str(HERE / "bare.py")],
    "the fake": [sys.executable, "-m", "mtt_mock", "serve", "--port", "0"],
}
ROUNDS, SECONDS, CONNECTIONS = 5, 3, 16


class Server:
    """A server in a process of its own; knows how long it took to its first answer."""

    def __init__(self, command: list[str]) -> None:
        started = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.host, _, self.port = line.split("//")[1].split("/")[0].partition(":")
        connection = http.client.HTTPConnection(self.host, int(self.port))
        connection.request("POST", "/index.php", BODY, HEADERS)
        connection.getresponse().read()
        self.first_answer_ms = (time.perf_counter() - started) * 1000
        connection.close()
        # Its line per request is wanted, and read away.
        self.reader = subprocess.Popen(
            ["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL
        )

    def load(self, seconds: float) -> dict[str, float]:
        command = [sys.executable, str(HERE / "load.py"), self.host, self.port]
        command += [str(seconds), str(CONNECTIONS)]
        done = subprocess.run(command, input=BODY, capture_output=True, check=True)
        return json.loads(done.stdout)

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return float("nan")
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.reader.wait()


def live() -> None:
    servers = {name: Server(command) for name, command in COMMANDS.items()}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
    for server in servers.values():
        server.load(1)
    for _ in range(ROUNDS):
        for name, server in servers.items():
            found[name].append(server.load(SECONDS))
    print(f"live, {CONNECTIONS} keep-alive connections, medians of {ROUNDS} rounds of {SECONDS} s")
    for name, reports in found.items():
        median = {key: statistics.median(report[key] for report in reports) for key in reports[0]}
        print(
            f"  {name:12} {median['requests_per_s']:8.0f} requests/s"
            f"   p50 {median['p50_ms']:6.2f} ms   p99 {median['p99_ms']:6.2f} ms"
            f"   memory after {servers[name].memory_mb():.0f} MB"
        )
    ratios = [
        fake["requests_per_s"] / plain["requests_per_s"]
        for plain, fake in zip(found["bare Flask"], found["the fake"], strict=True)
    ]
    print(f"  ratio fake / bare {statistics.median(ratios):.2f}")
    for server in servers.values():
        server.stop()


def start_up() -> None:
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(7):
        for name, command in COMMANDS.items():
            server = Server(command)
            times[name].append(server.first_answer_ms)
            server.stop()
    print("start of the process to the first answer, medians of 7")
    for name, found in times.items():
        print(f"  {name:12} {statistics.median(found):8.0f} ms")


def in_process() -> None:
    clients = {
        "bare Flask": bare.create().test_client(),
        "the fake": mtt_mock.create_app().test_client(),
    }
    found: dict[str, list[float]] = {name: [] for name in clients}
    for number in range(6):
        for name, client in clients.items():
            started = time.perf_counter()
            for _ in range(1000):
                client.post("/index.php", data=BODY, headers=HEADERS)
            if number:
                found[name].append((time.perf_counter() - started) * 1000)
    print("in process, Flask's test client, medians of 5 rounds of 1000 calls")
    for name, times in found.items():
        print(f"  {name:12} {statistics.median(times):8.0f} µs a call")
    ratios = [
        fake / plain for plain, fake in zip(found["bare Flask"], found["the fake"], strict=True)
    ]
    print(f"  ratio fake / bare {statistics.median(ratios):.2f}")


def plugin() -> None:
    """Whole pytest runs: what the plugin costs a suite, and what its fixture costs a test."""
    tests = (
        "import pytest\n@pytest.mark.parametrize('n', range({count}))\ndef test(n{fixture}): pass\n"
    )
    plain, fixture = tests.format(count=1000, fixture=""), ", mtt_server"
    runs = {
        "1000 tests": (plain, []),
        "1000 tests, plugin off": (plain, ["-p", "no:mtt"]),
        "1000 tests of mtt_server": (tests.format(count=1000, fixture=fixture), []),
        "1 test of mtt_server": (tests.format(count=1, fixture=fixture), []),
    }
    found: dict[str, list[float]] = {name: [] for name in runs}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(5):
            for name, (text, options) in runs.items():
                (Path(folder) / "test_it.py").write_text(text)
                command = [sys.executable, "-m", "pytest", "-q", "-p", "no:hypothesispytest"]
                started = time.perf_counter()
                subprocess.run(
                    [*command, *options], cwd=folder, check=True, stdout=subprocess.DEVNULL
                )
                found[name].append((time.perf_counter() - started) * 1000)
    print("pytest runs, medians of 5")
    medians = {name: statistics.median(times) for name, times in found.items()}
    for name, median in medians.items():
        print(f"  {name:26} {median:6.0f} ms")
    # What 999 more tests cost with the fixture, less what they cost without.
    more = medians["1000 tests of mtt_server"] - medians["1 test of mtt_server"]
    print(f"  a test of mtt_server, collecting and reporting it included: {more / 999:.2f} ms")


if __name__ == "__main__":
    print(f"Python {platform.python_version()} on {platform.machine()}")
    live()
    start_up()
    in_process()
    plugin()
    calls.report()
    stores.report()

"""Compares this build with others in one run: ``python benchmarks/compare.py``.

The others are the build at ``BASE`` (installed from git into a temporary folder), bare Flask on the
same server, and the OpenRPC project's mock-server if npm is installed. Servers take turns in a
round; medians of the rounds are printed. Nothing is asserted. Needs ``wrk`` for the live figures.

Options: ``--rounds N`` (5), ``--seconds N`` of a round (3),
``--only live,start,process,answers,growth``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import mtt_contracts
from mtt_mock.service.discovery import openrpc_document

BASE = "2fb137b"
OPENRPC = "@open-rpc/mock-server@1.7.8"
HERE = Path(__file__).parent
BODY = json.dumps(mtt_contracts.examples()["set_documented_success"].request)
AUTHORIZATION = "Basic bG9naW46cGFzc3dvcmQ="
CONNECTIONS = 16
START_TIMEOUT = 60.0  # seconds
IN_PROCESS = """
import statistics, sys, time
import mtt_mock
from mtt_client import MttClient
app = mtt_mock.create_app()
if hasattr(mtt_mock, "AppTransport"):
    transport = mtt_mock.AppTransport(app)
else:
    import httpx2
    transport = httpx2.WSGITransport(app=app.wsgi_app)
url = "http://mtt-mock.invalid/index.php"
with MttClient(url, "login", "password", "883140500000000", transport=transport) as client:
    rounds = []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(500):
            client.delete_callback_followme()
        rounds.append((time.perf_counter() - started) / 500 * 1e6)
print(min(rounds))
"""
# CPU time of each kind of answer, without HTTP: the least of 300 times 100.
ANSWERS = """
import json, time
import mtt_contracts
from mtt_mock import Fake
fake = Fake()
six = mtt_contracts.examples()["set_documented_success"].request
def body(method, params):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
customer = {"customer_name": six["params"]["customer_name"]}
refused = body("setCallBackFollowme", six["params"])
get = body("getCallBackFollowme", customer)
balance = body("getCustomerBalance", customer)
delete = body("deleteCallBackFollowme", customer)
def answer(body):
    return fake.answer("Basic bG9naW46cGFzc3dvcmQ=", body)
def cost(*bodies):
    best = 9.0
    for _ in range(300):
        started = time.process_time()
        for _ in range(100):
            for body in bodies:
                answer(body)
        best = min(best, (time.process_time() - started) / 100)
    return best * 1e6
answer(refused)
costs = {
    "a refused set of six elements": cost(refused),
    "a get of six elements": cost(get),
    "a balance": cost(balance),
    "a delete and a set": cost(delete, refused),
}
answer(delete)
costs["a get of nothing, an error"] = cost(get)
print(json.dumps(costs))
"""
GROWTH = """
import json, time
import mtt_mock
from mtt_mock import Fake
limits = {"max_customers": 200_000, "max_running_calls": 200_000, "clock": "manual"}
fake = Fake(mtt_mock.Settings(**{k: v for k, v in limits.items() if hasattr(mtt_mock.Settings, k)}))
def call(method, **params):
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = fake.answer("Basic bG9naW46cGFzc3dvcmQ=", json.dumps(body).encode())
    assert b'"result"' in answer.body and b"error_description" not in answer.body, answer.body
elements = [{"type": "linal", "redirect_number": "79000000001"}]
def preset(customer):
    call("setCallBackFollowme", customer_name=str(customer), callBackFollowmeStruct=elements)
def start_call():
    call("makeCallBackCallFollowme", customer_name="1", b_number="79000000002", caller_id="7495")
def cost(action):
    best = 9.0
    for _ in range(20):
        started = time.perf_counter()
        for _ in range(100):
            action()
        best = min(best, (time.perf_counter() - started) / 100)
    return best * 1e6
"""
CUSTOMERS = """
for customer in range(COUNT):
    preset(customer)
print(cost(lambda: call("getCallBackFollowme", customer_name="1")))
"""
CALLS = """
preset(1)
for _ in range(COUNT):
    start_call()
print(cost(start_call))
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A server in a process of its own, and its measurements."""

    def __init__(self, name: str, command: list[str], path: str, cwd: Path) -> None:
        port = free_port()
        self.name = name
        self.url = f"http://127.0.0.1:{port}{path}"
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [part.replace("PORT", str(port)) for part in command],
            cwd=cwd,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self.answers():
            if time.perf_counter() - started > START_TIMEOUT:
                self.stop()
                raise TimeoutError(f"{name} does not answer")
            time.sleep(0.002)
        self.first_answer_ms = (time.perf_counter() - started) * 1000

    def answers(self) -> bool:
        request = urllib.request.Request(
            self.url,
            BODY.encode(),
            {"Authorization": AUTHORIZATION, "Content-Type": "application/json"},
        )
        with contextlib.suppress(OSError):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()
            return True
        return False

    def load(self, script: Path, seconds: int) -> dict[str, float]:
        before = self.cpu_seconds()
        done = subprocess.run(
            [
                "wrk",
                "-t1",
                f"-c{CONNECTIONS}",
                f"-d{seconds}s",
                "--latency",
                "-s",
                str(script),
                self.url,
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        requests = int(re.search(r"(\d+) requests in", done)[1])
        p99, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", done).groups()
        return {
            "requests_per_s": float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1]),
            "p99_ms": float(p99) * {"us": 0.001, "ms": 1, "s": 1000}[unit],
            "cpu_us": (self.cpu_seconds() - before) / requests * 1e6,
            "memory_mb": self.memory_mb(),
        }

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def base_python(folder: Path) -> str:
    """Install the build at ``BASE`` and return its interpreter."""
    tree = folder / "base"
    subprocess.run(["git", "-C", str(HERE), "worktree", "prune"], check=True)
    archive = subprocess.run(
        ["git", "-C", str(HERE.parent), "archive", BASE], capture_output=True, check=True
    ).stdout
    tree.mkdir()
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive, check=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    python = str(folder / "venv" / "bin" / "python")
    command = [python, "-m", "pip", "install", "-q", f"{tree}[sql]"]
    subprocess.run(command, check=True)
    return python


def openrpc_command(folder: Path) -> list[str] | None:
    """Install the OpenRPC mock-server and return its command; ``None`` without npm."""
    if shutil.which("npm") is None:
        return None
    subprocess.run(
        ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder), OPENRPC],
        check=True,
    )
    document = openrpc_document("http://127.0.0.1/index.php")
    (folder / "openrpc.json").write_text(json.dumps(document))
    return [
        str(folder / "node_modules" / ".bin" / "open-rpc-mock-server"),
        "--port", "PORT", "--document", str(folder / "openrpc.json"),
    ]  # fmt: skip


def median(rounds: list[dict[str, float]], key: str) -> float:
    return statistics.median(entry[key] for entry in rounds)


def live(commands: dict[str, tuple[list[str], str]], folder: Path, options) -> None:
    script = folder / "request.lua"
    script.write_text(
        f"wrk.method = 'POST'\nwrk.body = {json.dumps(BODY, ensure_ascii=False)!s}\n"
        "wrk.headers['Content-Type'] = 'application/json'\n"
        f"wrk.headers['Authorization'] = '{AUTHORIZATION}'\n"
    )
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, (command, path) in commands.items():
            # A new process each time: two of the same program differ by a tenth.
            server = Server(name, command, path, folder)
            try:
                server.load(script, 1)
                rounds[name].append(server.load(script, options.seconds))
            finally:
                server.stop()
    print(f"| live, {CONNECTIONS} connections | requests/s | p99 ms | CPU µs | memory MB |")
    print("|---|---|---|---|---|")
    for name, values in rounds.items():
        print(
            f"| {name} | {median(values, 'requests_per_s'):.0f} | {median(values, 'p99_ms'):.1f} "
            f"| {median(values, 'cpu_us'):.0f} | {median(values, 'memory_mb'):.0f} |"
        )


def start(commands: dict[str, tuple[list[str], str]], folder: Path, options) -> None:
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, (command, path) in commands.items():
            server = Server(name, command, path, folder)
            times[name].append(server.first_answer_ms)
            server.stop()
    print("| start to first answer | ms |\n|---|---|")
    for name, values in times.items():
        print(f"| {name} | {statistics.median(values):.0f} |")


def scripts(title: str, code: str, pythons: dict[str, str], folder: Path, rounds: int) -> None:
    values: dict[str, list[float]] = {name: [] for name in pythons}
    for _ in range(rounds):
        for name, python in pythons.items():
            done = subprocess.run(
                [python, "-c", code], cwd=folder, capture_output=True, text=True, check=True
            )
            values[name].append(float(done.stdout))
    print(f"| {title} | µs |\n|---|---|")
    for name, numbers in values.items():
        print(f"| {name} | {statistics.median(numbers):.1f} |")


def answers(pythons: dict[str, str], folder: Path, rounds: int) -> None:
    least: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for build, python in pythons.items():
            done = subprocess.run(
                [python, "-c", ANSWERS], cwd=folder, capture_output=True, text=True, check=True
            )
            for title, cost in json.loads(done.stdout).items():
                costs = least.setdefault(title, {})
                costs[build] = min(cost, costs.get(build, cost))
    print(f"| CPU µs of an answer, without HTTP | {' | '.join(pythons)} | |\n|---|---|---|---|")
    for title, costs in least.items():
        ours, others = costs.values()
        print(f"| {title} | {ours:.1f} | {others:.1f} | {ours / others - 1:+.0%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", default="live,start,process,answers,growth")
    parser.add_argument("--base-python", help="interpreter with the build to compare with")
    options = parser.parse_args()
    chosen = options.only.split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pythons = {
            "this build": sys.executable,
            f"build {BASE}": options.base_python or base_python(folder),
        }
        commands: dict[str, tuple[list[str], str]] = {
            build: ([python, "-m", "mtt_mock", "serve", "--port", "PORT"], "/index.php")
            for build, python in pythons.items()
        }
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
        commands["bare Flask"] = ([sys.executable, str(HERE / "bare.py"), "PORT"], "/index.php")
        if "start" in chosen:
            start(commands, folder, options)
            print()
        if "live" in chosen and shutil.which("wrk") is not None:
            quiet = [*commands["this build"][0], "--quiet"]
            commands["this build, --quiet"] = (quiet, "/index.php")
            openrpc = openrpc_command(folder)
            if openrpc is not None:
                commands["OpenRPC mock-server 1.7.8, no state"] = (openrpc, "/")
            live(commands, folder, options)
            print()
        if "process" in chosen:
            title = "in process, one call of the client"
            scripts(title, IN_PROCESS, pythons, folder, options.rounds)
            print()
        if "answers" in chosen:
            answers(pythons, folder, options.rounds)
            print()
        if "growth" in chosen:
            for count in (10, 100_000):
                code = GROWTH + CUSTOMERS.replace("COUNT", str(count))
                scripts(f"a get among {count} customers", code, pythons, folder, 1)
                print()
            for count in (1_000, 100_000):
                code = GROWTH + CALLS.replace("COUNT", str(count))
                scripts(f"a call started during {count} running calls", code, pythons, folder, 1)
                print()
        print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

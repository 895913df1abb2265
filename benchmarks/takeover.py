"""Measures takeovers: from the death of the process that holds the lease to the next event.

Two fakes share a database. Calls are made all the time, so that an event is always due. The lease's
holder is killed with SIGKILL; a new process takes its place. ``python benchmarks/takeover.py DEATHS
[sqlite|postgresql]`` prints percentiles; exit code 1: a takeover took longer than the five seconds
that docs/how-to/team.md promises. It mostly sleeps, so both databases can be measured at once;
``make takeover`` does that, with 100 deaths of each in some eight minutes.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sqlalchemy import select

import databases
from mtt_mock.storage.sql import open_database
from mtt_mock.storage.sql.lease import LEASE_SECONDS

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "stores"))

from fake_processes import Fakes, Process, Unanswered

PROMISED_SECONDS = 5.0
CALL_INTERVAL = 0.1  # seconds
LATE_ARRIVAL = 0.2  # seconds in which an event of the killed process may still arrive
MAX_WAIT = 60.0  # seconds for a takeover
RING = [{"type": "Ringall", "redirect_number": "79000010001"}]


class QuietServer(ThreadingHTTPServer):
    """A server that logs no error for the connections of killed processes."""

    def handle_error(self, *_arguments: object) -> None:
        """Ignore it."""


class Receiver:
    """Notes when events arrive."""

    def __init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                receiver.arrivals.append(time.monotonic())
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self.arrivals: list[float] = []
        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next_after(self, moment: float) -> float:
        """Return when the first event after ``moment`` arrived."""
        give_up = time.monotonic() + MAX_WAIT
        while time.monotonic() < give_up:
            later = [arrival for arrival in self.arrivals if arrival > moment]
            if later:
                return later[0]
            time.sleep(0.005)
        raise RuntimeError(f"no event within {MAX_WAIT:.0f} s of a death")


def make_calls(alive: list[Process], url: str, stopped: threading.Event) -> None:
    """Make a call every ``CALL_INTERVAL`` through any process that answers."""
    params = {"simpleCallBackFollowmeStruct": RING, "callBackURL": url}
    params |= {"b_number": "79000010001", "caller_id": "74951001010"}
    for number in itertools.count():
        if stopped.wait(CALL_INTERVAL):
            return
        try:
            alive[number % len(alive)].call("makeCallBackCallFollowme", timeout=5, **params)
        except (Unanswered, IndexError):
            continue


def holder_pid(state: object) -> int | None:
    database = state.store._database  # noqa: SLF001
    query = select(database.tables.lease.c.holder)
    holder = database.read(lambda connection: connection.execute(query).scalar())
    return int(holder.split(":")[1]) if holder else None


def measure(store: str, deaths: int) -> list[float]:
    """Return the seconds of each takeover."""
    receiver, stopped, seconds = Receiver(), threading.Event(), []
    state = open_database(store)
    with Fakes() as fakes:
        alive = fakes.start(store, 2, lease=LEASE_SECONDS, clock="20x")
        calls = threading.Thread(target=make_calls, args=(alive, receiver.url, stopped))
        calls.start()
        try:
            while len(seconds) < deaths:
                receiver.next_after(time.monotonic())  # calls go on
                pid = holder_pid(state)
                [victim] = [process for process in alive if process.pid == pid] or [None]
                if victim is None:
                    continue
                alive.remove(victim)
                killed = time.monotonic()
                victim.kill()
                arrival = receiver.next_after(killed + LATE_ARRIVAL)
                seconds.append(arrival - killed)
                print(f"{len(seconds):4} {seconds[-1]:6.2f} s", flush=True)
                alive += fakes.start(store, lease=LEASE_SECONDS, clock="20x")
        finally:
            stopped.set()
            calls.join()
            state.close()
    return sorted(seconds)


def main() -> int:
    deaths = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    kind = sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    with databases.sqlite() if kind == "sqlite" else databases.postgres() as store:
        if store is None:
            print("there is no PostgreSQL here")
            return 2
        seconds = measure(store, deaths)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    parts = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p100": 1.0}
    text = ", ".join(
        f"{name} {seconds[min(len(seconds) - 1, int(len(seconds) * part))]:.2f} s"
        for name, part in parts.items()
    )
    late = sum(value > PROMISED_SECONDS for value in seconds)
    print(f"{kind}: {len(seconds)} deaths: {text}; {late} over {PROMISED_SECONDS:g} s")
    print(f"load of the machine: {load}")
    return int(bool(late))


if __name__ == "__main__":
    sys.exit(main())

"""Measures simulated calls: how the cost of a call grows with their number, and the memory.

Each number of calls is made in a process of its own, under a manual clock; then one advance runs
them all. ``python benchmarks/calls.py N`` prints one measurement as JSON.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time

from mtt_mock import Fake, Settings
from mtt_mock.domain.calls import Order
from mtt_mock.domain.followme import Element

CUSTOMER = "883140500000000"
SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3


def structure(rng: random.Random) -> tuple[Element, ...]:
    """Two numbers that ring together, a third after them, and a prompt."""
    numbers = [f"7900001{rng.randrange(30):02}{rng.randrange(5, 99):02}" for _ in range(3)]
    queue = [
        Element(kind, "A", {"redirect_number": number, "timeout": 25, "order": order})
        for order, (kind, number) in enumerate(
            zip(("Ringall", "Ringall", "Linear"), numbers, strict=True)
        )
    ]
    return (*queue, Element("text", "B", {"value": "Connecting you", "side": "B"}))


def measure(calls: int) -> dict[str, float]:
    rng = random.Random(1)
    orders = [Order(CUSTOMER, structure(rng), "79000012030", "74951001010") for _ in range(calls)]
    fake = Fake(Settings(clock="manual"))
    scheduler, context = fake.service.scheduler, fake.service.plan_context(CUSTOMER)
    before = memory_mb()
    started = time.perf_counter()
    for order in orders:
        scheduler.start_call(order, context)
    made = time.perf_counter()
    in_flight = memory_mb()
    scheduler.advance(24 * 3600)
    done = time.perf_counter()
    kept = len(fake.store.calls())
    fake.close()
    return {
        "make_s": made - started,
        "advance_s": done - made,
        "in_flight_mb": in_flight - before,
        "kept": kept,
    }


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report() -> None:
    print(f"calls, medians of {ROUNDS} processes each")
    for size in SIZES:
        results = []
        for _ in range(ROUNDS):
            command = [sys.executable, __file__, str(size)]
            done = subprocess.run(command, capture_output=True, check=True)
            results.append(json.loads(done.stdout))
        median = {key: sorted(result[key] for result in results)[ROUNDS // 2] for key in results[0]}
        print(
            f"  {size:7,} calls: made in {median['make_s']:6.2f} s"
            f" ({median['make_s'] / size * 1e6:4.0f} µs a call), one advance"
            f" {median['advance_s']:6.2f} s ({median['advance_s'] / size * 1e6:4.0f} µs a call),"
            f" memory +{median['in_flight_mb']:.0f} MB, {median['kept']:.0f} kept"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        report()

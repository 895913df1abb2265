"""Measures where state lives: what a request costs in each store, and how that grows.

``python benchmarks/stores.py``: in memory, in a SQLite file and in PostgreSQL, with 10, 1,000 and
100,000 customers that have something preset. One process asks, one request after another, without
HTTP; customers are chosen by chance. Rounds alternate between the sizes.
"""

from __future__ import annotations

import base64
import contextlib
import json
import random
import statistics
import time
from typing import Any

from sqlalchemy import insert

import databases
import mtt_contracts
from mtt_mock import Fake, Settings
from mtt_mock.domain.followme import Followme
from mtt_mock.service.methods.followme import parse_elements
from mtt_mock.service.state import State, in_memory
from mtt_mock.storage.sql import open_database

SIZES = (10, 1_000, 100_000)
ROUNDS, REQUESTS = 5, 60
STEPS = ("get", "refused", "delete", "set")
AUTH = "Basic " + base64.b64encode(b"login:password").decode()
PARAMS = mtt_contracts.examples()["set_documented_success"].request["params"]
METHODS = {
    "get": "getCallBackFollowme",
    "refused": "setCallBackFollowme",
    "delete": "deleteCallBackFollowme",
    "set": "setCallBackFollowme",
}


def fill(state: State, customers: range) -> None:
    """Preset the documented structure for ``customers``, in bulk where there is a database."""
    preset = Followme(
        tuple(parse_elements(PARAMS["callBackFollowmeStruct"])),
        PARAMS["caller_id"],
        PARAMS["defaultBNumber"],
    )
    if not state.waits:
        for number in customers:
            state.store.change_followme(name(number), lambda _: preset)
        return
    database: Any = state.store._database  # noqa: SLF001 -- a hundred thousand requests take minutes
    rows = [
        {"customer": name(number), "name": name(number), "followme": preset} for number in customers
    ]
    with database.engine.begin() as connection:
        for start in range(0, len(rows), 5000):
            connection.execute(insert(database.tables.customers), rows[start : start + 5000])
    if database.dialect == "postgresql":
        # What a server does by itself after such a load, done now and not while it is measured.
        with database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
                connection.exec_driver_sql(statement)


def name(number: int) -> str:
    return f"8831405{number:08}"


def ask(fake: Fake, step: str, customer: str) -> float:
    """Ask once and return the milliseconds it took."""
    params = PARAMS if METHODS[step] == "setCallBackFollowme" else {}
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": METHODS[step],
        "params": {**params, "customer_name": customer},
    }
    body = json.dumps(call).encode()
    started = time.perf_counter()
    reply = fake.answer(AUTH, body)
    ms = (time.perf_counter() - started) * 1000
    assert reply.status == 200, reply.body
    assert (b"not clear" in reply.body) is (step == "refused"), reply.body
    return ms


def measure(open_state: Any) -> dict[int, dict[str, float]]:
    """Return the median milliseconds of each step, by the number of customers."""
    fake = Fake(Settings(clock="manual"), open_state())
    rng = random.Random(1)
    medians_by_size: dict[int, dict[str, float]] = {}
    filled = 0
    for size in SIZES:
        fill(fake.state, range(filled, size))
        filled = size
        times: dict[str, list[float]] = {step: [] for step in STEPS}
        for number in range(ROUNDS * REQUESTS + 20):
            customer = name(rng.randrange(size))
            for step in STEPS:
                ms = ask(fake, step, customer)
                if number >= 20:
                    times[step].append(ms)
        medians_by_size[size] = {step: statistics.median(values) for step, values in times.items()}
    fake.close()
    return medians_by_size


def report() -> None:
    print(f"a request in process, median ms of {ROUNDS * REQUESTS}, by customers with a preset")
    with contextlib.ExitStack() as stack:
        sqlite = stack.enter_context(databases.sqlite())
        postgres = stack.enter_context(databases.postgres())
        stores: dict[str, Any] = {
            "memory": in_memory,
            "sqlite": lambda: open_database(sqlite),
        }
        if postgres is None:
            print("  no PostgreSQL here: neither MTT_MOCK_TEST_POSTGRES nor an installed one")
        else:
            stores["postgresql"] = lambda: open_database(postgres)
        for store, open_state in stores.items():
            medians_by_size = measure(open_state)
            for size, medians in medians_by_size.items():
                steps = "  ".join(f"{step} {ms:6.3f}" for step, ms in medians.items())
                growth = sum(medians.values()) / sum(medians_by_size[SIZES[0]].values())
                print(f"  {store:10} {size:7,} customers: {steps}   x{growth:.2f}")


if __name__ == "__main__":
    report()

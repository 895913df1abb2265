#!/usr/bin/env bash
# pybreaker 1.4.1, circuitbreaker 2.1.3, aiobreaker 1.2.0 and purgatory 3.0.1 (PyPI), opossum 9.0.0 and cockatiel 3.2.1
# (npm): circuit breakers, once the time is over after which an open one lets a trial through (half-open).
#
# Guess before the run: of ten calls at once one goes through; the others are refused, or wait for its end. A decorated
# coroutine function counts its failures, or the decorator refuses it.
# Behaviour: with all four of PyPI all ten calls go through, in threads as in asyncio, so the service that just failed
# gets the whole load at once. With opossum one goes through and nine are refused. With cockatiel one goes through
# while nine wait for its end. Of a coroutine function pybreaker sees the coroutine only, so each call succeeds for
# it, and it never opens.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pybreaker==1.4.1 circuitbreaker==2.1.3 aiobreaker==1.2.0 purgatory==3.0.1
npm init -y >/dev/null
npm install --silent --no-audit --no-fund opossum@9.0.0 cockatiel@3.2.1
cat >trial.py <<'PYTHON'
import asyncio
import concurrent.futures
import datetime
import threading
import time

import aiobreaker
import circuitbreaker
import purgatory
import pybreaker

is_up = False
arrived = []
all_here = threading.Event()


def place():
    if not is_up:
        raise RuntimeError("down")
    arrived.append(1)
    all_here.wait(2)  # no trial ends before the others had their turn


async def place_later():
    if not is_up:
        raise RuntimeError("down")
    arrived.append(1)
    await asyncio.sleep(0.5)


def attempt(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "done"


def in_threads(name, call):
    global is_up
    is_up = False
    arrived.clear()
    opened = [attempt(call) for _ in range(3)][-1]
    is_up = True
    time.sleep(1.2)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        list(pool.map(attempt, [call] * 10))
    print(f"{name}: {opened} while open, {len(arrived)} of 10 calls go through in the trial")


async def in_tasks(name, call):
    global is_up
    is_up = False
    arrived.clear()
    for _ in range(3):
        opened = type((await asyncio.gather(call(), return_exceptions=True))[0]).__name__
    is_up = True
    await asyncio.sleep(1.2)
    await asyncio.gather(*(call() for _ in range(10)), return_exceptions=True)
    print(f"{name}: {opened} while open, {len(arrived)} of 10 calls go through in the trial")


async def main():
    second = datetime.timedelta(seconds=1)
    breaker = aiobreaker.CircuitBreaker(fail_max=2, timeout_duration=second)
    await in_tasks("aiobreaker, tasks", lambda: breaker.call_async(place_later))
    decorated = circuitbreaker.circuit(failure_threshold=2, recovery_timeout=1, name="tasks")(place_later)
    await in_tasks("circuitbreaker, tasks", decorated)
    factory = purgatory.AsyncCircuitBreakerFactory(default_threshold=2, default_ttl=1)

    async def by_purgatory():
        async with await factory.get_breaker("carrier"):
            await place_later()

    await in_tasks("purgatory, tasks", by_purgatory)

    global is_up
    is_up = False
    breaker = pybreaker.CircuitBreaker(fail_max=2)
    decorated = breaker(place_later)
    failures = await asyncio.gather(*(decorated() for _ in range(5)), return_exceptions=True)
    print(f"pybreaker: {breaker.current_state} after {len(failures)} failures of a coroutine function")


in_threads("pybreaker, threads", pybreaker.CircuitBreaker(fail_max=2, reset_timeout=1)(place))
in_threads("circuitbreaker, threads", circuitbreaker.circuit(failure_threshold=2, recovery_timeout=1)(place))
asyncio.run(main())
PYTHON
cat >trial.mjs <<'JAVASCRIPT'
import { ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
import CircuitBreaker from "opossum";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let isUp, arrived, atOnce;
async function place() {
  if (!isUp) throw new Error("down");
  arrived += 1;
  await sleep(500);
}
async function trial(name, call) {
  [isUp, arrived] = [false, 0];
  for (let count = 0; count < 3; count += 1) await call().catch(() => {});
  isUp = true;
  await sleep(1200);
  const calls = Array.from({ length: 10 }, () => call().then(() => 1, () => 0));
  await sleep(250);
  atOnce = arrived;
  const done = (await Promise.all(calls)).filter(Boolean).length;
  console.log(`${name}: ${atOnce} of 10 calls go through in the trial, ${done} in the end`);
}
const opossum = new CircuitBreaker(place, { resetTimeout: 1000, volumeThreshold: 2 });
await trial("opossum", () => opossum.fire());
const cockatiel = circuitBreaker(handleAll, { halfOpenAfter: 1000, breaker: new ConsecutiveBreaker(2) });
await trial("cockatiel", () => cockatiel.execute(place));
process.exit();
JAVASCRIPT
{ venv/bin/python trial.py && node trial.mjs; } | tee output
diff output - <<'EXPECTED'
pybreaker, threads: CircuitBreakerError while open, 10 of 10 calls go through in the trial
circuitbreaker, threads: CircuitBreakerError while open, 10 of 10 calls go through in the trial
aiobreaker, tasks: CircuitBreakerError while open, 10 of 10 calls go through in the trial
circuitbreaker, tasks: CircuitBreakerError while open, 10 of 10 calls go through in the trial
purgatory, tasks: OpenedState while open, 10 of 10 calls go through in the trial
pybreaker: closed after 5 failures of a coroutine function
opossum: 1 of 10 calls go through in the trial, 1 in the end
cockatiel: 1 of 10 calls go through in the trial, 10 in the end
EXPECTED

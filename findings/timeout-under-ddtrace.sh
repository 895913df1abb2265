#!/usr/bin/env bash
# ddtrace 4.16.0 (PyPI) on CPython 3.11, where gevent 26.9.0 is installed and nothing imports it; anyio 4.16.0.
#
# Guess before the run: asyncio.timeout, asyncio.wait_for and anyio.fail_after raise TimeoutError, traced or not.
# Behaviour: under ddtrace-run all three raise CancelledError, which "except Exception" does not catch, also with
# DD_TRACE_ENABLED=false. Without gevent in the environment they raise TimeoutError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q ddtrace==4.16.0 anyio==4.16.0
cat >program.py <<'PYTHON'
import asyncio

import anyio


async def by_timeout():
    async with asyncio.timeout(0.05):
        await asyncio.sleep(30)


async def by_wait_for():
    await asyncio.wait_for(asyncio.sleep(30), 0.05)


async def by_fail_after():
    with anyio.fail_after(0.05):
        await anyio.sleep(30)


async def main():
    for function in (by_timeout, by_wait_for, by_fail_after):
        try:
            await function()
        except BaseException as error:
            print(function.__name__, type(error).__name__)


asyncio.run(main())
PYTHON
traced() { DD_TRACE_ENABLED=false venv/bin/ddtrace-run venv/bin/python program.py 2>/dev/null; }
{
    echo "under ddtrace-run:"
    traced
    venv/bin/pip install -q gevent==26.9.0
    echo "gevent is installed, without ddtrace-run:"
    venv/bin/python program.py
    echo "gevent is installed, under ddtrace-run:"
    traced
} | tee seen
diff seen - <<'SEEN'
under ddtrace-run:
by_timeout TimeoutError
by_wait_for TimeoutError
by_fail_after TimeoutError
gevent is installed, without ddtrace-run:
by_timeout TimeoutError
by_wait_for TimeoutError
by_fail_after TimeoutError
gevent is installed, under ddtrace-run:
by_timeout CancelledError
by_wait_for CancelledError
by_fail_after CancelledError
SEEN

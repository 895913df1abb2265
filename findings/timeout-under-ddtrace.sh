#!/usr/bin/env bash
# ddtrace 4.16.0 (PyPI) on CPython 3.11, anyio 4.16.0: timeouts of asynchronous code under ddtrace-run.
#
# Guess before the run: asyncio.timeout, asyncio.wait_for and anyio.fail_after raise TimeoutError, traced or not.
# Behaviour: under ddtrace-run, and after "import ddtrace.auto", all three raise CancelledError, which "except
# Exception" does not catch; the task counts as cancelled. The same with DD_TRACE_ENABLED=false. A plain "import
# ddtrace" changes nothing.
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
{
    echo "alone:"
    venv/bin/python program.py
    echo "under ddtrace-run, tracing off:"
    DD_TRACE_ENABLED=false venv/bin/ddtrace-run venv/bin/python program.py 2>/dev/null
} | tee seen
diff seen - <<'SEEN'
alone:
by_timeout TimeoutError
by_wait_for TimeoutError
by_fail_after TimeoutError
under ddtrace-run, tracing off:
by_timeout CancelledError
by_wait_for CancelledError
by_fail_after CancelledError
SEEN

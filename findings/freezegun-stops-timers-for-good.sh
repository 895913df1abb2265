#!/usr/bin/env bash
# freezegun 1.5.5: a timer of an event loop in another thread that is armed during freeze_time() does not
# fire after it either: asyncio takes the frozen date for the monotonic clock, so it is due decades later.
# Guess before the run: when the frozen block ends, the loop of the other thread ticks on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check freezegun==1.5.5
cat >"$folder/show.py" <<'PY'
import asyncio
import threading
import time

import freezegun

ticks = 0


async def tick():
    global ticks
    while True:
        await asyncio.sleep(0.05)
        ticks += 1


threading.Thread(target=lambda: asyncio.run(tick()), daemon=True).start()
time.sleep(0.5)
assert ticks > 3, ticks
with freezegun.freeze_time("2024-05-05"):
    threading.Event().wait(0.5)  # the loop arms its timer by the frozen clock
after = ticks
threading.Event().wait(2)
print(f"freezegun 1.5.5: {ticks - after} ticks in 2 s after the frozen block, 40 without it")
assert ticks - after <= 1, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/show.py"

#!/usr/bin/env bash
# schedule 1.2.2 (PyPI, with pytz 2026.6 and time-machine 3.6.0): a call each Sunday at 2:30 in Berlin, around the night
# in which clocks go forward and 2:30 does not exist.
#
# Guess before the run: the call of that night takes place at 1:30 or 3:30, or not at all, and the next ones at 2:30.
# Behaviour: that night it takes place at 3:30. A week later it takes place twice, at 1:30 and at 2:30. A daily call does
# so on the next day.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export TZ=UTC
python3 -m venv venv
venv/bin/pip install -q schedule==1.2.2 pytz==2026.6 tzdata==2026.3 time-machine==3.6.0
cat >calls.py <<'PYTHON'
import datetime
import zoneinfo

import schedule
import time_machine

BERLIN, DAYS, STEP = zoneinfo.ZoneInfo("Europe/Berlin"), 15, datetime.timedelta(minutes=10)
FIRST = datetime.datetime(2026, 3, 27, 12, tzinfo=datetime.UTC)  # a Friday; clocks go forward on the 29th


def calls(every):
    scheduler, made, now = schedule.Scheduler(), [], FIRST
    with time_machine.travel(now, tick=False) as clock:
        every(scheduler).at("02:30", "Europe/Berlin").do(lambda: made.append(now.astimezone(BERLIN)))
        while now < FIRST + datetime.timedelta(days=DAYS):
            clock.move_to(now)
            scheduler.run_pending()
            now += STEP
    return made


print("each Sunday:", *(f"{call:%d.%m. %H:%M}" for call in calls(lambda scheduler: scheduler.every().sunday)))
print("each day:", *(f"{call:%d.%m. %H:%M}" for call in calls(lambda scheduler: scheduler.every().day)[:6]))
PYTHON
venv/bin/python calls.py | tee output
diff output - <<'EXPECTED'
each Sunday: 29.03. 03:30 05.04. 01:30 05.04. 02:30
each day: 28.03. 02:30 29.03. 03:30 30.03. 01:30 30.03. 02:30 31.03. 02:30 01.04. 02:30
EXPECTED

#!/usr/bin/env bash
# pycron 3.3.0 and cron-converter 2.0.2 (PyPI), cronosjs 1.7.1 and cron-schedule 6.0.0 (npm), beside croniter 7.0.0: the
# days and hours of a schedule.
#
# In crontab(5), 7 is Sunday like 0, and 0-7 and 6-7 are ranges. cronosjs says in its README that it takes 0-7. `5L`,
# `1#1` (the last Friday, the first Monday), `22-2` and `5/20` are known to some, so the others should refuse them.
#
# Guess before the run: a schedule is planned as croniter plans it, or refused with an error.
# Behaviour: only cron-converter refuses one, 22-2. For pycron Sunday never comes as 7, 6-7 is Saturday, and 22-2 and
# 5/20 are never. For cronosjs 0-7 is Sunday alone. cron-schedule takes the last Friday for every Friday, the first
# Monday for every Monday, and 5/20 for minute 5 alone, as cron-converter does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pycron==3.3.0 cron-converter==2.0.2 croniter==7.0.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cronosjs@1.7.1 cron-schedule@6.0.0
export TZ=UTC
cat >plan.py <<'PYTHON'
import sys
from datetime import datetime, timedelta
from itertools import islice

import pycron
from cron_converter import Cron
from croniter import croniter

START = datetime(2026, 10, 31, 23, 59)  # November begins with a Sunday


def with_pycron(text):
    minutes = (START + timedelta(minutes=n) for n in range(1, 40 * 24 * 60))
    return list(islice((minute for minute in minutes if pycron.is_now(text, minute)), 4))


def with_converter(text):
    schedule = Cron(text).schedule(START)
    return [schedule.next() for _ in range(4)]


def with_croniter(text):
    times = croniter(text, START)
    return [times.get_next(datetime) for _ in range(4)]


for text in sys.argv[1:]:
    for name, plan in (("croniter", with_croniter), ("pycron", with_pycron), ("cron-converter", with_converter)):
        try:
            times = ", ".join(f"{time:%a %d %H:%M}" for time in plan(text)) or "never"
        except ValueError:
            times = "refused"
        print(f"{text}: {name}: {times}")
PYTHON
cat >plan.mjs <<'JAVASCRIPT'
import { CronosExpression } from "cronosjs";
import { parseCronExpression } from "cron-schedule";

const start = new Date("2026-10-31T23:59:00Z");
const plans = {
  cronosjs: (text) => CronosExpression.parse(text, { timezone: "UTC" }).nextNDates(start, 4),
  "cron-schedule": (text) => parseCronExpression(text).getNextDates(4, start),
};
const name = (time) => time.toUTCString().replace(/^(...), (..).* (..:..):.*$/, "$1 $2 $3");
for (const text of process.argv.slice(2)) {
  for (const [who, plan] of Object.entries(plans)) console.log(`${text}: ${who}: ${plan(text).map(name).join(", ")}`);
}
JAVASCRIPT
{
    venv/bin/python plan.py '0 9 * * 7' '0 9 * * 6-7' '0 9 * * 0-7' '0 22-2 * * *' '5/20 * * * *'
    node plan.mjs '0 9 * * 7' '0 9 * * 0-7' '0 9 * * 5L' '0 9 * * 1#1' '5/20 * * * *'
} | tee output
diff output - <<'EXPECTED'
0 9 * * 7: croniter: Sun 01 09:00, Sun 08 09:00, Sun 15 09:00, Sun 22 09:00
0 9 * * 7: pycron: never
0 9 * * 7: cron-converter: Sun 01 09:00, Sun 08 09:00, Sun 15 09:00, Sun 22 09:00
0 9 * * 6-7: croniter: Sun 01 09:00, Sat 07 09:00, Sun 08 09:00, Sat 14 09:00
0 9 * * 6-7: pycron: Sat 07 09:00, Sat 14 09:00, Sat 21 09:00, Sat 28 09:00
0 9 * * 6-7: cron-converter: Sun 01 09:00, Sat 07 09:00, Sun 08 09:00, Sat 14 09:00
0 9 * * 0-7: croniter: Sun 01 09:00, Mon 02 09:00, Tue 03 09:00, Wed 04 09:00
0 9 * * 0-7: pycron: Sun 01 09:00, Mon 02 09:00, Tue 03 09:00, Wed 04 09:00
0 9 * * 0-7: cron-converter: Sun 01 09:00, Mon 02 09:00, Tue 03 09:00, Wed 04 09:00
0 22-2 * * *: croniter: Sun 01 00:00, Sun 01 01:00, Sun 01 02:00, Sun 01 22:00
0 22-2 * * *: pycron: never
0 22-2 * * *: cron-converter: refused
5/20 * * * *: croniter: Sun 01 00:05, Sun 01 00:25, Sun 01 00:45, Sun 01 01:05
5/20 * * * *: pycron: never
5/20 * * * *: cron-converter: Sun 01 00:05, Sun 01 01:05, Sun 01 02:05, Sun 01 03:05
0 9 * * 7: cronosjs: Sun 01 09:00, Sun 08 09:00, Sun 15 09:00, Sun 22 09:00
0 9 * * 7: cron-schedule: Sun 01 09:00, Sun 08 09:00, Sun 15 09:00, Sun 22 09:00
0 9 * * 0-7: cronosjs: Sun 01 09:00, Sun 08 09:00, Sun 15 09:00, Sun 22 09:00
0 9 * * 0-7: cron-schedule: Sun 01 09:00, Mon 02 09:00, Tue 03 09:00, Wed 04 09:00
0 9 * * 5L: cronosjs: Fri 27 09:00, Fri 25 09:00, Fri 29 09:00, Fri 26 09:00
0 9 * * 5L: cron-schedule: Fri 06 09:00, Fri 13 09:00, Fri 20 09:00, Fri 27 09:00
0 9 * * 1#1: cronosjs: Mon 02 09:00, Mon 07 09:00, Mon 04 09:00, Mon 01 09:00
0 9 * * 1#1: cron-schedule: Mon 02 09:00, Mon 09 09:00, Mon 16 09:00, Mon 23 09:00
5/20 * * * *: cronosjs: Sun 01 00:05, Sun 01 00:25, Sun 01 00:45, Sun 01 01:05
5/20 * * * *: cron-schedule: Sun 01 00:05, Sun 01 01:05, Sun 01 02:05, Sun 01 03:05
EXPECTED

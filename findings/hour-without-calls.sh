#!/usr/bin/env bash
# cron-parser 5.10.6, croner 11.0.1 and cron 4.4.0 (npm), APScheduler 3.11.3, croniter 7.0.0 and cronsim 2.8 (PyPI): when
# calls that a cron expression plans take place, where clocks change.
#
# Guess before the run: a call every half hour takes place in the hour that comes twice, too. A daily call takes place
# once a day, later where its time does not exist.
# Behaviour: when clocks go back, cron-parser plans a call each half hour for `*/30 *`, but none in the second of the two
# hours for `*/30 1-3`: after 2:30 comes 3:00. APScheduler leaves out the day where midnight does not exist (Cairo), and
# plans the daily call at 2:30 twice in Berlin, as croniter does. The others do what was guessed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q apscheduler==3.11.3 croniter==7.0.0 cronsim==2.8 tzdata==2026.3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cron-parser@5.10.6 croner@11.0.1 cron@4.4.0
cat >plan.mjs <<'JAVASCRIPT'
import { CronTime } from "cron";
import { CronExpressionParser } from "cron-parser";
import { Cron } from "croner";
import { DateTime } from "luxon";
const [expression, zone, start, count] = process.argv.slice(2);
const first = DateTime.fromISO(start, { zone });
const repeat = (next) => Array.from({ length: Number(count) }, next);
const parser = CronExpressionParser.parse(expression, { currentDate: first.toJSDate(), tz: zone });
const time = new CronTime(expression, zone);
let last = first;
const PLANS = {
  "cron-parser": repeat(() => DateTime.fromJSDate(parser.next().toDate())),
  croner: new Cron(expression, { timezone: zone }).nextRuns(Number(count), first.toJSDate()).map((date) => DateTime.fromJSDate(date)),
  cron: repeat(() => (last = time.getNextDateFrom(last, zone))),
};
for (const [name, plan] of Object.entries(PLANS))
  console.log(`    ${name}:`, plan.map((run) => run.setZone(zone).toFormat("d.M. HH:mm")).join(", "));
JAVASCRIPT
cat >plan.py <<'PYTHON'
import datetime
import subprocess
import zoneinfo

import apscheduler.triggers.cron
import croniter
import cronsim

SECOND = datetime.timedelta(seconds=1)


def by_apscheduler(expression, zone, now, count):
    trigger = apscheduler.triggers.cron.CronTrigger.from_crontab(expression, timezone=zone)
    last = None
    for _ in range(count):
        last = trigger.get_next_fire_time(last, now)
        now = (last.astimezone(datetime.UTC) + SECOND).astimezone(zone)
        yield last


def by_croniter(expression, zone, now, count):
    runs = croniter.croniter(expression, now)
    return [runs.get_next(datetime.datetime) for _ in range(count)]


def by_cronsim(expression, zone, now, count):
    runs = cronsim.CronSim(expression, now)
    return [next(runs) for _ in range(count)]


CASES = [
    ("*/30 * * * *", "Europe/Berlin", "2026-10-25T01:45", 6),
    ("*/30 1-3 * * *", "Europe/Berlin", "2026-10-25T01:45", 6),
    ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", 3),
    ("0 0 * * *", "Africa/Cairo", "2026-04-22T12:00", 3),
]
for expression, name, start, count in CASES:
    zone = zoneinfo.ZoneInfo(name)
    print(f"{expression} in {name}, from {start}", flush=True)
    subprocess.run(["node", "plan.mjs", expression, name, start, str(count)], check=True)
    for plan in (by_apscheduler, by_croniter, by_cronsim):
        runs = plan(expression, zone, datetime.datetime.fromisoformat(start).replace(tzinfo=zone), count)
        times = (run.astimezone(datetime.UTC).astimezone(zone) for run in runs)
        text = ", ".join(f"{time.day}.{time.month}. {time:%H:%M}" for time in times)
        print(f"    {plan.__name__.removeprefix('by_')}: {text}", flush=True)
PYTHON
venv/bin/python plan.py | tee output
diff output - <<'EXPECTED'
*/30 * * * * in Europe/Berlin, from 2026-10-25T01:45
    cron-parser: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
    croner: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
    cron: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
    apscheduler: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
    croniter: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
    cronsim: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
*/30 1-3 * * * in Europe/Berlin, from 2026-10-25T01:45
    cron-parser: 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30, 26.10. 01:00, 26.10. 01:30
    croner: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
    cron: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
    apscheduler: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
    croniter: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
    cronsim: 25.10. 02:00, 25.10. 02:30, 25.10. 02:00, 25.10. 02:30, 25.10. 03:00, 25.10. 03:30
30 2 * * * in Europe/Berlin, from 2026-10-24T12:00
    cron-parser: 25.10. 02:30, 26.10. 02:30, 27.10. 02:30
    croner: 25.10. 02:30, 26.10. 02:30, 27.10. 02:30
    cron: 25.10. 02:30, 26.10. 02:30, 27.10. 02:30
    apscheduler: 25.10. 02:30, 25.10. 02:30, 26.10. 02:30
    croniter: 25.10. 02:30, 25.10. 02:30, 26.10. 02:30
    cronsim: 25.10. 02:30, 26.10. 02:30, 27.10. 02:30
0 0 * * * in Africa/Cairo, from 2026-04-22T12:00
    cron-parser: 23.4. 00:00, 24.4. 01:00, 25.4. 00:00
    croner: 23.4. 00:00, 24.4. 01:00, 25.4. 00:00
    cron: 23.4. 00:00, 24.4. 01:00, 25.4. 00:00
    apscheduler: 23.4. 00:00, 25.4. 00:00, 26.4. 00:00
    croniter: 23.4. 00:00, 24.4. 01:00, 25.4. 00:00
    cronsim: 23.4. 00:00, 24.4. 01:00, 25.4. 00:00
EXPECTED

#!/usr/bin/env bash
# recurring-ical-events 3.8.2 with icalendar 7.3.2 (PyPI), and node-ical 0.26.1 (npm): when a shift of a call centre in
# Berlin takes place, in UTC, by its calendar. Clocks go forward at 2:00 on 29 March and back at 3:00 on 25 October.
#
# Guess before the run: what RFC 5545 says. PT24H are 24 hours, P1D ends at the same time of the next day. A daily shift
# at 2:30 is at 3:30 on 29 March, and at 2:30 again the next day. The date of an RDATE is one of the shifts.
# Behaviour: to recurring-ical-events PT24H are 25 hours, and the hour from 2:30 on 29 March lasts no time. To node-ical
# P1D is 24 hours, the daily shift stays at 3:30 on all days after 29 March, and a shift by RDATE does not exist.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q recurring-ical-events==3.8.2 icalendar==7.3.2 tzdata==2026.3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-ical@0.26.1
cat >expand.py <<'PYTHON'
import datetime
import json
from pathlib import Path

import icalendar
import recurring_ical_events

ZONE = "TZID=Europe/Berlin"
SHIFTS = {
    "PT24H": [f"DTSTART;{ZONE}:20261024T120000", "DURATION:PT24H"],
    "P1D": [f"DTSTART;{ZONE}:20261024T120000", "DURATION:P1D"],
    "daily": [f"DTSTART;{ZONE}:20260328T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4"],
    "RDATE": [f"DTSTART;{ZONE}:20261019T090000", "DURATION:PT1H", f"RDATE;{ZONE}:20261021T100000"],
}


def calendar(lines):
    event = ["BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", "SUMMARY:shift", *lines, "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:shifts", *event, "END:VCALENDAR", ""])


def utc(time):
    return f"{time.astimezone(datetime.UTC):%m-%d %H:%M}"


calendars = {name: calendar(lines) for name, lines in SHIFTS.items()}
Path("calendars.json").write_text(json.dumps(calendars))
for name, text in calendars.items():
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between((2026, 1, 1), (2027, 1, 1))
    shifts = ", ".join(f"{utc(event['DTSTART'].dt)} to {utc(event['DTEND'].dt)}" for event in events)
    print(f"recurring-ical-events: {name}: {shifts}")
PYTHON
cat >expand.mjs <<'JAVASCRIPT'
import fs from "node:fs";
import ical from "node-ical";
const range = { from: new Date("2026-01-01"), to: new Date("2027-01-01") };
const utc = (time) => time.toISOString().slice(5, 16).replace("T", " ");
for (const [name, text] of Object.entries(JSON.parse(fs.readFileSync("calendars.json")))) {
  const event = Object.values(ical.sync.parseICS(text)).find(({ type }) => type === "VEVENT");
  const shifts = ical.expandRecurringEvent(event, range).map(({ start, end }) => `${utc(start)} to ${utc(end)}`);
  console.log(`node-ical: ${name}: ${shifts.join(", ")}`);
}
JAVASCRIPT
{ venv/bin/python expand.py && for zone in UTC Europe/Berlin; do echo "TZ=$zone"; TZ=$zone node expand.mjs; done; } | tee output
diff output - <<'EXPECTED'
recurring-ical-events: PT24H: 10-24 10:00 to 10-25 11:00
recurring-ical-events: P1D: 10-24 10:00 to 10-25 11:00
recurring-ical-events: daily: 03-28 01:30 to 03-28 02:30, 03-29 01:30 to 03-29 01:30, 03-30 00:30 to 03-30 01:30, 03-31 00:30 to 03-31 01:30
recurring-ical-events: RDATE: 10-19 07:00 to 10-19 08:00, 10-21 08:00 to 10-21 09:00
TZ=UTC
node-ical: PT24H: 10-24 10:00 to 10-25 10:00
node-ical: P1D: 10-24 10:00 to 10-25 10:00
node-ical: daily: 03-28 01:30 to 03-28 02:30, 03-29 01:30 to 03-29 02:30, 03-30 01:30 to 03-30 02:30, 03-31 01:30 to 03-31 02:30
node-ical: RDATE: 10-19 07:00 to 10-19 08:00
TZ=Europe/Berlin
node-ical: PT24H: 10-24 10:00 to 10-25 10:00
node-ical: P1D: 10-24 10:00 to 10-25 10:00
node-ical: daily: 03-28 01:30 to 03-28 02:30, 03-29 01:30 to 03-29 02:30, 03-30 01:30 to 03-30 02:30, 03-31 01:30 to 03-31 02:30
node-ical: RDATE: 10-19 07:00 to 10-19 08:00
EXPECTED

#!/usr/bin/env bash
# holidays 0.109 and workalendar 17.0.0 (PyPI), date-holidays 3.37.0 (npm): days off in Russia, which the government moves
# each year, to call people on working days only.
#
# Guess before the run: all three know the moves of a year that is past, and a list of days off has all of them.
# Behaviour: holidays knows the moves. workalendar and date-holidays take all five days of 2025 that became days off for
# working days. workalendar also moves holidays from a weekend to the Monday behind it by a rule of its own, so 24
# February and 10 March, which were working days, are off. The list of date-holidays has 2 January, but not the 3rd to
# 6th: one entry stands for five days.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export TZ=Europe/Moscow
python3 -m venv venv
venv/bin/pip install -q holidays==0.109 workalendar==17.0.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund date-holidays@3.37.0
cat >days.py <<'PYTHON'
import datetime

import holidays
import workalendar.europe

DAYS = {"2025-02-24": "working", "2025-03-10": "working", "2025-05-02": "off", "2025-05-08": "off", "2025-06-13": "off",
        "2025-11-03": "off", "2025-12-31": "off"}
by_holidays = holidays.country_holidays("RU")
by_workalendar = workalendar.europe.Russia()
for text, right in DAYS.items():
    day = datetime.date.fromisoformat(text)
    first = "off" if day in by_holidays else "working"
    second = "working" if by_workalendar.is_working_day(day) else "off"
    print(f"{text} was {right}: holidays {first}, workalendar {second}")
PYTHON
cat >days.cjs <<'JAVASCRIPT'
const Holidays = require("date-holidays");
const russia = new Holidays("RU");
for (const text of ["2025-02-24", "2025-03-10", "2025-05-02", "2025-05-08", "2025-06-13", "2025-11-03", "2025-12-31"])
  console.log(`${text}: date-holidays ${russia.isHoliday(new Date(`${text}T12:00:00`)) ? "off" : "working"}`);
const january = russia.getHolidays(2025).filter(({ date }) => date.startsWith("2025-01"));
console.log("list of January:", january.map(({ date }) => date.slice(8, 10)).join(" "));
JAVASCRIPT
{
    venv/bin/python days.py
    node days.cjs
} | tee output
diff output - <<'EXPECTED'
2025-02-24 was working: holidays working, workalendar off
2025-03-10 was working: holidays working, workalendar off
2025-05-02 was off: holidays off, workalendar working
2025-05-08 was off: holidays off, workalendar working
2025-06-13 was off: holidays off, workalendar working
2025-11-03 was off: holidays off, workalendar working
2025-12-31 was off: holidays off, workalendar working
2025-02-24: date-holidays working
2025-03-10: date-holidays working
2025-05-02: date-holidays working
2025-05-08: date-holidays working
2025-06-13: date-holidays working
2025-11-03: date-holidays working
2025-12-31: date-holidays working
list of January: 01 02 07 08
EXPECTED
